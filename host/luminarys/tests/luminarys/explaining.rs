//! `explain`: every kind of grant that a denial can name can be asked about.

use crate::common::World;
use luminarys_testing::each_row;

/// A skill with `permissions`, and another that it may call but that allows no calls.
fn world(permissions: &str) -> World {
    let world = World::new();
    let text = format!(
        "id: numbers\npath: numbers.skill\ninvoke_policy: {{can_invoke: [other, open]}}\nenv: {{OTHER: 5}}\npermissions:\n{permissions}"
    );
    world.write("numbers.yaml", text);
    world.write("other.yaml", "id: other\npath: numbers.skill\n");
    world.write(
        "open.yaml",
        "id: open\npath: numbers.skill\ninvoke_policy: {can_be_invoked_by: [numbers]}\n",
    );
    world.write(
        "luminarys.yaml",
        "skills: [numbers.yaml, other.yaml, open.yaml]\ntrust: [team.pub]\n",
    );
    world
}

const OPEN: &str = "  events: {emit: ['out/*'], subscribe: ['in/**']}\n  \
                    store: {shared: ['team:rw', 'facts:ro']}\n  llm: {enabled: true}\n  \
                    tcp: {enabled: true, allowlist: ['127.0.0.1:5432', 'db.test:*']}\n  \
                    http: {enabled: true, allowlist: ['ws://127.0.0.1:1/', 'https://a.test/**'], allow_websocket: true}\n  \
                    shell: {enabled: true, allowlist: ['git **'], allowed_dirs: [/tmp]}\nenv.KEY: hunter2\n";

#[test]
fn every_kind_of_grant_can_be_explained() {
    let open = world(OPEN);
    let closed = world("  schedule: {enabled: false}\n");
    let rows = [
        (
            &["events", "out/a"][..],
            "permissions.events.emit[0]",
            "permissions.events.emit: [\"out/a\"]",
        ),
        (
            &["events", "in/a/b", "--subscribe"],
            "permissions.events.subscribe[0]",
            "permissions.events.subscribe: [\"in/a/b\"]",
        ),
        (
            &["store", "team", "--write"],
            "permissions.store.shared[0]",
            "permissions.store.shared: [\"team:rw\"]",
        ),
        (
            &["store", "facts"],
            "permissions.store.shared[1]",
            "permissions.store.shared: [\"facts:ro\"]",
        ),
        (
            &["llm"],
            "permissions.llm.enabled",
            "permissions.llm.enabled: true",
        ),
        (
            &["schedule"],
            "permissions.schedule.enabled",
            "permissions.schedule.enabled: true",
        ),
        (
            &["schedule", "defer"],
            "permissions.schedule.enabled",
            "permissions.schedule.enabled: true",
        ),
        (
            &["tcp", "127.0.0.1:5432"],
            "permissions.tcp.allowlist[0]",
            "permissions.tcp: {enabled: true, allowlist: [\"127.0.0.1:5432\"]}",
        ),
        (
            &["tcp", "db.test:*"],
            "permissions.tcp.allowlist[1]",
            "permissions.tcp: {enabled: true, allowlist: [\"db.test:*\"]}",
        ),
        (
            &["websocket", "ws://127.0.0.1:1/"],
            "permissions.http.allowlist[0]",
            "permissions.http: {enabled: true",
        ),
        (
            &["shell", "git status", "--directory", "/tmp"],
            "permissions.shell.allowlist[0]",
            "permissions.shell: {enabled: true",
        ),
        (
            &["skills", "open"],
            "numbers.yaml invoke_policy.can_invoke and",
            "",
        ),
        (&["env", "KEY"], "numbers.yaml env.KEY", "env.KEY: \"…\""),
    ];
    each_row(rows, |(question, by, line)| {
        let words = [&["explain", "numbers"], question].concat();
        let outcome = open.run(&words);
        assert!(
            outcome.succeeded().out.starts_with("allowed") && outcome.out.contains(by),
            "{outcome:?}"
        );
        if line.is_empty() {
            return;
        }
        let outcome = closed.run(&words);
        assert_eq!(outcome.code, Some(3), "{words:?}: {outcome:?}");
        assert!(
            outcome.out.starts_with("denied") && outcome.out.contains(line),
            "{words:?}: {outcome:?}"
        );
        // The offered line allows it when pasted at the margin.
        let offered = outcome.out.split("add to the manifest: ").nth(1).unwrap();
        let file = closed.path("numbers.yaml");
        let before = std::fs::read_to_string(&file).unwrap();
        closed.write("numbers.yaml", format!("{before}{offered}"));
        let outcome = closed.run(&words);
        let is_half = question.contains(&"--directory") || question[0] == "websocket";
        assert!(
            is_half || outcome.code == Some(0),
            "{words:?} after {offered}: {outcome:?}"
        );
        closed.write("numbers.yaml", before);
    });
    let rows = [
        (&["store", "facts", "--write"][..], "grants it read-only"),
        (
            &["events", "in/a"],
            "no entry of permissions.events.emit matches",
        ),
        (&["shell", "git status", "--directory", "/usr"], "/usr"),
        (
            &["websocket", "ws://127.0.0.1:1/", "--insecure"],
            "permissions.http.allow_insecure: true",
        ),
        (
            &["tcp", "127.0.0.1:5432", "--insecure"],
            "permissions.tcp.allow_insecure: true",
        ),
        (
            &["skills", "other"],
            "invoke_policy.can_be_invoked_by: [\"numbers\"]  # in ",
        ),
        (&["skills", "gone"], "invoke_policy.can_invoke: [\"gone\"]"),
    ];
    each_row(rows, |(question, part)| {
        let outcome = open.run(&[&["explain", "numbers"], question].concat());
        assert_eq!(outcome.code, Some(3), "{question:?}: {outcome:?}");
        assert!(outcome.out.contains(part), "{question:?}: {outcome:?}");
    });
}

#[test]
fn inspect_lists_the_grants_of_every_capability() {
    let world = world(OPEN);
    let outcome = world.run(&["inspect", "numbers"]);
    let lines = |text: &str| {
        let grants = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("grants "));
        let grants = grants.map(|line| line.trim().split("  by ").next().unwrap().to_owned());
        grants.collect::<Vec<String>>()
    };
    assert_eq!(
        lines(&outcome.succeeded().out),
        [
            "http ws://127.0.0.1:1/",
            "http https://a.test/**",
            "ws the same URLs",
            "tcp 127.0.0.1:5432",
            "tcp db.test:*",
            "shell git **",
            "shell.dir /tmp",
            "events.emit out/*",
            "events.subscribe in/**",
            "store team rw",
            "store facts ro",
            "llm 1024 tokens a completion, 20 completions a minute, 100000 tokens an hour",
            "schedule 100 scheduled and 100 deferred calls at once",
            "env KEY",
            "env OTHER",
            "invoke other",
            "invoke open",
        ]
    );
    let outcome = world.run(&["inspect", "numbers", "--json"]);
    let grants = outcome.json()["grants"].clone();
    assert_eq!(grants.as_array().unwrap().len(), 17, "{grants}");
    assert!(!outcome.out.contains("hunter2"), "{outcome:?}");
}

/// An entry below a directory that is not there would keep the skill from loading.
#[test]
fn what_a_line_needs_before_it_can_be_added_is_told() {
    let world = world("  fs: {enabled: true, dirs: [/usr]}\n");
    let path = |name: &str| world.path(name).display().to_string();
    std::fs::create_dir(world.path("there")).unwrap();
    let rows = [
        ("there", None),
        ("there/a.txt", None),
        ("new", None),
        ("missing/a.txt", Some("missing")),
        ("there/missing/deep/a.txt", Some("there/missing/deep")),
        ("missing/[a]*.txt", Some("missing")),
    ];
    each_row(rows, |(file, needed)| {
        for option in [&[][..], &["--write"]] {
            let file = path(file);
            let words = [&["explain", "numbers", "filesystem", &file], option].concat();
            let outcome = world.run(&words);
            assert_eq!(outcome.code, Some(3), "{words:?}: {outcome:?}");
            let (before, line) = outcome.out.split_once("add to the manifest: ").unwrap();
            let first =
                needed.map(|needed| format!("create the directory {}, then ", path(needed)));
            let expected = format!("to allow it, {}", first.as_deref().unwrap_or_default());
            assert!(before.ends_with(&expected), "{words:?}: {outcome:?}");
            let json = world.run(&[&words[..], &["--json"]].concat());
            assert_eq!(json.out.contains("\"first\""), needed.is_some(), "{json:?}");
            // What is told is enough.
            if let Some(needed) = needed {
                std::fs::create_dir_all(world.path(needed)).unwrap();
            }
            let manifest = world.path("numbers.yaml");
            let text = std::fs::read_to_string(&manifest).unwrap();
            world.write("numbers.yaml", format!("{text}{line}"));
            let outcome = world.run(&words);
            assert_eq!(outcome.code, Some(0), "{words:?} after {line}: {outcome:?}");
            world.write("numbers.yaml", text);
            _ = std::fs::remove_dir(world.path("there/missing/deep"));
            _ = std::fs::remove_dir(world.path("there/missing"));
            _ = std::fs::remove_dir(world.path("missing"));
        }
    });
}

#[test]
fn an_invalid_question_is_not_a_denial() {
    let world = world(OPEN);
    let rows = [
        (
            &["events", "a*"][..],
            "without control characters or wildcards",
        ),
        (&["events", "["], "without control characters or wildcards"),
        (&["events", "[", "--subscribe"], "["),
        (&["store", "a\nb"], "is not a namespace"),
        (&["store"], "`store` needs a target"),
        (&["llm", "gpt"], "takes no target"),
        (&["schedule", "later"], "neither `schedule` nor `defer`"),
        (
            &["http", "ws://127.0.0.1:1/"],
            "has none of the schemes http, https",
        ),
        (
            &["websocket", "https://a.test/"],
            "has none of the schemes ws, wss",
        ),
        (
            &["http", "https://a.test/", "--write"],
            "--write is for `filesystem` and `transfer` and `store` only",
        ),
        (&["llm", "--subscribe"], "--subscribe is for `events` only"),
        (
            &["llm", "--insecure"],
            "--insecure is for `websocket` and `tcp` only",
        ),
        (
            &["llm", "--directory", "/"],
            "--directory is for `shell` only",
        ),
        (&["skills", "open/double"], "ask for \"open\""),
    ];
    each_row(rows, |(question, part)| {
        world
            .run(&[&["explain", "numbers"], question].concat())
            .failed(2, &[part]);
    });
}

/// With a proxy no name is resolved, as in a call: the name need not be known here.
#[test]
fn with_a_proxy_names_decide() {
    let world = world(
        "  http: {enabled: true, allowlist: ['http://**', 'ws://**', 'http://printer.lan/**'], allow_websocket: true}\n",
    );
    let config = std::fs::read_to_string(world.path("luminarys.yaml")).unwrap();
    let ask = |words: &[&str]| world.run(&[&["explain", "numbers"], words].concat());
    ask(&["http", "http://name.invalid/"]).failed(2, &["name.invalid has no address"]);
    world.write(
        "luminarys.yaml",
        format!("{config}network: {{proxy: 'http://127.0.0.1:9'}}\n"),
    );
    let rows = [
        ("http://name.invalid/", 0, "permissions.http.allowlist[0]"),
        ("http://printer.lan/", 0, "permissions.http.allowlist[2]"),
        (
            "http://db.internal/",
            3,
            "permissions.http.allowlist: [\"http://db.internal/",
        ),
        ("http://metadata.google.internal/", 3, "a metadata service"),
        // An address needs no resolution.
        ("http://127.0.0.1:1/", 3, "permissions.http.addresses"),
    ];
    each_row(rows, |(url, code, part)| {
        let outcome = ask(&["http", url]);
        assert_eq!(outcome.code, Some(code), "{url}: {outcome:?}");
        assert!(outcome.out.contains(part), "{url}: {outcome:?}");
        assert!(
            !outcome.out.contains("add to the manifest: none"),
            "{outcome:?}"
        );
    });
    // WebSockets bypass the proxy.
    ask(&["websocket", "ws://name.invalid/"]).failed(2, &["name.invalid has no address"]);
}
