use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use luminarys_testing::each_row_async;
use proptest::prelude::*;

use super::*;
use crate::error::{LinkError, ResetReason};
use crate::names::NodeName;

const MAX_FRAME: usize = 100 << 10;

fn node(name: &str) -> NodeName {
    NodeName::new(name).unwrap()
}

/// Two nodes, of which `b` serves calls with `serve`, and a link from `a` to it.
async fn linked<F, W>(hub: &Arc<Hub>, serve: F) -> (Links, Links, Link)
where
    F: Fn(Incoming) -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let (a, b) = (hub.connect("a", MAX_FRAME), hub.connect("b", MAX_FRAME));
    let mut incoming = b.serve(Purpose::Call);
    tokio::spawn(async move {
        while let Some(link) = incoming.recv().await {
            tokio::spawn(serve(link));
        }
    });
    let head = Bytes::from_static(b"head");
    let link = a.open(&node("b"), Purpose::Call, head).await.unwrap();
    (a, b, link)
}

/// Sends back everything, and ends when the other side does.
async fn echo(incoming: Incoming) {
    assert_eq!(incoming.from, node("a"));
    let link = incoming.link;
    while let Ok(Some(message)) = link.receive().await {
        if link
            .send_all(message.tag, message.bytes, MAX_PAYLOAD)
            .await
            .is_err()
        {
            return;
        }
    }
    let _ = link.end().await;
}

async fn received(link: &Link) -> Result<Vec<u8>, LinkError> {
    let mut all = Vec::new();
    while let Some(message) = link.receive().await? {
        all.extend_from_slice(&message.bytes);
    }
    Ok(all)
}

fn some_bytes(length: usize) -> Bytes {
    (0..length).map(|index| (index * 7 % 251) as u8).collect()
}

#[tokio::test]
async fn any_number_of_bytes_goes_both_ways() {
    let sizes = [0, 1, MAX_MESSAGE, FIRST_WINDOW as usize, 3 << 20];
    each_row_async(sizes, async |size| {
        let hub = Arc::new(Hub::default());
        let (a, b, link) = linked(&hub, echo).await;
        let bytes = some_bytes(size);
        let send = async {
            link.finish(7, bytes.clone(), MAX_PAYLOAD).await.unwrap();
        };
        let ((), back) = tokio::join!(send, received(&link));
        assert!(back.unwrap() == bytes, "{size}");
        drop(link);
        while b.count() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(a.count(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_wider_window_allows_larger_messages() {
    let hub = Arc::new(Hub::default());
    let (sizes, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let (_a, _b, link) = linked(&hub, move |incoming| {
        let sizes = sizes.clone();
        async move {
            incoming.link.widen(1 << 20).await.unwrap();
            incoming.link.send(0, Bytes::new()).await.unwrap();
            while let Ok(Some(message)) = incoming.link.receive().await {
                sizes.send(message.bytes.len()).unwrap();
            }
        }
    })
    .await;
    // Arrives behind the new window.
    link.receive().await.unwrap().unwrap();
    link.send_all(0, some_bytes(300 << 10), 90 << 10)
        .await
        .unwrap();
    link.end().await.unwrap();
    let mut sizes = Vec::new();
    while let Some(size) = seen.recv().await {
        sizes.push(size);
        if sizes.iter().sum::<usize>() == 300 << 10 {
            break;
        }
    }
    assert_eq!(sizes[0], 90 << 10);
}

#[tokio::test]
async fn a_receiver_that_does_not_consume_stops_the_sender() {
    let hub = Arc::new(Hub::default());
    let (_a, _b, link) = linked(&hub, |incoming| async move {
        incoming.link.over().cancelled().await;
    })
    .await;
    let sent = AtomicU64::new(0);
    let sending = async {
        loop {
            link.send(0, some_bytes(1000)).await.unwrap();
            sent.fetch_add(1, Ordering::Relaxed);
        }
    };
    tokio::time::timeout(Duration::from_millis(300), sending)
        .await
        .unwrap_err();
    let most = u64::from(FIRST_WINDOW) / 1000;
    let sent = sent.load(Ordering::Relaxed);
    assert!((most - 10..=most).contains(&sent), "{sent}");
}

#[tokio::test]
async fn dropping_a_link_cancels_the_other_side() {
    let hub = Arc::new(Hub::default());
    let (told, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let (_a, b, link) = linked(&hub, move |incoming| {
        let told = told.clone();
        async move {
            incoming.link.over().cancelled().await;
            told.send(incoming.link.check().unwrap_err()).unwrap();
        }
    })
    .await;
    drop(link);
    let expected = LinkError::Reset {
        node: node("a"),
        reason: ResetReason::Cancelled,
    };
    assert_eq!(ended.recv().await, Some(expected));
    while b.count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_arrived_before_the_end_is_received_first() {
    let hub = Arc::new(Hub::default());
    let (_a, _b, link) = linked(&hub, |incoming| async move {
        incoming
            .link
            .send(1, Bytes::from_static(b"last words"))
            .await
            .unwrap();
        incoming.link.end().await.unwrap();
        // Dropped although `a` has not ended.
    })
    .await;
    link.over().cancelled().await;
    assert_eq!(received(&link).await.unwrap(), b"last words");
    let error = link.send(0, Bytes::new()).await.unwrap_err();
    assert!(matches!(error, LinkError::Reset { .. }), "{error}");
}

#[tokio::test]
async fn a_node_that_is_not_there_is_certainly_not_reached() {
    let hub = Arc::new(Hub::default());
    let a = hub.connect("a", MAX_FRAME);
    let link = a.open(&node("b"), Purpose::Call, Bytes::new()).await;
    let error = match link {
        Ok(link) => link.receive().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(error.is_certainly_undone(), "{error}");
    let to_itself = a.open(&node("a"), Purpose::Call, Bytes::new()).await;
    assert_eq!(to_itself.unwrap_err(), LinkError::Itself(node("a")));
    hub.is_down.store(true, Ordering::Relaxed);
    let error = a.open(&node("b"), Purpose::Call, Bytes::new()).await;
    assert!(error.unwrap_err().is_certainly_undone());
}

#[tokio::test]
async fn what_is_not_served_is_told() {
    let hub = Arc::new(Hub::default());
    let (a, _b, _link) = linked(&hub, echo).await;
    let link = a.open(&node("b"), Purpose::Transfer, Bytes::new()).await;
    let error = link.unwrap().receive().await.unwrap_err();
    let expected = LinkError::Reset {
        node: node("b"),
        reason: ResetReason::NotServed,
    };
    assert_eq!(error, expected);
    assert!(error.is_certainly_undone());
}

#[tokio::test]
async fn silence_ends_both_sides() {
    let hub = Arc::new(Hub::default());
    let (told, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let (_a, _b, link) = linked(&hub, move |incoming| {
        let told = told.clone();
        async move {
            incoming.link.send(0, Bytes::new()).await.unwrap();
            incoming.link.over().cancelled().await;
            told.send(incoming.link.check().unwrap_err()).unwrap();
        }
    })
    .await;
    link.receive().await.unwrap();
    // Frames that say that a node is there keep a link open without any data.
    tokio::time::sleep(SILENCE + Duration::from_secs(1)).await;
    link.check().unwrap();
    hub.lose(Box::new(|_, _, _, _| true));
    let begun = Instant::now();
    let error = link.receive().await.unwrap_err();
    let is_unreachable =
        |error: &LinkError| matches!(error, LinkError::Unreachable { was_sent: true, .. });
    assert!(is_unreachable(&error), "{error}");
    assert!(begun.elapsed() >= SILENCE - Duration::from_secs(1));
    assert!(is_unreachable(&ended.recv().await.unwrap()));
}

#[tokio::test]
async fn the_links_of_a_node_are_bounded() {
    let hub = Arc::new(Hub::default());
    let (a, b, _link) = linked(&hub, |incoming| async move {
        incoming.link.over().cancelled().await;
    })
    .await;
    let mut links = Vec::new();
    let error = loop {
        let link = a
            .open(&node("b"), Purpose::Call, Bytes::new())
            .await
            .unwrap();
        let ended = tokio::time::timeout(Duration::from_millis(1), link.receive());
        if let Ok(error) = ended.await {
            break error.unwrap_err();
        }
        links.push(link);
        assert!(links.len() <= MAX_LINKS_OF_PEER);
    };
    assert!(
        matches!(
            error,
            LinkError::Reset {
                reason: ResetReason::Busy,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.is_certainly_undone());
    assert_eq!(b.count(), MAX_LINKS_OF_PEER);
}

#[tokio::test]
async fn frames_against_the_rules_end_a_link_and_nothing_else() {
    let hub = Arc::new(Hub::default());
    let (a, b, link) = linked(&hub, echo).await;
    link.send(0, Bytes::from_static(b"x")).await.unwrap();
    link.receive().await.unwrap();
    let id = crate::subjects::LinkId::random().unwrap();
    // Of an unknown link, of an unknown version, empty, and a first frame that says that it is not.
    for bytes in [
        &[1, 5, 0, 0, 0, 0, 0, 0, 0, 1][..],
        &[9; 20],
        &[],
        &[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ] {
        b.receive(&node("a"), id, &Bytes::copy_from_slice(bytes), false);
    }
    assert_eq!(b.count(), 1);
    link.send(0, Bytes::from_static(b"y")).await.unwrap();
    assert_eq!(link.receive().await.unwrap().unwrap().bytes, "y");
    assert_eq!(a.count(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whichever frame is lost, what was sent arrives as it is, or both sides get an error; nobody waits for ever.
    #[test]
    fn a_lost_frame_is_noticed(lost in 0..60_u64, size in 0..400_000_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let hub = Arc::new(Hub::default());
            hub.lose(Box::new(move |_, _, number, _| number == lost));
            let (_a, _b, link) = linked(&hub, echo).await;
            let bytes = some_bytes(size);
            let send = async {
                link.send_all(7, bytes.clone(), 10_000).await?;
                link.end().await
            };
            let both = async { tokio::join!(send, received(&link)) };
            let (sent, back) = tokio::time::timeout(Duration::from_secs(20), both).await.unwrap();
            match (sent, back) {
                (Ok(()), Ok(back)) => assert!(back == bytes),
                (_, Err(error)) => assert!(!error.is_certainly_undone(), "{error}"),
                (Err(error), Ok(_)) => panic!("only sending failed: {error}"),
            }
        });
    }
}
