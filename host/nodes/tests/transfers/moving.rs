//! Files that arrive, also after an interruption.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use luminarys_orchestrator::CallContext;
use serde_json::json;
use tokio::sync::watch;

use crate::node::{Allowed, Node};
use crate::server::Server;

/// SHA-256 of `alpha`.
const ALPHA: &str = "8ed3f6ad685b959ead7022518e1af76cd816f8e8ec7ccdda1ed4018e8f2223f8";

fn write_some(path: impl AsRef<Path>, mebibytes: usize) {
    let mut file = File::create(path).unwrap();
    for number in 0..mebibytes {
        let block: Vec<u8> = (0..1 << 20)
            .map(|index| ((index ^ number) % 249) as u8)
            .collect();
        file.write_all(&block).unwrap();
    }
}

fn are_same(one: &str, other: &str) -> bool {
    let compared = std::process::Command::new("cmp")
        .args([one, other])
        .status();
    compared.unwrap().success()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_there_and_back() {
    let (server, place) = (Server::start(&["a", "b"]), tempfile::tempdir().unwrap());
    let (a, b) = Node::pair(&server, place.path(), &Allowed::all(), &Allowed::all()).await;
    let nodes = a.call("nodes", json!({})).await.unwrap();
    let expected = json!([
        { "name": "a", "is_this": true, "skills": ["copier"] },
        { "name": "b", "is_this": false, "skills": ["copier"] },
    ]);
    assert_eq!(nodes, expected);
    std::fs::write(a.path("one"), "alpha").unwrap();
    let sent = a.send(&b, "one", "deep/two").await.unwrap();
    assert_eq!(sent, json!({ "bytes": 5, "sha256": ALPHA }));
    assert_eq!(
        std::fs::read_to_string(b.path("deep/two")).unwrap(),
        "alpha"
    );
    let received = a.receive(&b, "deep/two", "three").await.unwrap();
    assert_eq!(received, json!({ "bytes": 5, "sha256": ALPHA }));
    assert_eq!(std::fs::read_to_string(a.path("three")).unwrap(), "alpha");
    let listed = a.reachable(&b, "").await.unwrap();
    assert_eq!(listed, json!([{ "path": b.path("deep") }]));
    let listed = a.reachable(&b, "deep").await.unwrap();
    assert_eq!(listed, json!([{ "path": b.path("deep/two"), "size": 5 }]));
    // What is there is replaced, also when it was sent before and has changed since.
    std::fs::write(b.path("deep/two"), "changed").unwrap();
    a.send(&b, "one", "deep/two").await.unwrap();
    assert_eq!(
        std::fs::read_to_string(b.path("deep/two")).unwrap(),
        "alpha"
    );
    std::fs::write(a.path("empty"), "").unwrap();
    a.send(&b, "empty", "deep/two").await.unwrap();
    assert_eq!(std::fs::read_to_string(b.path("deep/two")).unwrap(), "");
    assert_eq!(b.names(), ["deep"]);
    assert_eq!(a.names(), ["empty", "one", "three"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_told() {
    let (server, place) = (Server::start(&["a", "b"]), tempfile::tempdir().unwrap());
    let (a, b) = Node::pair(&server, place.path(), &Allowed::all(), &Allowed::all()).await;
    std::fs::write(a.path("one"), "alpha").unwrap();
    std::fs::create_dir(b.path("dir")).unwrap();
    let error = a.send(&b, "none", "two").await.unwrap_err();
    assert!(
        error.contains(&format!("not found: {} does not exist", a.path("none"))),
        "{error}"
    );
    let error = a.receive(&b, "none", "two").await.unwrap_err();
    let expected = format!("not found: node b: {} does not exist", b.path("none"));
    assert!(error.contains(&expected), "{error}");
    let error = a.send(&b, "one", "dir").await.unwrap_err();
    let expected = format!("invalid: node b: {} is a directory", b.path("dir"));
    assert!(error.contains(&expected), "{error}");
    let to = json!({ "node": "c", "local": a.path("one"), "remote": "/x" });
    let error = a.call("send_file", to).await.unwrap_err();
    assert!(
        error.contains("the cluster has no node c; there are b"),
        "{error}"
    );
    let to = json!({ "node": "a", "local": a.path("one"), "remote": "/x" });
    let error = a.call("send_file", to).await.unwrap_err();
    assert!(
        error.contains("a is the node that the skill runs on"),
        "{error}"
    );
    // More than any disk of a test has, in a file that takes no room.
    let file = File::create(a.path("huge")).unwrap();
    file.set_len(8 << 40).unwrap();
    let error = a.send(&b, "huge", "two").await.unwrap_err();
    assert!(
        error.contains("node b: the file needs 8796093022208 bytes more; there is space for"),
        "{error}"
    );
    assert_eq!(b.names(), ["dir"]);
    b.leave().await;
    for _ in 0..500 {
        let nodes = a.call("nodes", json!({})).await.unwrap();
        if nodes.as_array().unwrap().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let error = a.send(&b, "one", "two").await.unwrap_err();
    assert!(
        error.contains("there is no other node at the moment"),
        "{error}"
    );
}

/// The server is killed in the middle of each: nothing is seen of the file before it is whole, and progress is reported.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_transfer_goes_on() {
    const SIZE: u64 = 64 << 20;
    let (mut server, place) = (Server::start(&["a", "b"]), tempfile::tempdir().unwrap());
    let (a, b) = Node::pair(&server, place.path(), &Allowed::all(), &Allowed::all()).await;
    write_some(a.path("large"), 64);
    let (sender, mut progress) = watch::channel(None);
    let mut context = CallContext::new("");
    context.progress = Some(sender.into());
    let arguments = json!({ "node": "b", "local": a.path("large"), "remote": b.path("sent") });
    let sending = a.call_in(context, "send_file", arguments);
    let ((), sent) = tokio::join!(kill_at(&mut server, &b, SIZE / 2), sending);
    assert_eq!(sent.unwrap()["bytes"], SIZE);
    assert!(are_same(&a.path("large"), &b.path("sent")));
    assert_eq!(b.names(), ["sent"]);
    let told = progress.borrow_and_update().clone().unwrap();
    assert_eq!(told.total, Some(SIZE as f64));
    assert!(told.done > 0.0 && told.done <= SIZE as f64, "{told:?}");

    std::fs::write(a.path("back"), "old").unwrap();
    let receiving = a.receive(&b, "sent", "back");
    let ((), received) = tokio::join!(kill_at(&mut server, &a, SIZE / 3), receiving);
    assert_eq!(received.unwrap()["bytes"], SIZE);
    assert!(are_same(&a.path("large"), &a.path("back")));
    assert_eq!(a.names(), ["back", "large"]);
}

/// Kills the server once so many bytes were received, and starts it again.
async fn kill_at(server: &mut Server, node: &Node, bytes: u64) {
    while node.partly() < bytes {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill();
    let names = node.names();
    let is_whole = |name: &String| !name.starts_with('.') && node.partly() > 0 && *name == "sent";
    assert!(!names.iter().any(is_whole), "{names:?}");
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.restart();
}

/// A call that is cancelled leaves what has arrived, which is nobody's file, and a later call goes on with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_later_call_goes_on() {
    const SIZE: u64 = 64 << 20;
    let (server, place) = (Server::start(&["a", "b"]), tempfile::tempdir().unwrap());
    let (a, b) = Node::pair(&server, place.path(), &Allowed::all(), &Allowed::all()).await;
    write_some(a.path("large"), 64);
    for (from, to, name) in [(&a, &b, "sent"), (&b, &a, "back")] {
        let is_sent = name == "sent";
        let context = CallContext::new("");
        let cancel = context.cancel.clone();
        let half = async {
            while to.partly() < SIZE / 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            cancel.cancel();
        };
        let (method, arguments) = match is_sent {
            true => (
                "send_file",
                json!({ "node": "b", "local": a.path("large"), "remote": b.path("sent") }),
            ),
            false => (
                "receive_file",
                json!({ "node": "b", "remote": b.path("sent"), "local": a.path("back") }),
            ),
        };
        let ((), ended) = tokio::join!(half, a.call_in(context, method, arguments.clone()));
        assert!(ended.is_err(), "{ended:?}");
        let begun = to.partly();
        assert!(begun >= SIZE / 2);
        assert!(!Path::new(&to.path(name)).exists());
        let partial = to
            .names()
            .into_iter()
            .find(|name| name.starts_with('.'))
            .unwrap();
        let listed = from.reachable(to, "").await.unwrap().to_string();
        assert!(!listed.contains(&partial), "{listed}");
        let error = from.receive(to, &partial, "stolen").await.unwrap_err();
        assert!(error.contains("does not exist"), "{error}");
        // What arrived of the cancelled call may still be on its way to the disk.
        let mut done = Err(String::new());
        for _ in 0..200 {
            done = a.call(method, arguments.clone()).await;
            match &done {
                Err(error) if error.contains("by another transfer") => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                _ => break,
            }
        }
        assert_eq!(done.unwrap()["bytes"], SIZE);
        assert!(are_same(&a.path("large"), &to.path(name)));
        assert_eq!(to.partly(), 0);
    }
}
