use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_testing::each_row_async;
use sha2::{Digest as _, Sha256};

use super::memory::{Memory, SPACE};
use super::*;
use crate::link::{Hub, Links, Purpose};
use crate::names::NodeName;

const MAX_FRAME: usize = 1 << 20;
/// Two nodes, of which `b` serves its files.
struct Nodes {
    hub: Arc<Hub>,
    a: Links,
    b: Links,
    there: Memory,
}

async fn nodes(there: Memory) -> Nodes {
    let hub = Arc::new(Hub::default());
    let (a, b) = (hub.connect("a", MAX_FRAME), hub.connect("b", MAX_FRAME));
    let (links, files) = (b.clone(), Arc::new(there.clone()));
    tokio::spawn(async move { serve_transfers(&links, files).await });
    tokio::task::yield_now().await;
    Nodes { hub, a, b, there }
}

fn transfer(path: &str) -> Transfer {
    Transfer {
        node: NodeName::new("b").unwrap(),
        skill: None,
        request_id: "r".to_owned(),
        path: path.to_owned(),
    }
}

fn arrived(content: &[u8]) -> Arrived {
    let digest = Sha256::digest(content);
    Arrived {
        size: content.len() as u64,
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn some_bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 13 % 247) as u8).collect()
}

impl Nodes {
    async fn send(&self, id: &TransferId, path: &str, content: &[u8]) -> Result<(), TransferError> {
        let mut file = Memory::with("x", content).open("x").unwrap();
        let sent = send_file(&self.a, &transfer(path), id, &mut file, &mut |_, _| ()).await?;
        assert_eq!(sent, arrived(content));
        Ok(())
    }

    async fn fetch(&self, path: &str, here: &Memory) -> Result<Arrived, TransferError> {
        let mut open = |_| -> BoxFuture<'_, _> {
            let place = here.place("fetched", "id");
            Box::pin(async { Ok(Box::new(place) as Box<dyn Writing>) })
        };
        fetch_file(&self.a, &transfer(path), &mut open, &mut |_, _| ()).await
    }
}

fn id() -> TransferId {
    TransferId::random().unwrap()
}

#[tokio::test]
async fn files_of_any_size_arrive_whole() {
    let sizes = [0, 1, 60_000, 256 << 10, 5 << 20];
    each_row_async(sizes, async |size| {
        let content = some_bytes(size);
        let nodes = nodes(Memory::with("old", &content)).await;
        nodes.send(&id(), "new", &content).await.unwrap();
        assert!(nodes.there.content("new").unwrap() == content);
        let here = Memory::default();
        assert_eq!(nodes.fetch("old", &here).await.unwrap(), arrived(&content));
        assert!(here.content("fetched").unwrap() == content);
        assert_eq!((nodes.there.partials(), here.partials()), (0, 0));
        while nodes.b.count() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(nodes.a.count(), 0);
    })
    .await;
}

#[tokio::test]
async fn refusals_say_why_and_leave_nothing() {
    let nodes = nodes(Memory::with("old", b"old")).await;
    let too_large = vec![0; usize::try_from(SPACE).unwrap() + 1];
    let rows = [
        ("secret", &b"new"[..], "node b: Denied"),
        ("old", b"new", "node b: AlreadyExists"),
        (
            "new",
            &too_large,
            "node b: the file needs 8388609 bytes more; there is space for 8388608",
        ),
        (
            "",
            b"",
            "the transfer cannot be asked for: it has an invalid path",
        ),
    ];
    each_row_async(rows, async |(path, content, expected)| {
        let error = nodes.send(&id(), path, content).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    })
    .await;
    let here = Memory::default();
    let error = nodes.fetch("none", &here).await.unwrap_err();
    assert_eq!(error.to_string(), "node b: NotFound");
    assert_eq!(nodes.there.content("old").unwrap(), b"old");
    assert_eq!(nodes.there.partials(), 0);
    assert_eq!(nodes.there.0.appended.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_broken_link_is_no_loss() {
    let content = some_bytes(6 << 20);
    // Loses one frame in the middle, in each direction, and the last answer.
    each_row_async([10, 20, 30, 40], async |lost| {
        let nodes = nodes(Memory::with("old", &content)).await;
        nodes
            .hub
            .lose(Box::new(move |_, _, number, _| number == lost));
        nodes.send(&id(), "new", &content).await.unwrap();
        assert!(nodes.there.content("new").unwrap() == content);
        // Nothing was sent twice.
        assert_eq!(nodes.there.0.appended.load(Ordering::Relaxed), 6 << 20);
        let here = Memory::default();
        let sent = Arc::new(AtomicU64::new(0));
        nodes.hub.lose(Box::new(move |_, _, _, _| {
            sent.fetch_add(1, Ordering::Relaxed) == lost
        }));
        nodes.fetch("old", &here).await.unwrap();
        assert!(here.content("fetched").unwrap() == content);
        assert_eq!(here.0.appended.load(Ordering::Relaxed), 6 << 20);
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let content = some_bytes(3 << 20);
    let nodes = nodes(Memory::default()).await;
    // The answer that the file is in its place.
    let is_done = |frame: &Bytes| frame.windows(6).any(|it| it == b"\"done\"");
    let is_lost = AtomicBool::new(false);
    nodes.hub.lose(Box::new(move |_, _, _, frame| {
        is_done(frame) && !is_lost.swap(true, Ordering::Relaxed)
    }));
    nodes.send(&id(), "new", &content).await.unwrap();
    assert!(nodes.there.content("new").unwrap() == content);
    assert_eq!(nodes.there.0.appended.load(Ordering::Relaxed), 3 << 20);
}

#[tokio::test]
async fn a_transfer_goes_on_in_a_later_call() {
    let content = some_bytes(4 << 20);
    let nodes = nodes(Memory::default()).await;
    let id = id();
    let mut file = Memory::with("x", &content).open("x").unwrap();
    let (half, reached) = tokio::sync::oneshot::channel();
    let mut half = Some(half);
    let mut on_progress = |done, size| {
        if done >= size / 2
            && let Some(half) = half.take()
        {
            let _ = half.send(());
        }
    };
    let to = transfer("new");
    tokio::select! {
        biased;
        _ = reached => {}
        sent = send_file(&nodes.a, &to, &id, &mut file, &mut on_progress) => panic!("{sent:?}"),
    }
    while nodes.b.count() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(nodes.there.partials(), 1);
    assert_eq!(nodes.there.content("new"), None);
    nodes.send(&id, "new", &content).await.unwrap();
    assert!(nodes.there.content("new").unwrap() == content);
    assert_eq!(nodes.there.0.appended.load(Ordering::Relaxed), 4 << 20);
}

#[tokio::test]
async fn a_file_that_changes_does_not_arrive() {
    let nodes = nodes(Memory::with("old", &some_bytes(3 << 20))).await;
    // What was sent before belongs to another content.
    let id = id();
    let mut place = nodes.there.place("new", id.as_str());
    place
        .append(Bytes::from_static(b"something else"))
        .await
        .unwrap();
    let error = nodes
        .send(&id, "new", &some_bytes(100_000))
        .await
        .unwrap_err();
    let expected = "node b: what arrived is not what was sent: the SHA-256 differs; try again";
    assert_eq!(error.to_string(), expected);
    assert_eq!(
        (nodes.there.content("new"), nodes.there.partials()),
        (None, 0)
    );
    nodes.send(&id, "new", &some_bytes(100_000)).await.unwrap();
    // More was sent before than the file has.
    let mut place = nodes.there.place("shorter", "0".repeat(32).as_str());
    place
        .append(Bytes::from_static(b"something else"))
        .await
        .unwrap();
    let zero = TransferId::try_from("0".repeat(32)).unwrap();
    nodes.send(&zero, "shorter", b"short").await.unwrap();
    assert_eq!(nodes.there.content("shorter").unwrap(), b"short");
    // Cut off while it is read.
    let here = Memory::default();
    nodes
        .there
        .0
        .files
        .lock()
        .unwrap()
        .insert("cut".to_owned(), vec![7; 10]);
    nodes.there.0.is_changing.store(true, Ordering::Relaxed);
    let error = nodes.fetch("cut", &here).await.unwrap_err();
    let expected = "node b: the file has changed while it was sent; try again";
    assert_eq!(error.to_string(), expected);
    assert_eq!(here.content("fetched"), None);
}

#[tokio::test]
async fn directories_are_listed_up_to_a_limit() {
    let nodes = nodes(Memory::default()).await;
    let listed = list_files(&nodes.a, &transfer("dir")).await.unwrap();
    assert_eq!(listed.len(), MAX_LISTED);
    let last = format!("dir/{:0>100}", MAX_LISTED - 1);
    assert_eq!(listed[MAX_LISTED - 1].path, last);
}

#[tokio::test]
async fn what_is_not_a_transfer_is_refused() {
    let head = r#"{"request_id":"r","path":"p","operation":{"put":{"size":3,"transfer":"ID"}}}"#;
    let head = head.replace("ID", &"0".repeat(32));
    // What is sent, and how many bytes of it are taken.
    let rows = [
        ("{}", flow::DATA, &b"abc"[..]),
        (&head, flow::DATA, b"four"),
        (&head, flow::DATA, b""),
        (&head, flow::STEP, b"\"done\""),
        (&head, flow::STEP, b"{\"digest\":\"00\"}"),
        (&head, 9, b"abc"),
    ];
    each_row_async(rows, async |(head, tag, bytes)| {
        let nodes = nodes(Memory::default()).await;
        let (b, head) = (
            NodeName::new("b").unwrap(),
            Bytes::copy_from_slice(head.as_bytes()),
        );
        let link = nodes.a.open(&b, Purpose::Transfer, head).await.unwrap();
        let _ = link.send(tag, Bytes::copy_from_slice(bytes)).await;
        let is_done = |bytes: &Bytes| matches!(Step::parse(bytes), Ok(Step::Done));
        while let Ok(Some(message)) = link.receive().await {
            assert!(!is_done(&message.bytes));
        }
        drop(link);
        while nodes.b.count() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            (nodes.there.partials(), nodes.there.content("p")),
            (0, None)
        );
    })
    .await;
}

#[tokio::test]
async fn a_second_try_waits_until_the_first_has_written_all() {
    let nodes = nodes(Memory::default()).await;
    let b = NodeName::new("b").unwrap();
    let head = r#"{"request_id":"r","path":"p","operation":{"put":{"size":6,"transfer":"ID"}}}"#;
    let head = Bytes::from(head.replace("ID", &"0".repeat(32)));
    let open = || nodes.a.open(&b, Purpose::Transfer, head.clone());
    let from =
        |message: Option<crate::link::Message>| Step::parse(&message.unwrap().bytes).unwrap();
    let first = open().await.unwrap();
    assert_eq!(from(first.receive().await.unwrap()), Step::From(0));
    let second = open().await.unwrap();
    let early = tokio::time::timeout(std::time::Duration::from_millis(50), second.receive()).await;
    assert!(early.is_err(), "{early:?}");
    first
        .send(flow::DATA, Bytes::from_static(b"abc"))
        .await
        .unwrap();
    // Its frame is before that of the end.
    drop(first);
    assert_eq!(from(second.receive().await.unwrap()), Step::From(3));
}

#[tokio::test]
async fn a_transfer_without_progress_ends() {
    let nodes = nodes(Memory::with("large", &some_bytes(8 << 20))).await;
    let put = Operation::Put {
        size: 10,
        transfer: id(),
    };
    let sending = transfer("new").open(&nodes.a, put).await.unwrap();
    assert_eq!(flow::receive_step(&sending).await.unwrap(), Step::From(0));
    let fetching = transfer("large").open(&nodes.a, Operation::Get).await;
    let fetching = fetching.unwrap();
    let size = flow::receive_step(&fetching).await.unwrap();
    assert_eq!(size, Step::Size(8 << 20));
    flow::send_step(&fetching, &Step::From(0)).await.unwrap();
    // Both links are alive all the time: nothing is sent over the one, and nothing is taken from the other.
    let over = async {
        sending.over().cancelled().await;
        fetching.over().cancelled().await;
    };
    let over = tokio::time::timeout(std::time::Duration::from_secs(20), over).await;
    assert!(over.is_ok());
    assert_eq!(nodes.there.content("new"), None);
}

/// What is asked of a node that is there and says nothing ends as well.
#[tokio::test]
async fn a_silent_node_is_not_waited_for() {
    let hub = Arc::new(Hub::default());
    let (a, b) = (hub.connect("a", MAX_FRAME), hub.connect("b", MAX_FRAME));
    let mut incoming = b.serve(Purpose::Transfer);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Some(opened) = incoming.recv().await {
            held.push(opened);
        }
    });
    let there = Memory::default();
    let nodes = Nodes { hub, a, b, there };
    let (id, here, asked) = (id(), Memory::default(), transfer("x"));
    let all = async {
        tokio::join!(
            nodes.send(&id, "x", b"content"),
            async { nodes.fetch("x", &here).await.map(drop) },
            async { list_files(&nodes.a, &asked).await.map(drop) },
        )
    };
    let all = tokio::time::timeout(std::time::Duration::from_secs(20), all).await;
    let (sent, fetched, listed) = all.unwrap();
    for ended in [sent, fetched, listed] {
        let error = ended.unwrap_err();
        assert!(matches!(error, TransferError::Stalled { .. }), "{error}");
    }
}
