//! What operators see of a cluster.

use serde_json::Value;

use crate::nats::{Nats, port};
use crate::node::Machine;
use crate::world::{MIDDLE, World};

pub async fn commands_show_the_cluster() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    let told = a.command(&["nodes"]);
    let text = String::from_utf8_lossy(&told.stderr);
    assert!(
        text.contains("no node of the cluster lab is there"),
        "{text}"
    );
    b.deploy("echo", "echo", "");
    let (node_a, node_b) = (a.start().await, b.start().await);
    node_a.until_members(2).await;
    node_a
        .until_tools(&["echo_echo", "echo_ping", "echo_reverse"])
        .await;
    let json = |arguments: &[&str]| -> Value {
        let output = a.command(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let nodes = json(&["nodes", "--json"]);
    let named: Vec<(&str, bool)> = nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            (
                node["node"].as_str().unwrap(),
                node["here"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(named, [("a", true), ("b", false)]);
    assert_eq!(nodes[1]["skills"][0]["id"], "echo");
    let skills = json(&["list", "--cluster", "--json"]);
    assert_eq!(skills[0]["id"], "echo");
    assert_eq!(skills[0]["versions"][0]["nodes"], serde_json::json!(["b"]));
    // Looking does not disturb the nodes.
    node_a.until_members(2).await;
    let text = String::from_utf8(a.command(&["list", "--cluster"]).stdout).unwrap();
    assert!(text.contains("echo") && text.contains("  b"), "{text}");
    drop(node_b);
}

/// What skills may exchange with other nodes stands in their manifests and in the configuration: `explain` and `check` look at both.
pub async fn both_files_are_part_of_what_is_told() {
    let world = World::new();
    let machine = Machine::new(&world, "a", 0);
    let directory = world.path("a/files");
    let directory = directory.display();
    std::fs::create_dir(world.path("a/files")).unwrap();
    std::fs::write(world.path("a/files/x"), "x").unwrap();
    let grants = format!(
        "permissions: {{ file_transfer: {{ enabled: true, allowed_nodes: ['b*'], local_dirs: ['{directory}:rw'] }} }}\n"
    );
    machine.deploy("files", "file-transfer", &grants);
    let server = format!("nats://{MIDDLE}:{}", port(0));
    let configure = |more: &str| machine.configure(&[&server], more);
    let file = format!("{directory}/x");
    let explained = |node: &str, more: &[&str]| {
        let output = machine.command(&[&["explain", "files", "transfer", node], more].concat());
        let told = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(told).unwrap(),
        )
    };
    let checked = || {
        let output = machine.command(&["check"]);
        String::from_utf8(output.stderr).unwrap()
    };
    let with_file: [&str; 2] = ["--local", &file];
    let nothing = "";
    let nodes = ", file_transfer: {allowed_nodes: [b]}";
    let narrow = format!(", file_transfer: {{allowed_nodes: [b], dirs: ['{directory}:ro']}}");
    let wide = format!(", file_transfer: {{allowed_nodes: ['*'], dirs: ['{directory}:rw']}}");
    let write: [&str; 3] = ["--local", &file, "--write"];
    // The configuration, the node, more arguments, and what is told.
    let rows: [(&str, &str, &[&str], i32, &str); 9] = [
        (nothing, "c", &[], 3, "add to the manifest"),
        (
            nothing,
            "b",
            &[],
            3,
            "needs, in its section cluster: file_transfer: { allowed_nodes: [\"b\"] }",
        ),
        (
            nodes,
            "b",
            &[],
            0,
            "permissions.file_transfer.allowed_nodes[0] and, of this host's configuration, cluster.file_transfer.allowed_nodes[0]",
        ),
        (nodes, "b2", &[], 3, "allowed_nodes: [\"b2\"]"),
        (
            nodes,
            "b",
            &with_file,
            3,
            "section cluster: file_transfer: { dirs: [",
        ),
        (&narrow, "b", &with_file, 0, "cluster.file_transfer.dirs[0]"),
        (&narrow, "b", &write, 3, "x:rw"),
        (&wide, "b2", &write, 0, "cluster.file_transfer.dirs[0]"),
        (&wide, "c", &write, 3, "add to the manifest"),
    ];
    for (more, node, arguments, code, expected) in rows {
        configure(more);
        let (found, told) = explained(node, arguments);
        assert_eq!(found, code, "{more} {node} {arguments:?}: {told}");
        assert!(told.contains(expected), "{more} {node}: {told}");
        assert!(
            !told.contains("it: none"),
            "the prefix of a rule is not for people: {told}"
        );
    }
    let both = format!("file_transfer: {{ allowed_nodes: [\"b*\"], dirs: [\"{directory}:rw\"] }}");
    let rows = [
        (nothing, &*both),
        (nodes, &*both),
        (&narrow, "local_dirs[0] grants"),
    ];
    for (more, expected) in rows {
        configure(more);
        let told = checked();
        assert!(told.contains(expected), "{more}: {told}");
    }
    configure(&wide);
    let told = checked();
    assert!(!told.contains("file_transfer"), "{told}");
}

pub async fn check_sees_open_keys_and_missing_servers() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a"]);
    let machine = Machine::new(&world, "a", 0);
    let key = world.path("a.nk");
    let server = format!("nats://{MIDDLE}:{}", port(0));
    // The key's mode, the replicas, and whether each is told of.
    for (mode, replicas, is_open, is_missing) in [
        (0o600, 1, false, false),
        (0o640, 1, true, false),
        (0o604, 3, true, true),
    ] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        machine.configure_with_replicas(&[&server], replicas);
        let output = machine.command(&["check"]);
        let told = String::from_utf8(output.stderr).unwrap();
        let expected = format!("a.nk can be read by others on this machine (mode {mode:o})");
        assert_eq!(told.contains(&expected), is_open, "{mode:o}: {told}");
        let expected = "is 3, and the server is not one of several";
        assert_eq!(told.contains(expected), is_missing, "{replicas}: {told}");
    }
}
