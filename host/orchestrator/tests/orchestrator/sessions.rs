//! Instances of sessions.

use luminarys_orchestrator::{CallContext, Orchestrator};
use luminarys_package::{Descriptor, embed, sign};
use serde_json::{Value, json};

use crate::common::World;

const COUNTER: &str = r#"(component
    (core module $code
        (global $count (mut i32) (i32.const 0))
        (func (export "count") (result i32)
            (global.set $count (i32.add (global.get $count) (i32.const 1)))
            (global.get $count))
    )
    (core instance $made (instantiate $code))
    (func (export "count") (result u32) (canon lift (core func $made "count")))
)"#;

async fn counter() -> (World, Orchestrator) {
    let world = World::new();
    let descriptor: Descriptor = serde_json::from_value(json!({
        "version": 1, "id": "test.counter.one", "name": "Counter", "skill_version": "1.0.0",
        "description": "Counts its calls.", "abi": "typed", "requirements": [],
        "methods": [{ "name": "count", "description": "Counts.", "visibility": "public" }],
    }))
    .unwrap();
    let component = embed(&wat::parse_str(COUNTER).unwrap(), &descriptor).unwrap();
    world.write("counter.skill", sign(&component, &world.key).unwrap());
    world.write(
        "counter.yaml",
        "id: counter\npath: counter.skill\nruntime: {isolation: session}\n",
    );
    let orchestrator = world.start(&["counter.yaml"]).await;
    (world, orchestrator)
}

async fn count(orchestrator: &Orchestrator, session: &str) -> Value {
    let context = CallContext::new(session);
    let called = orchestrator.call_tool("counter_count", Value::Null, context);
    called.await.unwrap().value
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_ends_with_its_session() {
    let (_world, orchestrator) = counter().await;
    assert_eq!(count(&orchestrator, "a").await, 1);
    assert_eq!(count(&orchestrator, "a").await, 2);
    assert_eq!(count(&orchestrator, "b").await, 1);
    orchestrator.session_ended("a");
    orchestrator.session_ended("never begun");
    assert_eq!(count(&orchestrator, "a").await, 1);
    assert_eq!(count(&orchestrator, "b").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_without_a_session_share_no_instance() {
    let (_world, orchestrator) = counter().await;
    for _ in 0..2 {
        assert_eq!(count(&orchestrator, "").await, 1);
    }
}
