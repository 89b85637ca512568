//! Checks packages' requirements against manifests' grants.

use luminarys_testing::each_row;

use crate::{Grants, Manifest};

#[test]
fn requirements_against_a_manifest() {
    let dir = std::env::temp_dir();
    let dir = dir.to_str().unwrap();
    let text = format!(
        "id: a\npath: b\nenv: {{KEY: v}}\npermissions:\n  fs: {{enabled: true, dirs: ['{dir}:rw', '/usr:ro']}}\n  \
         http: {{enabled: true, allowlist: ['https://api.test/**']}}\n  tcp: {{enabled: true, allowlist: ['*:5432']}}\n  \
         shell: {{enabled: true, allowlist: ['git **', 'go *']}}\n"
    );
    let grants = Grants::open(&Manifest::parse("m.yaml", &text, &|_| None).unwrap()).unwrap();
    let rows = [
        ("fs", format!("{dir}/x/**"), Some("rw"), true),
        ("fs", format!("{dir}/**:rw"), None, true),
        ("fs", dir.to_owned(), None, true),
        ("fs", "/usr/**".to_owned(), Some("rw"), false),
        ("fs", "/usr/**".to_owned(), Some("ro"), true),
        ("fs", "/usr2".to_owned(), None, false),
        ("fs", "/**".to_owned(), None, false),
        ("http", "https://api.test/v1/**".to_owned(), None, true),
        ("http", "**".to_owned(), None, false),
        ("http", "https://**".to_owned(), None, false),
        ("ws", "wss://api.test/".to_owned(), None, false),
        ("tcp", "db:5432".to_owned(), None, true),
        ("tcp", "*:80".to_owned(), None, false),
        ("shell", "git **".to_owned(), None, true),
        ("shell", "git status".to_owned(), None, true),
        ("shell", "go **".to_owned(), None, false),
        ("shell", "go *".to_owned(), None, true),
        ("shell", "**".to_owned(), None, false),
        ("env", "KEY".to_owned(), None, true),
        ("env", "OTHER".to_owned(), None, false),
        ("invoke", "x".to_owned(), None, false),
        ("llm", String::new(), None, false),
        ("file_transfer", String::new(), None, false),
        ("magic", String::new(), None, false),
    ];
    each_row(rows, |(kind, pattern, mode, granted)| {
        let verdict = grants.requirement(kind, &pattern, mode);
        assert_eq!(
            verdict.granted, granted,
            "{kind} {pattern} {mode:?}: {verdict:?}"
        );
        assert!(
            granted || kind == "magic" || verdict.missing.is_some(),
            "{verdict:?}"
        );
    });
    let verdict = grants.requirement("fs", "/data/**", Some("rw"));
    assert_eq!(
        verdict.missing.as_deref(),
        Some(r#"permissions.fs.dirs: ["/data:rw"]"#)
    );
}
