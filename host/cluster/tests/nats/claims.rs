use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use luminarys_cluster::{Claim, ClaimError, Claims, Firing, Standing, Unfinished};

use crate::server::{Server, node};

async fn claims(server: &Server, name: &str) -> Claims {
    let process = format!("process of {name}");
    Claims::open(&server.connect(name).await, &process)
        .await
        .unwrap()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

fn firing(schedule: &str) -> Firing {
    Firing {
        schedule: schedule.to_owned(),
        due: now(),
    }
}

fn names(unfinished: &[Unfinished]) -> Vec<String> {
    unfinished
        .iter()
        .map(|it| format!("{} of {}", it.firing().schedule, it.node()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_firing_is_claimed_once() {
    let server = Server::start(&["a", "b", "c"]);
    let firings: Vec<Firing> = (0..40)
        .map(|number| firing(&format!("s{number}")))
        .collect();
    let mut tasks = Vec::new();
    for name in ["a", "b", "c"] {
        let (claims, firings) = (claims(&server, name).await, firings.clone());
        tasks.push(tokio::spawn(async move {
            let mut made = Vec::new();
            for firing in firings {
                if let Some(claim) = claims.claim(&firing).await.unwrap() {
                    assert_eq!(claim.firing(), &firing);
                    claims.finish(&claim).await.unwrap();
                    made.push(firing);
                }
            }
            made
        }));
    }
    let mut made = BTreeMap::new();
    for task in tasks {
        for firing in task.await.unwrap() {
            *made.entry(firing).or_insert(0) += 1;
        }
    }
    assert!(made.values().all(|count| *count == 1), "{made:?}");
    assert_eq!(made.len(), firings.len());
    // The same schedule at another time is another firing.
    let a = claims(&server, "a").await;
    assert!(a.claim(&firings[0]).await.unwrap().is_none());
    let mut later = firings[0].clone();
    later.due += 1;
    assert!(a.claim(&later).await.unwrap().is_some());
}

#[tokio::test]
async fn what_was_not_finished_is_reported_once_or_taken_over_once() {
    let server = Server::start(&["a", "b", "c"]);
    let (a, b, c) = (
        claims(&server, "a").await,
        claims(&server, "b").await,
        claims(&server, "c").await,
    );
    let claim = async |schedule: &str| a.claim(&firing(schedule)).await.unwrap().unwrap();
    let finished: Claim = claim("finished").await;
    a.finish(&finished).await.unwrap();
    // The node is gone between claim and end.
    let dropped = claim("dropped").await;
    drop(claim("other").await);
    let nobody = |_: &luminarys_cluster::NodeName, _: &str| false;
    let found = b.unfinished(nobody).await.unwrap();
    assert_eq!(names(&found), ["dropped of a", "other of a"]);
    let is_a = |name: &luminarys_cluster::NodeName, process: &str| {
        *name == node("a") && process == "process of a"
    };
    assert!(b.unfinished(is_a).await.unwrap().is_empty(), "it is alive");

    let standing = async |found: &Unfinished| {
        let standing = b.standing(found.firing(), nobody).await.unwrap();
        format!("{standing:?}")
            .split('(')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(standing(&found[0]).await, "Unfinished");
    let alive = b.standing(found[0].firing(), is_a).await.unwrap();
    assert!(matches!(alive, Standing::Running), "{alive:?}");
    let unknown = b.standing(&firing("unknown"), nobody).await.unwrap();
    assert!(matches!(unknown, Standing::Unclaimed), "{unknown:?}");

    // One takes it over, to make it again; the other does not.
    let taken = b.take_over(&found[0]).await.unwrap().unwrap();
    assert!(c.take_over(&found[0]).await.unwrap().is_none());
    assert!(!c.report(&found[0]).await.unwrap());
    // The first one was alive after all, and learns of it.
    let error = a.finish(&dropped).await.unwrap_err();
    assert!(matches!(error, ClaimError::TakenOver), "{error}");
    b.finish(&taken).await.unwrap();
    assert_eq!(standing(&found[0]).await, "Over");

    // The other one is only reported, by one node.
    assert!(c.report(&found[1]).await.unwrap());
    assert!(!b.report(&found[1]).await.unwrap());
    assert!(b.take_over(&found[1]).await.unwrap().is_none());
    assert!(c.unfinished(nobody).await.unwrap().is_empty());
}

#[tokio::test]
async fn claims_survive_the_server() {
    let mut server = Server::start(&["a", "b"]);
    let (a, b) = (claims(&server, "a").await, claims(&server, "b").await);
    let (first, second) = (firing("first"), firing("second"));
    let claim = a.claim(&first).await.unwrap().unwrap();
    server.kill();
    let error = b.claim(&second).await.unwrap_err();
    assert!(matches!(error, ClaimError::Unavailable(_)), "{error}");
    // What waits for the server goes on when it is there again.
    let finishing = a.finish(&claim);
    let restarting = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.restart();
    };
    let (finished, ()) = tokio::join!(finishing, restarting);
    finished.unwrap();
    assert!(b.claim(&first).await.unwrap().is_none());
    assert!(b.claim(&second).await.unwrap().is_some());
}

#[tokio::test]
async fn late_and_invalid_firings_are_refused() {
    let server = Server::start(&["a"]);
    let a = claims(&server, "a").await;
    let mut late = firing("late");
    late.due -= 25 * 60 * 60 * 1000;
    assert!(matches!(a.claim(&late).await, Err(ClaimError::TooLate)));
    let error = a.claim(&firing(&"s".repeat(513))).await.unwrap_err();
    assert!(matches!(error, ClaimError::Record(_)), "{error}");
    let mut early = firing("early");
    early.due += 60 * 60 * 1000;
    assert!(matches!(a.claim(&early).await, Err(ClaimError::TooEarly)));
    early.due -= 59 * 60 * 1000;
    assert!(a.claim(&early).await.unwrap().is_some());
}
