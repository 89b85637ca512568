//! Publishing to and pulling from a real registry, Debian's docker-registry, and malicious ones.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod liar;
mod server;
mod tools;

use std::fs;

use luminarys_package::{Package, SecretKey, sign};
use luminarys_testing::each_row;
use serde_json::json;

use crate::liar::{Answer, Liar};
use crate::server::Registry;
use crate::tools::{Desk, reference_in};

#[test]
fn a_skill_is_published_pulled_and_called() {
    let (registry, desk) = (Registry::start(), Desk::new());
    let package = desk.package();
    let place = registry.place("team/tools");

    let published = desk.lmsk_json(&["publish", &package, &place, "--plain-http", "--json"]);
    let version = published["version"].as_str().unwrap();
    let pinned = published["reference"].as_str().unwrap().to_owned();
    assert!(
        pinned.starts_with(&format!("{place}:{version}@sha256:")),
        "{pinned}"
    );
    assert_eq!(published["was_there"], false);
    let again = desk.lmsk(&["publish", &package, &place, "--plain-http"]);
    assert!(again.out.contains("exists already"), "{again:?}");
    assert_eq!(
        reference_in(&again.out),
        pinned,
        "the digest is the same each time"
    );

    // First with an empty key ring, then with a key in it.
    let tag = format!("{place}:{version}");
    desk.lmsk(&["pull", &tag, "--plain-http"])
        .fails(2, &["key ring", "lmsk keys trust"]);
    desk.lmsk(&["keys", "trust", &desk.key()]).succeeds();
    let keys = desk.lmsk_json(&["keys", "list", "--json"]);
    assert_eq!(
        (&keys[0]["name"], &keys[0]["own"]),
        (&json!("key"), &json!(false))
    );
    let out = desk.path("pulled.skill");
    let rows = [&tag, &pinned];
    each_row(rows, |from| {
        let pulled = desk.lmsk_json(&["pull", from, "--plain-http", "--out", &out, "--json"]);
        assert_eq!(pulled["reference"], pinned);
        assert_eq!(fs::read(&out).unwrap(), fs::read(&package).unwrap());
        fs::remove_file(&out).unwrap();
    });
    desk.lmsk(&["verify", &package]).succeeds();

    let config = desk.deploy(&pinned, &registry.address);
    let called = desk.luminarys(&config, &["call", "skill", "ping"]);
    called.succeeds();
    // From now on it is in the cache: no request is made.
    let address = registry.address.clone();
    drop(registry);
    desk.luminarys(&config, &["call", "skill", "ping"])
        .succeeds();
    // Damaged files in it are ignored.
    for blob in desk.cached() {
        let mut bytes = fs::read(&blob).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&blob, bytes).unwrap();
    }
    desk.luminarys(&config, &["call", "skill", "ping"])
        .fails(2, &["is not loaded", &address]);
}

#[test]
fn a_skill_is_added_from_a_registry() {
    let (registry, desk) = (Registry::start(), Desk::new());
    let place = registry.place("team/tools");
    let published = desk.lmsk(&["publish", &desk.package(), &place, "--plain-http"]);
    let pinned = reference_in(&published.out);
    let (tagged, digest) = pinned.split_once('@').unwrap();
    let config = desk.configure(&registry.address);
    let add = |from: &str, id: &str| desk.luminarys(&config, &["add", from, "--id", id, "--json"]);
    // A tag is resolved once: the manifest names the file that was pulled.
    let rows = [(tagged, "by-tag"), (pinned.as_str(), "by-digest")];
    each_row(rows, |(from, id)| {
        let added = add(from, id);
        added.succeeds();
        let added: serde_json::Value = serde_json::from_str(&added.out).unwrap();
        assert_eq!(added["package"]["from"], pinned);
        let file = added["package"]["file"].as_str().unwrap();
        assert_eq!(fs::read(file).unwrap(), fs::read(desk.package()).unwrap());
        let manifest = fs::read_to_string(added["manifest"].as_str().unwrap()).unwrap();
        assert!(manifest.contains(digest), "where it is from: {manifest}");
        assert!(manifest.contains(&format!("sha256:{}", tools::content_hash(&desk.package()))));
    });
    let other = format!("{tagged}@sha256:{}", "0".repeat(64));
    add(&other, "other").fails(2, &["does not exist"]);
    add(&format!("{place}:none"), "other").fails(2, &["no such tag"]);
    // The cache has the pulled package; without it, the change in the registry is detected.
    fs::remove_dir_all(desk.path("cache")).unwrap();
    registry.tamper(&tools::content_hash(&desk.package()));
    add(&pinned, "other").fails(2, &["does not match its digest"]);
    assert!(!fs::exists(desk.path("skills/other.yaml")).unwrap());
    drop(registry);
    desk.luminarys(&config, &["call", "by-tag", "ping"])
        .succeeds();
}

#[test]
fn invalid_artifacts_in_the_registry_are_rejected() {
    let (registry, desk) = (Registry::start(), Desk::new());
    let package = desk.package();
    let place = registry.place("team/tools");
    let pinned = desk.lmsk(&["publish", &package, &place, "--plain-http"]);
    let pinned = reference_in(&pinned.out);
    desk.lmsk(&["keys", "trust", &desk.key()]).succeeds();
    let pull = |from: &str| desk.lmsk(&["pull", from, "--plain-http", "--out", &desk.path("no")]);

    let (before, digest) = pinned.split_once("@sha256:").unwrap();
    let other = format!("{before}@sha256:{}", "0".repeat(64));
    pull(&other).fails(2, &["does not exist", "nothing with this digest"]);
    pull(&format!("{place}:none")).fails(2, &["no such tag", "its tags are"]);
    pull(&registry.place("team/none")).fails(2, &["no such repository"]);

    // A manifest must state a digest, and the error names it.
    let config = desk.deploy(before, &registry.address);
    desk.luminarys(&config, &["check"])
        .says(2, &["pin the current one", &format!("path: {pinned}")]);
    let config = desk.deploy(&registry.place("team/none:1"), &registry.address);
    desk.luminarys(&config, &["check"])
        .says(2, &["pin one by its digest", "no such repository"]);

    // The same skill from another signer.
    let stranger = SecretKey::generate().unwrap();
    let unsigned = Package::read(fs::read(&package).unwrap()).unwrap();
    let strange = desk.path("strange.skill");
    fs::write(&strange, sign(unsigned.unsigned(), &stranger).unwrap()).unwrap();
    let strange = desk.lmsk(&[
        "publish",
        &strange,
        &registry.place("strange"),
        "--plain-http",
    ]);
    let strange = reference_in(&strange.out);
    let id = stranger.public().id();
    pull(&strange).fails(1, &["was not kept", &id, "lmsk keys trust"]);
    let config = desk.deploy(&strange, &registry.address);
    desk.luminarys(&config, &["check"])
        .says(2, &[&id, "not trusted"]);
    let key = stranger.public().to_text();
    let key = key.trim();
    desk.lmsk(&["keys", "trust", key, "--name", "stranger"])
        .succeeds();
    pull(&strange).succeeds();
    desk.lmsk(&["keys", "revoke", &id]).succeeds();
    fs::remove_file(desk.path("no")).unwrap();
    pull(&strange).fails(1, &[&id]);

    // The registry's own copies are changed: first the package, then the manifest.
    registry.tamper(&tools::content_hash(&package));
    pull(&pinned).fails(2, &["the package", "does not match its digest"]);
    let config = desk.deploy(&pinned, &registry.address);
    desk.luminarys(&config, &["check"])
        .says(2, &["does not match its digest"]);
    registry.tamper(digest);
    pull(&pinned).fails(2, &["the manifest", "does not match its digest"]);
    assert!(
        !fs::exists(desk.path("no")).unwrap(),
        "nothing is kept of what is refused"
    );
}

#[test]
fn unsigned_packages_and_other_files_are_not_published() {
    let desk = Desk::new();
    let package = Package::read(fs::read(desk.package()).unwrap()).unwrap();
    let (unsigned, text) = (desk.path("unsigned.skill"), desk.path("text"));
    fs::write(&unsigned, package.unsigned()).unwrap();
    fs::write(&text, "text").unwrap();
    let place = "oci://127.0.0.1:1/a";
    desk.lmsk(&["publish", &unsigned, place])
        .fails(2, &["lmsk sign"]);
    desk.lmsk(&["publish", &text, place])
        .fails(2, &["not a component"]);
    desk.lmsk(&["publish", &desk.package(), "127.0.0.1:1/a"])
        .fails(2, &["oci://HOST"]);
    desk.lmsk(&["publish", &desk.package(), place])
        .fails(2, &["--plain-http"]);
    // TEST-NET-1: nothing is sent there.
    desk.lmsk(&[
        "publish",
        &desk.package(),
        "oci://192.0.2.1/a",
        "--plain-http",
    ])
    .fails(2, &["--insecure", "not a loopback"]);
}

#[test]
fn responses_of_malicious_registries_are_rejected() {
    let desk = Desk::new();
    let package = fs::read(desk.package()).unwrap();
    let (manifest, layer) = tools::artifact(&package);
    let digest = tools::hash(&manifest);
    desk.lmsk(&["keys", "trust", &desk.key()]).succeeds();
    let other = Liar::start(vec![("", Answer::Bytes(b"{\"token\": \"t\"}".to_vec()))]);
    let manifests = ("/v2/a/manifests/", Answer::Bytes(manifest.clone()));
    let truth = ("/v2/a/blobs/", Answer::Bytes(package.clone()));
    let mut changed = package.clone();
    changed[100] ^= 1;
    let realm = format!(
        "Bearer realm=\"http://{}/token\",service=\"s\"",
        other.address
    );
    let blob = |answer| vec![manifests.clone(), ("/v2/a/blobs/", answer)];
    let rows = [
        (vec![manifests.clone(), truth.clone()], ""),
        (blob(Answer::Bytes(changed)), "does not match its digest"),
        (
            blob(Answer::Bytes(package[1..].to_vec())),
            "does not match its digest",
        ),
        (blob(Answer::Endless), "is larger than the limit"),
        (
            blob(Answer::Redirect("http://169.254.169.254/x".to_owned())),
            "not a loopback",
        ),
        (
            blob(Answer::Redirect("file:///etc/passwd".to_owned())),
            "only https",
        ),
        (
            blob(Answer::Redirect("/v2/a/blobs/x".to_owned())),
            "there are too many redirects",
        ),
        (
            vec![("/v2/a/manifests/", Answer::Endless)],
            "is larger than the limit",
        ),
        (
            vec![("/v2/a/manifests/", Answer::Bytes(package.clone()))],
            "does not match its digest",
        ),
        (
            vec![("", Answer::Unauthorized(realm.clone()))],
            "another organisation",
        ),
        (
            vec![("", Answer::Unauthorized("Bearer realm=\"x\"".to_owned()))],
            "no URL",
        ),
        (
            vec![("", Answer::Unauthorized("nonsense".to_owned()))],
            "does not allow the user me",
        ),
    ];
    each_row(rows, |(answers, outcome)| {
        let liar = Liar::start(answers);
        desk.log_in(&liar.address);
        let from = format!("oci://{}/a@sha256:{digest}", liar.address);
        let pulled = desk.lmsk(&["pull", &from, "--plain-http", "--out", &desk.path("no")]);
        if outcome.is_empty() {
            pulled.succeeds();
            fs::remove_file(desk.path("no")).unwrap();
            return;
        }
        pulled.fails(2, &[outcome]);
        assert!(!fs::exists(desk.path("no")).unwrap(), "{outcome}");
    });
    assert_eq!(layer, tools::hash(&package));
    assert!(
        other.requests().is_empty(),
        "credentials went to {:?}",
        other.requests()
    );

    // Its message may contain what it was sent, even where it is cut.
    let rows = [
        ("bWU6c2VjcmV0 secret".to_owned(), "X: bWU6[secret] [secret]"),
        (format!("{}secret", "x".repeat(292)), "xx[s"),
    ];
    each_row(rows, |(message, expected)| {
        let body = format!("{{\"errors\": [{{\"code\": \"X\", \"message\": \"{message}\"}}]}}");
        let realm = "Basic realm=\"r\"".to_owned();
        let liar = Liar::start(vec![("", Answer::Refused(realm, body.into_bytes()))]);
        desk.log_in(&liar.address);
        let from = format!("oci://{}/a@sha256:{digest}", liar.address);
        let pulled = desk.lmsk(&["pull", &from, "--plain-http", "--out", &desk.path("no")]);
        pulled.fails(2, &["does not allow the user me", expected]);
    });

    // Redirects are followed without the credentials.
    let elsewhere = Liar::start(vec![("", Answer::Bytes(package))]);
    let target = format!("http://{}/blob", elsewhere.address);
    let needs = Answer::Once("Basic realm=\"r\"".to_owned(), manifest);
    let liar = Liar::start(vec![
        ("/v2/a/manifests/", needs),
        ("/v2/a/blobs/", Answer::Redirect(target)),
    ]);
    desk.log_in(&liar.address);
    let from = format!("oci://{}/a@sha256:{digest}", liar.address);
    desk.lmsk(&["pull", &from, "--plain-http", "--out", &desk.path("no")])
        .succeeds();
    let said_who = |liar: &Liar| liar.requests().iter().any(|it| it.contains("Basic "));
    assert!(
        said_who(&liar) && !said_who(&elsewhere),
        "{:?}",
        elsewhere.requests()
    );
}
