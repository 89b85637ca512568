//! What changes while the host runs.

use rmcp::model::SubscriptionFilter;
use serde_json::json;

use crate::host::{
    Client, Host, PATIENCE, Place, TOKEN, call, connect, copy_package, protocols, text, tools,
    until,
};

async fn told(client: &Client) {
    let heard = client.service().list_changed.clone();
    let heard = tokio::time::timeout(PATIENCE, heard.notified()).await;
    heard.expect("no tools/list_changed");
}

#[tokio::test]
async fn a_new_manifest_becomes_tools_and_clients_are_told() {
    let place = Place::new(&["echo"]);
    let host = Host::start(&place);
    let [old, new] = protocols();
    let old = connect(&host, TOKEN, old).await.unwrap();
    let new = connect(&host, TOKEN, new).await.unwrap();
    let filter = SubscriptionFilter::builder().tools_list_changed().build();
    let mut subscription = new.listen(filter).await.unwrap();
    // The stream for what the server says by itself opens beside the first request.
    assert_eq!(tools(&old).await.len(), 3);
    place.deploy("second", "echo", "mcp: {exposed_methods: [ping]}\n");
    told(&old).await;
    let heard = tokio::time::timeout(PATIENCE, subscription.next()).await;
    assert!(heard.expect("no tools/list_changed").unwrap().is_some());
    for client in [&old, &new] {
        assert!(tools(client).await.contains(&"second/ping".to_owned()));
        assert_eq!(text(&call(client, "second/ping", json!({})).await), "pong");
    }
    std::fs::remove_file(place.path("second.skill.yaml")).unwrap();
    told(&old).await;
    assert_eq!(tools(&old).await.len(), 3);
}

#[tokio::test]
async fn a_call_in_flight_ends_on_the_version_it_began_with() {
    let place = Place::new(&["probe"]);
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old.clone()).await.unwrap();
    let second = connect(&host, TOKEN, old).await.unwrap();
    let running = tokio::spawn(async move {
        let answer = call(&client, "probe/sleep", json!({ "milliseconds": 3_000 })).await;
        text(&answer)
    });
    host.until_running(1).await;
    place.deploy("probe", "probe", "env: {NEW: \"1\"}\n");
    until(async || {
        let answer = call(&second, "probe/env", json!({ "key": "NEW" })).await;
        answer.structured_content == Some(json!({ "result": "1" }))
    })
    .await;
    assert!(!running.is_finished(), "the change waited for the call");
    assert_eq!(running.await.unwrap(), "slept");
}

#[tokio::test]
async fn a_bad_change_keeps_what_runs() {
    let place = Place::new(&["echo"]);
    copy_package("echo", &place.path("own.skill"));
    place.write("echo.skill.yaml", "id: echo\npath: own.skill\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let good = std::fs::read(place.path("own.skill")).unwrap();
    for (file, content, complaint) in [
        (
            "echo.skill.yaml",
            b"id: echo\npath: own.skill\nenvv: {}\n".to_vec(),
            "did you mean `env`",
        ),
        ("echo.skill.yaml", b"id: [".to_vec(), "echo.skill.yaml"),
        ("own.skill", good[..good.len() / 2].to_vec(), "own.skill"),
        ("own.skill", b"no component".to_vec(), "own.skill"),
        ("own.skill", [&good[..], b"x"].concat(), "own.skill"),
        (
            "luminarys.yaml",
            b"skils: []\n".to_vec(),
            "did you mean `skills`",
        ),
        ("luminarys.yaml", b"\xff\xfe".to_vec(), "luminarys.yaml"),
    ] {
        let before = std::fs::read(place.path(file)).unwrap();
        let said = host.log().matches(complaint).count();
        std::fs::write(place.path(file), content).unwrap();
        until(async || host.log().matches(complaint).count() > said).await;
        assert_eq!(text(&call(&client, "echo/ping", json!({})).await), "pong");
        std::fs::write(place.path(file), before).unwrap();
    }
}

#[tokio::test]
async fn variables_of_env_files_reach_skills() {
    let place = Place::new(&[]);
    place.write(".env", "FROM_FILE=one\n");
    place.deploy("probe", "probe", "env: {A: 'is ${FROM_FILE}'}\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let value = async || text(&call(&client, "probe/env", json!({ "key": "A" })).await);
    assert_eq!(value().await, "is one");
    place.write(".env", "FROM_FILE=two\n");
    until(async || value().await == "is two").await;
}
