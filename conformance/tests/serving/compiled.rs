//! Compiled code that is kept between starts.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::json;

use crate::host::{Host, Place, TOKEN, call, connect, protocols, text};

/// The files of compiled code.
fn kept(place: &Place) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(place.path("cache")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.is_file()).collect();
    paths.sort();
    paths
}

/// Starts a host; returns its log after all is compiled and `echo` has answered.
async fn served(place: &Place) -> String {
    let host = Host::start(place);
    host.until_ready().await;
    let [protocol, _] = protocols();
    let client = connect(&host, TOKEN, protocol).await.unwrap();
    let answer = call(&client, "echo_ping", json!({})).await;
    assert_eq!(text(&answer), "pong");
    host.log()
}

#[tokio::test]
async fn code_that_another_wrote_is_not_run() {
    const REPLACED: &str = "is unusable and is replaced";
    let place = Place::new(&["echo", "probe"]);
    let first = served(&place).await;
    let files = kept(&place);
    assert_eq!(files.len(), 2, "{first}");
    let log = served(&place).await;
    assert!(!log.contains(REPLACED), "{log}");
    // The code files of two skills exchanged.
    let (one, two) = (
        std::fs::read(&files[0]).unwrap(),
        std::fs::read(&files[1]).unwrap(),
    );
    std::fs::write(&files[0], &two).unwrap();
    std::fs::write(&files[1], &one).unwrap();
    let log = served(&place).await;
    assert_eq!(log.matches(REPLACED).count(), 2, "{log}");
    assert_eq!(kept(&place), files);
    let log = served(&place).await;
    assert!(!log.contains(REPLACED), "{log}");
    // A key that others can read authenticates nothing.
    let key = place.path("data/cache.key");
    std::fs::set_permissions(&key, Permissions::from_mode(0o640)).unwrap();
    let log = served(&place).await;
    assert!(
        log.contains("cache.key is not used: others may read or write it"),
        "{log}"
    );
}
