//! Where names and patterns are.

mod common;

use common::{report, sample, some};
use tree_sitter_skill::Skill;
use tree_sitter_skill::syntax::{Guest as _, ReferencesFound};

fn references(name: &str, file: &str) -> ReferencesFound {
    let sample = sample(file);
    Skill::references(
        name.to_owned(),
        None,
        some(&sample.text),
        None,
        some(sample.language),
        None,
        None,
    )
    .expect("references")
}

/// A line, a role, and what it is in.
type Place = (u32, &'static str, &'static str);

/// Where names occur: not in comments and strings.
#[test]
fn references_have_roles() {
    let table: &[(&str, &str, &[Place])] = &[
        (
            "shapes.rs",
            "area",
            &[
                (25, "definition", "Shape"),
                (58, "definition", "Circle"),
                (94, "use", "main"),
            ],
        ),
        (
            "shapes.rs",
            "Circle",
            &[
                (34, "definition", ""),
                (43, "definition", ""),
                (54, "definition", ""),
                (74, "use", "circle"),
                (83, "import", "tools"),
                (85, "type", "tools.measure"),
            ],
        ),
        (
            "shapes.rs",
            "circle",
            &[
                (72, "definition", ""),
                (85, "use", "tools.measure"),
                (86, "use", "tools.measure"),
                (93, "use", "main"),
                (93, "call", "main"),
                (94, "use", "main"),
            ],
        ),
        (
            "server.go",
            "Handler",
            &[
                (24, "type", "registry"),
                (28, "definition", ""),
                (39, "type", "Server"),
            ],
        ),
        (
            "jobs.py",
            "Job",
            &[(23, "definition", ""), (61, "type", "run")],
        ),
        ("store.js", "LIMIT", &[(5, "definition", "")]),
        (
            "store.js",
            "open",
            &[
                (2, "import", ""),
                (23, "call", "Store.save"),
                (57, "call", "load"),
            ],
        ),
        (
            "events.ts",
            "Listener",
            &[
                (6, "definition", ""),
                (29, "type", "Channel"),
                (36, "type", "Channel.each"),
            ],
        ),
        (
            "Inventory.java",
            "label",
            &[
                (20, "definition", "Inventory.Place.FLOOR"),
                (35, "definition", "Inventory.Place"),
            ],
        ),
        (
            "pool.c",
            "take",
            &[
                (42, "definition", ""),
                (60, "definition", ""),
                (76, "call", "main"),
            ],
        ),
        (
            "release.sh",
            "say",
            &[(11, "definition", ""), (29, "call", "")],
        ),
        (
            "release.sh",
            "VERSION",
            &[(5, "definition", ""), (23, "use", "pack")],
        ),
        ("settings.json", "build", &[(4, "definition", "scripts")]),
        (
            "theme.css",
            "--accent",
            &[
                (6, "definition", ":root"),
                (13, "use", ".button, a.button:hover > span"),
            ],
        ),
        (
            "page.html",
            "areas",
            &[(18, "definition", "content.section")],
        ),
        ("server.go", "closed", &[]),
    ];
    let mut rows = Vec::new();
    for (file, name, wanted) in table {
        let found = references(name, file);
        let is: Vec<_> = found
            .references
            .iter()
            .map(|one| {
                (
                    one.line,
                    one.role.as_str(),
                    one.within.as_deref().unwrap_or_default(),
                )
            })
            .collect();
        let shows = found.references.iter().all(|one| one.text.contains(name));
        if is != *wanted || !shows || found.total as usize != wanted.len() {
            rows.push(format!("{file}: {name}: {is:?}"));
        }
    }
    report(&rows);
    let limited = Skill::references(
        "a".into(),
        None,
        some("a = a + a"),
        None,
        some("python"),
        Some(1),
        None,
    )
    .expect("references");
    assert_eq!((limited.total, limited.references.len()), (3, 1));
    assert!(
        limited
            .note
            .unwrap_or_default()
            .contains("2 places left out")
    );
}

#[test]
fn queries_match_or_say_what_is_wrong() {
    let run = |query: &str, code: &str, language: &str, limit| {
        Skill::query(
            query.to_owned(),
            None,
            some(code),
            None,
            some(language),
            limit,
            None,
        )
    };
    let code = "package a\nfunc b() { c(1); d.e(2) }\n";
    let found = run(
        "(call_expression function: (identifier) @callee) @call",
        code,
        "go",
        None,
    )
    .expect("matches");
    let captures: Vec<_> = found.matches[0]
        .captures
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.kind.as_str(),
                one.text.as_str(),
                one.start_line,
                one.start_column,
                one.end_column,
            )
        })
        .collect();
    assert_eq!(
        captures,
        [
            ("call", "call_expression", "c(1)", 2, 12, 16),
            ("callee", "identifier", "c", 2, 12, 13)
        ]
    );
    let limited = run("(identifier) @a", code, "go", Some(2)).expect("matches");
    assert!(
        limited.matches.len() == 2
            && limited
                .note
                .is_some_and(|note| note.contains("there may be more"))
    );
    let predicate = run(
        "((identifier) @a (#match? @a \"^[bd]$\"))",
        code,
        "go",
        None,
    )
    .expect("matches");
    assert_eq!(predicate.matches.len(), 2);
    let table = [
        (
            "(call_expresion) @a",
            "query, line 1, column 2: Go has no node call_expresion; there are call_expression",
        ),
        (
            "(call_expression\n  func: (identifier))",
            "query, line 2, column 3: Go has no field func; there are function",
        ),
        ("(identifier", "query, line 1, column"),
        ("((identifier) @a (#eq? @b \"x\"))", "no capture b"),
        ("(import_spec (block))", "can never match"),
        (
            "((identifier) @a (#is-local? @a))",
            "unknown predicate #is-local?",
        ),
        ("((identifier) @a (#match? @a \"(\"))", "query, line"),
    ];
    let mut rows = Vec::new();
    for (query, wanted) in table {
        let is = run(query, code, "go", None);
        if !is.as_ref().is_err_and(|error| error.contains(wanted)) {
            rows.push(format!("{query}: {is:?}"));
        }
    }
    report(&rows);
}
