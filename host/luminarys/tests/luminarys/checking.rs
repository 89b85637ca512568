//! `check` reports what `serve` rejects or ignores.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::{Outcome, World};
use luminarys_testing::each_row;

/// The time limit for the host to refuse to start.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A configuration with `more` after its first two lines.
fn configured(more: &str) -> World {
    let world = World::new();
    std::fs::create_dir(world.path("directory")).unwrap();
    let text = format!("skills: [numbers.yaml]\ntrust: [team.pub]\n{more}");
    world.write("luminarys.yaml", text);
    world
}

/// Runs `serve`, which must end by itself.
fn serve(world: &World) -> Outcome {
    let mut command = world.command(&["serve"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if begun.elapsed() < TIMEOUT => std::thread::sleep(Duration::from_millis(20)),
            None => {
                child.kill().unwrap();
                break child.wait().unwrap();
            }
        }
    };
    let mut err = String::new();
    child.stderr.unwrap().read_to_string(&mut err).unwrap();
    Outcome {
        code: status.code(),
        out: String::new(),
        err,
    }
}

#[test]
fn check_reports_the_errors_of_serve_in_the_same_words() {
    let rows = [
        (
            "http: {addr: nonsense}\n",
            &["3:14: http.addr", "HOST:PORT"][..],
        ),
        (
            "http: {addr: '127.0.0.1:65536'}\n",
            &["3:14: http.addr", "0 to 65535"],
        ),
        ("http: {addr: ''}\n", &["3:14: http.addr is empty"]),
        (
            "http: {auth: {tokens: [\"a\\nb\"]}}\n",
            &["3:24: http.auth.tokens[0]", "line break"],
        ),
        (
            "http: {auth: {clients: [{name: a, token: first-of-the-tokens}, {name: a, token: second-of-the-tokens}]}}\n",
            &[
                "3:71: http.auth.clients[1].name",
                "\"a\"",
                "http.auth.clients[0]",
            ],
        ),
        (
            "http: {auth: {tokens: [the-token-of-two], clients: [{name: a, token: the-token-of-two}]}}\n",
            &["3:70: http.auth.clients[0]", "http.auth.tokens[0]"],
        ),
        (
            "http: {auth: {clients: [{name: a, token_from_file: none}]}}\n",
            &[
                "3:52: http.auth.clients[0].token_from_file",
                "none cannot be read",
            ],
        ),
        (
            "http: {allowed_hosts: ['*.test']}\n",
            &["3:24: http.allowed_hosts[0]"],
        ),
        (
            "http: {allowed_origins: [test]}\n",
            &["3:26: http.allowed_origins[0]"],
        ),
        (
            "http: {max_request_bytes: 99999999999999999999}\n",
            &["3:27", "from 1 to"],
        ),
        (
            "audit: {path: directory}\n",
            &["3:15: audit.path", "is a directory, not a file"],
        ),
        (
            "audit: {path: log/}\n",
            &["3:15: audit.path", "names a directory"],
        ),
        ("audit: {path: ''}\n", &["3:15: audit.path is empty"]),
        (
            "audit: {path: team.pub/a}\n",
            &["3:15: audit.path", "team.pub is not a directory"],
        ),
        (
            "audit: {decisions: denied, required: true}\n",
            &["3:38: audit.required", "`all`"],
        ),
        (
            "data_dir: team.pub\n",
            &["3:11: data_dir", "team.pub is not a directory"],
        ),
        (
            "llm: {url: 'http://h', model: m, api_key: \"a\\nb\"}\n",
            &["3:43: llm.api_key", "line break"],
        ),
    ];
    each_row(rows, |(more, parts)| {
        let world = configured(more);
        for outcome in [world.run(&["check"]), serve(&world)] {
            outcome.failed(2, parts);
        }
    });
}

/// Both ask the system: their messages differ, their verdicts do not.
#[test]
fn an_invalid_address_is_rejected_by_both() {
    let rows = [
        ("http: {addr: '0.0.0.0:0'}\n", "http.auth.tokens"),
        ("http: {addr: ':0'}\n", "http.auth.tokens"),
        (
            "http: {addr: 'no-such-host.invalid:0'}\n",
            "cannot listen on no-such-host.invalid:0",
        ),
    ];
    each_row(rows, |(more, part)| {
        let world = configured(more);
        let outcome = world.run(&["check"]);
        outcome.failed(2, &["luminarys.yaml:3:14: http.addr", part, "cannot start"]);
        serve(&world).failed(2, &[part]);
    });
    // An address in use is not a mistake in the configuration.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    configured(&format!("http: {{addr: '{address}'}}\n"))
        .run(&["check"])
        .succeeded();
}

/// Code that `check` compiles is code that `serve` does not compile again.
#[test]
fn checking_fills_the_cache_and_creates_nothing_else() {
    let rows = [
        ("", ".cache/luminarys", ".local/state/luminarys"),
        ("data_dir: data/deep\n", ".cache/luminarys", "data/deep"),
        (
            "runtime: {cache_dir: cache, cache_key: secret/key}\n",
            "cache",
            "secret",
        ),
    ];
    each_row(rows, |(more, cache, key)| {
        let world = configured(&format!("{more}audit: {{path: log/deep/a}}\n"));
        world.run(&["check"]).succeeded();
        let files = |directory: &str| {
            let entries = std::fs::read_dir(world.path(directory)).unwrap();
            entries
                .map(|entry| entry.unwrap().file_name())
                .collect::<Vec<_>>()
        };
        let code: Vec<_> = files(cache)
            .into_iter()
            .filter(|name| name.to_string_lossy().ends_with(".code"))
            .collect();
        assert_eq!(code.len(), 1, "{code:?}");
        assert_eq!(files(key).len(), 1, "{:?}", files(key));
        assert!(!world.path("log").exists());
        // The same code is taken from there.
        world.run(&["check"]).succeeded();
        assert_eq!(files(cache).len(), 1);
    });
}

#[test]
fn looking_at_a_skill_creates_no_directories() {
    each_row(["list", "inspect numbers", "explain numbers llm"], |line| {
        let world = configured("data_dir: data/deep\naudit: {path: log/deep/a}\n");
        let words: Vec<&str> = line.split(' ').collect();
        assert!(world.run(&words).code.is_some_and(|code| code != 2));
        for made in ["data", "log"] {
            assert!(!world.path(made).exists(), "{made}");
        }
    });
}

#[test]
fn values_with_little_effect_cause_a_note() {
    let rows = [
        (
            "http: {auth: {tokens: [short, short]}}\n",
            &[
                "3:24: http.auth.tokens[0] has only 5 characters",
                "3:31: http.auth.tokens[1] is the same as http.auth.tokens[0]",
            ][..],
        ),
        (
            "runtime: {cache_dir: team.pub}\n",
            &["3:22: runtime.cache_dir", "compiled code is not kept"],
        ),
        (
            "http: {max_connections: 4000000000}\n",
            &["3:25:", "rather than 4000000000, `http.max_connections`"],
        ),
    ];
    each_row(rows, |(more, parts)| {
        let outcome = configured(more).run(&["check"]);
        outcome.failed(0, parts);
        assert!(!outcome.err.contains("short"), "{outcome:?}");
    });
}

#[test]
fn unused_directives_cause_a_note() {
    let world = configured("");
    let rows = [
        ("a=b=c", &["$RUST_LOG is not used"][..]),
        ("info,luminarys_mcp=debug", &[]),
    ];
    each_row(rows, |(directives, parts)| {
        let mut command = world.command(&["check"]);
        let outcome = Outcome::from(command.env("RUST_LOG", directives).output().unwrap());
        outcome.failed(0, parts);
        assert_eq!(
            outcome.err.contains("not used"),
            !parts.is_empty(),
            "{outcome:?}"
        );
    });
}

#[test]
fn connections_that_bypass_the_proxy_cause_a_note() {
    let world = configured("network: {proxy: 'http://127.0.0.1:9'}\n");
    world.write(
        "numbers.yaml",
        "id: numbers\npath: numbers.skill\npermissions: {tcp: {enabled: true}, http: {enabled: true, allow_websocket: true}}\n",
    );
    let outcome = world.run(&["check"]);
    let rows = ["permissions.tcp:", "permissions.http.allow_websocket:"];
    each_row(rows, |key| {
        let part = format!("{key} the proxy (network.proxy) is for HTTP requests only");
        assert!(
            outcome.succeeded().out.contains(&part),
            "{part}: {outcome:?}"
        );
    });
}

#[test]
fn session_isolation_without_sessions_causes_a_note() {
    let part = "numbers: runtime.isolation is session";
    let rows = [
        ("", "session", true),
        ("", "call", false),
        (
            "http: {auth: {tokens: [0123456789abcdef]}}\n",
            "session",
            false,
        ),
    ];
    each_row(rows, |(http, isolation, is_told)| {
        let world = configured(http);
        let manifest =
            format!("id: numbers\npath: numbers.skill\nruntime: {{isolation: {isolation}}}\n");
        world.write("numbers.yaml", manifest);
        let outcome = world.run(&["check"]);
        assert_eq!(
            (outcome.code, outcome.err.contains(part)),
            (Some(0), is_told),
            "{outcome:?}"
        );
    });
}

#[test]
fn a_variable_of_a_manifest_that_is_not_set_is_named() {
    let world = World::new();
    let manifest = |value: &str| {
        let text = format!("id: numbers\npath: numbers.skill\nenv:\n  A: '{value}'\n");
        world.write("numbers.yaml", text);
        world.run(&["check"])
    };
    let outcome = manifest("${NO_SUCH_VARIABLE}");
    assert_eq!(outcome.code, Some(2));
    let rows = [
        "numbers.yaml:4: env.A",
        "NO_SUCH_VARIABLE is not set",
        "${NO_SUCH_VARIABLE:-}",
    ];
    each_row(rows, |part| {
        assert!(outcome.out.contains(part), "{part}: {outcome:?}");
    });
    let rows = ["${NO_SUCH_VARIABLE:-}", "${NO_SUCH_VARIABLE:-default}"];
    each_row(rows, |offered| {
        manifest(offered).succeeded();
    });
}

#[test]
fn accepting_reports_its_outcome() {
    let world = World::new();
    let accept = |more: &[&str]| world.run(&[&["check", "--accept", "numbers"], more].concat());
    let outcome = accept(&[]);
    let line = "numbers: accepted: test.numbers.one 1.2.3 (signer ";
    assert!(outcome.succeeded().out.contains(line), "{outcome:?}");
    let outcome = accept(&[]);
    assert!(
        outcome
            .succeeded()
            .out
            .contains("numbers: nothing to accept: test.numbers.one")
    );
    let outcome = accept(&["--json"]);
    outcome.failed(0, &["numbers: nothing to accept"]);
    assert_eq!(outcome.json()[0]["accepted"], "unchanged");
    // Of a signer that is not trusted.
    let other = World::new();
    std::fs::copy(other.path("numbers.skill"), world.path("numbers.skill")).unwrap();
    let outcome = accept(&[]);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome
            .out
            .contains("numbers: not accepted: test.numbers.one"),
        "{outcome:?}"
    );
    // Its requirements are not granted, or it is not a package.
    world.write("numbers.skill", "nonsense");
    let outcome = accept(&["--json"]);
    outcome.failed(2, &["numbers: not accepted"]);
    assert!(outcome.json()[0].get("accepted").is_none());
    // Only a skill that was named is reported.
    assert!(!other.run(&["check"]).succeeded().out.contains("accept"));
}
