use std::time::Duration;

use async_nats::jetstream::{self, consumer, stream};
use bytes::Bytes;
use luminarys_cluster::{
    ConnectError, Connection, Credentials, LinkId, Members, NodeKey, Purpose, Subjects,
    connect_links,
};
use luminarys_testing::each_row_async;

use crate::server::{Server, cluster, node};

/// A frame that opens a link for a call.
fn opening() -> Bytes {
    Bytes::from_static(&[1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
}

#[tokio::test]
async fn a_node_speaks_only_as_itself() {
    let server = Server::start(&["a", "b", "mallory"]);
    let b = server.links("b").await;
    let mut incoming = b.serve(Purpose::Call);
    let mallory = server.client("mallory").await;
    let subjects = Subjects::new(cluster());
    let (to, link) = (node("b"), LinkId::random().unwrap());
    for name in ["a", "b", "mallory"] {
        let subject = subjects.frame(&to, &node(name));
        let reply = subjects.reply(&to, &node(name), link, true);
        let sent = mallory.publish_with_reply(subject, reply, opening());
        sent.await.unwrap();
    }
    let opened = incoming.recv().await.unwrap();
    assert_eq!(opened.from, node("mallory"));
    let more = tokio::time::timeout(Duration::from_millis(500), incoming.recv()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn a_node_hears_only_what_is_sent_to_it() {
    let server = Server::start(&["a", "b", "mallory"]);
    let mallory = server.client("mallory").await;
    let mut heard = Vec::new();
    for subject in [
        "luminarys.lab.to.b.>",
        "luminarys.lab.inbox.b.>",
        "luminarys.>",
        ">",
        "$KV.>",
    ] {
        heard.push(mallory.subscribe(subject).await.unwrap());
    }
    mallory.flush().await.unwrap();
    let (a, b) = (server.links("a").await, server.links("b").await);
    let mut incoming = b.serve(Purpose::Call);
    let _link = a
        .open(&node("b"), Purpose::Call, Bytes::new())
        .await
        .unwrap();
    incoming.recv().await.unwrap();
    let context = jetstream::new(mallory.clone());
    // Not even by a stream that records it.
    let recording = stream::Config {
        name: "recording".to_owned(),
        subjects: vec!["luminarys.lab.to.>".to_owned()],
        ..stream::Config::default()
    };
    let made = tokio::time::timeout(Duration::from_secs(1), context.create_stream(recording));
    assert!(!matches!(made.await, Ok(Ok(_))));
    for mut subscription in heard {
        let next = futures::StreamExt::next(&mut subscription);
        let next = tokio::time::timeout(Duration::from_millis(200), next).await;
        assert!(!matches!(next, Ok(Some(_))), "{next:?}");
    }
}

#[tokio::test]
async fn jetstream_does_not_speak_for_a_node() {
    let server = Server::start(&["a", "b", "mallory"]);
    let b = server.links("b").await;
    let mut incoming = b.serve(Purpose::Call);
    let subjects = Subjects::new(cluster());
    let forged = subjects.frame(&node("b"), &node("a"));
    let context = jetstream::new(server.client("mallory").await);
    // The bucket of members may be made, and written to; a consumer of it sends where it is told to.
    let name = format!("KV_{}", subjects.members_bucket());
    let stream = stream::Config {
        name: name.clone(),
        subjects: vec![format!("$KV.{}.>", subjects.members_bucket())],
        allow_direct: true,
        ..stream::Config::default()
    };
    let stream = context.create_stream(stream).await.unwrap();
    let subject = format!("$KV.{}.mallory", subjects.members_bucket());
    let written = context.publish(subject.clone(), opening()).await.unwrap();
    written.await.unwrap();
    let delivered = consumer::push::Config {
        deliver_subject: forged.clone(),
        name: Some("forged".to_owned()),
        ack_policy: consumer::AckPolicy::None,
        ..consumer::push::Config::default()
    };
    stream.create_consumer(delivered).await.unwrap();
    // The server answers wherever it is told to as well: with what is stored, as it is.
    let client = context.client();
    for ask in [
        format!("$JS.API.DIRECT.GET.{name}.{subject}"),
        format!("$JS.API.STREAM.INFO.{name}"),
    ] {
        let asked = client.publish_with_reply(ask, forged.clone(), Bytes::new());
        asked.await.unwrap();
    }
    let opened = tokio::time::timeout(Duration::from_secs(1), incoming.recv()).await;
    assert!(opened.is_err(), "{opened:?}");
}

#[tokio::test]
async fn strangers_and_wrong_names_are_refused_with_a_reason() {
    let server = Server::start(&["a", "b"]);
    let stranger = server.settings("a", None);
    let Credentials::NkeyFile(path) = &stranger.credentials else {
        panic!("{stranger:?}");
    };
    let directory = path.parent().unwrap();
    let key = |name: &str, content: &str| {
        std::fs::write(directory.join(name), content).unwrap();
        Credentials::NkeyFile(directory.join(name))
    };
    let rows = [
        (
            key("unknown", &NodeKey::new().unwrap().seed),
            "no NATS server of nats://127.0.0.1:",
        ),
        (key("empty", ""), "does not hold the seed of a user's NKey"),
        (
            Credentials::NkeyFile(directory.join("none")),
            "cannot be read: No such file",
        ),
        (
            Credentials::File(directory.join("empty")),
            "does not hold a user's JWT and seed",
        ),
        (Credentials::Nothing, "no NATS server of nats://127.0.0.1:"),
    ];
    each_row_async(rows, async |(credentials, expected)| {
        let mut settings = stranger.clone();
        settings.credentials = credentials;
        let Err(error) = Connection::open(&settings).await else {
            panic!("connected");
        };
        assert!(error.to_string().contains(expected), "{error}");
    })
    .await;
    // With the key of another node.
    let mut settings = server.settings("a", None);
    settings.node = node("b");
    let connection = Connection::open(&settings).await.unwrap();
    let Err(error) = connect_links(connection).await else {
        panic!("connected");
    };
    assert!(
        matches!(error, ConnectError::NotPermitted { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn certificates_tell_nodes_apart_as_well() {
    let server = Server::start_with_tls(&["a", "b"]);
    let connect = async |settings: &luminarys_cluster::ClusterSettings| {
        connect_links(Connection::open(settings).await.unwrap()).await
    };
    let a = connect(&server.settings_with_tls("a")).await.unwrap();
    let b = connect(&server.settings_with_tls("b")).await.unwrap();
    let mut incoming = b.serve(Purpose::Call);
    let _link = a
        .open(&node("b"), Purpose::Call, Bytes::new())
        .await
        .unwrap();
    assert_eq!(incoming.recv().await.unwrap().from, node("a"));
    // With the certificate of another node, without one, and with an authority that has not signed the server's.
    let mut other = server.settings_with_tls("a");
    other.node = node("b");
    let Err(error) = connect(&other).await else {
        panic!("connected");
    };
    assert!(
        matches!(error, ConnectError::NotPermitted { .. }),
        "{error}"
    );
    let mut without = server.settings_with_tls("a");
    let tls = without.tls.as_mut().unwrap();
    (tls.certificate, tls.key) = (None, None);
    assert!(Connection::open(&without).await.is_err());
    let mut distrusting = server.settings_with_tls("a");
    let tls = distrusting.tls.as_mut().unwrap();
    tls.ca = tls.certificate.clone();
    assert!(Connection::open(&distrusting).await.is_err());
}

/// Neither the server's answers nor what a node has stored becomes the lease of another node.
#[tokio::test]
async fn a_node_leases_only_as_itself() {
    let server = Server::start(&["a", "b", "mallory"]);
    let (a, b) = (server.connect("a").await, server.connect("b").await);
    let a = Members::join(&a, "0.1.0", Vec::new()).await.unwrap();
    let b = Members::join(&b, "0.1.0", Vec::new()).await.unwrap();
    let mallory = server.client("mallory").await;
    let bucket = Subjects::new(cluster()).members_bucket();
    let lease = |process: &str| {
        format!(
            "{{\"process\":\"{}\",\"host_version\":\"9.9.9\",\"load\":0}}",
            process.repeat(32)
        )
    };
    let own = format!("$KV.{bucket}.mallory");
    let mut breach = None;
    for round in 0..40_u32 {
        mallory
            .publish(own.clone(), lease("e").into())
            .await
            .unwrap();
        for (ask, body) in [
            (
                format!("$JS.API.DIRECT.GET.KV_{bucket}.{own}"),
                String::new(),
            ),
            (
                format!("$JS.API.STREAM.MSG.GET.KV_{bucket}"),
                format!("{{\"last_by_subj\":\"{own}\"}}"),
            ),
            (format!("$JS.API.STREAM.INFO.KV_{bucket}"), String::new()),
        ] {
            for name in ["b", "ghost"] {
                let forged = format!("$KV.{bucket}.{name}");
                let asked = mallory.publish_with_reply(ask.clone(), forged, body.clone().into());
                asked.await.unwrap();
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        let seen: Vec<(String, String)> = a
            .all()
            .into_iter()
            .map(|it| (it.node.to_string(), it.lease.host_version))
            .collect();
        let b_is_there = seen
            .iter()
            .any(|(node, version)| node == "b" && version == "0.1.0");
        // Its first lease may not be seen yet.
        if (round > 10 && !b_is_there) || seen.iter().any(|(node, _)| node == "ghost") {
            breach = Some(seen);
        }
    }
    assert_eq!(breach, None);
    assert!(*b.is_member().borrow() && *a.is_member().borrow());
}
