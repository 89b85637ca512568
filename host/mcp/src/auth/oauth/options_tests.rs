use luminarys_testing::each_row;
use serde_json::json;

use super::*;

fn options(rules: Vec<TokenRule>) -> OAuthOptions {
    OAuthOptions {
        issuer: "https://login.example".to_owned(),
        resource: "https://tools.example/mcp".parse().unwrap(),
        audience: Vec::new(),
        jwks_uri: None,
        algorithms: Vec::new(),
        scopes: vec!["mcp".to_owned()],
        rules,
        network: NetworkOptions::default(),
    }
}

fn rule(name: &str, scopes: &[&str], subjects: &[&str], claims: &[(&str, &[&str])]) -> TokenRule {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
    TokenRule {
        rule: ClientRule::new(name),
        scopes: texts(scopes),
        subjects: texts(subjects),
        claims: claims
            .iter()
            .map(|(name, values)| ((*name).to_owned(), texts(values)))
            .collect(),
    }
}

fn claims(scopes: &str, more: &Value) -> Claims {
    Claims {
        expires: 0,
        subject: "alice".to_owned(),
        application: None,
        scopes: scopes.split_whitespace().map(str::to_owned).collect(),
        all: more.as_object().unwrap().clone(),
    }
}

#[test]
fn the_first_matching_rule_applies() {
    let options = options(vec![
        rule("root", &[], &["root"], &[]),
        rule(
            "admins",
            &["write"],
            &[],
            &[("groups", &["admins", "owners"])],
        ),
        rule("nested", &[], &[], &[("realm.roles", &["editor"])]),
        rule(
            "dotted",
            &[],
            &[],
            &[("https://x.example/role", &["7", "true"])],
        ),
        rule("alice", &["read"], &["bob", "alice"], &[("tenant", &["t"])]),
    ]);
    let rows = [
        (
            "mcp write",
            json!({ "groups": ["users", "owners"] }),
            Ok("admins"),
        ),
        ("mcp write", json!({ "groups": "admins" }), Ok("admins")),
        ("mcp", json!({ "groups": ["admins"] }), Err("mcp write")),
        (
            "mcp",
            json!({ "realm": { "roles": ["editor"] } }),
            Ok("nested"),
        ),
        // More scopes are demanded only if no rule matches.
        (
            "mcp",
            json!({ "groups": ["admins"], "realm": { "roles": ["editor"] } }),
            Ok("nested"),
        ),
        ("mcp", json!({ "https://x.example/role": 7 }), Ok("dotted")),
        (
            "mcp",
            json!({ "https://x.example/role": true }),
            Ok("dotted"),
        ),
        ("mcp read", json!({ "tenant": "t" }), Ok("alice")),
        ("mcp", json!({ "tenant": "t" }), Err("mcp read")),
        ("mcp read", json!({ "tenant": "u" }), Err("")),
        ("mcp read", json!({ "tenant": null }), Err("")),
        ("mcp read", json!({ "tenant": { "t": "t" } }), Err("")),
        (
            "mcp",
            json!({ "groups": ["admin"], "sub": "root" }),
            Err(""),
        ),
        // What every token needs.
        ("write", json!({ "groups": ["admins"] }), Err("mcp")),
        ("", json!({}), Err("mcp")),
        ("mcpwrite", json!({ "groups": ["admins"] }), Err("mcp")),
    ];
    each_row(rows, |(scopes, more, expected)| {
        let claims = claims(scopes, &more);
        let found = match options.fit(&claims) {
            Fit::Rule(rule) => Ok(rule.rule.name.clone()),
            Fit::Scopes(scopes) => Err(scopes),
            Fit::Nothing => Err(String::new()),
        };
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found, expected, "{scopes:?} {more}");
    });
}

#[test]
fn the_metadata_is_where_clients_look() {
    let mut options = options(Vec::new());
    let url = options.metadata_url();
    assert_eq!(
        url.as_str(),
        "https://tools.example/.well-known/oauth-protected-resource/mcp"
    );
    options.resource = "https://x.example:8443/tools/mcp/".parse().unwrap();
    assert_eq!(
        options.metadata_url().as_str(),
        "https://x.example:8443/.well-known/oauth-protected-resource/tools/mcp"
    );
    assert!(
        options
            .metadata_paths()
            .contains(&"/.well-known/oauth-protected-resource/mcp".to_owned())
    );
    options.resource = "https://x.example".parse().unwrap();
    assert!(
        options
            .metadata_url()
            .path()
            .ends_with("/oauth-protected-resource")
    );
}

#[test]
fn urls_without_tls_are_rejected() {
    let rows = [
        ("https://a.example/x", None),
        ("http://127.0.0.1:1/mcp", None),
        ("http://[::1]:1", None),
        ("http://a.example", Some(UrlError::Insecure)),
        ("ftp://a.example", Some(UrlError::Insecure)),
        ("a.example", Some(UrlError::Malformed)),
        ("https://", Some(UrlError::Malformed)),
        ("", Some(UrlError::Malformed)),
        ("https://u:p@a.example", Some(UrlError::Decorated)),
        ("https://a.example?x", Some(UrlError::Decorated)),
        ("https://a.example#x", Some(UrlError::Decorated)),
    ];
    each_row(rows, |(text, expected)| {
        assert_eq!(read_url(text).err(), expected, "{text}");
    });
}
