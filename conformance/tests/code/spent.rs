//! What texts cost a model: their tokens, counted by the tokeniser of a common model, which `scripts/client-tools` installs.

use std::io::Write as _;
use std::process::Stdio;

use luminarys_conformance::host::client_program;

/// Returns the number of tokens of each text.
pub fn tokens(texts: &[String]) -> Vec<usize> {
    let mut child = client_program("tokens.mjs")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("what scripts/client-tools makes ready");
    let asked = serde_json::to_vec(texts).unwrap();
    child.stdin.take().unwrap().write_all(&asked).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let counts: Vec<usize> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counts.len(), texts.len());
    counts
}
