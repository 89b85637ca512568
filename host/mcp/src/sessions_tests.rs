use luminarys_orchestrator::Settings;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::auth::ClientRule;
use crate::client::Access;

async fn sessions() -> Arc<Sessions> {
    let limits = Limits {
        max_sessions: 6,
        max_sessions_per_client: 4,
        ..Limits::default()
    };
    let orchestrator = Orchestrator::start(Settings::default(), |_| ());
    Sessions::new(limits, orchestrator.await.unwrap())
}

fn client(token: u8) -> Client {
    let access = Access::new(ClientRule::new(format!("client-{token}")));
    Client::with_token([token; 32], access, None)
}

fn issue(sessions: &Arc<Sessions>, token: u8, id: &str) -> Arc<Session> {
    let session = Session::new(id.into(), client(token), CancellationToken::new());
    sessions.issue(session.clone());
    session
}

#[tokio::test]
async fn each_client_sees_its_own_sessions() {
    let sessions = sessions().await;
    issue(&sessions, 1, "a");
    let session = sessions.of(&client(1), "a").unwrap();
    // Skills and logs do not get an id that could be used.
    assert!(session.name.starts_with("session:ca978112ca1bbdca"));
    assert!(sessions.of(&client(2), "a").is_none());
    assert!(sessions.of(&client(1), "b").is_none());
    let anyone = Access::new(ClientRule::new("peer"));
    let anyone = Client::at([127, 0, 0, 1].into(), anyone);
    assert!(sessions.of(&anyone, "a").is_none());
    sessions.end(&"a".into());
    assert!(sessions.of(&client(1), "a").is_none());
}

#[tokio::test]
async fn sessions_end_with_the_access_of_their_client() {
    let sessions = sessions().await;
    let (kept, ended) = (issue(&sessions, 1, "kept"), issue(&sessions, 2, "ended"));
    assert_eq!(sessions.end_revoked(), 0);
    ended.client.access.revoked.cancel();
    // Nor is it found before it has ended.
    assert!(sessions.of(&client(2), "ended").is_none());
    assert_eq!(sessions.end_revoked(), 1);
    assert!(ended.end.is_cancelled() && !kept.end.is_cancelled());
    assert_eq!(sessions.lock().len(), 1);
}

#[tokio::test]
async fn the_client_that_has_the_most_makes_room() {
    let sessions = sessions().await;
    let polite = issue(&sessions, 1, "polite");
    let hostile: Vec<_> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|id| issue(&sessions, 2, id))
        .collect();
    // Its own share was full.
    assert!(hostile[0].end.is_cancelled() && !hostile[1].end.is_cancelled());
    issue(&sessions, 3, "f");
    let used = hostile[1].enter();
    issue(&sessions, 4, "g");
    // All are taken; the one in use stays, though it is the oldest.
    assert!(!hostile[1].end.is_cancelled() && hostile[2].end.is_cancelled());
    assert!(!polite.end.is_cancelled());
    assert_eq!(sessions.lock().len(), 6);
    drop(used);
}

#[tokio::test]
async fn idle_sessions_end() {
    let sessions = sessions().await;
    let (idle, used) = (issue(&sessions, 1, "idle"), issue(&sessions, 1, "used"));
    let stream = used.enter();
    let later = Instant::now() + Duration::from_secs(31 * 60);
    sessions.sweep(Instant::now());
    assert!(!idle.end.is_cancelled());
    sessions.sweep(later);
    assert!(idle.end.is_cancelled() && !used.end.is_cancelled());
    drop(stream);
    sessions.sweep(later + Duration::from_secs(60));
    assert!(used.end.is_cancelled());
    assert!(sessions.lock().is_empty());
}
