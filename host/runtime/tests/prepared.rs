//! Instances that are prepared before the call that needs them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use luminarys_grants::{Grants, Isolation, Manifest};
use luminarys_package::{Package, embed};
use luminarys_runtime::{CallContext, Limits, LoadError, Runtime, RuntimeOptions, Skill};
use serde_json::json;

/// Calls that are made before a test concludes that nothing is prepared.
const TRIES: u32 = 20;
const WAIT: Duration = Duration::from_secs(20);

/// Returns a package whose `state` is 100 for each time that its instance was prepared, plus one for each call on it. Its
/// `prepare` begins with `work`.
fn package(work: &str) -> Package {
    exporting(&format!(
        r#"(core module $code
            (global $state (mut i32) (i32.const 0))
            (func (export "prepare")
                {work}
                (global.set $state (i32.add (global.get $state) (i32.const 100))))
            (func (export "state") (result i32)
                (global.set $state (i32.add (global.get $state) (i32.const 1)))
                (global.get $state)))
        (core instance $made (instantiate $code))
        (func $prepare (canon lift (core func $made "prepare")))
        (instance $prepared (export "prepare" (func $prepare)))"#
    ))
}

/// Returns a package with this text before its exports: the core instance `$made` and the instance `$prepared`.
fn exporting(text: &str) -> Package {
    let component = format!(
        r#"(component
            {text}
            (export "luminarys:skill/prepared@1.0.0" (instance $prepared))
            (func (export "state") (result u32) (canon lift (core func $made "state"))))"#
    );
    let descriptor = json!({ "version": 1, "id": "a.b.c", "name": "n", "skill_version": "1.0.0", "abi": "typed",
        "methods": [{ "name": "state", "export": "state" }] });
    let descriptor = serde_json::from_value(descriptor).unwrap();
    let component = wat::parse_str(component).unwrap();
    Package::read(embed(&component, &descriptor).unwrap()).unwrap()
}

fn load(package: &Package, limits: Limits) -> Result<Skill, LoadError> {
    let runtime = Runtime::new(RuntimeOptions::default()).unwrap();
    let manifest = Manifest::parse("m.yaml", "id: one\npath: a.skill\n", &|_| None).unwrap();
    let grants = Arc::new(Grants::open(&manifest).unwrap());
    runtime.load("one", package, grants, limits)
}

async fn state(skill: &Skill, session: &str) -> u64 {
    let called = skill.call("state", json!({}), CallContext::new(session));
    called.await.unwrap().value.as_u64().unwrap()
}

/// Calls it until an instance was prepared, and returns what that call gave.
async fn until_prepared(skill: &Skill) -> u64 {
    let began = Instant::now();
    loop {
        let state = state(skill, "").await;
        if state >= 100 {
            return state;
        }
        assert!(began.elapsed() < WAIT, "no instance was prepared");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Fails if one of many calls runs on a prepared instance.
async fn is_never_prepared(skill: &Skill) {
    for _ in 0..TRIES {
        assert_eq!(state(skill, "").await, 1);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn each_call_has_an_instance_of_its_own_that_was_prepared_once() {
    let skill = load(&package(""), Limits::default()).unwrap();
    assert_eq!(state(&skill, "").await, 1, "the first had no time");
    for _ in 0..TRIES {
        assert_eq!(until_prepared(&skill).await, 101);
    }
    skill.end();
    is_never_prepared(&skill).await;
}

#[tokio::test]
async fn a_session_begins_with_one() {
    let limits = Limits {
        isolation: Isolation::Session,
        ..Limits::default()
    };
    let skill = load(&package(""), limits).unwrap();
    assert_eq!(until_prepared(&skill).await, 101);
    let mut sessions = 0;
    loop {
        let name = format!("s{sessions}");
        let first = state(&skill, &name).await;
        assert_eq!(state(&skill, &name).await, first + 1, "{name} keeps it");
        if first == 101 {
            return;
        }
        sessions += 1;
        assert!(sessions < 60, "no session began with a prepared instance");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn none_is_prepared_where_that_fails_or_has_no_room() {
    // The third would take all CPU time that it may.
    for work in [
        "unreachable",
        "(drop (i32.div_u (i32.const 1) (i32.const 0)))",
        "(loop (br 0))",
    ] {
        let limits = Limits {
            cpu_timeout: Duration::from_millis(50),
            ..Limits::default()
        };
        let skill = load(&package(work), limits).unwrap();
        is_never_prepared(&skill).await;
    }
    let limits = Limits {
        memory: 8 << 20,
        max_live_memory: Some(15 << 20),
        ..Limits::default()
    };
    is_never_prepared(&load(&package(""), limits).unwrap()).await;
    let limits = Limits {
        isolation: Isolation::Skill,
        ..Limits::default()
    };
    let skill = load(&package(""), limits).unwrap();
    for call in 1..=u64::from(TRIES) {
        assert_eq!(state(&skill, "").await, call, "it keeps its only instance");
    }
}

#[tokio::test]
async fn another_type_of_prepare_is_rejected_when_it_is_loaded() {
    let code = r#"(core module $code
            (func (export "prepare") (result i32) (i32.const 0))
            (func (export "state") (result i32) (i32.const 0)))
        (core instance $made (instantiate $code))"#;
    for prepared in [
        r#"(func $prepare (result u32) (canon lift (core func $made "prepare")))
           (instance $prepared (export "prepare" (func $prepare)))"#,
        "(instance $prepared)",
    ] {
        let package = exporting(&format!("{code}{prepared}"));
        let error = load(&package, Limits::default()).err().unwrap();
        assert!(
            error.to_string().contains("must export `prepare: func()`"),
            "{error}"
        );
    }
}
