//! What an MCP client may send, line after line: every line of the answer is a message, and serving ends with the input.

use std::sync::OnceLock;

use luminarys_mcp::{MessageLimits, ToolOptions, serve_stream};
use luminarys_orchestrator::{Orchestrator, Settings};
use luminarys_package::Trust;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

const HELLO: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{"sampling":{}},"clientInfo":{"name":"fuzz","version":"1"}}}"#,
    "\n",
    r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    "\n",
);

/// The skills that clients meet.
const SKILLS: [&str; 2] = ["echo", "probe"];

fn host() -> &'static (Runtime, Orchestrator) {
    static HOST: OnceLock<(Runtime, Orchestrator)> = OnceLock::new();
    HOST.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let directory = tempfile::tempdir().unwrap().keep();
        let manifest = |skill: &str| {
            let path = directory.join(format!("{skill}.yaml"));
            let package = crate::skills().join(format!("{skill}.skill"));
            std::fs::write(&path, json!({"id": skill, "path": package}).to_string()).unwrap();
            path
        };
        let settings = Settings {
            manifests: SKILLS.map(manifest).to_vec(),
            trust: Trust::Any,
            cache_dir: Some(crate::skills().join("cache")),
            cache_key: Some(crate::skills().join("cache.key")),
            skill_log: false,
            ..Settings::default()
        };
        let host = runtime
            .block_on(Orchestrator::start(settings, |_| {}))
            .unwrap();
        assert!(
            host.tools().len() > SKILLS.len(),
            "scripts/build-guests makes the skills: {:?}",
            host.skills()
        );
        (runtime, host)
    })
}

/// As a host has them by default.
const LIMITS: MessageLimits = MessageLimits {
    max_bytes: 16 << 20,
    max_memory: 256 << 20,
};

/// Serves one client, whose first byte says whether it introduces itself.
pub fn check(bytes: &[u8]) {
    let (runtime, orchestrator) = host();
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let mut input = if first % 4 == 0 {
        Vec::new()
    } else {
        HELLO.as_bytes().to_vec()
    };
    input.extend_from_slice(rest);
    input.push(b'\n');
    runtime.block_on(async {
        let (mut to_host, from_client) = tokio::io::duplex(1 << 16);
        let (to_client, mut from_host) = tokio::io::duplex(1 << 16);
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve_stream(
            orchestrator.clone(),
            ToolOptions::default(),
            from_client,
            to_client,
            LIMITS,
            stop.clone(),
        ));
        let client = async move {
            // It may stop listening before the end.
            let _ = to_host.write_all(&input).await;
        };
        let mut output = Vec::new();
        let (_, read) = tokio::join!(client, from_host.read_to_end(&mut output));
        read.unwrap();
        assert!(serving.await.is_ok(), "serving panicked");
        for line in String::from_utf8(output).expect("not UTF-8").lines() {
            let message: serde_json::Value = serde_json::from_str(line).expect(line);
            assert_eq!(message["jsonrpc"], "2.0", "{line}");
        }
    });
}
