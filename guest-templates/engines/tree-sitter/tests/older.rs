//! The older methods, whose texts are fixed.

mod common;

use common::{report, some};
use tree_sitter_skill::Skill;
use tree_sitter_skill::syntax::Guest as _;

const SYMBOLS: &str = r#"{
  "filename": "main.go",
  "language": "go",
  "symbols": [
    {
      "end_col": 14,
      "end_line": 3,
      "name": "main",
      "start_col": 0,
      "start_line": 3,
      "type": "function_declaration"
    }
  ]
}"#;

const TREE: &str = r#"{
  "filename": "",
  "language": "js",
  "root": {
    "children": [
      {
        "children": [
          {
            "end": [
              1,
              1
            ],
            "named": true,
            "start": [
              1,
              0
            ],
            "text": "a",
            "type": "identifier"
          },
          {
            "end": [
              1,
              2
            ],
            "named": false,
            "start": [
              1,
              1
            ],
            "text": ";",
            "type": ";"
          }
        ],
        "end": [
          1,
          2
        ],
        "named": true,
        "start": [
          1,
          0
        ],
        "type": "expression_statement"
      }
    ],
    "end": [
      1,
      2
    ],
    "named": true,
    "start": [
      1,
      0
    ],
    "type": "program"
  }
}"#;

fn parse(code: &str, language: &str, filename: &str) -> Result<String, String> {
    Skill::parse(code.to_owned(), some(language), some(filename))
}

#[test]
fn texts_are_exact() {
    let go = "package main\n\nfunc main() {}";
    assert_eq!(parse(go, "", "main.go").as_deref(), Ok(SYMBOLS));
    assert_eq!(
        Skill::ast("a;".to_owned(), some("js"), None, None).as_deref(),
        Ok(TREE)
    );
    assert_eq!(
        Skill::ast("a;".to_owned(), some("js"), None, Some(3)).as_deref(),
        Ok(TREE)
    );
    let cut = Skill::ast("a;".to_owned(), some("js"), None, Some(1)).expect("a tree");
    assert!(
        cut.contains("expression_statement") && !cut.contains("identifier"),
        "{cut}"
    );
}

/// A type and a name.
type Named = (&'static str, &'static str);

/// The types and names of symbols, in the order of the text, at all depths.
#[test]
fn symbols_of_kinds() {
    let table: &[(&str, &str, &[Named])] = &[
        (
            "go",
            "package a\ntype T struct { F int }\nvar x = 1\nfunc (t T) M() {}",
            &[
                ("type_declaration", "?"),
                ("type_spec", "T"),
                ("field_declaration", "F"),
                ("var_declaration", "?"),
                ("method_declaration", "M"),
            ],
        ),
        (
            "python",
            "@d\nclass A:\n    def b(self): pass\n",
            &[
                ("decorated_definition", "?"),
                ("class_definition", "A"),
                ("function_definition", "b"),
            ],
        ),
        (
            "js",
            "export const a = 1; var b; function c() {} class D {}",
            &[
                ("export_statement", "?"),
                ("lexical_declaration", "?"),
                ("variable_declaration", "?"),
                ("function_declaration", "c"),
                ("class_declaration", "D"),
            ],
        ),
        (
            "rs",
            "mod a { const B: u8 = 1; static C: u8 = 2; trait D {} enum E {} struct F; impl F { fn g() {} } }",
            &[
                ("mod_item", "a"),
                ("const_item", "B"),
                ("static_item", "C"),
                ("trait_item", "D"),
                ("enum_item", "E"),
                ("struct_item", "F"),
                ("impl_item", "F"),
                ("function_item", "g"),
            ],
        ),
        (
            "c",
            "struct s { int a; }; enum e { X }; typedef int t; int f(void) { int x; }",
            &[
                ("struct_specifier", "s"),
                ("field_declaration", "a"),
                ("enum_specifier", "e"),
                ("type_definition", "t"),
                ("function_definition", "?"),
                ("declaration", "x"),
            ],
        ),
        (
            "java",
            "class A { int f; A() {} void m() {} } interface B {}",
            &[
                ("class_declaration", "A"),
                ("field_declaration", "?"),
                ("constructor_declaration", "A"),
                ("method_declaration", "m"),
                ("interface_declaration", "B"),
            ],
        ),
        (
            "ts",
            "interface A { b(): void }\ndeclare function c(): void;",
            &[("interface_declaration", "A")],
        ),
        ("sh", "f() { :; }", &[("function_definition", "?")]),
        ("css", "a { color: red }", &[("declaration", "?")]),
        ("json", "{\"a\": 1}", &[]),
    ];
    let mut rows = Vec::new();
    for (language, code, wanted) in table {
        let text = parse(code, language, "").expect("symbols");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let is: Vec<_> = value["symbols"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| {
                (
                    one["type"].as_str().expect("a type"),
                    one["name"].as_str().expect("a name"),
                )
            })
            .collect();
        if is != *wanted {
            rows.push(format!("{language}: {is:?}, not {wanted:?}"));
        }
    }
    report(&rows);
}

#[test]
fn languages_have_names_aliases_and_endings() {
    let table: &[(&str, &str, Result<&str, &str>)] = &[
        ("h", "", Ok("h")),
        ("sh", "", Ok("sh")),
        ("ts", "", Ok("ts")),
        ("rs", "a.go", Ok("rs")),
        ("tsx", "", Ok("tsx")),
        ("", "a/b.MJS", Ok("javascript")),
        ("", "x.cjs", Ok("javascript")),
        ("", "x.htm", Ok("html")),
        ("", "x.vue", Ok("html")),
        ("", "x.bash", Ok("bash")),
        ("", "x.h", Ok("c")),
        ("", "x.jsx", Ok("javascript")),
        ("", "x.pyi", Ok("python")),
        ("GO", "", Ok("GO")),
        ("JavaScript", "", Ok("JavaScript")),
        (" Rs ", "", Ok(" Rs ")),
        (
            "cobol",
            "a.go",
            Err(
                "unsupported language: cobol; there are go, python, javascript (js), rust (rs), c (h), java, json, bash (sh), typescript (ts), tsx, html, css",
            ),
        ),
        ("py", "", Err("unsupported language: py; there are go")),
        ("", "", Err("language or filename is required")),
        ("", "Makefile", Err("does not say the language")),
        ("", "a.b/c", Err("does not say the language")),
        ("", ".go.", Err("does not say the language")),
    ];
    let mut rows = Vec::new();
    for (language, filename, wanted) in table {
        let is = parse("", language, filename);
        let is_right = match (&is, wanted) {
            (Ok(text), Ok(name)) => text.contains(&format!("\"language\": \"{name}\"")),
            (Err(error), Err(text)) => error.contains(text),
            _ => false,
        };
        if !is_right {
            rows.push(format!("{language:?} {filename:?}: {is:?}"));
        }
    }
    report(&rows);
    let listed: serde_json::Value =
        serde_json::from_str(&Skill::languages().expect("a list")).expect("JSON");
    let names: Vec<_> = listed
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["name"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        names,
        [
            "go",
            "python",
            "javascript",
            "rust",
            "c",
            "java",
            "json",
            "bash",
            "typescript",
            "tsx",
            "html",
            "css"
        ]
    );
    assert_eq!(
        listed[2]["extensions"],
        serde_json::json!([".js", ".mjs", ".cjs"])
    );
}
