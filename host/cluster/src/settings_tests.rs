use luminarys_testing::each_row;
use serde_json::{Value, json};

use super::*;

fn check(section: Value) -> Result<(Option<ClusterSettings>, Vec<String>), String> {
    let section: ClusterSection =
        serde_json::from_value(section).map_err(|error| error.to_string())?;
    section.check().map_err(|error| error.to_string())
}

#[test]
fn a_complete_section_gives_settings() {
    let section = json!({ "enabled": true, "id": "lab", "node": "a", "nats": {
        "urls": ["tls://nats.example:4222"], "nkey": "/etc/luminarys/a.nk" } });
    let (settings, warnings) = check(section).unwrap();
    let settings = settings.unwrap();
    assert_eq!(
        (settings.cluster.as_str(), settings.node.as_str()),
        ("lab", "a")
    );
    assert_eq!(
        settings.credentials,
        Credentials::NkeyFile("/etc/luminarys/a.nk".into())
    );
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn files_are_exchanged_as_it_is_written() {
    let section = json!({ "enabled": true, "id": "lab", "node": "a", "nats": {
        "urls": ["nats://127.0.0.1:4222"], "nkey": "n" },
        "file_transfer": { "allowed_nodes": ["b"], "dirs": ["/srv:rw"] } });
    let (settings, _) = check(section.clone()).unwrap();
    let files = settings.unwrap().file_transfer;
    assert_eq!(
        (files.allowed_nodes, files.dirs),
        (vec!["b".to_owned()], vec!["/srv:rw".to_owned()])
    );
    let mut section = section;
    section["file_transfer"]["local_dirs"] = json!([]);
    assert!(
        check(section)
            .unwrap_err()
            .contains("unknown field `local_dirs`")
    );
}

#[test]
fn older_keys_are_understood_with_a_warning() {
    let section = json!({ "enabled": true, "cluster_id": "lab", "node_id": "a", "role": "slave",
        "nats_url": "nats://127.0.0.1:4222", "nats": { "nkey": "n" } });
    let (settings, warnings) = check(section).unwrap();
    let settings = settings.unwrap();
    assert_eq!(settings.urls, ["nats://127.0.0.1:4222"]);
    assert_eq!(settings.node.as_str(), "a");
    let expected = [
        "cluster.cluster_id is an older name of cluster.id",
        "cluster.node_id is an older name of cluster.node",
        "cluster.nats_url is an older name of cluster.nats.urls",
        "cluster.role is ignored: all nodes of a cluster are equal",
    ];
    assert_eq!(warnings, expected);
}

#[test]
fn a_disabled_section_is_nothing() {
    let (settings, warnings) = check(json!({ "enabled": false, "id": "" })).unwrap();
    assert!(settings.is_none() && warnings.is_empty());
}

#[test]
fn errors_name_the_key() {
    let with = |key: &str, value: Value| {
        let mut section = json!({ "enabled": true, "id": "lab", "node": "a",
            "nats": { "urls": ["nats://h:1"] } });
        *section.pointer_mut(key).unwrap_or_else(|| panic!("{key}")) = value;
        section
    };
    let nats = |nats: Value| with("/nats", nats);
    let rows = [
        (with("/id", Value::Null), "cluster.id is missing: "),
        (
            with("/node", json!("a.b")),
            "cluster.node: the name of the node \"a.b\" may",
        ),
        (nats(json!({})), "cluster.nats.urls is missing: "),
        (
            nats(json!({ "urls": [] })),
            "cluster.nats.urls is missing: ",
        ),
        (
            nats(json!({ "urls": ["http://h:1"] })),
            "cluster.nats.urls: http://h:1 is not an address",
        ),
        (
            nats(json!({ "urls": ["nats://u:secret@:1"] })),
            "cluster.nats.urls: nats://:1 is not an address",
        ),
        (
            nats(json!({ "urls": vec!["nats://h:1"; 65] })),
            "cluster.nats.urls lists 65 addresses",
        ),
        (
            nats(json!({ "urls": ["nats://h:1"], "nkey": "a", "credentials": "b" })),
            "cluster.nats.credentials and cluster.nats.nkey are both set",
        ),
        (
            nats(json!({ "urls": ["nats://h:1"], "tls": { "certificate": "c" } })),
            "cluster.nats.tls.key is missing",
        ),
        (
            nats(json!({ "urls": ["nats://h:1"], "tls": { "key": "c" } })),
            "cluster.nats.tls.certificate is missing",
        ),
        (
            nats(json!({ "urls": ["nats://h:1"], "replicas": 2 })),
            "cluster.nats.replicas is 2; write 1, 3 or 5",
        ),
        (nats(json!({ "url": "nats://h:1" })), "unknown field `url`"),
        (
            json!({ "enabled": true, "id": "a", "cluster_id": "b" }),
            "cluster.cluster_id and cluster.id are both set",
        ),
    ];
    each_row(rows, |(section, expected)| {
        let error = check(section).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    });
}

#[test]
fn weak_settings_are_warned_of_and_passwords_are_not_shown() {
    let rows = [
        ("nats://10.0.0.1:4222", json!("n"), 1),
        ("nats://127.0.0.1:4222", json!("n"), 0),
        ("nats://[::1]:4222", json!("n"), 0),
        ("tls://10.0.0.1:4222", json!("n"), 0),
        ("tls://10.0.0.1:4222", Value::Null, 1),
        ("nats://u:secret@10.0.0.1:4222", Value::Null, 1),
    ];
    each_row(rows, |(url, nkey, expected)| {
        let section = json!({ "enabled": true, "id": "lab", "node": "a",
            "nats": { "urls": [url], "nkey": nkey } });
        let (settings, warnings) = check(section).unwrap();
        assert_eq!(warnings.len(), expected, "{url} {warnings:?}");
        let shown = format!("{settings:?} {warnings:?}");
        assert!(!shown.contains("secret"), "{shown}");
    });
}
