//! The initial content of a memory is mapped into each instance and copied on write, even where most of it is empty, as
//! in the snapshot of a language's runtime: an instance costs what it writes.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use luminarys_grants::{Grants, Isolation, Manifest};
use luminarys_package::{Package, embed};
use luminarys_runtime::{CallContext, Limits, Runtime, RuntimeOptions};
use serde_json::{Value, json};

/// Where the last of the content lies, in bytes: everything between is empty.
const END: u64 = 30 << 20;
/// What an instance may have for itself, in KiB.
const OWN: u64 = 1 << 10;

fn package() -> Package {
    let component = format!(
        r#"(component
            (core module $code
                (memory (export "memory") 512)
                (data (i32.const 16) "\01")
                (data (i32.const {END}) "\02")
                (func (export "sum") (result i32)
                    (i32.store8 (i32.const 17) (i32.const 0))
                    (i32.add (i32.load (i32.const 16)) (i32.load (i32.const {END})))))
            (core instance $made (instantiate $code))
            (func (export "sum") (result u32) (canon lift (core func $made "sum"))))"#
    );
    let descriptor = json!({ "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.0.0", "abi": "typed",
        "methods": [{ "name": "sum", "export": "sum" }] });
    let descriptor = serde_json::from_value(descriptor).unwrap();
    let component = wat::parse_str(component).unwrap();
    Package::read(embed(&component, &descriptor).unwrap()).unwrap()
}

/// Returns the memory that this process has for itself in each writable private mapping of a file that is large enough
/// for the content, in KiB.
fn images() -> Vec<u64> {
    let text = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let (mut found, mut is_image) = (Vec::new(), false);
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [range, "rw-p", _, _, inode, ..] => {
                let (from, to) = range.split_once('-').unwrap();
                let at = |text| u64::from_str_radix(text, 16).unwrap();
                is_image = inode != "0" && at(to) - at(from) > END;
            }
            [range, ..] if range.contains('-') && !range.ends_with(':') => is_image = false,
            ["Private_Dirty:", size, "kB"] if is_image => found.push(size.parse().unwrap()),
            _ => {}
        }
    }
    found
}

/// Runs instances of a host with this directory of compiled code.
async fn run(cache: Option<&Path>, key: &Path) {
    let options = RuntimeOptions {
        cache_dir: cache.map(Path::to_owned),
        cache_key: cache.map(|_| key.to_owned()),
        ..RuntimeOptions::default()
    };
    let runtime = Runtime::new(options).unwrap();
    let limits = Limits {
        isolation: Isolation::Skill,
        ..Limits::default()
    };
    let mut skills = Vec::new();
    for number in 1..=3 {
        let id = format!("skill{number}");
        let text = format!("id: {id}\npath: a.skill\n");
        let manifest = Manifest::parse("m.yaml", &text, &|_| None).unwrap();
        let grants = Arc::new(Grants::open(&manifest).unwrap());
        let skill = runtime
            .load(&id, &package(), grants, limits.clone())
            .unwrap();
        let outcome = skill
            .call("sum", Value::Null, CallContext::new(""))
            .await
            .unwrap();
        assert_eq!(outcome.value, 3);
        skills.push(skill);
        let found = images();
        assert_eq!(found.len(), number, "{found:?}");
        assert!(found.iter().all(|own| *own < OWN), "{found:?}");
    }
}

#[tokio::test]
async fn content_is_mapped_and_copied_on_write() {
    let place = tempfile::tempdir().unwrap();
    let (cache, key) = (place.path().join("cache"), place.path().join("key/key"));
    run(None, &key).await;
    // Compiled now, and found.
    run(Some(&cache), &key).await;
    run(Some(&cache), &key).await;
}
