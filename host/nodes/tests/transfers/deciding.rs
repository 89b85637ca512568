//! Both nodes decide, each by its own manifest and configuration.

use luminarys_testing::each_row_async;

use crate::node::{Allowed, Node};
use crate::server::Server;

/// Makes one thing narrower.
type Narrow = fn(&mut Allowed);

fn manifest(text: &str) -> impl Fn(&mut Allowed) {
    move |allowed| text.clone_into(&mut allowed.manifest)
}

const NO_SECTION: Narrow = |it| manifest("")(it);
const OTHER_NODE: Narrow = |it| {
    manifest("file_transfer: {enabled: true, allowed_nodes: [z], local_dirs: ['{dir}:rw']}")(it);
};
const NO_DIRECTORY: Narrow =
    |it| manifest("file_transfer: {enabled: true, allowed_nodes: ['*']}")(it);
const READ_ONLY: Narrow = |it| {
    manifest("file_transfer: {enabled: true, allowed_nodes: ['*'], local_dirs: ['{dir}']}")(it);
};
const NODE_OTHER: Narrow = |it| it.nodes = vec!["z".to_owned()];
const NODE_CLOSED: Narrow = |it| it.dirs.clear();
const NODE_READ_ONLY: Narrow = |it| it.dirs = vec!["{dir}:ro".to_owned()];

/// What is narrower on which node, whether it may send and receive, and what the denial has to say.
const ROWS: [(&str, Narrow, bool, bool, &[&str]); 14] = [
    (
        "a",
        NO_SECTION,
        false,
        false,
        &["permissions.file_transfer: {enabled: true, allowed_nodes: [\"b\"]}"],
    ),
    (
        "a",
        OTHER_NODE,
        false,
        false,
        &["permissions.file_transfer.allowed_nodes: [\"b\"]"],
    ),
    (
        "a",
        NO_DIRECTORY,
        false,
        false,
        &["permissions.file_transfer.local_dirs: ["],
    ),
    (
        "a",
        READ_ONLY,
        true,
        false,
        &["permissions.file_transfer.local_dirs: [", ":rw\"]"],
    ),
    (
        "a",
        NODE_OTHER,
        false,
        false,
        &[
            "the configuration of node a",
            "file_transfer: { allowed_nodes: [\"b\"]",
        ],
    ),
    (
        "a",
        NODE_CLOSED,
        false,
        false,
        &["the configuration of node a", "file_transfer: { dirs: ["],
    ),
    (
        "a",
        NODE_READ_ONLY,
        true,
        false,
        &[
            "the configuration of node a",
            "file_transfer: { dirs: [",
            ":rw\"]",
        ],
    ),
    (
        "b",
        NO_SECTION,
        false,
        false,
        &[
            "node b denies it",
            "manifest of copier: permissions.file_transfer: {enabled: true, allowed_nodes: [\"a\"]}",
        ],
    ),
    (
        "b",
        OTHER_NODE,
        false,
        false,
        &[
            "node b denies it",
            "manifest of copier: permissions.file_transfer.allowed_nodes: [\"a\"]",
        ],
    ),
    (
        "b",
        NO_DIRECTORY,
        false,
        false,
        &[
            "node b denies it",
            "manifest of copier: permissions.file_transfer.local_dirs: [",
        ],
    ),
    (
        "b",
        READ_ONLY,
        false,
        true,
        &[
            "node b denies it",
            "permissions.file_transfer.local_dirs: [",
            ":rw\"]",
        ],
    ),
    (
        "b",
        NODE_OTHER,
        false,
        false,
        &[
            "node b denies it",
            "operator of node b",
            "file_transfer: { allowed_nodes: [\"a\"]",
        ],
    ),
    (
        "b",
        NODE_CLOSED,
        false,
        false,
        &[
            "node b denies it",
            "operator of node b",
            "file_transfer: { dirs: [",
        ],
    ),
    (
        "b",
        NODE_READ_ONLY,
        false,
        true,
        &["node b denies it", "file_transfer: { dirs: [", ":rw\"]"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn either_side_denies() {
    let server = Server::start(&["a", "b"]);
    each_row_async(ROWS, async |(where_, narrow, sends, receives, parts)| {
        let place = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (Allowed::all(), Allowed::all());
        narrow(if where_ == "a" { &mut one } else { &mut other });
        let (a, b) = Node::pair(&server, place.path(), &one, &other).await;
        std::fs::write(a.path("one"), "alpha").unwrap();
        std::fs::write(b.path("two"), "beta").unwrap();
        let sent = a.send(&b, "one", "sent").await;
        let received = a.receive(&b, "two", "received").await;
        for (done, is_allowed) in [(&sent, sends), (&received, receives)] {
            assert_eq!(done.is_ok(), is_allowed, "{done:?}");
            if let Err(error) = done {
                assert!(error.contains("denied"), "{error}");
                for part in parts {
                    assert!(error.contains(part), "{part}: {error}");
                }
            }
        }
        assert_eq!(b.names().contains(&"sent".to_owned()), sends);
        assert_eq!(a.names().contains(&"received".to_owned()), receives);
        assert_eq!(
            a.names().len() + b.names().len(),
            2 + usize::from(sends) + usize::from(receives)
        );
        // The node that denies has written it down.
        let denying = if where_ == "a" { &a } else { &b };
        let lines = denying.denials();
        assert!(lines.contains("\"capability\":\"transfer\""), "{lines}");
        a.leave().await;
        b.leave().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_nowhere() {
    let (server, place) = (Server::start(&["a", "b"]), tempfile::tempdir().unwrap());
    let (a, b) = Node::pair(&server, place.path(), &Allowed::all(), &Allowed::all()).await;
    let secret = place.path().join("secret");
    std::fs::create_dir(&secret).unwrap();
    std::fs::write(secret.join("key"), "key").unwrap();
    std::fs::write(a.path("one"), "alpha").unwrap();
    for node in [&a, &b] {
        std::os::unix::fs::symlink(&secret, node.path("away")).unwrap();
    }
    let denied = [
        a.send(&b, "one", "away/new").await,
        a.send(&b, "one", "../secret/new").await,
        a.send(&b, "away/key", "new").await,
        a.receive(&b, "away/key", "new").await,
        a.receive(&b, "../secret/key", "new").await,
        a.receive(&b, "away", "away/new").await,
        a.reachable(&b, "away").await,
        a.reachable(&b, "..").await,
    ];
    for (index, done) in denied.into_iter().enumerate() {
        let error = done.unwrap_err();
        assert!(error.contains("denied"), "{index}: {error}");
    }
    let names: Vec<_> = std::fs::read_dir(&secret).unwrap().collect();
    assert_eq!(names.len(), 1);
    assert_eq!(a.reachable(&b, "").await.unwrap(), serde_json::json!([]));
}

/// What the other node's skill is granted is taken back in the middle of a transfer, in either direction.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_ends() {
    const SIZE: u64 = 1 << 30;
    let (server, place) = (Server::start(&["a", "b"]), tempfile::tempdir().unwrap());
    let (a, b) = Node::pair(&server, place.path(), &Allowed::all(), &Allowed::all()).await;
    for node in [&a, &b] {
        let file = std::fs::File::create(node.path("large")).unwrap();
        file.set_len(SIZE).unwrap();
    }
    for is_sent in [true, false] {
        b.grant(&Allowed::all().manifest).await;
        let to = if is_sent { &b } else { &a };
        let moving = async {
            match is_sent {
                true => a.send(&b, "large", "moved").await,
                false => a.receive(&b, "large", "moved").await,
            }
        };
        let taking_back = async {
            while to.partly() == 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            b.grant("").await;
        };
        let (moved, ()) = tokio::join!(moving, taking_back);
        let error = moved.unwrap_err();
        assert!(error.contains("its grants have changed"), "{error}");
        assert!(!to.names().contains(&"moved".to_owned()));
        let error = a.send(&b, "large", "moved").await.unwrap_err();
        assert!(error.contains("node b denies it"), "{error}");
    }
}
