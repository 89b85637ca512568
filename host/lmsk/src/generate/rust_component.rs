//! The component ABI in Rust: a WIT world that carries the annotations, and the glue between wit-bindgen and the
//! handlers.

use std::fmt::Write as _;

use anyhow::{Context as _, ensure};
use luminarys_annotations::{Function, Kind, Skill};
use luminarys_package::{Method, Parameter, Visibility};

use super::{RUST_KEYWORDS, output, quote};

/// WIT keywords; a name that is one of them is written with a percent sign.
const KEYWORDS: [&str; 43] = [
    "as",
    "async",
    "bool",
    "borrow",
    "char",
    "constructor",
    "enum",
    "error-context",
    "export",
    "f32",
    "f64",
    "flags",
    "from",
    "func",
    "future",
    "import",
    "include",
    "interface",
    "list",
    "map",
    "option",
    "own",
    "package",
    "record",
    "resource",
    "result",
    "s16",
    "s32",
    "s64",
    "s8",
    "static",
    "stream",
    "string",
    "tuple",
    "type",
    "u16",
    "u32",
    "u64",
    "u8",
    "use",
    "variant",
    "with",
    "world",
];

fn kebab(name: &str) -> String {
    let name = name.replace('_', "-");
    match KEYWORDS.contains(&name.as_str()) {
        true => format!("%{name}"),
        false => name,
    }
}

/// Returns the package of the skill's WIT: the last two segments of its id.
fn package(skill: &Skill) -> (String, String) {
    let safe = |segment: &str| {
        let word = segment.starts_with(|first: char| first.is_ascii_lowercase());
        let mut segment = segment.to_owned();
        while segment.contains("--") {
            segment = segment.replace("--", "-");
        }
        // Names that wit-bindgen does not escape.
        match word && !["gen", "self", "super", "crate"].contains(&segment.as_str()) {
            true => segment,
            false => format!("skill-{segment}"),
        }
    };
    let mut segments = skill.descriptor.id.rsplit('.');
    let name = safe(segments.next().unwrap_or("skill"));
    (safe(segments.next().unwrap_or("skill")), name)
}

/// Fails for the first name that is not valid in WIT or in the code of wit-bindgen.
pub(super) fn check(skill: &Skill) -> anyhow::Result<()> {
    let fits = |name: &str| !name.split('_').any(str::is_empty);
    for method in &skill.descriptor.methods {
        let params = method.params.iter().map(|param| &param.name);
        for name in params.chain([&method.name]) {
            ensure!(
                fits(name),
                "{}: the name {name} cannot be written in WIT: an underscore must be between two letters or digits",
                method.name
            );
        }
        ensure!(
            !["gen", "self"].contains(&method.name.as_str()),
            "{}: wit-bindgen does not support a function with this name; choose another with @skill:method",
            method.name
        );
    }
    let text = world(skill);
    let parsed = wit_parser::Resolve::default()
        .push_str("wit/skill.wit", &text)
        .map(drop);
    parsed.context("the annotations cannot be written as WIT")
}

/// Whether a call may leave it out, and it has no default.
fn is_option(param: &Parameter) -> bool {
    !param.required
}

pub(super) fn world(skill: &Skill) -> String {
    let descriptor = &skill.descriptor;
    let (namespace, name) = package(skill);
    let mut out = format!(
        "// {}\n\npackage {}:{};\n\n",
        output::MARK,
        kebab(&namespace),
        kebab(&name)
    );
    // In an interface, so that no method replaces a function of the C library.
    out.push_str("/// The skill's methods.\ninterface methods {");
    for (method, function) in descriptor.methods.iter().zip(&skill.functions) {
        out.push('\n');
        declared(&mut out, method, function);
    }
    out.push_str("}\n\n");
    _ = writeln!(out, "/// @skill:id {}", descriptor.id);
    _ = writeln!(out, "/// @skill:name {}", quote::text(&descriptor.name));
    _ = writeln!(out, "/// @skill:version {}", descriptor.skill_version);
    if !descriptor.description.is_empty() {
        _ = writeln!(
            out,
            "/// @skill:desc {}",
            quote::text(&descriptor.description)
        );
    }
    for requirement in &descriptor.requirements {
        let mode = requirement
            .mode
            .as_deref()
            .map_or_else(String::new, |mode| format!(" {mode}"));
        let line = format!(
            "/// @skill:require {} {}{mode}",
            requirement.kind, requirement.pattern
        );
        _ = writeln!(out, "{}", line.trim_end());
    }
    out.push_str("world skill {\n    export methods;\n}\n");
    out
}

fn declared(out: &mut String, method: &Method, function: &Function) {
    for line in method.description.lines() {
        _ = writeln!(out, "    /// {line}");
    }
    for param in &method.params {
        let required = if param.required {
            "required"
        } else {
            "optional"
        };
        _ = write!(
            out,
            "    /// @skill:param {} {required} {}",
            param.name,
            quote::text(&param.description)
        );
        for (what, value) in [("default", &param.default), ("example", &param.example)] {
            if let Some(value) = value {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), quote::text);
                _ = write!(out, " {what}:{value}");
            }
        }
        if !param.enumeration.is_empty() {
            _ = write!(out, " enum:{}", quote::text(&param.enumeration.join("|")));
        }
        out.push('\n');
    }
    if let Some(result) = &method.result {
        _ = writeln!(out, "    /// @skill:result {}", quote::text(result));
    }
    if let Some(title) = &method.title {
        _ = writeln!(out, "    /// @skill:title {}", quote::text(title));
    }
    for hint in &method.hints {
        _ = writeln!(out, "    /// @skill:hint {hint}");
    }
    match method.visibility {
        Visibility::Public => {}
        Visibility::Internal => out.push_str("    /// @skill:internal\n"),
        Visibility::Callback => out.push_str("    /// @skill:callback\n"),
    }
    let params = method
        .params
        .iter()
        .zip(&function.arguments)
        .map(|(param, argument)| {
            let of = wit(argument.of.kind);
            let of = if is_option(param) {
                format!("option<{of}>")
            } else {
                of.to_owned()
            };
            format!("{}: {of}", kebab(&param.name))
        });
    let params: Vec<String> = params.collect();
    let result = function
        .result
        .as_ref()
        .map_or("_", |result| wit(result.kind));
    _ = writeln!(
        out,
        "    {}: func({}) -> result<{result}, string>;",
        kebab(&method.name),
        params.join(", ")
    );
}

fn wit(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Integer) => "s64",
        Some(Kind::Float) => "f64",
        Some(Kind::Boolean) => "bool",
        Some(Kind::Bytes) => "list<u8>",
        _ => "string",
    }
}

/// Returns `src/lib.rs`. wit-bindgen finds `wit/` relative to the crate's root.
pub(super) fn library(skill: &Skill) -> String {
    let (namespace, name) = package(skill);
    let mut out = format!("// {}\n\n", output::MARK);
    _ = write!(
        out,
        "mod skill;\n\nluminarys_sdk::wit_bindgen::generate!({{\n    path: \"wit\",\n    world: \"skill\",\n    runtime_path: \"luminarys_sdk::wit_bindgen::rt\",\n}});\n\n\
         struct Skill;\n\n#[allow(clippy::redundant_closure)]\nimpl exports::{}::{}::methods::Guest for Skill {{\n",
        rust(&namespace),
        rust(&name),
    );
    for (method, function) in skill.descriptor.methods.iter().zip(&skill.functions) {
        glue(&mut out, method, function);
    }
    out.push_str("}\n\nexport!(Skill);\n");
    out
}

/// Returns a name as wit-bindgen writes it in Rust.
fn rust(name: &str) -> String {
    let name = name.replace('-', "_");
    match RUST_KEYWORDS.contains(&name.as_str()) {
        true => format!("{name}_"),
        false => name,
    }
}

/// Returns a type as wit-bindgen writes it in Rust.
fn native(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Integer) => "i64",
        Some(Kind::Float) => "f64",
        Some(Kind::Boolean) => "bool",
        Some(Kind::Bytes) => "Vec<u8>",
        _ => "String",
    }
}

fn glue(out: &mut String, method: &Method, function: &Function) {
    let params = method
        .params
        .iter()
        .zip(&function.arguments)
        .enumerate()
        .map(|(index, (param, argument))| {
            let of = native(argument.of.kind);
            match is_option(param) {
                true => format!("p{index}: Option<{of}>"),
                false => format!("p{index}: {of}"),
            }
        });
    let params: Vec<String> = params.collect();
    let result = function.result.as_ref();
    let result = result.map_or("()", |result| native(result.kind));
    let mut arguments: Vec<String> = Vec::new();
    if function.context.is_some() {
        arguments.push("context".to_owned());
    }
    for (index, (param, argument)) in method.params.iter().zip(&function.arguments).enumerate() {
        arguments.push(match (is_option(param), &param.default) {
            (false, _) => format!("p{index}"),
            (true, None) => format!("p{index}.unwrap_or_default()"),
            (true, Some(value)) => {
                let default = match argument.of.kind {
                    Some(Kind::Float) => quote::float(value),
                    Some(Kind::Integer | Kind::Boolean) => value.to_string(),
                    Some(Kind::Bytes) => "Vec::new()".to_owned(),
                    _ => format!(
                        "{}.to_owned()",
                        quote::text(value.as_str().unwrap_or_default())
                    ),
                };
                match argument.of.kind {
                    Some(Kind::Text) => format!("p{index}.unwrap_or_else(|| {default})"),
                    _ => format!("p{index}.unwrap_or({default})"),
                }
            }
        });
    }
    let context = if function.context.is_some() {
        "context"
    } else {
        "_"
    };
    _ = write!(
        out,
        "fn {}({}) -> Result<{result}, String> {{\n    luminarys_sdk::call(|{context}| skill::{}({}))\n}}\n\n",
        rust(&method.name),
        params.join(", "),
        function.name,
        arguments.join(", "),
    );
}
