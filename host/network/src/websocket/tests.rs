use std::time::Duration;

use futures::{FutureExt as _, SinkExt as _, StreamExt as _};
use luminarys_testing::each_row_async;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::*;
use crate::error::NetworkError;
use crate::hosted::{Command, Hosted};
use crate::testing::{Skill, run};

type Peer = WebSocketStream<TcpStream>;

async fn connect(skill: &Skill, port: u16) -> Result<Connection, NetworkError> {
    let options = Options {
        headers: Vec::new(),
        insecure: false,
        timeout: Duration::from_secs(20),
    };
    let (network, grants) = (&skill.network, &skill.grants.http);
    let (audit, account) = (&skill.audit, &skill.accounts.held);
    let url = format!("ws://127.0.0.1:{port}/feed?secret");
    Connection::connect(network, grants, audit, account, &url, &options).await
}

fn skill(port: u16, held: u64) -> Skill {
    let permissions = format!(
        "http: {{enabled: true, allow_websocket: true, allowlist: ['ws://127.0.0.1:{port}/**']}}"
    );
    Skill::new(&permissions, held)
}

/// A skill, and both ends of a connection of it.
async fn connected(held: u64) -> (Skill, Connection, Peer) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let skill = skill(port, held);
    let accept = async {
        let (stream, _) = listener.accept().await.unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    };
    let (connection, peer) = tokio::join!(connect(&skill, port), accept);
    (skill, connection.unwrap(), peer)
}

#[test]
fn nothing_connects_without_a_grant() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let rows = [
            "http: {enabled: false}".to_owned(),
            format!("http: {{enabled: true, allowlist: ['ws://127.0.0.1:{port}/**']}}"),
            "http: {enabled: true, allow_websocket: true, allowlist: ['ws://127.0.0.1:1/**']}"
                .to_owned(),
        ];
        each_row_async(rows, async |permissions| {
            let skill = Skill::new(&permissions, 1 << 20);
            let error = connect(&skill, port).await.err().unwrap();
            assert!(
                matches!(error, NetworkError::Denied(_)),
                "{permissions}: {error}"
            );
            assert!(!error.to_string().contains("secret"), "{error}");
        })
        .await;
        assert!(listener.accept().now_or_never().is_none());
    });
}

#[test]
fn messages_go_both_ways_until_the_peer_closes() {
    run(async {
        let (skill, mut connection, mut peer) = connected(1 << 20).await;
        assert_eq!(skill.allowed("websocket"), 1);
        let (text, binary) = (Message::Text("é".to_owned()), Message::Binary(vec![1, 2]));
        for message in [&text, &binary] {
            connection.write(message.clone()).await.unwrap();
            let arrived = peer.next().await.unwrap().unwrap();
            assert_eq!(arrived, Frame::from(message.clone()));
            peer.send(arrived).await.unwrap();
            assert_eq!(connection.read().await.unwrap().as_ref(), Some(message));
        }
        peer.close(None).await.unwrap();
        assert_eq!(connection.read().await.unwrap(), None);
    });
}

#[test]
fn a_close_code_and_reason_reach_the_peer() {
    run(async {
        let (_skill, mut connection, mut peer) = connected(1 << 20).await;
        let error = connection.close(1005, String::new()).await.unwrap_err();
        assert!(matches!(error, NetworkError::Invalid(_)), "{error}");
        connection.close(4001, "done".to_owned()).await.unwrap();
        let Frame::Close(Some(frame)) = peer.next().await.unwrap().unwrap() else {
            panic!("no close frame");
        };
        assert_eq!(
            (u16::from(frame.code), frame.reason.as_str()),
            (4001, "done")
        );
    });
}

#[test]
fn a_request_returns_the_first_message() {
    run(async {
        let rows = [(Some("pong"), true), (None, false)];
        each_row_async(rows, async |(reply, expected)| {
            let (_skill, mut connection, mut peer) = connected(1 << 20).await;
            let serve = async {
                peer.next().await.unwrap().unwrap();
                if let Some(reply) = reply {
                    peer.send(Frame::text(reply)).await.unwrap();
                }
                peer.close(None).await
            };
            let request = connection.request(Message::Text("ping".to_owned()), Instant::now());
            let (found, _) = tokio::join!(request, serve);
            match found {
                Ok(found) => assert!(expected && found == Message::Text("pong".to_owned())),
                Err(error) => {
                    assert!(
                        !expected && matches!(error, NetworkError::Closed(_)),
                        "{error}"
                    );
                }
            }
        })
        .await;
    });
}

#[test]
fn a_message_that_cannot_be_charged_exceeds_a_limit() {
    run(async {
        let (skill, mut connection, mut peer) = connected(64 << 10).await;
        peer.send(Frame::binary(vec![0; 64 << 10])).await.unwrap();
        let error = connection.read().await.unwrap_err();
        assert!(matches!(error, NetworkError::LimitExceeded(_)), "{error}");
        drop(connection);
        assert_eq!(skill.accounts.held.used(), 0);
    });
}

/// Has the host read `connection`; returns its id and its events, in text.
fn served(hosted: &Hosted, connection: Connection) -> (String, mpsc::UnboundedReceiver<String>) {
    let (sender, events) = mpsc::unbounded_channel();
    let listener = move |_: &str, event| {
        sender.send(format!("{event:?}")).unwrap();
        std::future::ready(()).boxed()
    };
    let served = hosted
        .add("websocket", 4, None, Box::new(listener))
        .unwrap();
    let id = served.id().to_owned();
    tokio::spawn(connection.serve(served));
    (id, events)
}

#[test]
fn the_host_reads_and_writes_for_the_skill() {
    run(async {
        let (skill, connection, mut peer) = connected(1 << 20).await;
        let hosted = Hosted::default();
        let (id, mut events) = served(&hosted, connection);
        let send = |command| hosted.send(&skill.accounts.held, &id, command);
        peer.send(Frame::text("a")).await.unwrap();
        assert_eq!(events.recv().await.unwrap(), r#"Text("a")"#);
        peer.send(Frame::binary(vec![1])).await.unwrap();
        assert_eq!(events.recv().await.unwrap(), "Binary([1])");
        send(Command::Bytes(vec![2])).await.unwrap();
        assert_eq!(peer.next().await.unwrap().unwrap(), Frame::binary(vec![2]));
        send(Command::Text("b".to_owned())).await.unwrap();
        assert_eq!(peer.next().await.unwrap().unwrap(), Frame::text("b"));
        // An invalid code leaves the connection open.
        let error = send(Command::Close(999, String::new())).await.unwrap_err();
        assert!(matches!(error, NetworkError::Invalid(_)), "{error}");
        send(Command::Close(4001, "done".to_owned())).await.unwrap();
        let Frame::Close(Some(frame)) = peer.next().await.unwrap().unwrap() else {
            panic!("no close frame");
        };
        assert_eq!(u16::from(frame.code), 4001);
        let error = send(Command::Text(String::new())).await.unwrap_err();
        assert!(matches!(error, NetworkError::Closed(_)), "{error}");
    });
}

#[test]
fn the_end_of_a_served_connection_is_an_event() {
    run(async {
        let closed = CloseFrame {
            code: 4002.into(),
            reason: "bye".into(),
        };
        let rows = [
            (Some(Some(closed)), r#"Close(4002, "bye")"#),
            (Some(None), r#"Close(1005, "")"#),
            (None, "Failed(Closed("),
        ];
        each_row_async(rows, async |(frame, expected)| {
            let (_skill, connection, mut peer) = connected(1 << 20).await;
            let hosted = Hosted::default();
            let (_id, mut events) = served(&hosted, connection);
            if let Some(frame) = frame {
                peer.close(frame).await.unwrap();
            }
            drop(peer);
            let event = events.recv().await.unwrap();
            assert!(event.starts_with(expected), "{event}");
            assert_eq!(events.recv().await, None);
        })
        .await;
    });
}
