//! An authorization server: what is read, what is rejected, and where.

use luminarys_mcp::Algorithm;
use luminarys_testing::each_row;

use super::tests::config;

fn read(text: &str) -> super::Config {
    let (_dir, found) = config(text);
    found.unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_minimal_section_is_accepted() {
    let config = read(
        "http:\n  auth:\n    oauth:\n      issuer: https://login.example\n      resource: https://tools.example/mcp\n      scopes: [tools]\n",
    );
    let oauth = config.http.auth.options.oauth.unwrap();
    assert_eq!(oauth.issuer, "https://login.example");
    assert_eq!(oauth.audience, ["https://tools.example/mcp"]);
    assert_eq!(oauth.algorithms, Algorithm::ALL);
    assert_eq!(oauth.scopes, ["tools"]);
    assert_eq!(oauth.rules.len(), 1);
    assert_eq!(oauth.rules[0].rule.name, "oauth");
    // Clients reach the host under the URL that they are given.
    assert_eq!(config.http.allowed_hosts, ["tools.example"]);
    assert!(config.notes.is_empty(), "{:?}", config.notes);
}

#[test]
fn every_key_is_accepted() {
    let config = read(
        "http:\n  auth:\n    oauth:\n      issuer: 'http://127.0.0.1:${PORT}'\n      resource: https://tools.example\n      \
         audience: [api, 'https://tools.example/']\n      jwks_uri: https://keys.example/jwks\n      \
         algorithms: [ES256, EdDSA]\n      clients:\n        \
         - {name: staff, scopes: [a, b], subjects: [alice], claims: {groups: admins, realm.roles: [x, '7']}, \
         tools: ['files_*'], calls_per_minute: 5}\n        - {name: others}\nnetwork: {proxy: 'http://p:1'}\n",
    );
    assert!(config.notes.is_empty(), "{:?}", config.notes);
    let oauth = config.http.auth.options.oauth.unwrap();
    assert_eq!(oauth.issuer, "http://127.0.0.1:9000");
    assert_eq!(oauth.audience, ["api", "https://tools.example/"]);
    assert_eq!(
        oauth.jwks_uri.unwrap().as_str(),
        "https://keys.example/jwks"
    );
    assert_eq!(oauth.algorithms, [Algorithm::Es256, Algorithm::EdDsa]);
    assert!(oauth.network.proxy.is_some());
    let [staff, others] = &oauth.rules[..] else {
        panic!("{:?}", oauth.rules)
    };
    assert_eq!(staff.scopes, ["a", "b"]);
    assert_eq!(staff.subjects, ["alice"]);
    let claims = [
        ("groups".to_owned(), vec!["admins".to_owned()]),
        (
            "realm.roles".to_owned(),
            vec!["x".to_owned(), "7".to_owned()],
        ),
    ];
    assert_eq!(staff.claims, claims);
    assert!(staff.rule.tools.allows("files_read") && !staff.rule.tools.allows("web_get"));
    assert_eq!(others.rule.name, "others");
}

#[test]
fn unsafe_values_are_rejected_with_their_place() {
    let usual = "issuer: 'https://a.example', resource: 'https://b.example/mcp'";
    let oauth = |text: &str| format!("http: {{auth: {{oauth: {{{text}}}}}}}\n");
    let rows = [
        (
            oauth("resource: 'https://b.example/mcp'"),
            &["c.yaml:1:22: http.auth.oauth.issuer is needed"][..],
        ),
        (
            oauth("issuer: 'https://a.example'"),
            &["c.yaml:1:22: http.auth.oauth.resource is needed"],
        ),
        (
            oauth("issuer: 'http://a.example', resource: 'https://b.example/mcp'"),
            &["c.yaml:1:31: http.auth.oauth.issuer", "https://"],
        ),
        (
            oauth("issuer: 'https://a.example', resource: 'http://b.example/mcp'"),
            &["c.yaml:1:62: http.auth.oauth.resource", "https://"],
        ),
        (
            oauth(&format!("{usual}, jwks_uri: 'http://a.example/k'")),
            &["http.auth.oauth.jwks_uri", "https://"],
        ),
        (
            oauth(&format!("{usual}, algorithms: [HS256]")),
            &["http.auth.oauth.algorithms[0] is \"HS256\"", "RS256"],
        ),
        (
            oauth(&format!("{usual}, algorithms: [none]")),
            &["http.auth.oauth.algorithms[0] is \"none\""],
        ),
        (
            oauth(&format!("{usual}, scopes: ['a b']")),
            &["http.auth.oauth.scopes[0]", "without blanks"],
        ),
        (
            oauth(&format!("{usual}, scopes: ['a\"']")),
            &["http.auth.oauth.scopes[0]"],
        ),
        (
            oauth(&format!("{usual}, audience: []")),
            &["http.auth.oauth.audience is empty"],
        ),
        (
            oauth(&format!("{usual}, audience: ''")),
            &["http.auth.oauth.audience[0] is empty"],
        ),
        (
            oauth(&format!("{usual}, audience: 7")),
            &["c.yaml:1:", "put a number in quotes"],
        ),
        (
            oauth(&format!("{usual}, clients: [{{scopes: [a]}}]")),
            &["http.auth.oauth.clients[0]: a client needs a `name`"],
        ),
        (
            oauth(&format!("{usual}, clients: [{{name: a}}, {{name: a}}]")),
            &["http.auth.oauth.clients[1].name: \"a\" is the name of http.auth.oauth.clients[0]"],
        ),
        (
            oauth(&format!(
                "{usual}, clients: [{{name: a, claims: {{g: []}}}}]"
            )),
            &["http.auth.oauth.clients[0].claims.g is empty"],
        ),
        (
            oauth(&format!("{usual}, clients: [{{name: a, token: x}}]")),
            &["unknown", "`token`"],
        ),
        (
            format!(
                "http: {{auth: {{clients: [{{name: a, token: 0123456789abcdef}}], oauth: {{{usual}, clients: [{{name: a}}]}}}}}}\n"
            ),
            &["http.auth.oauth.clients[0].name: \"a\" is the name of http.auth.clients[0]"],
        ),
    ];
    each_row(rows, |(text, parts)| {
        let error = config(&text).1.unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{text}: {error}");
        }
    });
    let config = read(&oauth(usual));
    assert_eq!(config.notes.len(), 1, "{:?}", config.notes);
    assert!(
        config.notes[0].contains("may call every tool"),
        "{:?}",
        config.notes
    );
}
