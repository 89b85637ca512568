//! `explain`: each kind of grant that a denial can name has its question.

use crate::common::World;

/// A skill with `permissions`, and one more that it may call and that lets nobody call it.
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
fn every_kind_of_grant_can_be_asked_for() {
    let open = world(OPEN);
    let closed = world("  schedule: {enabled: false}\n");
    for (question, by, line) in [
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
    ] {
        let words = [&["explain", "numbers"], question].concat();
        let said = open.run(&words);
        assert!(
            said.succeeded().out.starts_with("allowed") && said.out.contains(by),
            "{said:?}"
        );
        if line.is_empty() {
            continue;
        }
        let said = closed.run(&words);
        assert_eq!(said.code, Some(3), "{words:?}: {said:?}");
        assert!(
            said.out.starts_with("denied") && said.out.contains(line),
            "{words:?}: {said:?}"
        );
        // The line that is offered opens it, pasted at the margin.
        let offered = said.out.split("add to the manifest: ").nth(1).unwrap();
        let file = closed.path("numbers.yaml");
        let before = std::fs::read_to_string(&file).unwrap();
        closed.write("numbers.yaml", format!("{before}{offered}"));
        let said = closed.run(&words);
        let is_half = question.contains(&"--directory") || question[0] == "websocket";
        assert!(
            is_half || said.code == Some(0),
            "{words:?} after {offered}: {said:?}"
        );
        closed.write("numbers.yaml", before);
    }
    for (question, part) in [
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
    ] {
        let said = open.run(&[&["explain", "numbers"], question].concat());
        assert_eq!(said.code, Some(3), "{question:?}: {said:?}");
        assert!(said.out.contains(part), "{question:?}: {said:?}");
    }
}

#[test]
fn inspect_lists_the_grants_of_every_capability() {
    let world = world(OPEN);
    let said = world.run(&["inspect", "numbers"]);
    let lines = |said: &str| {
        let grants = said
            .lines()
            .filter_map(|line| line.trim().strip_prefix("grants "));
        let grants = grants.map(|line| line.trim().split("  by ").next().unwrap().to_owned());
        grants.collect::<Vec<String>>()
    };
    assert_eq!(
        lines(&said.succeeded().out),
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
    let said = world.run(&["inspect", "numbers", "--json"]);
    let grants = said.json()["grants"].clone();
    assert_eq!(grants.as_array().unwrap().len(), 17, "{grants}");
    assert!(!said.out.contains("hunter2"), "{said:?}");
}

/// An entry below a directory that is not there would keep the skill from loading.
#[test]
fn what_a_line_needs_before_it_can_be_added_is_told() {
    let world = world("  fs: {enabled: true, dirs: [/usr]}\n");
    let path = |name: &str| world.path(name).display().to_string();
    std::fs::create_dir(world.path("there")).unwrap();
    for (file, needed) in [
        ("there", None),
        ("there/a.txt", None),
        ("new", None),
        ("missing/a.txt", Some("missing")),
        ("there/missing/deep/a.txt", Some("there/missing/deep")),
        ("missing/[a]*.txt", Some("missing")),
    ] {
        for option in [&[][..], &["--write"]] {
            let file = path(file);
            let words = [&["explain", "numbers", "filesystem", &file], option].concat();
            let said = world.run(&words);
            assert_eq!(said.code, Some(3), "{words:?}: {said:?}");
            let (before, line) = said.out.split_once("add to the manifest: ").unwrap();
            let first = needed.map(|needed| format!("make the directory {}, then ", path(needed)));
            let expected = format!("to allow it, {}", first.as_deref().unwrap_or_default());
            assert!(before.ends_with(&expected), "{words:?}: {said:?}");
            let json = world.run(&[&words[..], &["--json"]].concat());
            assert_eq!(json.out.contains("\"first\""), needed.is_some(), "{json:?}");
            // What is told is enough.
            if let Some(needed) = needed {
                std::fs::create_dir_all(world.path(needed)).unwrap();
            }
            let manifest = world.path("numbers.yaml");
            let text = std::fs::read_to_string(&manifest).unwrap();
            world.write("numbers.yaml", format!("{text}{line}"));
            let said = world.run(&words);
            assert_eq!(said.code, Some(0), "{words:?} after {line}: {said:?}");
            world.write("numbers.yaml", text);
            _ = std::fs::remove_dir(world.path("there/missing/deep"));
            _ = std::fs::remove_dir(world.path("there/missing"));
            _ = std::fs::remove_dir(world.path("missing"));
        }
    }
}

#[test]
fn a_question_that_makes_no_sense_is_no_denial() {
    let world = world(OPEN);
    for (question, part) in [
        (
            &["events", "a*"][..],
            "without control characters or wildcards",
        ),
        (&["events", "["], "without control characters or wildcards"),
        (&["events", "[", "--subscribe"], "["),
        (&["store", "a\nb"], "is not a namespace"),
        (&["store"], "what `store` would use is missing"),
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
            "--write is for `filesystem` and `store` only",
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
    ] {
        world
            .run(&[&["explain", "numbers"], question].concat())
            .failed(2, &[part]);
    }
}

/// With a proxy nothing is looked up, as when the skill asks: nobody needs to know the name here.
#[test]
fn through_a_proxy_names_decide() {
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
    for (url, code, part) in [
        ("http://name.invalid/", 0, "permissions.http.allowlist[0]"),
        ("http://printer.lan/", 0, "permissions.http.allowlist[2]"),
        (
            "http://db.internal/",
            3,
            "permissions.http.allowlist: [\"http://db.internal/",
        ),
        ("http://metadata.google.internal/", 3, "a metadata service"),
        // An address needs nobody to look it up.
        ("http://127.0.0.1:1/", 3, "permissions.http.addresses"),
    ] {
        let said = ask(&["http", url]);
        assert_eq!(said.code, Some(code), "{url}: {said:?}");
        assert!(said.out.contains(part), "{url}: {said:?}");
        assert!(!said.out.contains("add to the manifest: none"), "{said:?}");
    }
    // A WebSocket goes past the proxy.
    ask(&["websocket", "ws://name.invalid/"]).failed(2, &["name.invalid has no address"]);
}
