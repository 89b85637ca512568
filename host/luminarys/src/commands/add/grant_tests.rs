use luminarys_grants::{Grants, Manifest};
use luminarys_testing::each_row;

use super::*;

fn granted(texts: &[&str]) -> Granted {
    let mut granted = Granted::default();
    for text in texts {
        granted.add(text).unwrap();
    }
    granted
}

fn requirement(kind: &str, pattern: &str, mode: Option<&str>) -> Requirement {
    Requirement {
        kind: kind.to_owned(),
        pattern: pattern.to_owned(),
        mode: mode.map(str::to_owned),
    }
}

#[test]
fn the_manifest_has_the_given_grants() {
    let texts = [
        "fs=/tmp:rw",
        "fs=/usr",
        "http=https://a.test/**",
        "ws=wss://b.test/**",
        "tcp=db:5432",
        "shell=git **",
        "shell.dir=/tmp:rw",
        "env.PLAIN=a=b: #c",
        "env.EMPTY=",
        "env.FROM=$LUM_TEST_FROM",
        "invoke=notes",
        "store=team:rw",
        "events.emit=orders/*",
        "events.subscribe=orders/new",
        "llm",
    ];
    let granted = granted(&texts);
    let environment = |name: &str| (name == "LUM_TEST_FROM").then(|| "secret".to_owned());
    let mut whole = json!({ "id": "a", "path": "b" });
    whole.as_object_mut().unwrap().extend(granted.sections());
    let text = luminarys_edit::render(&whole);
    let fresh = Manifest::parse("m.yaml", &text, &environment).unwrap();
    let permissions = &fresh.permissions;
    let dirs: Vec<_> = permissions
        .fs
        .dirs
        .iter()
        .map(|it| (it.path.as_str(), it.writable))
        .collect();
    assert_eq!(dirs, [("/tmp", true), ("/usr", false)]);
    let urls: Vec<_> = permissions
        .http
        .allowlist
        .iter()
        .map(|it| it.pattern.as_str())
        .collect();
    assert_eq!(urls, ["https://a.test/**", "wss://b.test/**"]);
    assert!(permissions.http.allow_websocket && permissions.tcp.enabled && permissions.llm.enabled);
    assert_eq!(permissions.shell.allowed_dirs.len(), 1);
    assert_eq!(fresh.env["PLAIN"], "a=b: #c");
    assert_eq!(
        (fresh.env["EMPTY"].as_str(), fresh.env["FROM"].as_str()),
        ("", "secret")
    );
    assert_eq!(fresh.invoke_policy.can_invoke, ["notes"]);
    // The same at the end of another manifest that grants anything already.
    let lines = granted.lines().join("\n");
    let rows = [
        "",
        "permissions: {fs: {enabled: true, dirs: ['/tmp:ro']}}\n",
    ];
    each_row(rows, |before| {
        let text = format!("id: a\npath: b\n{before}{lines}\n");
        let grown = Manifest::parse("m.yaml", &text, &environment).unwrap();
        assert_eq!(grown.permissions, fresh.permissions, "{text}");
        assert_eq!(grown.invoke_policy, fresh.invoke_policy);
    });
}

#[test]
fn nothing_else_is_granted() {
    assert_eq!(Granted::default().sections(), Map::new());
    let sections = granted(&["store=a"]).sections();
    assert_eq!(
        Value::Object(sections),
        json!({ "permissions": { "store": { "shared": ["a"] } } })
    );
    // Given twice, granted once.
    let twice = granted(&["http=https://a.test/", "http=https://a.test/"]);
    assert_eq!(twice.shown(), ["http https://a.test/"]);
}

#[test]
fn requirements_are_granted() {
    let rows = [
        ("fs", "/tmp/**", Some("rw")),
        ("fs", "/tmp:rw", None),
        ("fs", "/usr", Some("ro")),
        ("fs", "/**", None),
        ("http", "https://api.test/**", None),
        ("ws", "wss://api.test/**", None),
        ("tcp", "*:5432", None),
        ("shell", "git **", None),
        ("invoke", "notes", None),
        ("llm", "", None),
        ("file_transfer", "*", None),
    ];
    each_row(rows, |(kind, pattern, mode)| {
        let mut granted = Granted::default();
        let required = requirement(kind, pattern, mode);
        assert_eq!(granted.require(&required).unwrap(), Some(()), "{kind}");
        let mut whole = json!({ "id": "a", "path": "b" });
        whole.as_object_mut().unwrap().extend(granted.sections());
        let text = luminarys_edit::render(&whole);
        let manifest = Manifest::parse("m.yaml", &text, &|_| None).unwrap();
        let grants = Grants::open(&manifest).unwrap();
        let verdict = grants.requirement(kind, pattern, mode);
        assert!(verdict.granted, "{kind} {pattern}: {verdict:?}\n{text}");
    });
    let mut granted = Granted::default();
    let needs_value = granted.require(&requirement("env", "KEY", None));
    assert_eq!(needs_value.unwrap(), None);
    let error = granted
        .require(&requirement("magic", "x", None))
        .unwrap_err();
    assert!(error.to_string().contains("magic"), "{error}");
}

#[test]
fn unknown_grants_are_rejected() {
    let rows = [
        ("", "is not known"),
        ("htp=x", "did you mean `http`?"),
        (
            "fs",
            "--grant fs needs a value: --grant fs=/home/me/project:rw",
        ),
        ("fs=", "needs a value"),
        ("fs= ", "needs a value"),
        ("env.=x", "is not known"),
        ("env.KEY", "needs a value"),
        ("env.KEY=@", "the name of a file"),
        ("llm=yes", "takes no value"),
        ("fs=/nonexistent/../x", "cannot be granted"),
        (
            "fs=/a:rwx",
            "neither `:ro` (read) nor `:rw` (read and write)",
        ),
        ("fs=/a:w", "\"/a:w:ro\""),
        ("shell.dir=/a:Rw", "neither `:ro`"),
    ];
    each_row(rows, |(text, part)| {
        let error = format!("{:#}", Granted::default().add(text).unwrap_err());
        assert!(error.contains(part), "{text}: {error}");
    });
}

#[test]
fn paths_are_made_absolute() {
    let here = std::env::current_dir().unwrap();
    let shown = |text: &str| granted(&[text]).shown().remove(0);
    assert_eq!(shown("fs=."), format!("fs {} ro", here.display()));
    assert_eq!(
        shown("fs=a/./b:rw"),
        format!("fs {}/a/b rw", here.display())
    );
    assert_eq!(shown("fs=src/.."), format!("fs {} ro", here.display()));
    assert_eq!(shown("fs=/a/*/b:ro"), "fs /a/*/b ro");
    assert_eq!(shown("fs=/a:rwx:rw"), "fs /a:rwx rw");
    assert_eq!(shown("fs=/a:b"), "fs /a:b ro");
    let home = std::env::home_dir().unwrap();
    assert_eq!(shown("fs=~/x"), format!("fs {}/x ro", home.display()));
    let file = granted(&["env.KEY=@secret"]);
    let expected = here.join("secret").display().to_string();
    assert_eq!(file.env["KEY"], json!({ "from_file": expected }));
}
