use std::time::{Duration, Instant};

use bytes::Bytes;
use luminarys_cluster::{Link, LinkError, Links, MAX_PAYLOAD, Purpose};

use crate::server::{Server, node};

/// Has a node send back what it receives, on a window as wide as given.
fn echo(links: &Links, window: u32) {
    let mut incoming = links.serve(Purpose::Call);
    tokio::spawn(async move {
        while let Some(incoming) = incoming.recv().await {
            let link = incoming.link;
            tokio::spawn(async move {
                let _ = link.widen(window).await;
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
            });
        }
    });
}

async fn there_and_back(link: &Link, bytes: Bytes) -> Result<Vec<u8>, LinkError> {
    let send = async {
        link.send_all(0, bytes, MAX_PAYLOAD).await?;
        link.end().await
    };
    let receive = async {
        let mut all = Vec::new();
        while let Some(message) = link.receive().await? {
            all.extend_from_slice(&message.bytes);
        }
        Ok(all)
    };
    let ((), all) = tokio::try_join!(send, receive)?;
    Ok(all)
}

#[tokio::test]
async fn megabytes_go_both_ways() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    echo(&b, 1 << 20);
    let bytes: Bytes = (0..10 << 20).map(|index| (index % 241) as u8).collect();
    let link = a
        .open(&node("b"), Purpose::Call, Bytes::new())
        .await
        .unwrap();
    link.widen(1 << 20).await.unwrap();
    assert!(there_and_back(&link, bytes.clone()).await.unwrap() == bytes);
}

#[tokio::test]
async fn a_node_that_is_not_there_is_known_at_once() {
    let server = Server::start(&["a", "b"]);
    let a = server.links("a").await;
    let begun = Instant::now();
    let link = a
        .open(&node("b"), Purpose::Call, Bytes::new())
        .await
        .unwrap();
    let error = there_and_back(&link, Bytes::from_static(b"x"))
        .await
        .unwrap_err();
    assert!(error.is_certainly_undone(), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_node_that_goes_ends_its_links() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.connect("b").await);
    let links = luminarys_cluster::connect_links(b.clone()).await.unwrap();
    let mut incoming = links.serve(Purpose::Call);
    let link = a
        .open(&node("b"), Purpose::Call, Bytes::new())
        .await
        .unwrap();
    let served = incoming.recv().await.unwrap();
    served.link.send(0, Bytes::new()).await.unwrap();
    link.receive().await.unwrap().unwrap();
    b.client().drain().await.unwrap();
    let begun = Instant::now();
    let error = link.receive().await.unwrap_err();
    assert!(!error.is_certainly_undone(), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_killed_server_ends_links_and_they_recover() {
    let mut server = Server::start(&["a", "b"]);
    let (a, b) = (server.links("a").await, server.links("b").await);
    echo(&b, 1 << 20);
    let link = a
        .open(&node("b"), Purpose::Call, Bytes::new())
        .await
        .unwrap();
    link.send(0, Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(link.receive().await.unwrap().unwrap().bytes, "x");
    let begun = Instant::now();
    server.kill();
    let error = link.receive().await.unwrap_err();
    assert!(
        matches!(error, LinkError::Unreachable { was_sent: true, .. }),
        "{error}"
    );
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    // Nothing is kept back for later.
    let error = a
        .open(&node("b"), Purpose::Call, Bytes::new())
        .await
        .unwrap_err();
    assert!(error.is_certainly_undone(), "{error}");
    server.restart();
    let begun = Instant::now();
    loop {
        if let Ok(link) = a.open(&node("b"), Purpose::Call, Bytes::new()).await
            && let Ok(back) = there_and_back(&link, Bytes::from_static(b"again")).await
        {
            assert_eq!(back, b"again");
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(3),
            "{:?}",
            begun.elapsed()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
