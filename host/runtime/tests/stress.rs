//! Stress test of one adapted Go skill: 100,000 calls with payloads of 0 to 1 MiB while its garbage collector is busy.
//! Each answer is correct, and memory does not grow. Needs `target/skills/legacy-go.skill`: `scripts/build-guests
//! legacy-go`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::sync::Arc;

use luminarys_grants::{Grants, Isolation, Manifest};
use luminarys_package::Package;
use luminarys_runtime::{CallContext, Limits, Runtime, RuntimeOptions};
use serde_json::{Value, json};

const CALLS: u32 = 100_000;
/// The number of initial calls during which memory may grow.
const WARM_UP: u32 = 20_000;
const MEBIBYTE: usize = 1 << 20;
/// The allowed fluctuation, in bytes.
const SLACK: u64 = 48 << 20;

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = status.split_whitespace().nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size() as u64
}

/// Returns a size from 0 to 1 MiB; small ones are more frequent.
fn size(number: u32) -> usize {
    let random = u64::from(number)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(23);
    let random = random.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = random % 21;
    (random >> 32) as usize % ((1 << bits) + 1)
}

#[tokio::test]
async fn memory_stays_flat() {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    let package = target.join("skills/legacy-go.skill");
    let bytes = std::fs::read(&package);
    let bytes = bytes
        .unwrap_or_else(|error| panic!("{}: {error}; run scripts/build-guests", package.display()));
    let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
    let manifest = Manifest::parse("m.yaml", "id: go\npath: go.skill\n", &|_| None).unwrap();
    let grants = Arc::new(Grants::open(&manifest).unwrap());
    let limits = Limits {
        isolation: Isolation::Skill,
        ..Limits::default()
    };
    let skill = runtime
        .load("go", &Package::read(bytes).unwrap(), grants, limits)
        .unwrap();
    let mut most = 0;
    for number in 0..CALLS {
        let text: String = if number % 5_000 == 0 {
            "x".repeat(MEBIBYTE)
        } else {
            "y".repeat(size(number))
        };
        let arguments = json!({ "text": text, "size": 20_000 });
        let answer = skill
            .call("churn", arguments, CallContext::new(""))
            .await
            .unwrap();
        assert_eq!(answer.value, Value::String(text), "call {number}");
        if number < WARM_UP {
            most = resident().max(most);
        } else if number % 1_000 == 0 {
            let now = resident();
            assert!(
                now < most + SLACK,
                "call {number}: {now} bytes, at first {most}"
            );
        }
    }
}
