//! Values that are rejected rather than misread or ignored, and values that are accepted with a note.

use clap::CommandFactory as _;
use luminarys_testing::each_row;

use super::Config;
use super::tests::config;
use crate::cli::Cli;

fn refusal(text: &str) -> String {
    match config(text).1 {
        Err(error) => error,
        Ok(_) => panic!("taken: {text}"),
    }
}

fn notes(text: &str) -> Vec<String> {
    let (_dir, found) = config(text);
    let Config { notes, .. } = found.unwrap_or_else(|error| panic!("{text}: {error}"));
    notes
}

/// Returns `key: value` in its section, and the column of the value.
fn line(key: &str, value: &str) -> String {
    let parts: Vec<&str> = key.split('.').collect();
    let open: String = parts[..parts.len() - 1]
        .iter()
        .map(|part| format!("{part}: {{"))
        .collect();
    let close = "}".repeat(parts.len() - 1);
    format!("{open}{}: {value}{close}\n", parts[parts.len() - 1])
}

#[test]
fn every_number_out_of_range_names_the_range() {
    let rows = [
        ("http.max_request_bytes", 1, u64::MAX >> 1),
        ("http.max_connections", 1, 4_294_967_295),
        ("http.max_connections_per_peer", 1, 4_294_967_295),
        ("http.max_sessions", 1, 4_294_967_295),
        ("http.max_sessions_per_client", 1, 4_294_967_295),
        ("http.max_requests_per_client", 1, 4_294_967_295),
        ("http.max_inflight_mb", 64, u64::MAX >> 20),
        ("http.timeouts.handshake_ms", 1, 4_294_967_295),
        ("http.timeouts.head_ms", 1, 4_294_967_295),
        ("http.timeouts.body_ms", 1, 4_294_967_295),
        ("http.timeouts.idle_ms", 1, 4_294_967_295),
        ("http.timeouts.write_ms", 1, 4_294_967_295),
        ("http.timeouts.session_ms", 1, 4_294_967_295),
        ("runtime.memory_limit_mb", 1, u64::MAX >> 20),
        ("runtime.max_held_mb", 1, u64::MAX >> 20),
        ("runtime.max_guest_memory_mb", 1, u64::MAX >> 20),
        ("audit.max_mb", 1, u64::MAX >> 20),
        ("audit.keep", 1, 1_000),
        ("audit.keep_days", 1, u64::MAX / 86_400),
        ("registry.pull_timeout_seconds", 1, 900),
    ];
    each_row(rows, |(key, least, most)| {
        let over = (u128::from(most) + 1).to_string();
        let under = (least - 1).to_string();
        for wrong in [
            &*over,
            &*under,
            "99999999999999999999999",
            "-1",
            "1.5",
            "many",
        ] {
            let text = line(key, wrong);
            let error = refusal(&text);
            let column = text.find(&format!(" {wrong}")).unwrap() + 2;
            let expected = format!(
                "c.yaml:1:{column}: {key}: {wrong:?} is not a whole number from {least} to {most}"
            );
            assert!(error.ends_with(&expected), "{error}\n{expected}");
        }
        for good in [least, most] {
            let found = config(&line(key, &good.to_string())).1;
            assert!(found.is_ok(), "{key}: {:?}", found.err());
        }
    });
}

#[test]
fn empty_values_are_rejected() {
    let rows = [
        "http.addr",
        "audit.path",
        "data_dir",
        "runtime.cache_dir",
        "runtime.cache_key",
    ];
    each_row(rows, |key| {
        for empty in ["''", "' '", "'${NONE_SUCH:-}'"] {
            let error = refusal(&line(key, empty));
            let part = format!("{key} is empty; leave the key out, or give it a value");
            assert!(
                error.contains("c.yaml:1:") && error.contains(&part),
                "{error}"
            );
        }
    });
    let rows = [
        ("llm: {url: 'http://h', model: ''}\n", "llm.model is empty"),
        ("skills: ['']\n", "skills: the name of a manifest is empty"),
        ("trust: ['']\n", "trust: the name of a key file is empty"),
        (
            "http: {allowed_hosts: ['']}\n",
            "http.allowed_hosts[0] is empty",
        ),
    ];
    each_row(rows, |(text, part)| {
        let error = refusal(text);
        assert!(error.contains(part), "{error}");
    });
}

#[test]
fn values_that_never_work_are_rejected() {
    let rows = [
        (
            "http: {addr: '127.0.0.1'}\n",
            &[
                "c.yaml:1:14",
                "http.addr: cannot listen on \"127.0.0.1\"",
                "no port",
                "HOST:PORT",
            ][..],
        ),
        ("http: {addr: '127.0.0.1:99999'}\n", &["0 to 65535"]),
        ("http: {tls: {}}\n", &["c.yaml", "http.tls.cert is missing"]),
        (
            "http: {tls: {cert: c.pem}}\n",
            &["c.yaml:1:20", "http.tls.key is missing", "key: key.pem"],
        ),
        (
            "http: {tls: {key: k.pem}}\n",
            &["c.yaml:1:19", "http.tls.cert is missing", "cert: cert.pem"],
        ),
        (
            "http: {tls: {cert: '', key: k.pem}}\n",
            &["http.tls.cert is empty"],
        ),
        ("http: {addr: 'http://127.0.0.1:80'}\n", &["http.addr"]),
        (
            "http: {allowed_hosts: [h, 'https://h']}\n",
            &["c.yaml:1:27", "http.allowed_hosts[1]", "app.example:8443"],
        ),
        ("http: {allowed_hosts: ['*.h']}\n", &["wildcard"]),
        (
            "http: {allowed_origins: [h]}\n",
            &[
                "c.yaml:1:26",
                "http.allowed_origins[0]",
                "https://app.example",
            ],
        ),
        (
            "registry: {plain_http: ['http://127.0.0.1:5000']}\n",
            &["c.yaml:1:25", "registry.plain_http[0]", "127.0.0.1:5000"],
        ),
        (
            "registry: {plain_http: ['10.0.0.1:5000']}\n",
            &[
                "registry.plain_http[0]",
                "10.0.0.1, which is not this machine",
            ],
        ),
        (
            "network: {nameservers: ['10.0.0.2:0']}\n",
            &["c.yaml:1:25", "network.nameservers", "10.0.0.2:53"],
        ),
        (
            "network: {proxy: 'socks5h:x'}\n",
            &["network.proxy", "a host"],
        ),
        (
            "network: {proxy: 'http://p:1/x'}\n",
            &["network.proxy", "no path"],
        ),
        (
            "llm: {url: 'http://h/v1?x=y', model: m}\n",
            &["c.yaml:1:12", "llm.url", "query"],
        ),
    ];
    each_row(rows, |(text, parts)| {
        let error = refusal(text);
        for part in parts {
            assert!(error.contains(part), "{text:?}: {error}");
        }
    });
    let rows = [
        "registry: {plain_http: ['127.0.0.1:5000', 'localhost', '[::1]:5000', 'registry.test:80']}\n",
        "network: {proxy: 'socks5h://u:p@p:1', nameservers: ['::1', '[::1]:54']}\n",
        "http: {allowed_hosts: [h, 'h:1', '::1'], allowed_origins: ['https://h:*', 'null']}\n",
    ];
    each_row(rows, |good| {
        assert_eq!(notes(good), [""; 0], "{good}");
    });
}

#[test]
fn secrets_that_cannot_be_sent_in_a_header_are_rejected_by_key() {
    let rows = [
        (r#""hunter2-secret-token\n""#, "a line break"),
        (r#""hunter2-secret\ttoken""#, "a blank"),
        (r#"" hunter2-secret-token""#, "a blank"),
        (r#""hunter2-secret\u0007token""#, "a control character"),
        (r#""hunter2-secret-töken""#, "not ASCII"),
    ];
    each_row(rows, |(secret, what)| {
        for (text, name) in [
            (
                format!("http: {{auth: {{tokens: [good-token-of-16, {secret}]}}}}\n"),
                "http.auth.tokens[1] has",
            ),
            (
                format!("llm: {{url: 'http://h', model: m, api_key: {secret}}}\n"),
                "llm.api_key: the key has",
            ),
        ] {
            let error = refusal(&text);
            assert!(
                error.contains("c.yaml:1:") && error.contains(name) && error.contains(what),
                "{error}"
            );
            assert!(
                !error.contains("hunter2") && !error.contains("secret-t"),
                "{error}"
            );
        }
    });
    // The same with a file of variables.
    let error = refusal("http: {auth: {tokens: ['${EVIL}']}}\n");
    assert!(
        error.contains("has a line break") || error.contains("has a blank"),
        "{error}"
    );
    assert!(!error.contains("evil"), "{error}");
    // A model on this machine needs none.
    notes("llm: {url: 'http://h', model: m, api_key: '${NONE_SUCH:-}'}\n");
}

#[test]
fn weak_tokens_cause_a_note() {
    let found = notes(
        "http:\n  auth:\n    tokens:\n      - token-of-16-char\n      - short-one\n      - token-of-16-char\n",
    );
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("c.yaml:5:9: http.auth.tokens[1] has only 9 characters"),
        "{found:?}"
    );
    assert!(
        found[1].contains("c.yaml:6:9: http.auth.tokens[2] is the same as http.auth.tokens[0]"),
        "{found:?}"
    );
    assert!(!found.concat().contains("short-one") && !found.concat().contains("-of-16"));
}

#[test]
fn limits_without_effect_cause_a_note() {
    let rows = [
        (
            "http: {max_request_bytes: 16777217, max_inflight_mb: 64}\n",
            "c.yaml:1:27: http.max_request_bytes: 16777217 is more than the quarter",
        ),
        (
            "http: {max_sessions: 5, max_sessions_per_client: 6}\n",
            "http.max_sessions_per_client: 6 is more than http.max_sessions, 5",
        ),
        (
            "http: {max_connections_per_peer: 2000}\n",
            "http.max_connections_per_peer: 2000 is more than http.max_connections, 1024",
        ),
    ];
    each_row(rows, |(text, part)| {
        let found = notes(text);
        assert!(found.len() == 1 && found[0].contains(part), "{found:?}");
    });
    assert_eq!(notes("http: {max_sessions: 5}\n"), [""; 0]);
    assert_eq!(
        notes("http: {max_request_bytes: 16777216, max_inflight_mb: 64}\n"),
        [""; 0]
    );
}

/// Returns the names that an error lists as known.
fn known(text: &str) -> Vec<String> {
    let error = refusal(text);
    let list = error.split("(known: ").nth(1).unwrap();
    let list = list.trim_end_matches(')').split(", ");
    list.map(str::to_owned).collect()
}

#[test]
fn the_help_of_serve_names_every_key() {
    let mut cli = Cli::command();
    let serve = cli.find_subcommand_mut("serve").unwrap();
    let help = serve.render_long_help().to_string();
    for section in known("no-such-key: 1\n") {
        let line = help
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{section} ")))
            .unwrap_or_else(|| panic!("{section}: {help}"));
        // The limits of HTTP are in another table.
        if matches!(&*section, "skills" | "trust" | "data_dir" | "http") {
            continue;
        }
        for key in known(&format!("{section}: {{no-such-key: 1}}\n")) {
            // Older names, which a note says to replace.
            if matches!(&*key, "cluster_id" | "node_id" | "nats_url" | "role") {
                continue;
            }
            assert!(line.contains(&key), "{section}.{key}: {line}");
        }
    }
}
