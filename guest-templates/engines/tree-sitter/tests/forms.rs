//! The forms that definitions take in each language: `forms/LANGUAGE.txt` has texts, each with the symbols in it.

mod common;

use std::path::Path;

use common::{outline, path, report};
use tree_sitter_skill::LANGUAGES;
use tree_sitter_skill::syntax::Definition;

/// The fewest forms of a language.
const FEWEST: usize = 15;

/// The language whose forms another one has too.
fn forms_of(language: &str) -> &str {
    match language {
        "tsx" => "typescript",
        language => language,
    }
}

fn line(symbol: &Definition) -> String {
    let doc = symbol.doc.as_ref();
    let doc = doc.map_or_else(String::new, |doc| format!(" {doc:?}"));
    format!(
        "{} {} {}-{}{doc}",
        symbol.kind,
        path(symbol),
        symbol.start_line,
        symbol.end_line
    )
}

#[test]
fn each_form_has_its_symbols() {
    let mut rows = Vec::new();
    for language in &LANGUAGES {
        let file = format!("tests/forms/{}.txt", forms_of(language.name));
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
            .expect("each language has forms");
        let forms: Vec<_> = text.split("----\n").collect();
        if forms.len() < FEWEST {
            rows.push(format!("{}: {} forms", language.name, forms.len()));
        }
        for form in forms {
            let (code, wanted) = form.split_once("=>\n").expect("a form has symbols");
            // With and without the end of the last line.
            for code in [code, code.trim_end()] {
                let answer = outline(code, language.name, 100_000);
                let is: Vec<_> = answer.symbols.iter().map(line).collect();
                if is != wanted.lines().collect::<Vec<_>>() || answer.problem.is_some() {
                    rows.push(format!(
                        "{}: {code}\n{is:#?} {:?}",
                        language.name, answer.errors
                    ));
                }
            }
        }
    }
    report(&rows);
}
