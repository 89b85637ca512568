//! The line that a denial offers: added to the manifest unchanged, it allows what was denied and nothing else.

use luminarys_testing::each_row;
use proptest::prelude::*;
use url::Url;

use luminarys_text::is_hidden;

use crate::Manifest;
use crate::capabilities::*;
use crate::denial::{Denial, quoted};
use crate::section::Access;

/// The existing content of a manifest to which a line is added.
const BEFORE: [&str; 5] = [
    "",
    "permissions:\n  events: {emit: [a]}\n",
    "permissions:\n  fs:\n    enabled: false\n  http: {enabled: false}\n  shell: {allowlist: ['x y']}\n",
    "permissions:\n  fs:\n    enabled: true\n    dirs:\n      - /elsewhere:rw\n  http:\n    enabled: true\n    allowlist:\n      - \
     https://other.test/**\n  tcp: {enabled: true, allowlist: ['other.test:1']}\n  shell: {enabled: true, allowlist: ['x y']}\n  \
     store: {shared: ['elsewhere:ro']}\n# The end.\n",
    "permissions.fs: {enabled: true, dirs: ['/elsewhere']} # added\npermissions.fs.dirs: ['/elsewhere/b']\nruntime: {}\n",
];

fn parse(text: &str) -> Manifest {
    let manifest = Manifest::parse("m.yaml", text, &|_| None);
    manifest.unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Returns the denial of each manifest of [`BEFORE`], and that manifest with the line that the denial offers.
fn added(denied: impl Fn(&Manifest) -> Denial) -> Vec<(Denial, Manifest)> {
    let add = |before: &str| {
        let text = format!("id: a\npath: b\n{before}");
        let denial = denied(&parse(&text));
        let shown = denial.to_string();
        let (_, line) = shown.rsplit_once("add to the manifest: ").unwrap();
        (denial, parse(&format!("{text}{line}\n")))
    };
    BEFORE.into_iter().map(add).collect()
}

fn files(manifest: &Manifest) -> FilesystemGrants {
    let section = &manifest.permissions.fs;
    if !section.enabled {
        return FilesystemGrants::default();
    }
    let entries = section.dirs.iter();
    let entries: Vec<_> = entries
        .map(|entry| (&*entry.path, entry.writable))
        .collect();
    unopened(&entries)
}

fn http(manifest: &Manifest) -> HttpGrants {
    HttpGrants::open(&manifest.permissions.http, &FilesystemGrants::default()).unwrap()
}

fn shell(manifest: &Manifest) -> ShellGrants {
    ShellGrants::open(&manifest.permissions.shell, &FilesystemGrants::default()).unwrap()
}

/// Returns a strategy for names that favour the special characters of patterns, YAML and terminals.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{1,3}",
        r"[\[\]{}*?!,:#&'\x22$\\ a-]{1,6}",
        r"[^/\x00]{1,5}"
    ]
    .prop_filter("no name", |name| name != "." && name != "..")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn of_a_path(names in prop::collection::vec(name(), 2..5), writing: bool) {
        let path = format!("/{}", names.join("/"));
        let access = if writing { Access::Write } else { Access::Read };
        for (denial, manifest) in added(|manifest| files(manifest).decide(&path, access).unwrap_err()) {
            let granted = files(&manifest);
            prop_assert!(granted.decide(&path, access).is_ok(), "{denial}");
            prop_assert!(granted.decide(&format!("{path}x"), access).is_err(), "{denial}");
            if !writing {
                prop_assert!(granted.decide(&path, Access::Write).is_err(), "{denial}");
            }
        }
    }

    #[test]
    fn of_a_path_that_may_be_read(
        directory in r"/(a|b)(/(a|b)){0,2}",
        names in prop::collection::vec("[ab]", 0..3),
        before in prop::collection::vec(r"/(a|b|\*|\?)(/(a|b|\*|\*\*)){0,2}", 0..3),
    ) {
        let path = [&[directory.clone()][..], &names].concat().join("/");
        let entries: Vec<String> = before.into_iter().chain([directory]).map(|entry| format!("{entry}:ro")).collect();
        let text = format!("id: a\npath: b\npermissions:\n  fs:\n    enabled: true\n    dirs: {entries:?}\n");
            let denial = files(&parse(&text)).decide(&path, Access::Write).unwrap_err();
        let granted = files(&parse(&format!("{text}{}\n", denial.rule)));
        prop_assert!(granted.decide(&path, Access::Write).is_ok(), "{text}{denial}");
    }

    #[test]
    fn of_a_url(names in prop::collection::vec(name(), 0..4), query in prop::option::of(name()), port in 1_u16..) {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let Ok(url) = Url::parse(&format!("https://h.test:{port}/{}{query}", names.join("/"))) else {
            return Ok(());
        };
        for (denial, manifest) in added(|manifest| http(manifest).decide_url(&url).unwrap_err()) {
            let granted = http(&manifest);
            prop_assert!(granted.decide_url(&url).is_ok(), "{url} {denial}");
            let mut sibling = url.clone();
            sibling.set_path(&format!("{}x", url.path()));
            prop_assert!(granted.decide_url(&sibling).is_err(), "{sibling} {denial}");
            let mut other = url.clone();
            other.set_host(Some("g.test")).unwrap();
            prop_assert!(granted.decide_url(&other).is_err(), "{other} {denial}");
        }
    }

    #[test]
    fn of_a_command(words in prop::collection::vec(r"[^\x00]{1,8}", 1..4)) {
        let command = crate::command::join(&words);
        for (denial, manifest) in added(|manifest| shell(manifest).decide_command(&command).unwrap_err()) {
            let granted = shell(&manifest);
            prop_assert!(granted.decide_command(&command).is_ok(), "{denial}");
            prop_assert!(granted.decide_command(&format!("{command} x")).is_err(), "{denial}");
            prop_assert!(granted.decide_command(&format!("x{command}")).is_err(), "{denial}");
        }
    }

    #[test]
    fn of_a_namespace(namespace in name()) {
        // Such a name is rejected before the decision.
        prop_assume!(!namespace.contains(char::is_control));
        let denied = |grants: &StoreGrants, name: &str| grants.decide(name, Access::Write).err();
        let store = |manifest: &Manifest| StoreGrants::new(&manifest.permissions.store);
        for (denial, manifest) in added(|manifest| denied(&store(manifest), &namespace).unwrap()) {
            let granted = store(&manifest);
            prop_assert!(denied(&granted, &namespace).is_none(), "{denial}");
            prop_assert!(denied(&granted, &format!("{namespace}x")).is_some(), "{denial}");
        }
    }

    #[test]
    fn of_a_topic(topic in r"[a-c/!,:#&' ]{1,4}", pattern in name()) {
        let events = |manifest: &Manifest| EventGrants::new(&manifest.permissions.events);
        let other = format!("{topic}x");
        // Granted by BEFORE.
        prop_assume!(topic != "a");
        for (denial, manifest) in added(|manifest| events(manifest).decide_emit(&topic).unwrap_err()) {
            let granted = events(&manifest);
            prop_assert!(granted.decide_emit(&topic).is_ok(), "{denial}");
            prop_assert!(granted.decide_emit(&other).is_err(), "{denial}");
        }
        for (denial, manifest) in added(|manifest| events(manifest).decide_delivery(&topic).unwrap_err()) {
            let granted = events(&manifest);
            prop_assert!(granted.decide_delivery(&topic).is_ok(), "{denial}");
            prop_assert!(granted.decide_delivery(&other).is_err(), "{denial}");
        }
        // Only patterns that can match a topic reach the decision.
        if pattern != "a" && TOPIC.pattern(&pattern).is_ok() {
            for (denial, manifest) in added(|manifest| events(manifest).decide_subscribe(&pattern).unwrap_err()) {
                prop_assert!(events(&manifest).decide_subscribe(&pattern).is_ok(), "{denial}");
            }
        }
    }

    #[test]
    fn quoted_text_reads_back_unchanged(text: String) {
        let quoted = quoted(&text);
        prop_assert!(!quoted.chars().any(is_hidden), "{quoted}");
        prop_assert_eq!(serde_saphyr::from_str::<String>(&quoted).unwrap(), text);
    }
}

#[test]
fn of_a_connection() {
    let rows = ["db.test", "127.0.0.1", "[::1]", "[2001:db8::1]"];
    each_row(rows, |host| {
        let tcp = |manifest: &Manifest| {
            TcpGrants::open(&manifest.permissions.tcp, &FilesystemGrants::default()).unwrap()
        };
        for (denial, manifest) in
            added(|manifest| tcp(manifest).decide_name(host, 5432).unwrap_err())
        {
            let granted = tcp(&manifest);
            let name = granted.decide_name(host, 5432);
            assert!(name.is_ok(), "{denial}");
            assert!(granted.decide_name(host, 5433).is_err(), "{denial}");
            assert!(granted.decide_name("[::2]", 5432).is_err(), "{denial}");
            // A literal address needs no other entry.
            if let Ok(address) = host.trim_matches(['[', ']']).parse() {
                let decided = granted
                    .network
                    .decide_address(host, &name.unwrap(), address);
                assert!(decided.is_ok(), "{host}: {decided:?}");
            }
        }
    });
}

fn transfer(manifest: &Manifest) -> TransferGrants {
    let section = &manifest.permissions.file_transfer;
    TransferGrants::open(section, &FilesystemGrants::default()).unwrap()
}

#[test]
fn of_everything_else() {
    let decisions: [fn(&Manifest) -> Option<Denial>; 10] = [
        |m| InvokeGrants::new(&m.invoke_policy).may_invoke("x").err(),
        |m| {
            InvokeGrants::new(&m.invoke_policy)
                .may_be_invoked_by("x")
                .err()
        },
        |m| {
            let events = EventGrants::new(&m.permissions.events);
            events.decide_emit("a b: c#").err()
        },
        |m| {
            let events = EventGrants::new(&m.permissions.events);
            events.decide_subscribe("x/**").err()
        },
        |m| LlmGrants(m.permissions.llm.clone()).decide().err(),
        |m| transfer(m).decide_node("node-*: #").err(),
        |m| {
            let directories = transfer(m).directories;
            directories.decide("/tmp/a: #", Access::Write).err()
        },
        |m| http(m).network.decide_insecure("a.test").err(),
        |m| {
            let mut http = http(m);
            http.enabled = true;
            let url = Url::parse("wss://b.test/x").unwrap();
            let denial = http.decide_url(&url).err();
            denial.filter(|_| !http.websocket)
        },
        |m| {
            let tcp = TcpGrants::open(&m.permissions.tcp, &FilesystemGrants::default()).unwrap();
            let name = NameGrant::default();
            let address = "127.0.0.1".parse().unwrap();
            tcp.network.decide_address("a.test:1", &name, address).err()
        },
    ];
    for decide in decisions {
        for (denial, manifest) in added(|manifest| decide(manifest).unwrap()) {
            assert_eq!(decide(&manifest), None, "{denial}");
        }
    }
}

#[test]
fn a_line_that_is_added_only_adds() {
    let rows = [
        ("permissions.fs.enabled: false", "only adds"),
        ("permissions.store.max_mb: 5", "only adds"),
        ("permissions.fs: ~", "only adds"),
        ("permissions.http.ca_file: a.pem", "only adds"),
        ("permissions.fs.dir: [/a]", "did you mean `dirs`"),
        (
            "permissions.fs.dirs: [a]",
            "dirs[0]: \"a\" must be an absolute",
        ),
        ("permissions.fs.dirs: [/a", "m.yaml:"),
        ("permissions.fs.dirs: [/a]}", "m.yaml:"),
        ("runtime.timeout_ms: 5", "unknown key `runtime.timeout_ms`"),
    ];
    each_row(rows, |(line, part)| {
        let text = format!("id: a\npath: b\nruntime: {{}}\n{line}\n");
        let error = Manifest::parse("m.yaml", &text, &|_| None).unwrap_err();
        assert!(error.to_string().contains(part), "{line}: {error}");
        let is_at = |line: &str| error.to_string().starts_with(line);
        assert!(is_at("m.yaml:4:") || is_at("m.yaml:5:"), "{line}: {error}");
    });
    let text = "id: a\npath: b\npermissions.fs.dirs: [/a, /b:rw]\npermissions: {fs: {enabled: true, dirs: ['/b/']}}\n";
    let manifest = Manifest::parse("m.yaml", text, &|_| None).unwrap();
    let dirs: Vec<_> = manifest
        .permissions
        .fs
        .dirs
        .iter()
        .map(|dir| (&*dir.path, dir.writable, &*dir.rule))
        .collect();
    assert_eq!(
        dirs,
        [
            ("/a", false, "m.yaml:3 permissions.fs.dirs[0]"),
            ("/b", true, "m.yaml:3 permissions.fs.dirs[1]")
        ]
    );
}

/// A line with a secret would be redacted and then grant something else.
#[test]
fn no_line_with_a_secret_is_offered() {
    let grants = Manifest::parse("m.yaml", "id: a\npath: b\n", &|_| None).unwrap();
    // In the line, brackets separate the characters of the second secret.
    let rows = ["hunter2-hunter2", "hunter2*?[hunter2"];
    each_row(rows, |secret| {
        let _registered = luminarys_text::Redactor::process().register([secret]);
        let events = EventGrants::new(&grants.permissions.events);
        let long = format!("{}/{secret}", "a".repeat(2_000));
        for topic in [secret, &format!("a/{secret}/b"), &long] {
            let denial = events.decide_emit(topic).unwrap_err();
            assert!(denial.rule.starts_with("none:"), "{denial:?}");
            assert!(!denial.to_string().contains("add to the manifest"));
        }
    });
}

#[test]
fn variables_of_lines_join_those_of_the_section() {
    let home = |name: &str| (name == "HOME").then(|| "/home/me".to_owned());
    let parse = |text: &str| Manifest::parse("m.yaml", text, &home);
    let manifest = parse(
        "id: a\npath: b\npermissions.events.emit: [a, long, list]\nenv: {N: 0123, S: '5'}\nenv.MORE: 007 # a comment\n\
         env.FROM: {from_env: HOME}\nenv.WITH-DASH: ${HOME}\nenv.ODD: a}, b\n",
    )
    .unwrap();
    let env: Vec<_> = manifest.env.iter().collect();
    let env: Vec<(&str, &str)> = env.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        env,
        [
            ("FROM", "/home/me"),
            ("MORE", "007"),
            ("N", "0123"),
            ("ODD", "a}, b"),
            ("S", "5"),
            ("WITH-DASH", "/home/me"),
        ]
    );
    assert!(manifest.env.secret_names().contains("FROM"));
    let rows = [
        (
            "env: {A: a}\nenv.A: b",
            "m.yaml:4: env.A: the variable stands here twice",
        ),
        (
            "env.A: b\nenv.A: b",
            "m.yaml:4: env.A: the variable stands here twice",
        ),
        ("env.A: [b]", "m.yaml:3: env.A: a list or mapping stands"),
        ("env.A: ~", "m.yaml:3: env.A: null stands"),
        ("env.A: {from_fil: b}", "did you mean `from_file`"),
        ("env.A: {b", "m.yaml:"),
        ("env.A=B: b", "unknown key `env.A=B`"),
        ("env.: b", "unknown key `env.`"),
    ];
    each_row(rows, |(lines, part)| {
        let error = parse(&format!("id: a\npath: b\n{lines}\n"))
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{lines}: {error}");
    });
}
