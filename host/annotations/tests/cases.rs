//! Reads each file in `cases/` as a skill's source and compares the result with the text beside it; `BLESS=1` rewrites
//! it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use luminarys_annotations::{Language, SourceFile, read};
use luminarys_testing::{each_row, expect_file, matches_file};

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
        different.extend(matches_file(&expected, &made).err());
    }
    assert!(count >= 12, "only {count} cases were found");
    assert!(different.is_empty(), "{}", different.join("\n"));
}

#[test]
fn deeply_nested_sources_are_rejected() {
    let rows = [
        "(".repeat(100_000),
        format!("fn f() {{ {} }}", "-".repeat(100_000)),
    ];
    each_row(rows, |text| {
        let path = PathBuf::from("skill.rs");
        let file = SourceFile { path, text };
        assert!(read(Language::Rust, vec![file]).is_err());
    });
}

#[test]
fn the_printed_reference_matches_the_checks() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-templates/ANNOTATIONS.md");
    let made = luminarys_annotations::reference::markdown();
    expect_file(&page, &made);
}
