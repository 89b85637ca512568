//! What an MCP client may send, line after line: every line of the answer is a message, and serving ends with the input.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use luminarys_mcp::serve_stream;
use luminarys_orchestrator::{Orchestrator, Settings};
use luminarys_package::Trust;
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

/// A host with the skills that the environment's SKILLS names, if any.
fn host() -> &'static (Runtime, Orchestrator) {
    static HOST: OnceLock<(Runtime, Orchestrator)> = OnceLock::new();
    HOST.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let directory = tempfile::tempdir().unwrap().keep();
        let mut manifests = Vec::new();
        for path in std::env::var("SKILLS").unwrap_or_default().split(':') {
            if path.is_empty() {
                continue;
            }
            let id = format!("skill{}", manifests.len());
            let manifest = directory.join(format!("{id}.yaml"));
            std::fs::write(&manifest, format!("id: {id}\npath: {path}\n")).unwrap();
            manifests.push(manifest);
        }
        let settings = Settings {
            manifests,
            trust: Trust::Any,
            ..Settings::default()
        };
        let host = runtime.block_on(Orchestrator::start(settings, |_| {}));
        (runtime, host.unwrap())
    })
}

fuzz_target!(|bytes: &[u8]| {
    let (runtime, orchestrator) = host();
    // The first byte says whether the client introduces itself.
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
            from_client,
            to_client,
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
});
