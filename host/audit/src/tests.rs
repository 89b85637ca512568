use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use luminarys_grants::Denial;

use crate::*;

fn audit(log: &AuditLog) -> CallAudit {
    CallAudit {
        log: log.clone(),
        skill: "s".to_owned(),
        method: "m".to_owned(),
        client: Some("cli".into()),
        session: String::new(),
        request: "1".into(),
        trace: "1".into(),
        caller: String::new(),
        parent: None,
    }
}

fn denial() -> Denial {
    Denial::new(
        "http",
        "https://a/?k=hunter22",
        "no entry",
        "permissions.http",
    )
}

fn records(path: &Path) -> Vec<AuditRecord> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn decisions_are_written_and_counted() {
    let _registered = luminarys_text::Redactor::process().register(["hunter22"]);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log/audit.jsonl");
    let log = AuditLog::open(AuditOptions::new(&path)).unwrap();
    audit(&log).allowed("filesystem", "/a", "m.yaml:3").unwrap();
    assert!(audit(&log).denied(&denial()));
    let allowed = records(&dir.path().join("log/audit-allowed.jsonl"));
    assert_eq!(allowed.len(), 1);
    assert_eq!(
        (allowed[0].verdict, allowed[0].target.as_str()),
        (Verdict::Allowed, "/a")
    );
    let denied = records(&path);
    assert_eq!(denied.len(), 1);
    assert_eq!(denied[0].target, "https://a/?k=[secret]");
    assert_eq!(denied[0].client, "cli");
    let counts = log.counts();
    assert_eq!(
        counts[0],
        ("s".into(), "filesystem".into(), Verdict::Allowed, 1)
    );
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn only_denials_are_written_on_request() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let log = AuditLog::open(AuditOptions {
        audited: Audited::Denied,
        required: true,
        ..AuditOptions::new(&path)
    });
    let log = log.unwrap();
    audit(&log).allowed("filesystem", "/a", "m.yaml:3").unwrap();
    audit(&log).denied(&denial());
    assert_eq!(records(&path).len(), 1);
    assert!(!dir.path().join("a-allowed").exists());
}

#[test]
fn repeated_denials_are_one_line_and_a_count() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let log = AuditLog::open(AuditOptions::new(&path)).unwrap();
    let mut audit = audit(&log);
    audit.session = identity(&"s".repeat(60_000)).into_owned();
    let first = (0..7_000).filter(|_| audit.denied(&denial())).count();
    assert_eq!(first, 1);
    // Counts that are not written yet are written when the log is closed.
    drop((audit, log));
    let records = records(&path);
    let counts: Vec<u64> = records.iter().map(|record| record.count).collect();
    assert_eq!(counts, [1, 6_999]);
    assert!(std::fs::metadata(&path).unwrap().len() < 1_000);
}

#[test]
fn decisions_that_cannot_be_written_are_denied_when_required() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    for name in ["a", "a-allowed"] {
        symlink("/dev/full", dir.path().join(name)).unwrap();
    }
    let required = AuditLog::open(AuditOptions {
        required: true,
        ..AuditOptions::new(&path)
    });
    let required = required.unwrap();
    let denial = audit(&required)
        .allowed("filesystem", "/a", "m.yaml:3")
        .unwrap_err();
    let text = denial.to_string();
    assert!(
        text.contains("filesystem /a") && text.contains("audit.required"),
        "{text}"
    );
    assert!(text.contains("No space left"), "{text}");
    assert!(required.counts().is_empty());
    let optional = AuditLog::open(AuditOptions::new(&path)).unwrap();
    audit(&optional)
        .allowed("filesystem", "/a", "m.yaml:3")
        .unwrap();
    // Once there is room again, decisions are allowed again.
    for name in ["a", "a-allowed"] {
        std::fs::remove_file(dir.path().join(name)).unwrap();
    }
    let again = AuditLog::open(AuditOptions {
        required: true,
        ..AuditOptions::new(&path)
    });
    audit(&again.unwrap())
        .allowed("filesystem", "/a", "m.yaml:3")
        .unwrap();
}

#[test]
fn targets_cannot_forge_lines() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let log = AuditLog::open(AuditOptions::new(&path)).unwrap();
    let target = "/a\n{\"time\":\"\"}\u{202e}\u{9b}1m\u{2028}\u{e0041}";
    audit(&log).allowed("filesystem", target, "r").unwrap();
    let text = std::fs::read_to_string(dir.path().join("a-allowed")).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(text.trim_end().is_ascii(), "{text}");
    assert_eq!(records(&dir.path().join("a-allowed"))[0].target, target);
}
