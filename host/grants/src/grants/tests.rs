//! What grants can reach, and the rules that hold for every capability of the list.

use luminarys_testing::each_row;

use super::*;
use crate::capability::{Required, ValueKind};
use crate::explain::Target;
use crate::section::Listed;

#[test]
fn grants_that_reach_out() {
    let rows = [
        ("", false),
        ("permissions: {fs: {enabled: true, dirs: ['/:rw']}}", false),
        ("permissions: {store: {shared: ['a:rw']}}", false),
        ("permissions: {events: {subscribe: [a]}}", false),
        ("invoke_policy: {can_be_invoked_by: ['*']}", false),
        ("permissions: {events: {emit: [a]}}", true),
        (
            "permissions: {http: {enabled: true, allowlist: ['https://a/**']}}",
            true,
        ),
        ("permissions: {tcp: {enabled: true}}", true),
        (
            "permissions: {shell: {enabled: true, allowlist: [ls], network: false}}",
            true,
        ),
        ("permissions: {llm: {enabled: true}}", true),
        ("permissions: {file_transfer: {enabled: true}}", true),
        ("invoke_policy: {can_invoke: [a]}", true),
    ];
    each_row(rows, |(text, expected)| {
        let text = format!("id: a\npath: b\n{text}\n");
        let manifest = Manifest::parse("m.yaml", &text, &|_| None).unwrap();
        let grants = Grants::open(&manifest).unwrap();
        assert_eq!(grants.reaches_out(), expected, "{text}");
    });
}

/// Parses and opens a manifest with the grants of `text`.
fn opened(text: &str) -> (Manifest, Grants) {
    let text = format!("id: a\npath: b\n{text}\n");
    let manifest = Manifest::parse("m.yaml", &text, &|_| None);
    let manifest = manifest.unwrap_or_else(|error| panic!("{error}: {text}"));
    let grants = Grants::open(&manifest).unwrap();
    (manifest, grants)
}

/// Returns the manifest lines that grant a value of `key`, and the value as listed.
fn granting(key: &Key) -> (String, String) {
    let example = match key.value {
        ValueKind::Path => "/tmp:rw",
        ValueKind::Variable => return ("env: {NAME: text}".to_owned(), "NAME".to_owned()),
        ValueKind::Text | ValueKind::Nothing => key.example.trim_matches('\''),
    };
    let switches = key.place.switches.iter();
    let mut parts: Vec<String> = switches.map(|switch| format!("{switch}: true")).collect();
    parts.extend(key.place.list.map(|list| format!("{list}: ['{example}']")));
    let mut text = format!("{{{}}}", parts.join(", "));
    for step in key.place.section.iter().rev() {
        text = format!("{{{step}: {text}}}");
    }
    // Without the outer braces, which would also enclose the id.
    (text[1..text.len() - 1].to_owned(), example.to_owned())
}

#[test]
fn the_grants_of_every_key_are_listed_and_satisfy_its_requirement() {
    let (nothing, closed) = opened("");
    for key in keys() {
        let (text, what) = granting(key);
        let (manifest, grants) = opened(&text);
        let listed = manifest.listed();
        let is_listed = |listed: &[Listed]| listed.iter().any(|one| one.kind == key.name);
        assert!(is_listed(&listed), "{}: {listed:?}", key.name);
        assert!(!is_listed(&nothing.listed()), "{}", key.name);
        if key.requirement.is_some() {
            let verdict = grants.requirement(key.name, &what, None);
            assert!(verdict.granted, "{}: {verdict:?}", key.name);
            let verdict = closed.requirement(key.name, &what, None);
            assert!(!verdict.granted, "{}: {verdict:?}", key.name);
        }
    }
}

#[test]
fn the_line_for_a_requirement_satisfies_it_in_any_manifest() {
    let rows = [
        "",
        "env: {OTHER: 5}",
        "permissions: {fs: {enabled: true, dirs: ['/usr']}, http: {enabled: true, allowlist: ['https://a.test/']}}",
        "env:\n  OTHER: a\ninvoke_policy: {can_invoke: [x]}\npermissions:\n  llm: {max_tokens: 5}",
    ];
    each_row(rows, |before| {
        for key in keys() {
            let Some(Required { example, .. }) = key.requirement else {
                continue;
            };
            let what = example.strip_prefix(key.name).unwrap().trim();
            let (what, mode) = match what.strip_suffix(" rw") {
                Some(path) => (path, Some("rw")),
                None => (what, None),
            };
            let mut text = before.to_owned();
            // One line for the URL and one for WebSockets.
            for _ in 0..2 {
                let verdict = opened(&text).1.requirement(key.name, what, mode);
                let Some(line) = verdict.missing else {
                    break;
                };
                text = format!("{text}\n{line}");
            }
            let verdict = opened(&text).1.requirement(key.name, what, mode);
            assert!(verdict.granted, "{text}: {verdict:?}");
        }
    });
}

#[test]
fn every_question_is_answered() {
    let (_, closed) = opened("permissions: {schedule: {enabled: false}}");
    for question in questions() {
        let target = match question.target {
            Target::Needed(_) => "word",
            Target::Optional(..) | Target::Nothing(_) => "",
        };
        let fitting = |_: &str| Vec::new();
        let asked = Asked::new(question, target, Vec::new(), fitting).unwrap();
        match closed.explain(question, &asked) {
            Err(ExplainError::Denied(_)) | Ok(Explained::Outside(_) | Explained::Skill(_)) => {}
            other => panic!("{}: {other:?}", question.name),
        }
        // A part that does not belong to the question is an error.
        let flags = vec![("sideways", String::new())];
        assert!(Asked::new(question, target, flags, fitting).is_err());
    }
}

#[test]
fn every_word_belongs_to_one_capability() {
    let names = |names: Vec<&'static str>| {
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), names.len(), "{names:?}");
    };
    names(keys().map(|key| key.name).collect());
    names(questions().map(|question| question.name).collect());
    names(interfaces().map(|interface| interface.name).collect());
    for interface in interfaces() {
        let mut keys = keys().filter(|key| key.name == interface.key);
        assert!(keys.next().is_some(), "{interface:?}");
    }
}
