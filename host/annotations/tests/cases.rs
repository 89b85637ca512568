//! Each file in `cases/` is read as a skill's source; what comes of it stands beside it. `BLESS=1` writes that anew.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use luminarys_annotations::{Language, SourceFile, read};

fn outcome(path: &Path, language: Language) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let name = PathBuf::from(path.file_name().unwrap());
    let file = SourceFile { path: name, text };
    let mut out = String::new();
    match read(language, vec![file.clone()]) {
        Err(problems) => writeln!(out, "{problems}").unwrap(),
        Ok((skill, warnings)) => {
            for warning in warnings {
                writeln!(
                    out,
                    "{}\n",
                    warning.render(std::slice::from_ref(&file), false)
                )
                .unwrap();
            }
            let json = serde_json::to_string_pretty(&skill.descriptor).unwrap();
            writeln!(out, "{json}\nsdk: {:?}", skill.sdk).unwrap();
            for function in &skill.functions {
                let context = function.context.as_ref().map(|of| of.text.as_str());
                let of = |of: &luminarys_annotations::Use| format!("{} {:?}", of.text, of.kind);
                let arguments = function.arguments.iter();
                let arguments: Vec<String> = arguments
                    .map(|argument| format!("{}: {}", argument.name, of(&argument.of)))
                    .collect();
                writeln!(
                    out,
                    "{}({context:?}; {}) -> {:?}, fails {}",
                    function.name,
                    arguments.join(", "),
                    function.result.as_ref().map(of),
                    function.fails
                )
                .unwrap();
            }
        }
    }
    out
}

#[test]
fn sources_are_read_as_expected() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let bless = std::env::var_os("BLESS").is_some();
    let mut count = 0;
    let mut different = Vec::new();
    for entry in std::fs::read_dir(cases).unwrap() {
        let path = entry.unwrap().path();
        let language = match path.extension().and_then(|extension| extension.to_str()) {
            Some("rs") => Language::Rust,
            Some("go") => Language::Go,
            Some("ts") => Language::AssemblyScript,
            _ => continue,
        };
        count += 1;
        let made = outcome(&path, language);
        let expected = PathBuf::from(format!("{}.expected", path.display()));
        if bless {
            std::fs::write(&expected, made).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != made {
            different.push(format!("{}:\n{made}", path.display()));
        }
    }
    assert!(count >= 12, "only {count} cases were found");
    assert!(
        different.is_empty(),
        "BLESS=1 accepts these:\n{}",
        different.join("\n")
    );
}

#[test]
fn a_deep_source_is_no_end_of_the_program() {
    for text in [
        "(".repeat(100_000),
        format!("fn f() {{ {} }}", "-".repeat(100_000)),
    ] {
        let path = PathBuf::from("skill.rs");
        let file = SourceFile { path, text };
        assert!(read(Language::Rust, vec![file]).is_err());
    }
}

#[test]
fn the_printed_reference_is_the_one_of_the_checks() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-templates/ANNOTATIONS.md");
    let made = luminarys_annotations::reference::markdown();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&page, made).unwrap();
    } else {
        assert_eq!(
            std::fs::read_to_string(&page).unwrap_or_default(),
            made,
            "BLESS=1 writes it anew"
        );
    }
}
