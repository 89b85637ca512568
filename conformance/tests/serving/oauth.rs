//! Tokens of an authorization server: which are accepted, as which client, and the responses to the others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luminarys_testing::each_row_async;
use rmcp::model::SubscriptionFilter;
use serde_json::{Value, json};

use crate::host::{Host, Place, TOKEN, call, connect, protocols, text, tools};
use crate::issuer::{Issuer, Key, RESOURCE, now};
use crate::raw::{call_in, initialize, post, session};

const METADATA: &str = "https://tools.example/.well-known/oauth-protected-resource/mcp";

/// The default configuration, with tokens of `issuer`; `more` are the lines of `http.auth.oauth`.
pub(crate) fn config(place: &Place, issuer: &str, more: &str) -> String {
    let oauth =
        format!("tokens: [{TOKEN}], oauth: {{issuer: '{issuer}', resource: '{RESOURCE}'{more}}}");
    place
        .config("")
        .replace(&format!("tokens: [{TOKEN}]"), &oauth)
}

pub(crate) fn place(skills: &[&str], issuer: &Issuer, more: &str) -> Place {
    let place = Place::new(skills);
    place.write("luminarys.yaml", &config(&place, &issuer.url(), more));
    place
}

/// The response to starting a session: the status, the challenge, and the message.
pub(crate) async fn ask(host: &Host, token: &str) -> (u16, String, String) {
    let answer = post(host, token, None, &initialize()).send().await.unwrap();
    let status = answer.status().as_u16();
    let challenge = answer.headers().get("www-authenticate");
    let challenge = challenge.map(|it| it.to_str().unwrap().to_owned());
    (
        status,
        challenge.unwrap_or_default(),
        answer.text().await.unwrap(),
    )
}

#[tokio::test]
async fn clients_learn_where_to_get_a_token() {
    let key = Key::new("one");
    let issuer = Issuer::start(&[&key]);
    let rules = ", scopes: [tools], clients: [{name: a, scopes: [tools, more]}]";
    let place = place(&["echo"], &issuer, rules);
    let host = Host::start(&place);
    let anyone = reqwest::Client::new()
        .post(host.url("/mcp"))
        .json(&initialize());
    let answer = anyone.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(
        challenge,
        format!("Bearer realm=\"luminarys\", resource_metadata=\"{METADATA}\", scope=\"tools\"")
    );
    let rows = ["", "/mcp"];
    each_row_async(rows, async |path| {
        let url = host.url(&format!("/.well-known/oauth-protected-resource{path}"));
        let answer = reqwest::get(url).await.unwrap();
        assert_eq!(answer.status(), 200);
        let document: Value = answer.json().await.unwrap();
        let expected = json!({
            "resource": RESOURCE, "authorization_servers": [issuer.url()], "bearer_methods_supported": ["header"],
            "resource_name": "Luminarys", "scopes_supported": ["tools", "more"],
        });
        assert_eq!(document, expected);
    })
    .await;
    let url = host.url("/.well-known/oauth-protected-resource/other");
    assert_eq!(reqwest::get(url).await.unwrap().status(), 404);
    // Under the advertised URL.
    let named = reqwest::Client::new()
        .get(host.url("/.well-known/oauth-protected-resource"))
        .header("host", "tools.example");
    assert_eq!(named.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn tokens_are_admitted_by_the_rules_for_their_holder() {
    let key = Key::new("one");
    let issuer = Issuer::start(&[&key]);
    let rules = ", clients: [\
        {name: admins, scopes: [tools, admin], claims: {groups: [admins]}},\
        {name: staff, scopes: [tools], tools: ['*ping'], calls_per_minute: 2}]";
    let place = place(&["echo"], &issuer, rules);
    let host = Host::start(&place);
    let token = |more: Value| issuer.token(&key, &more);
    let admin = token(json!({ "scope": "tools admin", "groups": ["admins"] }));
    let alice = token(json!({}));
    let bob = token(json!({ "sub": "bob" }));
    for protocol in protocols() {
        let client = connect(&host, &admin, protocol.clone()).await.unwrap();
        assert_eq!(tools(&client).await.len(), 3);
        let client = connect(&host, &alice, protocol).await.unwrap();
        let names = tools(&client).await;
        assert!(names.len() == 1 && names[0].ends_with("ping"), "{names:?}");
        assert_eq!(text(&call(&client, &names[0], json!({})).await), "pong");
    }
    // Each holder separately, with any of its tokens.
    let [old, _] = protocols();
    let again = token(json!({ "jti": "another" }));
    let client = connect(&host, &again, old.clone()).await.unwrap();
    let ping = tools(&client).await.remove(0);
    let over = call(&client, &ping, json!({})).await;
    assert!(text(&over).contains("2 calls a minute"), "{}", text(&over));
    let client = connect(&host, &bob, old).await.unwrap();
    assert_eq!(text(&call(&client, &ping, json!({})).await), "pong");
    // A session belongs to its holder only.
    let own = session(&host, &alice).await;
    assert_eq!(call_in(&host, &again, &own, &ping).await.0, 200);
    assert_eq!(call_in(&host, &bob, &own, &ping).await.0, 404);
    // Missing scopes are named if they would be enough.
    let (status, challenge, printed) = ask(&host, &token(json!({ "scope": "x" }))).await;
    assert_eq!(status, 403, "{printed}");
    assert!(
        challenge.contains("error=\"insufficient_scope\"")
            && challenge.contains("scope=\"tools\"")
            && challenge.contains(METADATA),
        "{challenge}"
    );
    let counted = |client: &str| {
        format!("luminarys_client_calls_total{{client=\"{client}\",outcome=\"ok\"}}")
    };
    assert_eq!(host.metric(&counted("staff")).await as u64, 3);
    // Keys are not fetched at every request.
    assert_eq!(issuer.asked(), 1);
    // The host's own tokens are accepted as well.
    assert_eq!(ask(&host, TOKEN).await.0, 200);
    let log = host.stop();
    for part in alice.split('.').chain([&*alice]) {
        assert!(!log.contains(part), "{log}");
    }
}

/// A token that is valid for some more seconds: clocks may differ by 30 s.
fn brief(issuer: &Issuer, key: &Key) -> String {
    issuer.token(key, &json!({ "exp": now() - 24 }))
}

#[tokio::test]
async fn streams_end_with_their_token() {
    let key = Key::new("one");
    let issuer = Issuer::start(&[&key]);
    let place = place(&["echo"], &issuer, "");
    let host = Host::start(&place);
    let token = brief(&issuer, &key);
    let id = session(&host, &token).await;
    let stream = reqwest::Client::new()
        .get(host.url("/mcp"))
        .bearer_auth(&token)
        .header("accept", "text/event-stream")
        .header("mcp-session-id", &id);
    let stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let [_, new] = protocols();
    let client = connect(&host, &token, new).await.unwrap();
    let filter = SubscriptionFilter::builder().tools_list_changed().build();
    let mut subscription = client.listen(filter).await.unwrap();
    let ended = async { tokio::join!(stream.text(), subscription.next()) };
    let ended = tokio::time::timeout(crate::host::TIMEOUT, ended).await;
    let (_, subscription) = ended.expect("they go on");
    assert!(!matches!(subscription, Ok(Some(_))), "{subscription:?}");
    assert_eq!(ask(&host, &token).await.0, 401);
    // With another token of the same holder the session continues.
    let next = issuer.token(&key, &json!({}));
    assert_eq!(call_in(&host, &next, &id, "echo_ping").await.0, 200);
}

#[tokio::test]
async fn holders_without_a_rule_are_refused() {
    let key = Key::new("one");
    let issuer = Issuer::start(&[&key]);
    let place = place(
        &["echo"],
        &issuer,
        ", clients: [{name: a, subjects: [root]}]",
    );
    let host = Host::start(&place);
    let (status, challenge, printed) = ask(&host, &issuer.token(&key, &json!({}))).await;
    assert_eq!(status, 403);
    assert!(printed.contains("no rule"), "{printed}");
    assert!(!challenge.contains("error="), "{challenge}");
    let root = issuer.token(&key, &json!({ "sub": "root" }));
    assert_eq!(ask(&host, &root).await.0, 200);
}

#[tokio::test]
async fn invalid_oauth_tokens_are_rejected_with_the_reason() {
    let (key, stranger) = (Key::new("one"), Key::new("one"));
    let issuer = Issuer::start(&[&key]);
    let place = place(&["echo"], &issuer, "");
    let host = Host::start(&place);
    let token = |more: Value| issuer.token(&key, &more);
    let good = token(json!({}));
    let unsigned = |algorithm: &str| {
        let parts = [json!({ "alg": algorithm }), issuer.claims(&json!({}))];
        let parts = parts.map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        format!("{}.{}.", parts[0], parts[1])
    };
    let with_head = |head: Value| key.sign(&head, &issuer.claims(&json!({})));
    // As if the public key were a shared secret.
    let confused = with_head(json!({ "alg": "HS256", "kid": "one" }));
    let rows = [
        (
            unsigned("none"),
            "algorithm",
            "not signed with an algorithm",
        ),
        (
            unsigned("NONE"),
            "algorithm",
            "not signed with an algorithm",
        ),
        (unsigned("EdDSA"), "signature", "signature is not valid"),
        (confused, "algorithm", "not signed with an algorithm"),
        (
            issuer.token(&stranger, &json!({})),
            "signature",
            "signature is not valid",
        ),
        (
            good.replacen('.', ".e30", 1),
            "signature",
            "signature is not valid",
        ),
        (
            with_head(json!({ "alg": "RS256", "kid": "one" })),
            "unknown_key",
            "does not publish",
        ),
        (
            with_head(json!({ "alg": "EdDSA", "kid": "two" })),
            "unknown_key",
            "does not publish",
        ),
        (
            with_head(json!({ "alg": "EdDSA", "kid": "one", "typ": "logout+jwt" })),
            "kind",
            "not that of an access token",
        ),
        (
            with_head(json!({ "alg": "EdDSA", "kid": "one", "crit": ["x"] })),
            "malformed",
            "extension",
        ),
        (
            token(json!({ "exp": now() - 300 })),
            "expired",
            "has expired",
        ),
        (token(json!({ "exp": null })), "claim", "`exp`"),
        (token(json!({ "exp": "never" })), "claim", "`exp`"),
        (
            token(json!({ "nbf": now() + 300 })),
            "not_yet",
            "not valid yet",
        ),
        (
            token(json!({ "iss": "https://evil.example" })),
            "issuer",
            "another issuer",
        ),
        (
            token(json!({ "aud": "https://other.example/mcp" })),
            "audience",
            "another audience",
        ),
        (
            token(json!({ "aud": null })),
            "audience",
            "another audience",
        ),
        (
            token(json!({ "cnf": { "jkt": "x" } })),
            "bound",
            "bound to a key",
        ),
        (token(json!({ "sub": null })), "claim", "`sub`"),
        (
            token(json!({ "more": "x".repeat(20_000) })),
            "too_long",
            "longer than",
        ),
        ("not-a-token".to_owned(), "malformed", "three parts"),
        ("a.b.c".to_owned(), "malformed", "base64url"),
        ("..".to_owned(), "malformed", "head"),
    ];
    each_row_async(rows, async |(shown, reason, why)| {
        let name = format!("luminarys_http_unauthorized_total{{reason=\"{reason}\"}}");
        let before = host.metric_if_any(&name).await.unwrap_or_default();
        let (status, challenge, printed) = ask(&host, &shown).await;
        assert_eq!(status, 401, "{shown}: {printed}");
        assert!(printed.contains(why), "{shown}: {printed}");
        assert!(
            challenge.contains("error=\"invalid_token\"") && challenge.contains(METADATA),
            "{challenge}"
        );
        assert!(host.metric(&name).await > before, "{reason}");
    })
    .await;
    assert_eq!(ask(&host, &good).await.0, 200);
}
