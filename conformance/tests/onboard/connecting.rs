//! `luminarys connect`

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use luminarys_testing::each_row;
use serde_json::{Value, json};

use crate::desk::Desk;

/// Each client, its file below the home, and invalid content for it.
const CLIENTS: [(&str, &str, &str); 8] = [
    ("claude-code", ".claude.json", "{\"mcpServers\": "),
    (
        "claude-desktop",
        ".config/Claude/claude_desktop_config.json",
        "{mcpServers}",
    ),
    ("cursor", ".cursor/mcp.json", "[]"),
    ("vscode", ".config/Code/User/mcp.json", "{\"servers\": []}"),
    ("codex", ".codex/config.toml", "model = "),
    ("gemini", ".gemini/settings.json", "text"),
    (
        "zed",
        ".config/zed/settings.json",
        "{\"context_servers\": 1}",
    ),
    ("goose", ".config/goose/config.yaml", "extensions: [\n"),
];

#[test]
fn every_client_gets_the_command_that_starts_the_host() {
    let desk = Desk::new();
    for (client, file, _) in CLIENTS {
        let printed = desk.run(&["connect", client]);
        let place = desk.home().join(file);
        let hint = format!("add this to {}, or have --write merge it", place.display());
        assert!(printed.succeeds().err.contains(&hint), "{printed:?}");
        let config = desk.path("luminarys.yaml");
        assert!(
            printed.out.contains(config.to_str().unwrap()),
            "{printed:?}"
        );
        // The printed entry is the written one.
        let written = desk.run(&["connect", client, "--write"]);
        assert!(written.succeeds().out.contains("then: "), "{written:?}");
        assert_eq!(fs::read_to_string(&place).unwrap(), printed.out, "{client}");
        assert_eq!(
            fs::metadata(&place).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let again = desk.run(&["connect", client, "--write", "--json"]).json();
        assert_eq!(again["merged"], "unchanged", "{client}");
        let program = printed
            .out
            .contains(luminarys_conformance::binary().to_str().unwrap());
        assert!(program, "{printed:?}");
    }
    let listed = desk.run(&["connect", "--json"]).json();
    let connected = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["connected"] == true);
    assert_eq!(connected.count(), CLIENTS.len());
    let listed = desk.run(&["connect"]);
    assert_eq!(
        listed.succeeds().out.matches("connected").count(),
        CLIENTS.len(),
        "{listed:?}"
    );
}

#[test]
fn clients_of_this_machine_are_found() {
    let desk = Desk::bare();
    fs::create_dir_all(desk.home().join(".codex")).unwrap();
    // Listing needs no configuration.
    let listed = desk.run(&["connect", "--json"]).json();
    let found = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["found"] == true);
    let found: Vec<&Value> = found.map(|row| &row["client"]).collect();
    assert_eq!(found, ["codex"]);
}

#[test]
fn an_invalid_file_is_not_changed() {
    let desk = Desk::new();
    for (client, file, broken) in CLIENTS {
        let place = desk.home().join(file);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, broken).unwrap();
        let before = desk.snapshot();
        let rows = [&["--write"][..], &["--write", "--force"]];
        each_row(rows, |options| {
            let refused = desk.run(&[&["connect", client], options].concat());
            refused.fails(&[place.to_str().unwrap(), "the file was not changed"]);
            assert_eq!(desk.snapshot(), before, "{client}");
        });
        // The entry can still be pasted.
        let printed = desk.run(&["connect", client]);
        printed.succeeds();
        let problem = desk.run(&["connect", client, "--json"]).json();
        let problem = problem["problem"].as_str().map(str::to_owned);
        // A list of servers is detected only when one is added.
        assert!(
            problem.is_some() || broken.starts_with(['[', '{']),
            "{client}"
        );
    }
}

#[test]
fn everything_else_in_a_file_is_kept() {
    let desk = Desk::new();
    let server = "/usr/bin/other";
    let rows = [
        (
            "claude-code",
            format!(
                "{{\"numStartups\": 3, \"mcpServers\": {{\"x\": {{\"command\": \"{server}\"}}}}, \"z\": [1]}}"
            ),
        ),
        (
            "zed",
            format!(
                "// mine\n{{\n  \"a\": 1, // one\n  \"context_servers\": {{\n    \"x\": {{\"command\": \"{server}\"}}, /* x */\n  }},\n}}\n"
            ),
        ),
        (
            "codex",
            format!(
                "# mine\nmodel = \"m\" # which\n\n[mcp_servers.x] # x\ncommand = \"{server}\"\n\n[z]\na = 1\n"
            ),
        ),
        (
            "goose",
            format!(
                "# mine\nGOOSE_MODEL: m # which\nextensions:\n  x: # x\n    cmd: {server}\n\n# after\nz: 1\n"
            ),
        ),
    ];
    each_row(rows, |(client, text)| {
        let place = desk.path(&format!("{client}.file"));
        fs::write(&place, &text).unwrap();
        fs::set_permissions(&place, fs::Permissions::from_mode(0o640)).unwrap();
        let link = desk.path(&format!("{client}.link"));
        symlink(&place, &link).unwrap();
        let file = link.to_str().unwrap();
        let options = ["connect", client, "--write", "--file", file, "--json"];
        assert_eq!(desk.run(&options).json()["merged"], "added");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(
            fs::metadata(&place).unwrap().permissions().mode() & 0o777,
            0o640
        );
        let after = fs::read_to_string(&place).unwrap();
        // Without the added lines it is the original.
        let mut rest = after.lines().peekable();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let has_same_words =
                |found: &&str| found.contains(line.trim_end_matches(['}', ']', ' ']));
            let found = rest.find(|found| has_same_words(found));
            assert!(
                found.is_some() || client == "claude-code",
                "{client}: {line:?} is gone: {after}"
            );
        }
        for part in [
            "mine",
            "one",
            "which",
            "/* x */",
            "# after",
            "numStartups",
            server,
        ] {
            assert_eq!(
                after.contains(part),
                text.contains(part),
                "{client}: {part}: {after}"
            );
        }
        // Another entry with the name is kept without --force.
        let options = ["connect", client, "--write", "--http", "--file", file];
        desk.run(&options)
            .fails(&["has a different", "--force", "--name"]);
        assert_eq!(fs::read_to_string(&place).unwrap(), after);
        desk.run(&[&options[..], &["--name", "second"]].concat())
            .succeeds();
        let replaced = desk.run(&[&options[..], &["--force"]].concat());
        // Its mode is kept, with a warning about the token.
        let warning = format!("chmod 600 {file}");
        assert!(replaced.succeeds().err.contains(&warning), "{replaced:?}");
        let after = fs::read_to_string(&place).unwrap();
        assert_eq!(after.matches("/mcp").count(), 2, "{after}");
        assert!(after.contains(server), "{after}");
    });
}

#[test]
fn files_that_cannot_be_replaced_are_reported() {
    let desk = Desk::new();
    fs::create_dir(desk.path("directory")).unwrap();
    symlink("nowhere", desk.path("dangling")).unwrap();
    desk.write("binary", b"\xff\xfe{}");
    desk.write("locked", "{}");
    fs::set_permissions(desk.path("locked"), fs::Permissions::from_mode(0o444)).unwrap();
    let before = desk.snapshot();
    let rows = [
        ("directory", "a directory"),
        ("dangling", "cannot be followed"),
        ("binary", "cannot be read"),
        ("locked", "read-only"),
        ("/proc/luminarys/file", "cannot be written"),
    ];
    each_row(rows, |(file, part)| {
        desk.run(&["connect", "cursor", "--write", "--file", file])
            .fails(&[file, part]);
        assert_eq!(desk.snapshot(), before, "{file}");
    });
}

#[test]
fn the_token_is_written_only_where_it_is_requested() {
    let desk = Desk::new();
    let token = desk.read(".env");
    let token = token.trim().rsplit('=').next().unwrap();
    let printed = desk.run(&["connect", "vscode", "--http", "--json"]).json();
    let expected = json!({
        "type": "http",
        "url": "http://127.0.0.1:8080/mcp",
        "headers": { "Authorization": format!("Bearer {token}") },
    });
    assert_eq!(printed["entry"], expected);
    let elsewhere = [
        "connect",
        "vscode",
        "--http",
        "--url",
        "https://skills.example/mcp",
        "--json",
    ];
    assert_eq!(
        desk.run(&elsewhere).json()["entry"]["url"],
        "https://skills.example/mcp"
    );
    let written = desk.run(&["connect", "vscode", "--http", "--write", "--project"]);
    assert!(
        written.succeeds().err.contains("do not share it"),
        "{written:?}"
    );
    assert!(desk.read(".vscode/mcp.json").contains(token));
    let mode = |name: &str| fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".vscode/mcp.json"), 0o600);
    desk.run(&["connect", "cursor", "--write", "--project"])
        .succeeds();
    assert_eq!(
        mode(".cursor/mcp.json"),
        0o644,
        "without a token it may be shared"
    );
    let taken = desk.run(&["connect", "vscode", "--write", "--project"]);
    taken.fails(&["has a different"]);
    let rows = [&written.out, &written.err, &taken.err];
    each_row(rows, |outcome| {
        assert!(!outcome.contains(token), "{outcome}");
    });
    for client in CLIENTS.map(|(client, ..)| client) {
        let printed = desk.run(&["connect", client]);
        assert!(!printed.succeeds().out.contains(token), "{printed:?}");
    }
}

#[test]
fn a_named_client_gets_its_own_token() {
    let desk = Desk::new();
    desk.write("admin.token", "the-token-of-the-admin\n");
    let clients = "clients: [{name: laptop, token: the-token-of-the-laptop}, {name: admin, token_from_file: admin.token}, \
                   {name: far, token_sha256: 0000000000000000000000000000000000000000000000000000000000000000}]";
    let text = format!(
        "data_dir: data\nhttp: {{addr: 'localhost:8443', tls: {{cert: c.pem, key: k.pem}}, auth: {{{clients}}}}}\n"
    );
    desk.write("luminarys.yaml", text);
    let connect = |options: &[&str]| {
        desk.run(&[&["connect", "cursor", "--http", "--json"], options].concat())
    };
    let rows = ["laptop", "admin"];
    each_row(rows, |name| {
        let entry = connect(&["--as", name]).json()["entry"].clone();
        let expected = json!({
            "url": "https://localhost:8443/mcp",
            "headers": { "Authorization": format!("Bearer the-token-of-the-{name}") },
        });
        assert_eq!(entry, expected);
    });
    connect(&[]).fails(&["--as NAME: laptop, admin, far"]);
    connect(&["--as", "far"]).fails(&["only the digest"]);
    connect(&["--as", "nobody"]).fails(&["no such client"]);
    desk.run(&["connect", "cursor", "--as", "admin"])
        .fails(&["--http"]);
}

#[test]
fn invalid_combinations_are_rejected() {
    let desk = Desk::new();
    let bare = Desk::bare();
    let text = desk.read("luminarys.yaml");
    desk.write("any.yaml", text.replace("127.0.0.1:8080", "127.0.0.1:0"));
    let rows = [
        (&bare, &["connect", "cursor"][..], "luminarys init"),
        (&desk, &["connect", "nonsense"], "claude-code"),
        (&desk, &["connect", "--write"], "CLIENT"),
        (&desk, &["connect", "cursor", "--force"], "--write"),
        (
            &desk,
            &["connect", "cursor", "--url", "http://h/mcp"],
            "--http",
        ),
        (
            &desk,
            &["connect", "cursor", "--http", "--url", "h/mcp"],
            "must begin with http",
        ),
        (
            &desk,
            &["connect", "cursor", "--name", "a b"],
            "A-Z a-z 0-9",
        ),
        (
            &desk,
            &["connect", "goose", "--project"],
            "has no configuration per project",
        ),
        (
            &desk,
            &["connect", "cursor", "--project", "--file", "x"],
            "--file",
        ),
        (
            &desk,
            &["connect", "cursor", "--http", "--config", "any.yaml"],
            "--url",
        ),
        (
            &desk,
            &["connect", "cursor", "--config", "none.yaml"],
            "none.yaml",
        ),
    ];
    each_row(rows, |(desk, arguments, part)| {
        desk.run(arguments).fails(&[part]);
    });
}
