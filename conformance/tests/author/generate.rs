//! `lmsk generate`: reproducible output, no overwritten handwritten files, and code that compiles for every type.

use std::fmt::Write as _;

use anyhow::ensure;

use crate::tools::{Desk, contains};

pub fn rules() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    desk.lmsk(&["new", "a", "--lang", "go"])?.succeeded()?;
    desk.lmsk(&["generate", "a", "--check"])?
        .failed(2, "main.go")?;
    desk.lmsk(&["generate", "a"])?.succeeded()?;
    desk.lmsk(&["generate", "a", "--check"])?.succeeded()?;
    let first = desk.read("a/main.go")?;
    let again = desk.lmsk(&["generate", "a"])?.succeeded()?;
    contains(&again, "unchanged")?;
    ensure!(
        first == desk.read("a/main.go")?,
        "another text the second time"
    );
    // A backup file of an editor; older command lines.
    std::os::unix::fs::symlink("nobody@nowhere", desk.path("a/.#skill.go"))?;
    let source = desk.read("a/skill.go")?;
    desk.write(
        "a/skill.go",
        &source.replace("Greets somebody.", "Greets them."),
    )?;
    desk.write("a/ignored.go", "//go:build ignore\n\npackage other\n")?;
    desk.lmsk(&["generate", "a", "--check"])?
        .failed(2, "main.go")?;
    desk.lmsk(&["-lang", "go", "-verbose", "a"])?.succeeded()?;
    contains(&desk.read("a/main.go")?, "Greets them.")?;
    desk.write("a/skill.go", &source)?;
    desk.lmsk(&["generate", "-lang", "go", "a"])?.succeeded()?;
    // Written by hand.
    desk.write("a/main.go", "package main\n\nvar mine = 1\n")?;
    desk.lmsk(&["generate", "a"])?
        .failed(2, "was not written by lmsk generate")?;
    desk.lmsk(&["build", "a"])?
        .failed(2, "was not written by lmsk generate")?;
    contains(&desk.read("a/main.go")?, "package main\n\nvar mine")?;
    desk.lmsk(&["generate", "a", "--out", "elsewhere"])?
        .succeeded()?;
    ensure!(
        desk.read("elsewhere/main.go")? == first,
        "another text elsewhere"
    );
    // An error leaves all files unchanged, and is shown with its place.
    let source = desk
        .read("a/skill.go")?
        .replace("@skill:version  1.0.0", "@skill:version  1.0");
    desk.write("b/skill.go", &source)?;
    let outcome = desk.lmsk(&["generate", "b"])?;
    outcome.failed(2, "skill.go:5:20")?;
    ensure!(!desk.path("b/main.go").exists(), "something was generated");
    desk.lmsk(&["generate", "b", "--lang", "rust"])?
        .failed(2, "no annotated source")
}

/// One Rust source, as a skill of the older ABI and as a component.
pub fn both_ways() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    desk.lmsk(&["new", "a", "--lang", "rust"])?.succeeded()?;
    desk.lmsk(&["generate", "a", "--abi", "component", "--check"])?
        .failed(2, "lib.rs")?;
    let made = desk
        .lmsk(&["generate", "a", "--abi", "component"])?
        .succeeded()?;
    contains(&made, "wit/skill.wit")?;
    contains(
        &desk.read("a/wit/skill.wit")?,
        "greet: func(name: string) -> result<string, string>;",
    )?;
    desk.lmsk(&["generate", "a", "--abi", "core"])?
        .succeeded()?;
    contains(
        &desk.read("a/src/lib.rs")?,
        "skill_handle_impl(pointer, length)",
    )?;
    desk.lmsk(&["new", "b", "--lang", "go"])?.succeeded()?;
    desk.lmsk(&["generate", "b", "--abi", "component"])?
        .failed(2, "component glue is generated for Rust")
}

/// Every type as an argument and as a result, with and without a default and a context, in each language.
pub fn every_type() -> anyhow::Result<()> {
    let desk = Desk::new()?;
    for (lang, file, source, types) in [
        (
            "go",
            "skill.go",
            go as fn(&[&str]) -> String,
            &["string", "int", "int64", "float64", "bool", "[]byte"][..],
        ),
        (
            "as",
            "assembly/skill.ts",
            assemblyscript,
            &["string", "i32", "i64", "f64", "bool", "Uint8Array"],
        ),
        (
            "rust",
            "src/skill.rs",
            rust,
            &["String", "i64", "f64", "bool", "Vec<u8>"],
        ),
    ] {
        let name = format!("types-{lang}");
        desk.lmsk(&["new", &name, "--lang", lang])?.succeeded()?;
        desk.write(&format!("{name}/{file}"), &source(types))?;
        desk.write(&format!("{name}/skill.test.yaml"), TESTS)?;
        let tested = desk.lmsk(&["test", &name])?.succeeded()?;
        contains(&tested, "3 passed, 0 failed")?;
    }
    Ok(())
}

/// What is the same in every language.
const TESTS: &str = r#"
tests:
  - { call: method_0, with: { required: "a \"b\" \\ ${c} */ \n" }, expect: { result: "a \"b\" \\ ${c} */ \n" } }
  - { call: whole, expect: { result: -7 } }
  - { call: texts, expect: { result: "say \"${x}\" \\ */ 'é'" } }
"#;

/// The default of each kind of argument in annotations.
fn default(of: &str) -> &'static str {
    match of {
        "string" | "String" => " default:\"say \\\"${x}\\\" \\\\ */ 'é'\"",
        "[]byte" | "Uint8Array" | "Vec<u8>" => "",
        "bool" => " default:true",
        "float64" | "f64" => " default:-1e300",
        _ => " default:-7",
    }
}

/// Annotations of one method for each type, and the code below them.
fn methods(types: &[&str], begin: &str, function: impl Fn(usize, &str) -> String) -> String {
    let mut out = String::new();
    for (index, of) in types.iter().enumerate() {
        let default = default(of);
        _ = write!(
            out,
            "\n{begin} @skill:method method_{index} \"Takes \\\"{index}\\\" \\\\ */ ${{x}}.\"\n\
             {begin} @skill:param required required \"It\"\n{begin} @skill:param other \"It\"{default}\n{}",
            function(index, of)
        );
    }
    out
}

fn go(types: &[&str]) -> String {
    let made = methods(types, "//", |index, of| match index % 2 {
        0 => format!(
            "func M{index}(ctx *sdk.Context, required, other {of}) ({of}, error) {{ return required, nil }}\n"
        ),
        _ => format!("func m{index}(required {of}, other {of}) {of} {{ return required }}\n"),
    });
    format!(
        "// @skill:id ai.example.types\n// @skill:name \"Types\"\n// @skill:version 1.0.0\npackage main\n\n\
         import sdk \"github.com/LuminarysAI/sdk-go\"\n{made}\n\
         // @skill:method whole \"W\"\n// @skill:param n \"N\" default:-7\nfunc Whole(n int64) int64 {{ return n }}\n\n\
         // @skill:method texts \"T\"\n// @skill:param t \"T\"{}\nfunc Texts(t string) string {{ return t }}\n\n\
         // @skill:method nothing \"N\"\nfunc Nothing() {{}}\n\n// @skill:method given \"G\"\n// @skill:param ctx \"C\"\nfunc given(ctx string) string {{ return ctx }}\n\nfunc math() {{}}\n\ntype any int\n\n// @skill:method fails \"F\"\nfunc Fails() error {{ return nil }}\n",
        default("string")
    )
}

fn assemblyscript(types: &[&str]) -> String {
    let made = methods(types, "//", |index, of| match index % 2 {
        0 => format!(
            "export function m{index}(ctx: Context, required: {of}, other: {of}): {of} {{ return required; }}\n"
        ),
        _ => format!(
            "export function m{index}(required: {of}, other: {of}): {of} {{ return required; }}\n"
        ),
    });
    format!(
        "/**\n * @skill:id ai.example.types\n * @skill:name \"Types\"\n * @skill:version 1.0.0\n */\n\
         import {{ Context }} from \"@luminarys/sdk-as\";\n{made}\n\
         // @skill:method whole \"W\"\n// @skill:param n \"N\" default:-7\nexport function whole(n: i64): i64 {{ return n; }}\n\n\
         // @skill:method texts \"T\"\n// @skill:param t \"T\"{}\nexport function texts(t: string): string {{ return t; }}\n\n\
         // @skill:method nothing \"N\"\nexport function nothing(): void {{}}\n",
        default("string")
    )
}

fn rust(types: &[&str]) -> String {
    let made = methods(types, "///", |index, of| match index % 2 {
        0 => format!(
            "pub fn m{index}(_: &mut Context, required: {of}, other: {of}) -> Result<{of}, SkillError> {{ let _ = other; Ok(required) }}\n"
        ),
        _ => format!(
            "pub fn m{index}(required: {of}, r#other: {of}) -> Result<{of}, SkillError> {{ let _ = other; Ok(required) }}\n"
        ),
    });
    format!(
        "//! @skill:id ai.example.types\n//! @skill:name \"Types\"\n//! @skill:version 1.0.0\n\n\
         use luminarys_sdk::{{Context, SkillError}};\n{made}\n\
         /// @skill:method whole \"W\"\n/// @skill:param n \"N\" default:-7\npub fn whole(n: i64) -> Result<i64, SkillError> {{ Ok(n) }}\n\n\
         /// @skill:method texts \"T\"\n/// @skill:param t \"T\"{}\npub fn texts(t: String) -> Result<String, SkillError> {{ Ok(t) }}\n\n\
         /// @skill:method r#type \"N\"\npub fn nothing(_: &Context) -> Result<(), SkillError> {{ Ok(()) }}\n\n\
         /// @skill:method unsaid \"\"\n/// @skill:param some_thing \"\"\n/// @skill:param r#match \"[a] <b> `c` http://d.test *e* \\u{{1}}\"\n\
         pub fn unsaid(_context: &mut Context, some_thing: String, r#match: bool) -> Result<String, SkillError> {{ Ok(format!(\"{{some_thing}}{{match}}\", match = r#match)) }}\n\n\
         /// Takes nothing.\n///\n/// - as a list\n///   goes on\n///\n/// @skill:method bare \"B\"\npub fn bare() -> Result<Vec<u8>, SkillError> {{ Ok(Vec::new()) }}\n\n\
         /// @skill:method hidden \"H\"\n/// @skill:internal\n/// @skill:param a required \"A\"\n/// @skill:param b \"B\"\n/// @skill:param c \"C\"\n/// @skill:param d \"D\"\n\
         /// @skill:param e \"E\"\n/// @skill:param f \"F\"\n/// @skill:param g \"G\"\n/// @skill:param h \"H\"\n\
         #[allow(clippy::too_many_arguments)]\npub fn hidden(a: String, b: i64, c: f64, d: bool, e: Vec<u8>, f: String, g: i64, h: String) -> Result<(), SkillError> {{ let _ = (a, b, c, d, e, f, g, h); Ok(()) }}\n",
        default("string")
    )
    .replace("@skill:method r#type", "@skill:method type")
    .replace("@skill:param r#match", "@skill:param match")
}
