//! Clients: what is read, what is rejected, and where.

use std::num::NonZeroU32;

use luminarys_grants::Protection;
use luminarys_mcp::Token;
use luminarys_testing::each_row;

use super::Config;
use super::tests::config;

fn read(text: &str) -> (tempfile::TempDir, Config) {
    let (dir, found) = config(text);
    let found = found.unwrap_or_else(|error| panic!("{text}: {error}"));
    (dir, found)
}

/// A configuration of clients, each as YAML in braces.
fn clients(each: &[&str]) -> String {
    let lines = each.iter().map(|client| format!("      - {client}\n"));
    format!(
        "http:\n  auth:\n    clients:\n{}",
        lines.collect::<String>()
    )
}

#[test]
fn a_token_is_given_in_one_of_four_ways() {
    let text = clients(&[
        "{name: plain, token: 0123456789abcdef}",
        "{name: filled, token: '${WHO}-0123456789abcdef'}",
        "{name: variable, token_from_env: WHO}",
        // printf %s one | sha256sum
        "{name: digest, token_sha256: 7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed}",
        "{name: file, token_from_file: a-token, tools: ['files_*', web_get], calls_per_minute: 60, metrics: true}",
    ]);
    let dir = tempfile::tempdir().unwrap();
    let here = |name: &str| dir.path().join(name);
    std::fs::write(here(".env"), "WHO=any\n").unwrap();
    std::fs::write(here("a-token"), "token-in-a-file-1\r\n").unwrap();
    std::fs::write(here("c.yaml"), text).unwrap();
    let found = Config::find(Some(&here("c.yaml"))).unwrap();
    let auth = &found.http.auth;
    let expected = [
        ("plain", "0123456789abcdef"),
        ("filled", "any-0123456789abcdef"),
        ("variable", "any"),
        ("digest", "one"),
        ("file", "token-in-a-file-1"),
    ];
    assert_eq!(auth.options.clients.len(), expected.len());
    for (client, (name, token)) in auth.options.clients.iter().zip(expected) {
        assert_eq!(client.rule.name, name);
        assert_eq!(client.token, Token::new(token).unwrap(), "{name}");
        // A token known only by its digest can be neither redacted nor printed.
        let is_known = auth.secrets.iter().any(|secret| secret == token);
        assert_eq!(is_known, name != "digest", "{name}");
    }
    let rule = &auth.options.clients[4].rule;
    assert_eq!(rule.calls_per_minute, NonZeroU32::new(60));
    assert!(rule.tools.allows("files_read") && !rule.tools.allows("web_post"));
    assert!(auth.options.clients[0].rule.tools.allows("web_post"));
    assert!(rule.metrics && !auth.options.clients[0].rule.metrics);
    // Its file is watched, and hidden from skills.
    assert!(found.settings.watch.contains(&here("a-token")));
    let mut places = found.settings.authority.iter();
    let place = places.find(|place| place.path == here("a-token")).unwrap();
    assert_eq!(place.protection, Protection::Hidden);
}

#[test]
fn invalid_clients_are_rejected_with_their_place() {
    let good = "{name: a, token: 0123456789abcdef}";
    let rows = [
        (
            "{token: fedcba9876543210}",
            &["5:9: http.auth.clients[1]: a client needs a `name`"][..],
        ),
        (
            "{name: b}",
            &["5:9: http.auth.clients[1]", "`token_from_env`"],
        ),
        (
            "{name: b, token: fedcba9876543210, token_from_env: A}",
            &["5:9: http.auth.clients[1]", "one of"],
        ),
        (
            "{name: a, token: fedcba9876543210}",
            &["5:16: http.auth.clients[1].name: \"a\" is the name of http.auth.clients[0]"],
        ),
        (
            "{name: b, token: 0123456789abcdef}",
            &["5:26: http.auth.clients[1]: its token is that of http.auth.clients[0]"],
        ),
        (
            "{name: 'a b', token: fedcba9876543210}",
            &["5:16: http.auth.clients[1].name: \"a b\" must be"],
        ),
        (
            "{name: stdio, token: fedcba9876543210}",
            &["5:16: http.auth.clients[1].name: \"stdio\" is a name that the host itself"],
        ),
        (
            "{name: '', token: fedcba9876543210}",
            &["5:16: http.auth.clients[1].name is empty"],
        ),
        (
            "{name: b, token: ''}",
            &["5:26: http.auth.clients[1].token is empty"],
        ),
        (
            "{name: b, token: 'hunter2 hunter2'}",
            &["5:26: http.auth.clients[1].token has a blank"],
        ),
        (
            "{name: b, token_from_env: NONE_SUCH}",
            &["5:35: http.auth.clients[1].token_from_env: the variable NONE_SUCH is not set"],
        ),
        (
            "{name: b, token_from_file: none}",
            &[
                "5:36: http.auth.clients[1].token_from_file",
                "cannot be read",
            ],
        ),
        (
            "{name: b, token_from_file: /dev/zero}",
            &[
                "5:36: http.auth.clients[1].token_from_file",
                "cannot be read",
            ],
        ),
        (
            "{name: b, token_sha256: 0123}",
            &["5:33: http.auth.clients[1].token_sha256", "sha256sum"],
        ),
        (
            "{name: b, token: fedcba9876543210, tools: [a, '[']}",
            &["5:55: http.auth.clients[1].tools[1] is \"[\""],
        ),
        (
            "{name: b, token: fedcba9876543210, calls_per_minute: 0}",
            &["5:62: http.auth.clients[1].calls_per_minute: \"0\" is not"],
        ),
        (
            "{name: b, token: fedcba9876543210, metrics: maybe}",
            &["5:53: http.auth.clients[1].metrics: \"maybe\" is not true or false"],
        ),
        (
            "{name: b, tokn: fedcba9876543210}",
            &["c.yaml:5:", "did you mean `token`"],
        ),
    ];
    each_row(rows, |(client, parts)| {
        let error = config(&clients(&[good, client])).1.unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{client}: {error}");
        }
        assert!(!error.contains("hunter2"), "{error}");
    });
}

#[test]
fn probable_mistakes_cause_a_note() {
    let rows = [
        (
            "{name: a, token: short-one}",
            "4:26: http.auth.clients[0].token has only 9 characters",
        ),
        (
            "{name: a, token: 0123456789abcdef, tools: []}",
            "http.auth.clients[0].tools is empty",
        ),
        (
            "{name: a, token_from_file: team.pub}",
            "4:36: http.auth.clients[0].token_from_file: other users of this machine may read",
        ),
    ];
    each_row(rows, |(client, part)| {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("team.pub", "a-token-that-all-may-read\n");
        write("c.yaml", &clients(&[client]));
        let found = Config::find(Some(&dir.path().join("c.yaml"))).unwrap();
        let notes = found.notes;
        assert!(
            notes.len() == 1 && notes[0].contains(part),
            "{client}: {notes:?}"
        );
        assert!(!notes[0].contains("short-one"), "{notes:?}");
    });
    let (_dir, found) = read(&clients(&["{name: a, token: 0123456789abcdef}"]));
    assert!(found.notes.is_empty(), "{:?}", found.notes);
}
