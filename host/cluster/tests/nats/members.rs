use std::time::{Duration, Instant};

use luminarys_cluster::{InstanceName, LEASE, Members, MembersError, NodeName, Offer};

use crate::server::{Server, node};

fn offers(instances: &[&str]) -> Vec<Offer> {
    let offer = |instance: &&str| Offer {
        instance: InstanceName::new(instance).unwrap(),
        version: "1.0.0".to_owned(),
        content_hash: "0".repeat(64),
        about: "0".repeat(64),
    };
    instances.iter().map(offer).collect()
}

async fn join(server: &Server, name: &str, instances: &[&str]) -> Result<Members, MembersError> {
    let connection = server.connect(name).await;
    Members::join(&connection, "0.1.0", offers(instances)).await
}

/// The members that one knows, with what they offer.
fn shown(members: &Members) -> String {
    let member = |it: luminarys_cluster::Member| {
        let offers = it.lease.offers.iter().map(|it| it.instance.as_str());
        format!("{}:{}", it.node, offers.collect::<Vec<_>>().join(","))
    };
    let all: Vec<String> = members.all().into_iter().map(member).collect();
    all.join(" ")
}

async fn until(members: &Members, expected: &str) {
    let begun = Instant::now();
    let mut changes = members.changes();
    while shown(members) != expected {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "{} is not {expected}",
            shown(members)
        );
        let _ = tokio::time::timeout(Duration::from_millis(50), changes.changed()).await;
    }
}

fn chosen(members: &Members, instance: &str) -> Vec<NodeName> {
    members.choose(&InstanceName::new(instance).unwrap(), |_| true)
}

#[tokio::test]
async fn members_see_each_other_and_what_they_run() {
    let server = Server::start(&["a", "b", "c"]);
    let a = join(&server, "a", &["x"]).await.unwrap();
    let b = join(&server, "b", &["x", "y"]).await.unwrap();
    let c = join(&server, "c", &[]).await.unwrap();
    for members in [&a, &b, &c] {
        until(members, "a:x b:x,y c:").await;
    }
    let process_of_b = a.all()[1].lease.process.clone();
    assert_eq!(b.process(), process_of_b);
    // Local first.
    assert_eq!(chosen(&a, "x"), [node("a"), node("b")]);
    assert_eq!(chosen(&b, "x"), [node("b"), node("a")]);
    assert_eq!(chosen(&c, "y"), [node("b")]);
    assert!(chosen(&c, "z").is_empty());
    // The least loaded of the others.
    a.set_load(10);
    let begun = Instant::now();
    while chosen(&c, "x")[0] != node("b") {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // What changes is known at once.
    b.offer(offers(&["z"])).unwrap();
    until(&a, "a:x b:z c:").await;
    assert!(b.offer(offers(&vec!["x"; 1_001])).is_err());
    assert_eq!(shown(&b), "a:x b:z c:");
    // Who leaves is gone at once: the lease would last longer.
    let left = Instant::now();
    c.leave().await;
    until(&a, "a:x b:z").await;
    assert!(left.elapsed() < LEASE, "{:?}", left.elapsed());
    drop(b);
    until(&a, "a:x").await;
}

#[tokio::test]
async fn a_node_that_dies_is_gone_when_its_lease_runs_out() {
    let server = Server::start(&["a", "b"]);
    let a = join(&server, "a", &[]).await.unwrap();
    // In a runtime of its own, which ends without any goodbye.
    let settings = server.settings("b", None);
    let dying = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let b = runtime.block_on(async {
            let connection = luminarys_cluster::Connection::open(&settings)
                .await
                .unwrap();
            Members::join(&connection, "0.1.0", offers(&["x"]))
                .await
                .unwrap()
        });
        std::thread::sleep(Duration::from_secs(4));
        runtime.shutdown_background();
        drop(b);
        Instant::now()
    });
    until(&a, "a: b:x").await;
    // It lasts as long as it is renewed.
    tokio::time::sleep(LEASE + Duration::from_millis(500)).await;
    assert_eq!(shown(&a), "a: b:x");
    let died = tokio::task::spawn_blocking(move || dying.join().unwrap())
        .await
        .unwrap();
    until(&a, "a:").await;
    assert!(
        died.elapsed() < LEASE + Duration::from_secs(1),
        "{:?}",
        died.elapsed()
    );
    // Its name can be used again.
    let _b = join(&server, "b", &["y"]).await.unwrap();
    until(&a, "a: b:y").await;
}

#[tokio::test]
async fn two_processes_cannot_have_one_name() {
    let server = Server::start(&["a"]);
    let first = join(&server, "a", &["x"]).await.unwrap();
    let Err(error) = join(&server, "a", &["x"]).await else {
        panic!("joined twice");
    };
    assert!(
        matches!(&error, MembersError::NameTaken(name) if *name == node("a")),
        "{error}"
    );
    assert!(*first.is_member().borrow());
}

#[tokio::test]
async fn members_find_each_other_again_after_the_server_was_gone() {
    let mut server = Server::start(&["a", "b"]);
    let a = join(&server, "a", &["x"]).await.unwrap();
    let b = join(&server, "b", &["y"]).await.unwrap();
    until(&a, "a:x b:y").await;
    let mut is_member = a.is_member();
    server.kill();
    until(&a, "a:x").await;
    is_member.wait_for(|is_member| !is_member).await.unwrap();
    server.restart();
    until(&a, "a:x b:y").await;
    until(&b, "a:x b:y").await;
    is_member.wait_for(|is_member| *is_member).await.unwrap();
}
