//! The authorization server: its keys, and what becomes of clients when it does not answer or another takes its place.

use luminarys_testing::each_row_async;
use serde_json::json;

use crate::host::{Host, TOKEN, connect, protocols, tools, until};
use crate::issuer::{Issuer, Key, Mode};
use crate::oauth::{ask, config, place};
use crate::raw::{call_in, initialize, post, session};

#[tokio::test]
async fn keys_are_rotated_while_the_host_runs() {
    let (old, new) = (Key::new("old"), Key::new("new"));
    let issuer = Issuer::start(&[&old]);
    let place = place(&["echo"], &issuer, "");
    let host = Host::start(&place);
    let by_old = issuer.token(&old, &json!({}));
    assert_eq!(ask(&host, &by_old).await.0, 200);
    issuer.publish(&[&new]);
    assert_eq!(ask(&host, &issuer.token(&new, &json!({}))).await.0, 200);
    // Tokens signed with the old key are no longer accepted.
    assert_eq!(ask(&host, &by_old).await.0, 401);
    // The host does not fetch keys without limit.
    let before = issuer.asked();
    for number in 0..50 {
        let head = json!({ "alg": "EdDSA", "kid": format!("made-up-{number}") });
        let token = new.sign(&head, &issuer.claims(&json!({})));
        assert_eq!(ask(&host, &token).await.0, 401);
    }
    let more = issuer.asked() - before;
    assert!(more <= 6, "{more}");
    // If the rotation was missed because of that, the key counts as unknown.
    assert_eq!(ask(&host, &issuer.token(&new, &json!({}))).await.0, 200);
}

#[tokio::test]
async fn without_keys_no_client_is_admitted() {
    let key = Key::new("one");
    let rows = [
        (Mode::Status(500), "status 500"),
        (Mode::Status(302), "status 302"),
        (Mode::Bytes(1 << 20), "over 524288 bytes"),
        (Mode::Bytes(10), "cannot be read"),
        (Mode::Keys(json!([])), "no key"),
        (Mode::Keys(json!("keys")), "not a set of JSON Web Keys"),
    ];
    each_row_async(rows, async |(mode, complaint)| {
        let issuer = Issuer::start(&[&key]);
        issuer.answer(mode);
        let place = place(&["echo"], &issuer, "");
        let host = Host::start(&place);
        let good = issuer.token(&key, &json!({}));
        let answer = post(&host, &good, None, &initialize())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 503, "{complaint}");
        assert!(answer.headers().contains_key("retry-after"));
        // Clients do not learn the URL of the keys.
        let outcome = answer.text().await.unwrap();
        assert!(!outcome.contains(&issuer.url()), "{outcome}");
        // Requests that need no keys still work.
        assert_eq!(ask(&host, TOKEN).await.0, 200);
        until(async || host.log().contains(complaint)).await;
        assert!(host.log().contains("ERROR"), "{}", host.log());
        issuer.publish(&[&key]);
        until(async || ask(&host, &good).await.0 == 200).await;
    })
    .await;
}

#[tokio::test]
async fn an_unreachable_issuer_is_reported_by_check_and_admits_no_client() {
    let key = Key::new("one");
    let issuer = Issuer::start(&[&key]);
    let place = place(&["echo"], &issuer, "");
    // Nothing listens there.
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", nowhere.local_addr().unwrap());
    place.write("luminarys.yaml", &config(&place, &nowhere, ""));
    let checked = place.command(&["check"]).output().unwrap();
    let told = String::from_utf8(checked.stderr).unwrap();
    assert!(
        told.contains("http.auth.oauth") && told.contains(&nowhere),
        "{told}"
    );
    assert_eq!(told.matches("cannot be fetched").count(), 1, "{told}");
    assert!(checked.status.success(), "{told}");
    let host = Host::start(&place);
    let claims = issuer.claims(&json!({ "iss": nowhere }));
    let (status, _, outcome) = ask(&host, &key.sign(&key.head(), &claims)).await;
    assert_eq!(status, 503, "{outcome}");
}

#[tokio::test]
async fn the_authorization_server_changes_while_the_host_runs() {
    let (key, other) = (Key::new("one"), Key::new("other"));
    let (issuer, second) = (Issuer::start(&[&key]), Issuer::start(&[&other]));
    let rules = ", clients: [{name: staff, tools: ['*ping']}]";
    let place = place(&["echo"], &issuer, rules);
    let host = Host::start(&place);
    let token = issuer.token(&key, &json!({}));
    let [old, _] = protocols();
    let client = connect(&host, &token, old).await.unwrap();
    assert_eq!(tools(&client).await.len(), 1);
    // Other tools, and the session continues.
    let more = ", clients: [{name: staff}]";
    place.write("luminarys.yaml", &config(&place, &issuer.url(), more));
    let told = client.service().list_changed.clone();
    tokio::time::timeout(crate::host::TIMEOUT, told.notified())
        .await
        .expect("no tools/list_changed");
    assert_eq!(tools(&client).await.len(), 3);
    // An invalid change keeps the old configuration.
    place.write("luminarys.yaml", &config(&place, "http://evil.example", ""));
    until(async || host.log().contains("the previous one stays in use")).await;
    assert_eq!(tools(&client).await.len(), 3);
    // Another server: sessions of the first one's clients end.
    let own = session(&host, &token).await;
    place.write("luminarys.yaml", &config(&place, &second.url(), rules));
    until(async || ask(&host, &second.token(&other, &json!({}))).await.0 == 200).await;
    assert_eq!(call_in(&host, &token, &own, "echo_ping").await.0, 401);
    until(async || host.log().contains("sessions end")).await;
}
