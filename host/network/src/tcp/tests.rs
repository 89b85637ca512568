use futures::FutureExt as _;
use luminarys_testing::each_row_async;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::*;
use crate::hosted::Hosted;
use crate::testing::{Skill, run};

const OPEN: &str = "tcp: {enabled: true, allowlist: ['127.0.0.1:*']}";

fn options() -> Options {
    Options {
        tls: false,
        insecure: false,
        server_name: None,
        timeout: Duration::from_secs(20),
    }
}

async fn connect(skill: &Skill, address: &str) -> Result<Connection, NetworkError> {
    let (network, grants) = (&skill.network, &skill.grants.tcp);
    Connection::connect(network, grants, &skill.audit, address, &options()).await
}

/// A skill with `permissions`, and both ends of a connection of it.
async fn connected(permissions: &str, held: u64) -> (Skill, Connection, TcpStream) {
    let skill = Skill::new(permissions, held);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (connection, accepted) = tokio::join!(connect(&skill, &address), listener.accept());
    (skill, connection.unwrap(), accepted.unwrap().0)
}

#[test]
fn nothing_connects_without_a_grant() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let rows = [
            "tcp: {enabled: false}",
            "tcp: {enabled: true}",
            "tcp: {enabled: true, allowlist: ['127.0.0.2:*']}",
            "tcp: {enabled: true, allowlist: ['127.0.0.1:1']}",
            // A name does not grant the loopback address that it has.
            "tcp: {enabled: true, allowlist: ['*:*']}",
        ];
        each_row_async(rows, async |permissions| {
            let skill = Skill::new(permissions, 1 << 20);
            let error = connect(&skill, &format!("127.0.0.1:{port}")).await;
            let error = error.err().unwrap();
            assert!(
                matches!(error, NetworkError::Denied(_)),
                "{permissions}: {error}"
            );
            assert_eq!(skill.allowed("tcp"), 0);
        })
        .await;
        assert!(listener.accept().now_or_never().is_none());
    });
}

#[test]
fn bytes_are_read_and_written_until_the_peer_ends() {
    run(async {
        let (skill, mut connection, mut peer) = connected(OPEN, 1 << 20).await;
        assert_eq!(skill.allowed("tcp"), 1);
        assert_eq!(connection.peer(), peer.local_addr().unwrap());
        connection.write(b"ping").await.unwrap();
        connection.finish().await.unwrap();
        let mut sent = Vec::new();
        peer.read_to_end(&mut sent).await.unwrap();
        assert_eq!(sent, b"ping");
        peer.write_all(b"pong").await.unwrap();
        drop(peer);
        assert_eq!(connection.read(3).await.unwrap(), b"pon");
        assert_eq!(connection.read(0).await.unwrap(), b"g");
        assert_eq!(connection.read(9).await.unwrap(), b"");
    });
}

#[test]
fn a_reset_connection_is_closed() {
    run(async {
        let (_skill, mut connection, peer) = connected(OPEN, 1 << 20).await;
        #[expect(deprecated, reason = "it sends a reset at once")]
        peer.set_linger(Some(Duration::ZERO)).unwrap();
        drop(peer);
        let error = connection.read(1).await.unwrap_err();
        assert!(matches!(error, NetworkError::Closed(_)), "{error}");
        assert_eq!(error.event(), "reset");
    });
}

#[test]
fn tls_accepts_any_certificate_only_with_a_grant() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let skill = Skill::new(OPEN, 1 << 20);
        let insecure = Options {
            tls: true,
            insecure: true,
            ..options()
        };
        let (network, grants) = (&skill.network, &skill.grants.tcp);
        let error = Connection::connect(network, grants, &skill.audit, &address, &insecure).await;
        let error = error.err().unwrap();
        assert!(matches!(error, NetworkError::Denied(_)), "{error}");
        assert!(listener.accept().now_or_never().is_none());
    });
}

#[test]
fn a_peer_without_tls_is_named() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let skill = Skill::new(OPEN, 1 << 20);
        let tls = Options {
            tls: true,
            ..options()
        };
        let (network, grants) = (&skill.network, &skill.grants.tcp);
        let connect = Connection::connect(network, grants, &skill.audit, &address, &tls);
        let end = async { listener.accept().await.unwrap().0.shutdown().await };
        let (connected, _) = tokio::join!(connect, end);
        let error = connected.err().unwrap();
        assert!(matches!(error, NetworkError::Tls(_)), "{error}");
        assert_eq!(error.event(), "tls");
    });
}

#[test]
fn a_request_returns_what_arrives_up_to_its_limit_and_is_charged() {
    run(async {
        let rows = [
            (100, 1 << 20, Some(&b"pong"[..])),
            (2, 1 << 20, Some(b"po")),
            (100, 4, None),
        ];
        each_row_async(rows, async |(max, held, expected)| {
            let (skill, mut connection, mut peer) = connected(OPEN, held).await;
            let serve = async {
                let mut sent = [0; 4];
                peer.read_exact(&mut sent).await.unwrap();
                peer.write_all(b"pong").await.unwrap();
                drop(peer);
            };
            let answer = Answer::new(&skill.accounts.held);
            let request = connection.request(b"ping", max, Instant::now(), &answer);
            let (reply, ()) = tokio::join!(request, serve);
            match (reply, expected) {
                (Ok(reply), Some(expected)) => assert_eq!(reply, expected),
                (Err(NetworkError::LimitExceeded(_)), None) => {}
                (reply, _) => panic!("{max} {held}: {reply:?}"),
            }
        })
        .await;
    });
}

/// Has the host read `connection`; returns its id and its events, in text.
fn serve(hosted: &Hosted, connection: Connection) -> (String, mpsc::UnboundedReceiver<String>) {
    let (sender, events) = mpsc::unbounded_channel();
    let listener = move |id: &str, event| {
        sender.send(format!("{id}: {event:?}")).unwrap();
        std::future::ready(()).boxed()
    };
    let served = hosted.add("tcp", 4, None, Box::new(listener)).unwrap();
    let id = served.id().to_owned();
    tokio::spawn(connection.serve(served));
    (id, events)
}

#[test]
fn the_host_reads_and_writes_for_the_skill() {
    run(async {
        let (skill, connection, mut peer) = connected(OPEN, 1 << 20).await;
        let (hosted, account) = (Hosted::default(), &skill.accounts.held);
        let (id, mut events) = serve(&hosted, connection);
        let send = |command| hosted.send(account, &id, command);
        peer.write_all(b"a").await.unwrap();
        assert_eq!(events.recv().await.unwrap(), "tcp-1: Data([97])");
        send(Command::Bytes(b"b".to_vec())).await.unwrap();
        send(Command::Text("c".to_owned())).await.unwrap();
        let mut sent = [0; 2];
        peer.read_exact(&mut sent).await.unwrap();
        assert_eq!(&sent, b"bc");
        assert_eq!(account.used(), 0);
        drop(peer);
        assert_eq!(events.recv().await.unwrap(), "tcp-1: End");
        assert_eq!(events.recv().await, None);
        let error = send(Command::Bytes(Vec::new())).await.unwrap_err();
        assert!(matches!(error, NetworkError::Closed(_)), "{error}");
    });
}

#[test]
fn a_served_connection_ends_by_command_and_with_its_skill() {
    run(async {
        let rows = [true, false];
        each_row_async(rows, async |by_command| {
            let (skill, connection, mut peer) = connected(OPEN, 1 << 20).await;
            let hosted = Hosted::default();
            let (id, mut events) = serve(&hosted, connection);
            if by_command {
                let close = Command::Close(0, String::new());
                let closed = hosted.send(&skill.accounts.held, &id, close).await;
                closed.unwrap();
            } else {
                drop(hosted);
            }
            let mut sent = Vec::new();
            peer.read_to_end(&mut sent).await.unwrap();
            assert!(sent.is_empty());
            assert_eq!(events.recv().await, None, "{by_command}");
        })
        .await;
    });
}

#[test]
fn served_connections_are_charged_limited_and_ended() {
    run(async {
        let (skill, connection, _peer) = connected(OPEN, 8).await;
        let hosted = Hosted::default();
        let (id, _events) = serve(&hosted, connection);
        let long = Command::Bytes(vec![0; 9]);
        let error = hosted.send(&skill.accounts.held, &id, long).await;
        let error = error.unwrap_err();
        assert!(matches!(error, NetworkError::LimitExceeded(_)), "{error}");
        let listener = || Box::new(|_: &str, _| std::future::ready(()).boxed());
        let _second = hosted.add("tcp", 2, None, listener()).unwrap();
        let error = hosted.add("tcp", 2, None, listener()).err().unwrap();
        assert!(matches!(error, NetworkError::LimitExceeded(_)), "{error}");
        // After the end, connections that are added end at once.
        hosted.end();
        let (_skill, connection, mut peer) = connected(OPEN, 1 << 20).await;
        let (_id, mut events) = serve(&hosted, connection);
        assert_eq!(peer.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(events.recv().await, None);
    });
}
