use std::fs;

use luminarys_testing::each_row;
use serde_json::{Value, json};

use super::*;
use crate::{Merge, MergeError, Mergeable, Merged, Transport};

fn stdio(name: &str) -> Server {
    let args = ["serve", "--stdio", "--config", "/a b/luminarys.yaml"];
    Server {
        name: name.to_owned(),
        transport: Transport::Stdio {
            command: "/bin/luminarys".to_owned(),
            args: args.map(str::to_owned).to_vec(),
        },
    }
}

fn http(token: Option<&str>) -> Server {
    Server {
        name: "luminarys".to_owned(),
        transport: Transport::Http {
            url: "http://127.0.0.1:8080/mcp".to_owned(),
            token: token.map(str::to_owned),
        },
    }
}

#[test]
fn files_are_in_the_directories_of_each_system() {
    let home = Path::new("/h");
    let linux = Places::of(System::Linux, home, None, None);
    let mac = Places::of(System::MacOs, home, None, None);
    let windows = Places::of(System::Windows, home, None, Some("/data".into()));
    let support = "/h/Library/Application Support";
    let rows = [
        (
            "claude-code",
            ["/h/.claude.json", "/h/.claude.json", "/h/.claude.json"].map(str::to_owned),
        ),
        (
            "claude-desktop",
            ["/h/.config", support, "/data"]
                .map(|place| format!("{place}/Claude/claude_desktop_config.json")),
        ),
        (
            "cursor",
            ["/h", "/h", "/h"].map(|place| format!("{place}/.cursor/mcp.json")),
        ),
        (
            "vscode",
            ["/h/.config", support, "/data"].map(|place| format!("{place}/Code/User/mcp.json")),
        ),
        (
            "codex",
            ["/h", "/h", "/h"].map(|place| format!("{place}/.codex/config.toml")),
        ),
        (
            "gemini",
            ["/h", "/h", "/h"].map(|place| format!("{place}/.gemini/settings.json")),
        ),
        (
            "zed",
            ["/h/.config/zed", "/h/.config/zed", "/data/Zed"]
                .map(|place| format!("{place}/settings.json")),
        ),
        (
            "goose",
            [
                "/h/.config/goose",
                "/h/.config/goose",
                "/data/Block/goose/config",
            ]
            .map(|place| format!("{place}/config.yaml")),
        ),
    ];
    each_row(rows, |(id, files)| {
        let client = Client::named(id).unwrap();
        let found =
            [&linux, &mac, &windows].map(|places| client.file(places).display().to_string());
        assert_eq!(found, files, "{id}");
        assert!(!client.is_found(&linux), "{id}");
    });
    let named = Places {
        claude: Some("/c".into()),
        codex: Some("/x".into()),
        ..Places::of(System::Linux, home, Some("/xdg".into()), None)
    };
    let file = |id: &str| {
        Client::named(id)
            .unwrap()
            .file(&named)
            .display()
            .to_string()
    };
    assert_eq!(file("claude-code"), "/c/.claude.json");
    assert_eq!(file("codex"), "/x/config.toml");
    assert_eq!(file("zed"), "/xdg/zed/settings.json");
    assert_eq!(file("goose"), "/xdg/goose/config.yaml");
}

#[test]
fn a_client_is_found_by_its_directory_or_program() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join(".cursor")).unwrap();
    fs::create_dir_all(home.path().join("bin")).unwrap();
    fs::write(home.path().join("bin/codex"), "").unwrap();
    let places = Places {
        programs: vec![home.path().join("bin")],
        ..Places::of(System::Linux, home.path(), None, None)
    };
    let found = ALL.iter().filter(|client| client.is_found(&places));
    let found: Vec<&str> = found.map(|client| client.id).collect();
    assert_eq!(found, ["cursor", "codex"]);
}

#[test]
fn entries_have_the_format_of_each_client() {
    let command = json!({ "command": "/bin/luminarys", "args": ["serve", "--stdio", "--config", "/a b/luminarys.yaml"] });
    let with = |more: Value| {
        let mut entry = command.clone();
        entry
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        entry
    };
    let url = "http://127.0.0.1:8080/mcp";
    let headers = json!({ "Authorization": "Bearer t0ken" });
    let rows = [
        (
            "claude-code",
            with(json!({ "type": "stdio" })),
            json!({ "type": "http", "url": url, "headers": headers }),
        ),
        (
            "claude-desktop",
            command.clone(),
            json!({
                "command": "npx",
                "args": ["-y", "mcp-remote", url, "--allow-http", "--header", "Authorization:${LUMINARYS_AUTHORIZATION}"],
                "env": { "LUMINARYS_AUTHORIZATION": "Bearer t0ken" },
            }),
        ),
        (
            "cursor",
            command.clone(),
            json!({ "url": url, "headers": headers }),
        ),
        (
            "vscode",
            with(json!({ "type": "stdio" })),
            json!({ "type": "http", "url": url, "headers": headers }),
        ),
        (
            "codex",
            command.clone(),
            json!({ "url": url, "http_headers": headers }),
        ),
        (
            "gemini",
            command.clone(),
            json!({ "httpUrl": url, "headers": headers }),
        ),
        (
            "zed",
            with(json!({ "env": {} })),
            json!({ "url": url, "headers": headers }),
        ),
    ];
    each_row(rows, |(id, by_stdio, by_http)| {
        let client = Client::named(id).unwrap();
        assert_eq!(client.entry(&stdio("luminarys")), by_stdio, "{id}");
        assert_eq!(client.entry(&http(Some("t0ken"))), by_http, "{id}");
    });
    let goose = Client::named("goose").unwrap();
    let entry = goose.entry(&stdio("luminarys"));
    assert_eq!(
        (&entry["type"], &entry["cmd"]),
        (&json!("stdio"), &json!("/bin/luminarys"))
    );
    let entry = goose.entry(&http(Some("t0ken")));
    assert_eq!(
        (&entry["type"], &entry["uri"]),
        (&json!("streamable_http"), &json!(url))
    );
    assert_eq!(entry["headers"], headers);
    // Without a token there is no header.
    for client in &ALL {
        let entry = client.entry(&http(None)).to_string();
        assert!(!entry.contains("Bearer"), "{entry}");
    }
}

#[test]
fn every_clients_file_can_be_merged() {
    let place = tempfile::tempdir().unwrap();
    for client in &ALL {
        let rows = [stdio("luminarys"), http(Some("t0ken")), http(None)];
        each_row(rows, |server| {
            let path = place.path().join(client.id).join("deep/file");
            let merge = |server: &Server, force| {
                let merge = Merge::new(client, server, &path).unwrap();
                let looked = merge.look().unwrap();
                merge.write(force, 0o600).map(|merged| (looked, merged))
            };
            let id = client.id;
            assert_eq!(
                merge(&server, false).unwrap(),
                (Mergeable::Absent, Merged::Created),
                "{id}"
            );
            let text = fs::read_to_string(&path).unwrap();
            assert_eq!(
                merge(&server, false).unwrap(),
                (Mergeable::Same, Merged::Unchanged),
                "{id}"
            );
            // Another entry with the same name is kept.
            let other = Server {
                transport: Transport::Http {
                    url: "https://other.test/mcp".to_owned(),
                    token: None,
                },
                ..server.clone()
            };
            let error = merge(&other, false).unwrap_err();
            assert!(matches!(error, MergeError::Taken { .. }), "{id}");
            let error = error.to_string();
            assert!(
                error.contains("--force") && !error.contains("t0ken"),
                "{error}"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(
                merge(&other, true).unwrap(),
                (Mergeable::Other, Merged::Replaced),
                "{id}"
            );
            // An entry with another name is added beside it.
            assert_eq!(
                merge(&stdio("second"), false).unwrap(),
                (Mergeable::Absent, Merged::Added),
                "{id}"
            );
            let text = fs::read_to_string(&path).unwrap();
            for (name, expected) in [("luminarys", &other), ("second", &stdio("second"))] {
                let found = client.format.get(&text, &client.path(name)).unwrap();
                assert_eq!(found, Some(client.entry(expected)), "{id}: {text}");
            }
            fs::remove_file(&path).unwrap();
        });
    }
}

#[test]
fn names_are_accepted_by_every_client() {
    let rows = ["luminarys", "L", "my_host-2"];
    each_row(rows, |name| {
        crate::check_name(name).unwrap();
    });
    let rows = ["", "2nd", "a.b", "a b", "ä", "-a", &"a".repeat(25)];
    each_row(rows, |name| {
        assert!(crate::check_name(name).is_err(), "{name}");
    });
}
