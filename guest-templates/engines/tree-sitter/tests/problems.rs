//! Texts that do not fit: broken ones, ones of another language, and ones made to break the parser.

mod common;

use common::{edit, outline, report, sample, samples, some, symbol};
use tree_sitter_skill::syntax::{Checked, Guest as _};
use tree_sitter_skill::{LANGUAGES, Skill};

fn errors(text: &str, language: &str) -> Checked {
    Skill::errors(None, some(text), None, some(language)).expect("it is checked")
}

/// What a language makes of another's file: it is said that this is another language, or there are errors at least.
/// Only where one language holds the other is there nothing to say.
#[test]
fn another_language_is_said() {
    let within = [
        ("json", "javascript"),
        ("json", "typescript"),
        ("json", "tsx"),
        ("json", "python"),
        ("javascript", "typescript"),
        ("javascript", "tsx"),
        ("typescript", "tsx"),
    ];
    // Broken, but most of it could be of the language.
    let errors_only = [
        ("Inventory.java", "rust"),
        ("Panel.tsx", "javascript"),
        ("Panel.tsx", "typescript"),
        ("Panel.tsx", "css"),
        ("jobs.py", "rust"),
        ("jobs.py", "css"),
        ("page.html", "javascript"),
        ("page.html", "tsx"),
        ("real.go", "bash"),
        ("real.json", "bash"),
        ("server.go", "bash"),
        ("server.go", "css"),
        ("settings.json", "bash"),
        ("theme.css", "bash"),
    ];
    let mut rows = Vec::new();
    for sample in samples() {
        for language in &LANGUAGES {
            let checked = errors(&sample.text, language.name);
            let problem = checked.problem.unwrap_or_default();
            let is_strange = problem.contains("does not look like");
            let is_right = if sample.language == language.name {
                problem.is_empty()
            } else if within.contains(&(sample.language, language.name)) {
                !is_strange || sample.language == "typescript"
            } else if errors_only.contains(&(sample.name.as_str(), language.name)) {
                checked.total > 0
            } else {
                is_strange
            };
            if !is_right {
                rows.push(format!(
                    "{} as {}: {} errors, {problem}",
                    sample.name, language.name, checked.total
                ));
            }
        }
    }
    report(&rows);
}

#[test]
fn errors_have_places_and_words() {
    let table = [
        (
            "go",
            "package a\n\nfunc f() {\n\tx := (1\n}\n",
            4,
            "missing `)`",
        ),
        (
            "json",
            "{\n  \"a\": 1,\n  \"b\" 2\n}\n",
            2,
            "unexpected `, \"b\" 2`",
        ),
        ("rust", "fn a() {}\n)\nfn b() {}\n", 2, "unexpected `)`"),
        ("python", "def a():\n    return 1 +\n\nb = 2\n", 2, ""),
        ("css", "a { color: red; }\n}\n", 2, "unexpected `}`"),
    ];
    let mut rows = Vec::new();
    for (language, text, line, message) in table {
        let checked = errors(text, language);
        let is_right = checked.total > 0
            && checked
                .errors
                .first()
                .is_some_and(|error| error.start_line == line && error.message.contains(message));
        if !is_right {
            rows.push(format!("{language} {text:?}: {:?}", checked.errors));
        }
    }
    report(&rows);
}

/// Each answer of the newer methods has the errors of the text beside what it could find.
#[test]
fn each_answer_has_the_errors() {
    let (text, language) = ("fn a() {}\n)\nfn b() { a() }\n", "rust");
    let code = || (None, some(text), None, some(language));
    let references = {
        let (p, c, d, l) = code();
        Skill::references("a".into(), p, c, d, l, None, None).expect("references")
    };
    let matches = {
        let (p, c, d, l) = code();
        Skill::query("(identifier) @a".into(), p, c, d, l, None, None).expect("matches")
    };
    let listed = outline(text, language, 2_000);
    let found = symbol("b", text, language);
    let edited = edit(Vec::new(), text, language).expect("edited");
    let each = [
        ("outline", listed.errors, listed.problem),
        ("symbol", found.errors, found.problem),
        ("references", references.errors, references.problem),
        ("query", matches.errors, matches.problem),
        ("edit", edited.errors, edited.problem),
    ];
    let wrong = each.iter().filter(|(_, errors, problem)| {
        errors.len() != 1 || problem.as_deref() != Some("1 syntax error")
    });
    report(&wrong.map(|row| format!("{row:?}")).collect::<Vec<_>>());
    assert_eq!(
        (listed.symbols.len(), found.symbols.len(), references.total),
        (2, 1, 2)
    );
}

/// Texts that are made to break the parser end with an answer, or with a limit's own error.
#[test]
fn hostile_texts_end() {
    let table: Vec<(&str, String, &str)> = vec![
        ("json", "[".repeat(100_000), "the limit is 20000"),
        (
            "json",
            "[".repeat(100_000) + &"]".repeat(100_000),
            "nested more than 4000 levels",
        ),
        (
            "json",
            "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000),
            "nested more than 4000 levels",
        ),
        ("javascript", "[".repeat(100_000), "the limit is 20000"),
        (
            "javascript",
            "function f(){".repeat(50_000),
            "the limit is 20000",
        ),
        ("python", "(".repeat(100_000), "the limit is 20000"),
        ("rust", "[".repeat(100_000), "the limit is 20000"),
        ("bash", "$(".repeat(50_000), "the limit is 20000"),
        ("css", "a{".repeat(50_000), "the limit is 20000"),
        (
            "c",
            "int ".to_owned() + &"*".repeat(100_000),
            "the limit is 20000",
        ),
        (
            "c",
            " ".repeat((2 << 20) + 1),
            "at most 2097152 (2 MiB) are parsed",
        ),
        ("rust", "\0".repeat(10_000), "does not look like Rust"),
        ("rust", String::new(), ""),
        ("html", "words ".repeat(1_000), "there is no element"),
    ];
    let mut rows = Vec::new();
    for (language, text, wanted) in table {
        let is = Skill::outline(None, some(&text), None, some(language), None, None, None);
        let said = match is {
            Ok(answer) => answer.problem.unwrap_or_default(),
            Err(error) => error,
        };
        if !said.contains(wanted) || said.is_empty() != wanted.is_empty() {
            rows.push(format!(
                "{language} {:?}…: {said}",
                &text[..text.len().min(20)]
            ));
        }
    }
    report(&rows);
}

#[test]
fn a_long_tree_is_an_error_and_a_deep_one_is_cut() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let tree = |depth| Skill::ast(deep.clone(), some("json"), None, Some(depth));
    assert!(tree(0).is_err_and(|error| error.contains("set max_depth")));
    assert!(tree(5).is_ok_and(|text| text.len() < 10_000));
    // The older list looks at each node, however deep.
    let symbols = Skill::parse("{".repeat(50_000), some("c"), None);
    assert!(symbols.is_ok(), "{symbols:?}");
    assert!(
        outline(&sample("shapes.rs").text, "rust", 2_000)
            .problem
            .is_none()
    );
}

/// A text that ends anywhere, or begins anywhere, is answered by each method.
#[test]
fn parts_of_texts_are_answered() {
    let mut rows = Vec::new();
    for sample in samples() {
        let length = sample.text.len();
        let places = (0..length).step_by(length / 12 + 1);
        for at in places.filter(|at| sample.text.is_char_boundary(*at)) {
            for part in [&sample.text[..at], &sample.text[at..]] {
                let (code, language) = (|| some(part), || some(sample.language));
                let answers = [
                    Skill::outline(None, code(), None, language(), None, None, Some(300)).err(),
                    Skill::symbol("name".into(), None, code(), None, language(), None).err(),
                    Skill::references("name".into(), None, code(), None, language(), None, None)
                        .err(),
                    Skill::query("(_) @a".into(), None, code(), None, language(), None, None).err(),
                    Skill::errors(None, code(), None, language()).err(),
                    Skill::parse(part.to_owned(), language(), None).err(),
                    Skill::ast(part.to_owned(), language(), None, Some(4)).err(),
                ];
                rows.extend(
                    answers
                        .into_iter()
                        .flatten()
                        .map(|error| format!("{} at {at}: {error}", sample.name)),
                );
            }
        }
    }
    report(&rows);
}

#[test]
fn one_name_many_times_is_listed_in_part() {
    let text = "def a(): pass\n".repeat(2_000);
    let found = symbol("a", &text, "python");
    assert_eq!(found.symbols.len(), 100);
    assert_eq!(
        found.note.as_deref(),
        Some("1900 symbols more of this name left out")
    );
}
