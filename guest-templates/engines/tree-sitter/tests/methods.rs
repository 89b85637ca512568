//! What the newer methods find, and how much of it they return.

mod common;

use std::collections::BTreeSet;

use common::{outline, path, report, sample, samples, some, symbol};
use tree_sitter_skill::Skill;
use tree_sitter_skill::syntax::{Definitions, Guest as _};

const ALL: u32 = 100_000;

/// Bytes of an answer as JSON, about.
fn size(answer: &Definitions) -> usize {
    let texts = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len());
    let each = answer.symbols.iter().map(|one| {
        60 + one.kind.len()
            + one.name.len()
            + texts(&one.parent)
            + texts(&one.signature)
            + texts(&one.doc)
    });
    each.sum()
}

/// An outline fits its budget, says what it left out, and what it says leads to all of it.
#[test]
fn outlines_fit_their_budgets() {
    let mut rows = Vec::new();
    for sample in samples() {
        let all = outline(&sample.text, sample.language, ALL);
        assert_eq!(all.note, None, "{}", sample.name);
        for budget in [1, 100, 200, 400, 800, 1_600] {
            let answer = outline(&sample.text, sample.language, budget);
            let is_whole = answer.symbols == all.symbols;
            if size(&answer) > 3 * budget.max(100) as usize && answer.symbols.len() > 1 {
                rows.push(format!(
                    "{} within {budget}: {} bytes",
                    sample.name,
                    size(&answer)
                ));
            }
            if answer.note.is_none() != is_whole {
                rows.push(format!(
                    "{} within {budget}: {:?}",
                    sample.name, answer.note
                ));
            }
            let mut found = BTreeSet::new();
            follow(&sample.text, sample.language, budget, None, &mut found);
            let missing: Vec<_> = all
                .symbols
                .iter()
                .map(path)
                .filter(|path| !found.contains(path))
                .collect();
            if !missing.is_empty() {
                rows.push(format!(
                    "{} within {budget}: not to be found: {missing:?}",
                    sample.name
                ));
            }
        }
    }
    report(&rows);
}

/// Asks for all that notes and `members` tell of.
fn follow(
    text: &str,
    language: &str,
    budget: u32,
    within: Option<&str>,
    found: &mut BTreeSet<String>,
) {
    let mut after = 0;
    loop {
        let within = within.map(str::to_owned);
        let answer = Skill::outline(
            None,
            some(text),
            None,
            some(language),
            within,
            Some(after),
            Some(budget),
        )
        .expect("an outline");
        found.extend(answer.symbols.iter().map(path));
        let outer: BTreeSet<_> = answer
            .symbols
            .iter()
            .filter(|one| one.members.is_some())
            .map(path)
            .collect();
        for name in outer {
            follow(text, language, budget, Some(&name), found);
        }
        let note = answer.note.unwrap_or_default();
        let Some((_, line)) = note.split_once("pass after_line: ") else {
            return;
        };
        let line: u32 = line
            .chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .expect("a line");
        assert!(line > after, "{note}");
        after = line;
    }
}

#[test]
fn names_are_found_qualified_or_not() {
    let table: &[(&str, &str, &[&str])] = &[
        ("shapes.rs", "Circle::area", &["Circle.area"]),
        ("shapes.rs", "area", &["Shape.area", "Circle.area"]),
        ("shapes.rs", "Circle", &["Circle", "Circle", "Circle"]),
        ("shapes.rs", "area.square", &["Circle.area.square"]),
        ("server.go", "Server.Start", &["Server.Start"]),
        ("server.go", "Start", &["Server.Start"]),
        ("Inventory.java", "Place#label", &["Inventory.Place.label"]),
        ("settings.json", "scripts.test:unit", &["scripts.test:unit"]),
        ("settings.json", "a.b", &["a.b"]),
        ("pool.c", "take", &["take", "take"]),
        ("shapes.rs", "rea", &[]),
        ("shapes.rs", "Square.area", &[]),
    ];
    let mut rows = Vec::new();
    for (file, name, wanted) in table {
        let sample = sample(file);
        let answer = symbol(name, &sample.text, sample.language);
        let is: Vec<_> = answer.symbols.iter().map(path).collect();
        let note = answer.note.unwrap_or_default();
        if is != *wanted || wanted.is_empty() != note.contains("no symbol is called") {
            rows.push(format!("{file}: {name}: {is:?}; {note}"));
        }
    }
    report(&rows);
    let near = symbol("circl", &sample("shapes.rs").text, "rust")
        .note
        .unwrap_or_default();
    assert!(near.contains("there are Circle"), "{near}");
    let long = format!("fn long() {{\n{}}}\n", "    work();\n".repeat(1_000));
    let cut = Skill::symbol(
        "long".into(),
        None,
        some(&long),
        None,
        some("rust"),
        Some(200),
    )
    .expect("an answer");
    let body = cut.symbols[0].body.as_deref().unwrap_or_default();
    assert!(
        body.len() < 700 && cut.note.unwrap_or_default().contains("cut off in line"),
        "{body}"
    );
}

#[test]
fn a_source_is_one_and_has_a_language() {
    let table = [
        (None, None, None, None, "give a source"),
        (some("/a.go"), some("x"), None, None, "one source only"),
        (None, some("x"), some("d"), None, "one source only"),
        (
            None,
            some("x"),
            None,
            None,
            "language is required with code",
        ),
        (
            None,
            some("x"),
            None,
            some("cobol"),
            "unsupported language: cobol",
        ),
        (None, None, some("d"), None, "no document d is open"),
    ];
    let mut rows = Vec::new();
    for (path, code, document, language, wanted) in table {
        let is = Skill::errors(path, code, document, language);
        if !is.as_ref().is_err_and(|error| error.contains(wanted)) {
            rows.push(format!("{wanted}: {is:?}"));
        }
    }
    report(&rows);
}
