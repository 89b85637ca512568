//! Decisions: recorded, shown, and explained.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use luminarys_testing::{each_row, each_row_async};
use serde_json::{Value, json};

use crate::host::{Host, Place, TOKEN, call, connect, protocols, text};

const SECRET: &str = "hunter2-and-more";

/// The probe with a granted directory `granted`, and secrets.
fn place() -> Place {
    let place = Place::new(&["echo"]);
    std::fs::create_dir(place.path("granted")).unwrap();
    place.write("granted/a.txt", "content");
    place.write("token", &format!("{SECRET}\n"));
    let grants = format!(
        "permissions: {{fs: {{enabled: true, dirs: ['{}:ro']}}}}\nenv:\n  OF_FILE: {{from_file: token}}\n  \
         OF_ENV: {{from_env: OF_ENV}}\ninvoke_policy: {{can_invoke: [echo]}}\n",
        place.path("granted").display()
    );
    place.write(".env", "OF_ENV=another-secret\n");
    place.deploy("probe", "probe", &grants);
    place
}

fn run_command(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    let output = place.command(arguments).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let all = text(&output.stdout) + &text(&output.stderr);
    (output.status.code(), all)
}

/// Ends with the test.
struct Following(Child);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn decisions_are_written_and_shown() {
    let place = place();
    let host = Host::start(&place);
    let mut following = Following(
        place
            .command(&["audit", "--follow", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    // Through a link, so that the resolved path is recorded.
    let link = place.path("granted/link");
    std::os::unix::fs::symlink("a.txt", &link).unwrap();
    let arguments = json!({ "path": link });
    assert_ne!(
        call(&client, "probe_read", arguments).await.is_error,
        Some(true)
    );
    let outside = place.path(&format!("outside-{SECRET}"));
    let denied = call(&client, "probe_read", json!({ "path": outside })).await;
    assert!(!text(&denied).contains(SECRET), "{denied:?}");
    let lines = BufReader::new(following.0.stdout.take().unwrap()).lines();
    let records: Vec<Value> = lines
        .take(2)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect();
    drop(following);
    assert_eq!(records[0]["verdict"], "allowed");
    assert_eq!(records[0]["target"], json!(place.path("granted/a.txt")));
    assert!(
        records[0]["rule"]
            .as_str()
            .unwrap()
            .contains("permissions.fs.dirs[0]")
    );
    assert_eq!(records[1]["verdict"], "denied");
    assert_eq!(records[1]["target"], json!(place.path("outside-[secret]")));
    let value = host.metric(
        "luminarys_decisions_total{skill=\"probe\",capability=\"filesystem\",verdict=\"denied\"}",
    );
    assert!((value.await - 1.0).abs() < 0.5);
    assert!(!host.log().contains(SECRET), "{}", host.log());
    let (code, shown) = run_command(&place, &["audit", "--denied", "--skill", "probe"]);
    assert_eq!((code, shown.lines().count()), (Some(0), 1), "{shown}");
    assert_eq!(
        run_command(&place, &["audit", "--capability", "http"]).1,
        ""
    );
    // Both files, in the order of time.
    let arguments = json!({ "path": place.path("granted/a.txt") });
    call(&client, "probe_read", arguments).await;
    let shown = run_command(&place, &["audit"]).1;
    let verdicts: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    assert_eq!(verdicts, ["allowed", "denied", "allowed"], "{shown}");
    let command = run_command(
        &place,
        &[
            "call",
            "probe",
            "read",
            &format!("path={}", outside.display()),
        ],
    );
    assert_eq!(command.0, Some(3), "{}", command.1);
    let shown = run_command(&place, &["audit", "--client", "cli"]).1;
    assert_eq!(shown.lines().count(), 1, "{shown}");
}

#[tokio::test]
async fn secrets_reach_only_the_skill() {
    let place = place();
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let rows = [("OF_FILE", SECRET), ("OF_ENV", "another-secret")];
    each_row_async(rows, async |(name, value)| {
        assert_eq!(
            text(&call(&client, "probe_env", json!({ "key": name })).await),
            value
        );
        let message = json!({ "level": "error", "message": format!("it is {value}!") });
        call(&client, "probe_log", message).await;
        call(
            &client,
            "probe_print",
            json!({ "text": format!("it is {value}!") }),
        )
        .await;
        let failed = call(
            &client,
            "probe_fail",
            json!({ "text": format!("bad {value}") }),
        )
        .await;
        assert_eq!(text(&failed), "bad [secret]");
        assert!(!host.log().contains(value), "{}", host.log());
    })
    .await;
    assert!(host.log().contains("it is [secret]!"), "{}", host.log());
    let (_, shown) = run_command(&place, &["inspect", "probe"]);
    assert!(
        shown.contains("env OF_FILE") && !shown.contains(SECRET),
        "{shown}"
    );
    std::fs::remove_file(place.path("token")).unwrap();
    let (code, shown) = run_command(&place, &["check"]);
    assert_eq!(code, Some(2));
    assert!(
        shown.contains("env.OF_FILE") && shown.contains("token"),
        "{shown}"
    );
}

#[test]
fn explain_answers_before_a_call() {
    let place = place();
    let inside = place.path("granted/a.txt").display().to_string();
    let outside = place.path("other").display().to_string();
    let rows = [
        (
            vec!["probe", "filesystem", &inside],
            0,
            "permissions.fs.dirs[0]",
        ),
        (vec!["probe", "filesystem", &inside, "--write"], 3, ":rw"),
        (
            vec!["probe", "filesystem", &outside],
            3,
            "permissions.fs.dirs: [",
        ),
        (vec!["probe", "filesystem", "relative"], 2, "absolute"),
        (
            vec!["probe", "http", "https://example.com/"],
            3,
            "permissions.http: {enabled: true",
        ),
        (vec!["probe", "tcp", "example.com:80"], 3, "permissions.tcp"),
        (vec!["probe", "shell", "git status"], 3, "permissions.shell"),
        (vec!["probe", "env", "OF_ENV"], 0, "env.OF_ENV"),
        (vec!["probe", "env", "PATH"], 3, "PATH"),
        (
            vec!["probe", "skills", "echo"],
            3,
            "can_be_invoked_by: [\"probe\"]",
        ),
        (vec!["probe", "skills", "none"], 3, "can_invoke"),
        (vec!["prob", "env", "A"], 2, "did you mean `probe`"),
    ];
    each_row(rows, |(arguments, code, part)| {
        let words: Vec<&str> = ["explain"].into_iter().chain(arguments).collect();
        let (found, shown) = run_command(&place, &words);
        assert_eq!(found, Some(code), "{words:?}: {shown}");
        assert!(shown.contains(part), "{words:?}: {shown}");
    });
}
