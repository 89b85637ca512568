//! Changes while the host runs.

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use luminarys_testing::each_row_async;
use rmcp::model::SubscriptionFilter;
use serde_json::json;

use crate::host::{
    Client, Host, Place, TIMEOUT, TOKEN, asking, call, connect, copy_package, protocols, text,
    tools, until,
};

async fn told(client: &Client) {
    let heard = client.service().list_changed.clone();
    let heard = tokio::time::timeout(TIMEOUT, heard.notified()).await;
    heard.expect("no tools/list_changed");
}

#[tokio::test]
async fn a_new_manifest_adds_tools_and_notifies_clients() {
    let place = Place::new(&["echo"]);
    let host = Host::start(&place);
    let [old, new] = protocols();
    let old = connect(&host, TOKEN, old).await.unwrap();
    let new = connect(&host, TOKEN, new).await.unwrap();
    let filter = SubscriptionFilter::builder().tools_list_changed().build();
    let mut subscription = new.listen(filter).await.unwrap();
    // The stream for notifications is opened concurrently with the first request.
    assert_eq!(tools(&old).await.len(), 3);
    place.deploy("second", "echo", "mcp: {exposed_methods: [ping]}\n");
    told(&old).await;
    let heard = tokio::time::timeout(TIMEOUT, subscription.next()).await;
    assert!(heard.expect("no tools/list_changed").unwrap().is_some());
    let rows = [&old, &new];
    each_row_async(rows, async |client| {
        assert!(tools(client).await.contains(&"second_ping".to_owned()));
        assert_eq!(text(&call(client, "second_ping", json!({})).await), "pong");
    })
    .await;
    std::fs::remove_file(place.path("second.skill.yaml")).unwrap();
    told(&old).await;
    assert_eq!(tools(&old).await.len(), 3);
}

#[tokio::test]
async fn a_running_call_finishes_on_its_version() {
    let place = Place::new(&["probe"]);
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old.clone()).await.unwrap();
    let second = connect(&host, TOKEN, old).await.unwrap();
    let running = tokio::spawn(async move {
        let answer = call(&client, "probe_sleep", json!({ "milliseconds": 3_000 })).await;
        text(&answer)
    });
    host.until_running(1).await;
    place.deploy("probe", "probe", "env: {NEW: \"1\"}\n");
    until(async || {
        let answer = call(&second, "probe_env", json!({ "key": "NEW" })).await;
        text(&answer) == "1"
    })
    .await;
    assert!(!running.is_finished(), "the change waited for the call");
    assert_eq!(running.await.unwrap(), "slept");
}

#[tokio::test]
async fn an_invalid_change_keeps_the_old_version_running() {
    let place = Place::new(&["echo"]);
    copy_package("echo", &place.path("own.skill"));
    place.write("echo.skill.yaml", "id: echo\npath: own.skill\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let good = std::fs::read(place.path("own.skill")).unwrap();
    let rows = [
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
    ];
    each_row_async(rows, async |(file, content, complaint)| {
        let before = std::fs::read(place.path(file)).unwrap();
        let outcome = host.log().matches(complaint).count();
        std::fs::write(place.path(file), content).unwrap();
        until(async || host.log().matches(complaint).count() > outcome).await;
        assert_eq!(text(&call(&client, "echo_ping", json!({})).await), "pong");
        std::fs::write(place.path(file), before).unwrap();
    })
    .await;
}

/// Each new manifest reloads all of them, and tries the package that failed again.
#[tokio::test]
async fn a_package_that_is_not_loaded_is_logged_once() {
    let place = Place::new(&["echo"]);
    place.write("broken.package", "nonsense");
    place.write("broken.skill.yaml", "id: broken\npath: broken.package\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    for count in 1..4 {
        place.deploy(&format!("echo{count}"), "echo", "");
        until(async || tools(&client).await.len() == 3 * (count + 1)).await;
    }
    let logged = |log: &str| {
        let lines = log.lines().filter(|line| line.contains("broken.package"));
        lines.filter(|line| line.contains("not loaded")).count()
    };
    assert_eq!(logged(&host.log()), 1, "{}", host.log());
    // Another reason is logged, and the first one again after it.
    std::fs::remove_file(place.path("broken.package")).unwrap();
    until(async || logged(&host.log()) == 2).await;
    place.write("broken.package", "nonsense");
    until(async || logged(&host.log()) == 3).await;
}

#[tokio::test]
async fn variables_of_env_files_reach_skills() {
    let place = Place::new(&[]);
    place.write(".env", "FROM_FILE=one\n");
    place.deploy("probe", "probe", "env: {A: 'is ${FROM_FILE}'}\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let value = async || text(&call(&client, "probe_env", json!({ "key": "A" })).await);
    assert_eq!(value().await, "is one");
    place.write(".env", "FROM_FILE=two\n");
    until(async || value().await == "is two").await;
}

#[tokio::test]
async fn secrets_are_read_again_when_their_files_change() {
    let place = Place::new(&[]);
    place.write("token", "first-secret\n");
    place.deploy("probe", "probe", "env: {A: {from_file: token}}\n");
    // This skill's secret is created later.
    place.deploy("late", "probe", "env: {A: {from_file: later}}\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let value = async |tool| text(&call(&client, tool, json!({ "key": "A" })).await);
    assert_eq!(value("probe_env").await, "first-secret");
    place.write("token", "second-secret\n");
    until(async || value("probe_env").await == "second-secret").await;
    // As most programs replace files.
    place.write("new", "third-secret\n");
    std::fs::rename(place.path("new"), place.path("token")).unwrap();
    until(async || value("probe_env").await == "third-secret").await;
    // It is truncated before it is written.
    place.write("token", "");
    until(async || host.log().contains("token is empty")).await;
    assert_eq!(value("probe_env").await, "third-secret");
    place.write("later", "late-secret\n");
    let arguments = || asking("late_env", json!({ "key": "A" }));
    until(async || {
        let answer = client.call_tool(arguments()).await;
        answer.is_ok_and(|answer| text(&answer) == "late-secret")
    })
    .await;
}

/// A registry that accepts connections and never responds.
fn silent_registry() -> (String, std::sync::mpsc::Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, connections) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = sender.send(stream);
        }
    });
    (address, connections)
}

#[tokio::test]
async fn a_grant_is_revoked_while_another_skill_waits_for_its_registry() {
    let place = Place::new(&[]);
    let (registry, connections) = silent_registry();
    let plain = format!("registry: {{plain_http: [{registry:?}]}}\n");
    place.write("luminarys.yaml", &place.config(&plain));
    let directory = place.path("granted");
    std::fs::create_dir(&directory).unwrap();
    std::fs::write(directory.join("file"), "content").unwrap();
    let granted = format!("permissions: {{fs: {{enabled: true, dirs: [{directory:?}]}}}}\n");
    place.deploy("fs", "fs", &granted);
    let digest = "0".repeat(64);
    let slow = format!("id: slow\npath: oci://{registry}/team/slow@sha256:{digest}\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let file = json!({ "path": directory.join("file") });
    let read = async || text(&call(&client, "fs_read", file.clone()).await);
    assert!(read().await.contains("content"));
    place.write("slow.skill.yaml", &slow);
    // Held until the end, so that the registry does not close the connection.
    let asked =
        tokio::task::spawn_blocking(move || (connections.recv_timeout(TIMEOUT), connections));
    let (asked, _connections) = asked.await.unwrap();
    let _asked = asked.expect("the registry is asked");
    place.deploy("fs", "fs", "");
    until(async || read().await.contains("denied")).await;
    assert!(!host.log().contains("has not sent it"), "it was waited for");
    // The line offered by the denial takes effect too.
    place.deploy("fs", "fs", &granted);
    until(async || read().await.contains("content")).await;
    let tools = tools(&client).await;
    assert!(tools.iter().all(|tool| !tool.starts_with("slow/")));
}

#[tokio::test]
async fn daemons_and_connections_end_with_the_permissions() {
    let place = Place::new(&[]);
    let directory = place.path("work");
    std::fs::create_dir(&directory).unwrap();
    let shell = format!(
        "permissions: {{fs: {{enabled: true, dirs: ['{}:rw']}}, shell: {{enabled: true, allowed_dirs: ['{0}']}}}}\n",
        directory.display()
    );
    place.deploy("tools", "tools", &shell);
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap().to_string();
    place.deploy("probe", "probe", "");
    let tcp = "permissions: {tcp: {enabled: true, allowlist: ['127.0.0.1:*']}}\n";
    place.deploy("net", "net", tcp);
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old.clone()).await.unwrap();
    let second = connect(&host, TOKEN, old).await.unwrap();
    let line = json!({ "line": "sh -c 'while :; do echo x >> ticks; sleep 0.05; done'", "directory": directory });
    let started = call(&client, "tools_start", line).await;
    assert_ne!(started.is_error, Some(true), "{}", text(&started));
    let delivered = json!({ "address": address, "data": "hello" });
    let delivered = call(&client, "net_tcp_deliver", delivered).await;
    assert_ne!(delivered.is_error, Some(true), "{}", text(&delivered));
    let (mut stream, _) = server.accept().unwrap();
    let ticks = || {
        std::fs::read(directory.join("ticks"))
            .unwrap_or_default()
            .len()
    };
    until(async || ticks() > 0).await;
    // A long call of another skill keeps nothing of theirs alive.
    let sleeping = tokio::spawn(async move {
        call(&second, "probe_sleep", json!({ "milliseconds": 30_000 })).await
    });
    host.until_running(1).await;
    place.deploy("net", "net", "");
    place.deploy("tools", "tools", "");
    let closed = tokio::task::spawn_blocking(move || {
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.read_to_end(&mut Vec::new())
    });
    assert!(closed.await.unwrap().is_ok(), "the connection is closed");
    until(async || {
        let before = ticks();
        tokio::time::sleep(Duration::from_millis(500)).await;
        before == ticks()
    })
    .await;
    assert!(!sleeping.is_finished(), "it goes on as before");
    sleeping.abort();
}
