//! Secrets reach their skill and its results; no other output of the host contains them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use luminarys_testing::{each_row, each_row_async};
use serde_json::{Value, json};

use crate::host::{Client, Host, Place, TOKEN, asking, connect, protocols, text, until};

/// Of the kinds that escaping, encoding and splitting change.
const SECRETS: [&str; 4] = [
    "hunter2-and-more",
    r#"pa"ss\wo'rd/+%<&>{}^ 1"#,
    "clé-\u{1b}[31m-ß😀\u{202e}-key",
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\nqLk0mJ3b+/5yPz8Q1n\"u\\0x\n-----END PRIVATE KEY-----",
];

/// Forms of a secret in text: it and its lines, plain and as programs print them.
fn forms(secret: &str) -> Vec<String> {
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).unwrap();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let lines = secret.lines().filter(|line| !line.starts_with("-----"));
    let mut all = Vec::new();
    for part in [secret].into_iter().chain(lines) {
        let debug = part.escape_debug().to_string();
        all.extend([
            part.to_owned(),
            json(part),
            json(&json(part)),
            json(&debug),
            debug,
        ]);
        all.push(part.escape_default().to_string());
        let hidden = |c: char| c.is_control() || c == '\u{202e}';
        let shown = part.chars().map(|c| {
            if hidden(c) {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        });
        all.push(shown.collect());
        all.push(percent(part));
        all.push(STANDARD.encode(part));
        all.push(middle(part));
    }
    if secret == SECRETS[0] {
        // The rest after cutting.
        all.push("hunter".to_owned());
    }
    all
}

fn percent(text: &str) -> String {
    let byte = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// The part of `user:` and the secret in base64 that depends on the secret only.
fn middle(secret: &str) -> String {
    let all = URL_SAFE.encode(format!("user:{secret}:more"));
    let end = (5 + secret.len()) * 8 / 6;
    all[7..end].to_owned()
}

struct World {
    place: Place,
    host: Host,
    client: Client,
    secret: &'static str,
    /// The places where it leaked.
    leaks: Vec<String>,
}

impl World {
    async fn new(secret: &'static str, format: &str) -> Self {
        let place = Place::new(&[]);
        place.write("secret", secret);
        let config = place.config(&format!("log: {{format: {format}, level: 'info,luminarys_runtime=debug,luminarys_orchestrator=debug'}}\n"));
        place.write("luminarys.yaml", &config);
        let env = "env: {KEY: {from_file: secret}}\n";
        place.deploy(
            "probe",
            "probe",
            &format!("{env}invoke_policy: {{can_be_invoked_by: ['*']}}\n"),
        );
        place.deploy("net", "net", env);
        place.deploy("relay", "relay", "invoke_policy: {can_invoke: ['*']}\n");
        let host = Host::start(&place);
        let [old, _] = protocols();
        let client = connect(&host, TOKEN, old).await.unwrap();
        Self {
            place,
            host,
            client,
            secret,
            leaks: Vec::new(),
        }
    }

    fn check(&mut self, place: &str, text: &str) {
        for form in forms(self.secret) {
            if text.contains(&form) {
                self.leaks.push(format!("{place}: {form:?}"));
            }
        }
    }

    /// Calls a tool, and checks the whole answer.
    async fn call(&mut self, tool: &str, arguments: Value) {
        self.client.service().progress.lock().unwrap().clear();
        let answer = self.client.call_tool(asking(tool, arguments.clone())).await;
        let answer = match answer {
            Ok(result) => serde_json::to_string(&result).unwrap(),
            Err(error) => error.to_string(),
        };
        let arguments: String = arguments.to_string().chars().take(60).collect();
        self.check(&format!("the answer of {tool} {arguments}"), &answer);
        let told = self.client.service().progress.lock().unwrap().join("\n");
        self.check("progress", &told);
    }

    fn run(&mut self, arguments: &[&str]) {
        let output = self.place.command(arguments).output().unwrap();
        let rows = [output.stdout, output.stderr];
        each_row(rows, |bytes| {
            let text = String::from_utf8_lossy(&bytes);
            self.check(&format!("what `{}` prints", arguments[0]), &text);
        });
    }
}

/// Mistakes of skills with a secret.
fn mistakes(secret: &str) -> Vec<String> {
    let long = "x".repeat(9 << 10);
    // Placed where text is cut.
    let limits = match secret == SECRETS[0] {
        true => &[80, 200, 512, 1024, 4096, 8192][..],
        false => &[8192],
    };
    let cut = limits
        .iter()
        .map(|limit| format!("{} {secret}", "x".repeat(limit - 13)));
    let mut all: Vec<String> = cut.collect();
    all.extend([
        secret.to_owned(),
        format!("{long} {secret}"),
        format!("{{\"key\": {}}}", json!(secret)),
        format!("Config {{ key: {secret:?} }}"),
        format!("https://example.com/?key={}", percent(secret)),
        format!("Basic {}", STANDARD.encode(format!("user:{secret}"))),
    ]);
    all
}

async fn secrets_stay(secret: &'static str, format: &str) {
    let mut world = World::new(secret, format).await;
    let env = world
        .client
        .call_tool(asking("probe_env", json!({ "key": "KEY" })))
        .await;
    assert_eq!(text(&env.unwrap()), secret, "a result is the skill's own");
    for outcome in mistakes(secret) {
        for method in ["fail", "abort", "panic"] {
            world
                .call(&format!("probe_{method}"), json!({ "text": outcome }))
                .await;
        }
        for standard_error in [false, true] {
            let printed = json!({ "text": outcome, "standard_error": standard_error });
            world.call("probe_print", printed).await;
        }
        let logged = json!({ "level": "error", "message": outcome, "fields": [["key", outcome], [outcome, "value"]] });
        world.call("probe_log", logged).await;
        world
            .call(
                "probe_read",
                json!({ "path": format!("/outside/{outcome}") }),
            )
            .await;
        world.call("probe_read", json!({ "path": [outcome] })).await;
        world
            .call("probe_read", json!({ outcome.as_str(): 1 }))
            .await;
        world.call(&outcome, json!({})).await;
        world
            .call("probe_progress", json!({ "steps": 1, "message": outcome }))
            .await;
        world
            .call("probe_wasi_resolve", json!({ "name": outcome }))
            .await;
        world.call("net_get", json!({ "url": outcome })).await;
        world
            .call(
                "net_get",
                json!({ "url": format!("https://example.com/?key={outcome}").replace(' ', "%20") }),
            )
            .await;
        world
            .call("net_tcp_request", json!({ "address": outcome, "data": "" }))
            .await;
        world
            .call(
                "net_tcp_request",
                json!({ "address": format!("{outcome}:80"), "data": "" }),
            )
            .await;
        let passed = json!({ "skill": "probe", "method": "fail", "arguments": json!({ "text": outcome }).to_string() });
        world.call("relay_pass_on", passed).await;
    }
    for url in [
        "https://example.com/?key=",
        "https://example.com/",
        "https://user:",
        "https://",
    ] {
        for value in [secret.to_owned(), percent(secret)] {
            world
                .call("net_get", json!({ "url": format!("{url}{value}") }))
                .await;
            world
                .call(
                    "net_get",
                    json!({ "url": format!("{url}{value}@example.org/") }),
                )
                .await;
        }
    }
    let basic = format!("Basic {}", STANDARD.encode(format!("user:{secret}:more")));
    let request = json!({ "url": "https://example.com/", "headers": [{ "name": "authorization", "value": basic }] });
    world.call("net_send_request", request).await;
    world
        .call(
            "probe_log",
            json!({ "level": "info", "message": "it is the end" }),
        )
        .await;
    until(async || world.host.log().contains("it is the end")).await;
    let log = world.host.log();
    world.check("the log", &log);
    assert!(log.contains("[secret]"), "{log}");
    if format == "json" {
        let broken = log
            .lines()
            .find(|line| line.starts_with('{') && serde_json::from_str::<Value>(line).is_err());
        assert_eq!(broken, None);
    }
    let audit = std::fs::read_to_string(world.place.path("data/audit.jsonl")).unwrap();
    world.check("the audit log", &audit);
    assert!(audit.contains("[secret]"), "{audit}");
    drop(world.host.log());
    for form in ["text", "json"] {
        world.run(&[
            "call",
            "probe",
            "fail",
            "--output",
            form,
            "--json",
            &json!({ "text": secret }).to_string(),
        ]);
        let path = json!({ "path": format!("/outside/{secret}") }).to_string();
        world.run(&["call", "probe", "read", "--output", form, "--json", &path]);
    }
    for arguments in [
        &["check"][..],
        &["list", "--json"],
        &["inspect", "probe"],
        &["audit", "--json"],
        &[
            "explain",
            "probe",
            "filesystem",
            &format!("/outside/{secret}"),
        ],
        &["explain", "probe", "env", "KEY"],
    ] {
        world.run(arguments);
    }
    world.leaks.dedup();
    assert!(
        world.leaks.is_empty(),
        "{} leaks:\n{}",
        world.leaks.len(),
        world.leaks.join("\n")
    );
}

#[tokio::test]
async fn a_plain_secret_does_not_leak() {
    secrets_stay(SECRETS[0], "text").await;
}

#[tokio::test]
async fn an_escaped_secret_does_not_leak() {
    secrets_stay(SECRETS[1], "text").await;
    secrets_stay(SECRETS[1], "json").await;
}

#[tokio::test]
async fn a_secret_with_hidden_characters_does_not_leak() {
    secrets_stay(SECRETS[2], "json").await;
}

#[tokio::test]
async fn a_secret_of_several_lines_does_not_leak() {
    secrets_stay(SECRETS[3], "text").await;
    secrets_stay(SECRETS[3], "json").await;
}

#[tokio::test]
async fn a_secret_printed_line_by_line_does_not_leak() {
    let place = Place::new(&[]);
    place.write("secret", SECRETS[3]);
    place.deploy("probe", "probe", "env: {KEY: {from_file: secret}}\n");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    let rows = [false, true];
    each_row_async(rows, async |standard_error| {
        let printed =
            json!({ "text": format!("<{}>", SECRETS[3]), "standard_error": standard_error });
        client
            .call_tool(asking("probe_print", printed))
            .await
            .unwrap();
    })
    .await;
    until(async || host.log().matches("<[secret]>").count() == 2).await;
    let failed = client
        .call_tool(asking(
            "probe_panic",
            json!({ "text": format!("<{}>", SECRETS[3]) }),
        ))
        .await;
    let failed = text(&failed.unwrap());
    assert!(
        failed.contains("on its standard error") && failed.contains("<[secret]>"),
        "{failed}"
    );
    assert!(!host.log().contains("PRIVATE KEY"), "{}", host.log());
}

#[test]
fn a_secret_that_is_too_short_causes_a_warning() {
    let place = Place::new(&[]);
    place.write("secret", "abc\n");
    place.deploy("probe", "probe", "env: {KEY: {from_file: secret}}\n");
    let output = place.command(&["check"]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        shown.contains("warning") && shown.contains("env.KEY: the secret has fewer than 4"),
        "{shown}"
    );
    assert!(!shown.contains("abc"), "{shown}");
}
