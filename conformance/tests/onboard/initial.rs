//! `luminarys init`

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::desk::Desk;
use luminarys_testing::each_row;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn init_creates_a_valid_configuration() {
    let desk = Desk::bare();
    let made = desk.run(&["init", "--json"]).json();
    assert_eq!(
        made["config"],
        desk.path("luminarys.yaml").to_str().unwrap()
    );
    assert_eq!(
        made["audit_log"],
        desk.path("data/audit.jsonl").to_str().unwrap()
    );
    assert_eq!(made["next"][0], "luminarys add FILE");
    let token = desk.read(".env");
    let token = token
        .lines()
        .find_map(|line| line.strip_prefix("LUMINARYS_TOKEN="));
    let token = token.unwrap();
    assert!(token.len() >= 43, "{token}");
    assert!(!desk.read("luminarys.yaml").contains(token));
    assert!(!made.to_string().contains(token));
    assert_eq!(mode(&desk.path(".env")), 0o600);
    assert_eq!(mode(&desk.path("data")), 0o700);
    assert!(desk.path("skills").is_dir());
    let checked = desk.run(&["check"]);
    assert!(checked.succeeds().out.contains("0 skills"), "{checked:?}");
    // Each gets a different token; a configuration in another directory is named in the next steps.
    let other = desk.run(&["init", "deep/other"]);
    let file = desk.path("deep/other/luminarys.yaml");
    let line = format!("luminarys add FILE --config {}", file.display());
    assert!(other.succeeds().out.contains(&line), "{other:?}");
    assert!(!desk.read("deep/other/.env").contains(token));
}

#[test]
fn a_token_is_added_to_existing_variables() {
    let desk = Desk::bare();
    desk.write(".env", "LUMINARYS_TOKEN=somebody-elses-token\nOTHER=1\n");
    let before = desk.read(".env");
    desk.run(&["init"]).succeeds();
    assert_eq!(desk.read(".env"), before);
    assert_eq!(mode(&desk.path(".env.local")), 0o600);
    let entry = desk.run(&["connect", "cursor", "--http", "--json"]).json();
    let shown = entry["entry"]["headers"]["Authorization"]
        .as_str()
        .unwrap()
        .to_owned();
    let token = shown.strip_prefix("Bearer ").unwrap();
    assert!(
        desk.read(".env.local").contains(token),
        "the fresh one counts"
    );
}

#[test]
fn existing_files_are_not_replaced() {
    let rows = [
        (
            &["luminarys.yaml"][..],
            &["luminarys.yaml exists already", "luminarys init DIRECTORY"][..],
        ),
        (&["host.yaml"], &["host.yaml exists already"]),
        (&[".env", ".env.local"], &[".env and .env.local"]),
        (&["skills"], &["skills is not a directory"]),
        (&["data"], &["data is not a directory"]),
    ];
    each_row(rows, |(files, parts)| {
        let desk = Desk::bare();
        for file in files {
            desk.write(file, "A=1\n");
        }
        let before = desk.snapshot();
        desk.run(&["init"]).fails(parts);
        assert_eq!(desk.snapshot(), before, "{files:?}");
    });
    let desk = Desk::bare();
    desk.write("file", "text");
    desk.write("broken/.env", "no variable\n");
    std::os::unix::fs::symlink("nowhere", desk.path("luminarys.yaml")).unwrap();
    let before = desk.snapshot();
    let rows = [
        // A dangling link counts as existing.
        (&["init"][..], &["luminarys.yaml exists already"][..]),
        (&["init", "file"], &["file is not a directory"]),
        (&["init", "file/deep"], &["file/deep cannot be created"]),
        (
            &["init", "/proc/luminarys"],
            &["/proc/luminarys cannot be created"],
        ),
        (&["init", "broken"], &["was not created", "broken/.env"]),
        (&["init", "--config", "x.yaml"], &["luminarys init"]),
    ];
    each_row(rows, |(arguments, parts)| {
        desk.run(arguments).fails(parts);
        assert_eq!(desk.snapshot(), before, "{arguments:?}");
    });
}

#[test]
fn an_unwritable_directory_is_reported() {
    let desk = Desk::bare();
    fs::set_permissions(desk.path(""), fs::Permissions::from_mode(0o555)).unwrap();
    let before = desk.snapshot();
    if let Some(ended) = desk.run_bound_by_modes(&["init"]) {
        ended.fails(&["cannot be created", "Permission denied"]);
        assert_eq!(desk.snapshot(), before);
    }
}
