//! Modules that violate the older ABI. Each is adapted, signed and deployed; a call of it fails alone, with an
//! error that says why, and the next call works.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use libtest_mimic::{Arguments, Failed, Trial};
use luminarys_conformance::host::Server;
use luminarys_merge::{adapt, describe};
use luminarys_package::{SecretKey, embed, sign};
use rmpv::Value;
use serde_json::json;

/// The addresses of the description in the skill's memory, and of a response without an error.
const DESCRIPTION: u32 = 1024;
const RESPONSE: u32 = 512;

/// A bump allocator.
const ALLOC: &str = "(local $at i32) (local.set $at (global.get $next))
    (global.set $next (i32.add (global.get $next) (i32.and (i32.add (local.get 0) (i32.const 15)) (i32.const -8))))
    (local.get $at)";
/// A valid response.
const HANDLE: &str = "(call $result (i32.const 512) (i32.const 14))";

/// A module's behaviour and the expected error; `None` if the call succeeds.
struct Hostile {
    name: &'static str,
    alloc: &'static str,
    handle: &'static str,
    error: Option<&'static str>,
}

const fn handle(name: &'static str, handle: &'static str, error: &'static str) -> Hostile {
    Hostile {
        name,
        alloc: ALLOC,
        handle,
        error: Some(error),
    }
}

const fn alloc(name: &'static str, alloc: &'static str, error: Option<&'static str>) -> Hostile {
    Hostile {
        name,
        alloc,
        handle: HANDLE,
        error,
    }
}

const ALL: [Hostile; 30] = [
    alloc("keeps to the ABI", ALLOC, None),
    handle(
        "a response past the memory",
        "(call $result (i32.const 512) (i32.const 10000000))",
        "cannot be read",
    ),
    handle(
        "a response outside of the memory",
        "(call $result (i32.const 0x7fff0000) (i32.const 10))",
        "cannot be read",
    ),
    handle(
        "a response that wraps around",
        "(call $result (i32.const -16) (i32.const 64))",
        "cannot be read",
    ),
    handle(
        "a response of 4 GiB",
        "(call $result (i32.const 0) (i32.const -1))",
        "cannot be read",
    ),
    handle("no response", "(i64.const 0)", "malformed MessagePack"),
    handle(
        "a response that is no MessagePack",
        "(call $result (i32.const 0) (i32.const 10))",
        "the skill's response",
    ),
    handle(
        "a response with something behind it",
        "(call $result (i32.const 512) (i32.const 20))",
        "bytes too many",
    ),
    handle(
        "a response cut short",
        "(call $result (i32.const 512) (i32.const 9))",
        "malformed MessagePack",
    ),
    handle(
        "a response nested 60,000 deep",
        "(memory.fill (i32.const 70000) (i32.const 0x91) (i32.const 60000))
        (call $result (i32.const 70000) (i32.const 60000))",
        "malformed MessagePack",
    ),
    handle(
        "an array of 4,000,000,000 items",
        "(i32.store8 (i32.const 100) (i32.const 0xdd)) (i32.store (i32.const 101) (i32.const -2))
        (call $result (i32.const 100) (i32.const 5))",
        "malformed MessagePack",
    ),
    handle(
        "a response that is a number",
        "(i32.store8 (i32.const 100) (i32.const 7)) (call $result (i32.const 100) (i32.const 1))",
        "no map",
    ),
    handle("a trap", "unreachable", "crashed"),
    handle(
        "no end",
        "(loop $again br $again) unreachable",
        "limit exceeded",
    ),
    handle(
        "no bottom",
        "(call $handle (local.get 0) (local.get 1))",
        "call stack exhausted",
    ),
    handle(
        "memory without end",
        "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 100)) (i32.const -1)))) unreachable",
        "memory_limit_mb",
    ),
    handle(
        "leaving",
        "(call $exit (i32.const 3)) unreachable",
        "exit(3)",
    ),
    handle(
        "an error that is nowhere",
        "(call $abort (i32.const -4) (i32.const 3) (i32.const 1) (i32.const 2)) unreachable",
        "",
    ),
    handle(
        "an error of 4 GiB",
        "(i32.store (i32.const 100) (i32.const -1)) (call $abort (i32.const 104) (i32.const 0) (i32.const 1) (i32.const 2)) unreachable",
        "",
    ),
    handle(
        "a request past the memory",
        "(call $log (i32.const 65000) (i32.const 10000000))",
        "a request of the skill",
    ),
    handle(
        "a request that wraps around",
        "(call $log (i32.const -8) (i32.const 64))",
        "a request of the skill",
    ),
    handle(
        "a request that is no MessagePack",
        "(call $log (i32.const 0) (i32.const 9))",
        "malformed MessagePack",
    ),
    handle(
        "a file that is not granted",
        "(call $read (i32.const 600) (i32.const 18))",
        "permission denied",
    ),
    handle(
        "output that is nowhere",
        "(drop (call $write (i32.const 1) (i32.const -8) (i32.const 9) (i32.const 0))) unreachable",
        "crashed",
    ),
    alloc("no memory", "(i32.const 0)", Some("skill_alloc returned 0")),
    alloc(
        "memory past the end",
        "(i32.const 0x7fff0000)",
        Some("do not fit"),
    ),
    alloc(
        "memory that wraps around",
        "(i32.const -4)",
        Some("do not fit"),
    ),
    alloc("one place for all", "(i32.const 4096)", None),
    alloc(
        "an allocator that asks the host",
        "(drop (call $log (i32.const 512) (i32.const 14))) (i32.const 4096)",
        Some("skill_alloc calls a function"),
    ),
    alloc(
        "an allocator that grows the memory",
        "(i32.mul (memory.grow (i32.const 1)) (i32.const 65536))",
        None,
    ),
];

fn bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    rmpv::encode::write_value(&mut bytes, value).unwrap();
    bytes
}

fn map(entries: Vec<(&str, Value)>) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect(),
    )
}

fn description(id: &str) -> Vec<u8> {
    let method = map(vec![
        ("name", "go".into()),
        ("description", "Does what it should not.".into()),
    ]);
    bytes(&map(vec![
        ("version", 1.into()),
        ("skill_id", format!("ai.luminarys.hostile.{id}").into()),
        ("skill_name", "Hostile".into()),
        ("skill_version", "1.0.0".into()),
        ("description", "".into()),
        ("methods", Value::Array(vec![method])),
    ]))
}

fn data(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}

fn module(hostile: &Hostile, describe: &str, description: &[u8]) -> Vec<u8> {
    // {"payload": bin of nil}
    let response = bytes(&map(vec![(
        "payload",
        Value::Binary(vec![0xa2, b'o', b'k']),
    )]));
    assert_eq!(response.len(), 14);
    let request = bytes(&map(vec![("path", "/etc/passwd".into())]));
    assert_eq!(request.len(), 18);
    let text = format!(
        r#"(module
            (import "env" "log_write" (func $log (param i32 i32) (result i64)))
            (import "env" "fs_read" (func $read (param i32 i32) (result i64)))
            (import "env" "abort" (func $abort (param i32 i32 i32 i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 3)
            (global $next (mut i32) (i32.const 8192))
            (data (i32.const {RESPONSE}) "{}")
            (data (i32.const 600) "{}")
            (data (i32.const {DESCRIPTION}) "{}")
            (func $result (param i32 i32) (result i64)
                (i64.or (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32)) (i64.extend_i32_u (local.get 1))))
            (func (export "skill_alloc") (param i32) (result i32) {})
            (func (export "skill_free") (param i32))
            (func $handle (export "skill_handle") (param i32 i32) (result i64) {})
            (func (export "skill_describe") (result i64) {describe}))"#,
        data(&response),
        data(&request),
        data(description),
        hostile.alloc,
        hostile.handle,
    );
    wat::parse_str(text).unwrap()
}

/// The function that returns the address of the description.
fn described(length: usize) -> String {
    format!("(call $result (i32.const {DESCRIPTION}) (i32.const {length}))")
}

/// Deploys all of them, and calls each twice.
fn calls() -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let key = SecretKey::generate()?;
    let mut manifests = Vec::new();
    for (number, hostile) in ALL.iter().enumerate() {
        let id = format!("h{number}");
        let description = description(&id);
        let module = module(hostile, &described(description.len()), &description);
        let adapted = adapt(&module).map_err(|error| format!("{}: {error}", hostile.name))?;
        let descriptor = serde_json::from_str(&describe(&adapted.component)?)?;
        let package = directory.path().join(format!("{id}.skill"));
        std::fs::write(
            &package,
            sign(&embed(&adapted.component, &descriptor)?, &key)?,
        )?;
        let manifest = directory.path().join(format!("{id}.yaml"));
        let runtime = json!({ "memory_limit_mb": 16, "cpu_timeout_ms": 300 });
        std::fs::write(
            &manifest,
            json!({ "id": id, "path": package, "runtime": runtime }).to_string(),
        )?;
        manifests.push(manifest);
    }
    let config = directory.path().join("luminarys.yaml");
    let trusted = key.public().to_text();
    std::fs::write(
        &config,
        json!({ "skills": manifests, "trust": [trusted.trim()] }).to_string(),
    )?;
    let mut server = Server::start(&config, &directory.path().join("log"))?;
    for round in 0..2 {
        for (number, hostile) in ALL.iter().enumerate() {
            let answer = server.call(&format!("h{number}_go"), &json!({}))?;
            let wrong = |found: &str| {
                let log = std::fs::read_to_string(directory.path().join("log")).unwrap_or_default();
                Failed::from(format!(
                    "{} (round {round}): {:?} expected, got {found:?}\n{log}",
                    hostile.name, hostile.error
                ))
            };
            match (&answer.result, hostile.error) {
                (Err(found), Some(part)) if found.contains(part) => {}
                (Ok(found), None) if *found == json!("ok") => {}
                (Ok(found), _) => return Err(wrong(&found.to_string())),
                (Err(found), _) => return Err(wrong(found)),
            }
        }
    }
    Ok(())
}

/// The packager's errors for modules with invalid descriptions.
fn descriptions() -> Result<(), Failed> {
    let right = description("d");
    let cut = &right[..right.len() - 3];
    for (describe_as, bytes, part) in [
        (
            "(call $result (i32.const 0) (i32.const 0x7fffffff))".to_owned(),
            &right[..],
            "at most",
        ),
        (
            "(call $result (i32.const 100000) (i32.const 1000000))".to_owned(),
            &right,
            "cannot be read",
        ),
        ("unreachable".to_owned(), &right, "failed"),
        (
            "(call $exit (i32.const 1)) unreachable".to_owned(),
            &right,
            "exit(1)",
        ),
        ("(i64.const 0)".to_owned(), &right, "malformed MessagePack"),
        (described(cut.len()), cut, "malformed MessagePack"),
        (
            "(drop (call $read (i32.const 600) (i32.const 18))) unreachable".to_owned(),
            &right,
            "failed",
        ),
    ] {
        let module = module(&ALL[0], &describe_as, bytes);
        let error = describe(&adapt(&module)?.component)
            .err()
            .map(|error| error.to_string());
        if !error.as_ref().is_some_and(|error| error.contains(part)) {
            return Err(format!("{describe_as}: {part:?} expected, got {error:?}").into());
        }
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::from_args();
    let trials = vec![
        Trial::test("calls", calls),
        Trial::test("descriptions", descriptions),
    ];
    libtest_mimic::run(&arguments, trials).exit()
}
