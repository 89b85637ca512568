//! A capability is added in its own rooms, and in the files that CONTRIBUTING.md lists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use luminarys_conformance::host::repository;
use luminarys_testing::each_row;

/// As many existing files as a new capability may touch outside of its rooms.
const MOST: usize = 8;

/// Capabilities without a face in WASI or in the policy of calls, which have more to agree with, and the engines of these.
const PLAIN: [(&str, &str); 4] = [
    ("archive", "archive"),
    ("events", ""),
    ("llm", ""),
    ("store", "store"),
];

/// What one of them has beyond the table: the accounts name who is charged for events, and files can be required for
/// archives; the host's own language model is set up with the runtime.
const BEYOND: [(&str, &str); 5] = [
    (
        "archive",
        "host/grants/src/capabilities/filesystem/capability.rs",
    ),
    (
        "archive",
        "host/grants/src/capabilities/filesystem/section.rs",
    ),
    ("events", "host/accounts/src/account.rs"),
    ("llm", "host/runtime/src/lib.rs"),
    ("llm", "host/runtime/src/runtime.rs"),
];

/// Returns the files that the table "To add a capability" names, but for new ones.
fn listed(text: &str) -> BTreeSet<String> {
    let (_, section) = text
        .split_once("## To add a capability")
        .expect("the section");
    let (section, _) = section.split_once("\n## ").expect("the next section");
    let mut files = BTreeSet::new();
    for row in section.lines().filter(|line| line.starts_with("| `")) {
        let cell = row.split('|').nth(1).expect("a cell");
        for part in cell.split(',').filter(|part| !part.contains("(new)")) {
            let name = part.split('`').nth(1).expect("a file");
            files.insert(name.to_owned());
        }
    }
    files
}

/// Whether code names the capability: its types, its grants, its section, its folder, its interface or its name as text.
fn names(code: &str, capability: &str) -> bool {
    let parts = [
        "grants.",
        "permissions.",
        "capabilities::",
        "skill::",
        "skill/",
    ];
    let whole = |text: &str, after: usize| {
        let next = text[after..].chars().next();
        next.is_none_or(|next| !next.is_alphanumeric() && next != '_')
    };
    let quoted = format!("\"{capability}\"");
    let (first, rest) = capability.split_at(1);
    let title = first.to_uppercase() + rest;
    let types = ["Capability", "Grants", "Section"].map(|kind| format!("{title}{kind}"));
    code.contains(&quoted)
        || types.iter().any(|name| code.contains(name))
        || parts.iter().any(|part| {
            let named = format!("{part}{capability}");
            let mut found = code.match_indices(&named);
            found.any(|(at, _)| whole(code, at + named.len()))
        })
}

/// Calls `each` with the path, relative to the repository, and the code of every source file of the host, tests left out.
fn each_source(folder: &Path, each: &mut dyn FnMut(&str, &str)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !matches!(&*name, "tests" | "target" | "benches") {
                each_source(&path, each);
            }
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("text");
            let code = text.split("#[cfg(test)]\nmod tests {").next();
            let relative = path
                .strip_prefix(repository())
                .expect("a path of the repository");
            each(&relative.to_string_lossy(), code.unwrap_or_default());
        }
    }
}

#[test]
fn a_capability_stands_in_its_rooms_and_in_the_listed_files() {
    let text = fs::read_to_string(repository().join("CONTRIBUTING.md")).expect("CONTRIBUTING.md");
    let listed = listed(&text);
    assert!(listed.len() <= MOST, "{} files: {listed:?}", listed.len());
    let missing: Vec<_> = listed
        .iter()
        .filter(|file| !repository().join(file).is_file())
        .collect();
    assert!(missing.is_empty(), "not there: {missing:?}");

    let mut wrong = Vec::new();
    let mut seen: BTreeSet<(&str, String)> = BTreeSet::new();
    each_source(&repository().join("host"), &mut |file, code| {
        for (capability, engine) in PLAIN {
            let rooms = [
                format!("host/grants/src/capabilities/{capability}"),
                format!("host/runtime/src/capabilities/{capability}"),
                format!("host/{engine}/"),
            ];
            let own = rooms
                .iter()
                .any(|room| room != "host//" && file.starts_with(room.as_str()));
            if own || !names(code, capability) {
                continue;
            }
            seen.insert((capability, file.to_owned()));
            if !listed.contains(file) && !BEYOND.contains(&(capability, file)) {
                wrong.push(format!("{file} names {capability}"));
            }
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (capability, _) in PLAIN {
        let count = seen.iter().filter(|(of, _)| *of == capability).count();
        // Beside these it stands in the manifests of crates and in documents.
        assert!((2..=MOST).contains(&count), "{capability}: {count} files");
    }
    for (capability, file) in BEYOND {
        assert!(
            seen.contains(&(capability, file.to_owned())),
            "{file} no longer names {capability}"
        );
    }
}

#[test]
fn names_of_capabilities_are_found_whole() {
    let rows = [
        ("grants.store.decide()", true),
        ("capabilities::store::StoreCapability", true),
        ("\"luminarys:skill/store\": async", true),
        ("const NAME: &str = \"store\";", true),
        ("store: store::StoreCapability,", true),
        ("grants.storey", false),
        ("crate::store::SkillStore", false),
    ];
    each_row(rows, |(code, expected)| {
        assert_eq!(names(code, "store"), expected, "{code}");
    });
}
