//! Methods that take and return bytes, up to what the manifest allows.

use std::io::Write as _;
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use luminarys_testing::each_row;
use serde_json::{Value, json};

use crate::host::Place;

/// Calls a method of `probe`; returns the exit code and the output of `--output json`.
fn call(place: &Place, method: &str, arguments: &Value) -> (i32, Value) {
    let mut command = place.command(&["call", "probe", method, "--json", "-", "--output", "json"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = arguments.to_string();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    let printed = serde_json::from_slice(&output.stdout).unwrap();
    (output.status.code().unwrap(), printed)
}

#[test]
fn pass_up_to_the_limit_and_no_further() {
    // More than fits into `max_host_bytes` at 32 bytes for one.
    const LIMIT: usize = 10 << 20;
    let place = Place::new(&[]);
    let directory = place.path("").canonicalize().unwrap();
    let manifest = format!(
        "runtime: {{ max_output_bytes: {LIMIT} }}\npermissions: {{ fs: {{ enabled: true, dirs: [{directory:?}] }} }}\n"
    );
    place.deploy("probe", "probe", &manifest);
    let file = directory.join("bytes");
    let rows = [(LIMIT - 1, true), (LIMIT, true), (LIMIT + 1, false)];
    each_row(rows, |(size, fits)| {
        let bytes: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
        std::fs::write(&file, &bytes).unwrap();
        let text = BASE64.encode(&bytes);
        for (method, arguments, refusal) in [
            ("id_bytes", json!({ "value": text }), "max_output_bytes"),
            ("read", json!({ "path": file }), "max_output_bytes"),
        ] {
            let (code, printed) = call(&place, method, &arguments);
            if fits {
                assert_eq!(code, 0, "{method} {size}");
                assert!(
                    printed["result"] == text.as_str(),
                    "{method} {size}: other bytes"
                );
            } else {
                let message = printed["error"]["message"].as_str().unwrap();
                assert!(
                    code != 0 && message.contains(refusal),
                    "{method} {size}: {message}"
                );
            }
        }
    });
}

#[test]
fn are_charged_to_what_the_host_may_hold() {
    let place = Place::new(&[]);
    place.deploy("probe", "probe", "runtime: { max_host_bytes: 1000000 }\n");
    let rows = [(100_000, 0), (500_000, 2)];
    each_row(rows, |(size, code)| {
        let arguments = json!({ "value": BASE64.encode(vec![7; size]) });
        let (found, printed) = call(&place, "id_bytes", &arguments);
        assert_eq!(found, code, "{size}");
        let message = printed["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(
            message.contains("runtime.max_host_bytes"),
            code != 0,
            "{message}"
        );
    });
}
