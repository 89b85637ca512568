//! Authorisation and outcome of calls.

use std::time::Duration;

use crate::common::{LONG, World, long_named, manifest, package};
use luminarys_orchestrator::{CallContext, CallError, InvokeError, Orchestrator, Origin};
use luminarys_testing::each_row_async;
use serde_json::{Value, json};

async fn world() -> (World, Orchestrator) {
    let world = World::new();
    world.write("numbers.skill", package(&world.key, "1.0.0", json!([])));
    world.write(
        "open.yaml",
        manifest(
            "open",
            "invoke_policy: {can_be_invoked_by: ['*'], can_invoke: [shut]}",
        ),
    );
    world.write(
        "shut.yaml",
        manifest(
            "shut",
            "invoke_policy: {can_invoke: ['*']}\nmcp: {hidden_methods: [answer]}",
        ),
    );
    world.write(
        "whole.yaml",
        manifest("whole", "mcp: {mapping: per_skill, hidden_methods: [spin]}"),
    );
    let orchestrator = world.start(&["open.yaml", "shut.yaml", "whole.yaml"]).await;
    (world, orchestrator)
}

async fn invoke(
    orchestrator: &Orchestrator,
    origin: Origin,
    skill: &str,
    method: &str,
) -> Result<Value, InvokeError> {
    let outcome = orchestrator
        .invoke(origin, skill, method, json!({}), CallContext::new("s"))
        .await;
    outcome.map(|outcome| outcome.value)
}

#[tokio::test]
async fn methods_by_visibility_and_policy() {
    let (_world, orchestrator) = world().await;
    let skill = |id: &str| Origin::Skill(id.to_owned());
    let rows = [
        (Origin::Client, "open", "answer", "ok"),
        (Origin::Client, "open", "inner", "unknown method"),
        (Origin::Client, "open", "on_event", "unknown method"),
        (Origin::Client, "shut", "answer", "unknown method"),
        (Origin::Operator, "shut", "answer", "ok"),
        (Origin::Operator, "open", "inner", "ok"),
        (Origin::Operator, "open", "on_event", "callback"),
        (Origin::Host, "open", "on_event", "ok"),
        (skill("shut"), "open", "answer", "ok"),
        (skill("shut"), "open", "inner", "ok"),
        (skill("shut"), "open", "on_event", "callback"),
        (skill("shut"), "shut", "on_event", "ok"),
        (skill("open"), "shut", "answer", "can_be_invoked_by"),
        (skill("whole"), "open", "answer", "can_invoke"),
        (skill("whole"), "nowhere", "answer", "can_invoke"),
        (skill("shut"), "nowhere", "answer", "unknown skill"),
        (skill("gone"), "open", "answer", "can_invoke"),
        (Origin::Operator, "nowhere", "answer", "unknown skill"),
        (Origin::Operator, "open", "nothing", "unknown method"),
    ];
    each_row_async(rows, async |(origin, target, method, expected)| {
        let result = invoke(&orchestrator, origin.clone(), target, method).await;
        let printed = match &result {
            Ok(value) if *value == json!(42) => "ok".to_owned(),
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(
            printed.contains(expected),
            "{origin:?} {target} {method}: {printed}"
        );
    })
    .await;
    let metrics = orchestrator.metrics();
    assert!(
        metrics.contains(r#"luminarys_calls_total{skill="open",method="answer",outcome="ok"} 2"#),
        "{metrics}"
    );
    assert!(
        metrics.contains(r#"luminarys_denials_total{skill="open",capability="skills"}"#),
        "{metrics}"
    );
    assert!(
        !metrics.contains("nowhere") && !metrics.contains("nothing"),
        "{metrics}"
    );
}

#[tokio::test]
async fn tools_of_a_whole_skill() {
    let (_world, orchestrator) = world().await;
    let call = |arguments: Value| orchestrator.call_tool("whole", arguments, CallContext::new(""));
    let rows = [json!({ "value": 21 }), json!("{\"value\": 21}")];
    each_row_async(rows, async |params| {
        let doubled = call(json!({ "method": "double", "params": params })).await;
        assert_eq!(doubled.unwrap().value, json!(42));
    })
    .await;
    let rows = [
        (json!({ "method": "spin" }), "unknown method"),
        (json!({ "method": "inner" }), "unknown method"),
        (json!({ "value": 1 }), "invalid arguments"),
        (
            json!({ "method": "double", "params": { "value": "x" } }),
            "invalid arguments",
        ),
        (json!({ "method": "double" }), "invalid arguments"),
        (
            json!({ "method": "double", "params": "{" }),
            "the arguments are not JSON",
        ),
        (
            json!({ "method": "double", "params": "[21]" }),
            "expected an object",
        ),
        (
            json!({ "method": "inner", "params": "{" }),
            "unknown method",
        ),
    ];
    each_row_async(rows, async |(arguments, expected)| {
        let error = call(arguments.clone()).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{arguments}: {error}");
    })
    .await;
    let unknown = orchestrator
        .call_tool("whole_double", json!({}), CallContext::new(""))
        .await;
    assert!(
        matches!(unknown, Err(InvokeError::UnknownTool(_))),
        "{unknown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_cancels_calls_that_do_not_end() {
    let (_world, orchestrator) = world().await;
    let caller = CallContext::new("");
    let token = caller.cancel.clone();
    let spinning = {
        let orchestrator = orchestrator.clone();
        tokio::spawn(async move { orchestrator.call_tool("open_spin", json!({}), caller).await })
    };
    while !orchestrator
        .metrics()
        .contains("luminarys_calls_in_flight 1")
    {
        tokio::task::yield_now().await;
    }
    orchestrator.shutdown(Duration::ZERO).await;
    let ended = spinning.await.unwrap();
    assert!(
        matches!(ended, Err(InvokeError::Call(CallError::Cancelled))),
        "{ended:?}"
    );
    assert!(
        !token.is_cancelled(),
        "the caller's own token is the caller's"
    );
    let late = invoke(&orchestrator, Origin::Host, "open", "answer").await;
    assert!(matches!(late, Err(InvokeError::ShuttingDown)), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_call_is_counted() {
    let (_world, orchestrator) = world().await;
    let context = CallContext::new("");
    context.cancel.cancel();
    let ended = orchestrator
        .call_tool("open_spin", json!({}), context)
        .await;
    assert!(
        matches!(ended, Err(InvokeError::Call(CallError::Cancelled))),
        "{ended:?}"
    );
    let metrics = orchestrator.metrics();
    assert!(
        metrics
            .contains(r#"luminarys_calls_total{skill="open",method="spin",outcome="cancelled"} 1"#),
        "{metrics}"
    );
}

#[tokio::test]
async fn a_method_that_some_clients_reject_is_callable_but_not_offered() {
    let world = World::new();
    world.write("numbers.skill", long_named(&world.key));
    world.write("long.yaml", manifest("long", ""));
    let orchestrator = world.start(&["long.yaml"]).await;
    let offered = orchestrator.tools();
    let offered = offered.iter().filter_map(|tool| tool.method.as_deref());
    assert_eq!(offered.collect::<Vec<_>>(), ["answer", "spin"]);
    let report = orchestrator.skill("long").unwrap();
    let warned = |part: &str| report.warnings.iter().any(|warning| warning.contains(part));
    assert!(
        warned("double is not offered") && warned("has a name of 65 characters"),
        "{:?}",
        report.warnings
    );
    let arguments = json!({ LONG.replace('-', "_"): 21 });
    let doubled = orchestrator
        .invoke(
            Origin::Operator,
            "long",
            "double",
            arguments,
            CallContext::new(""),
        )
        .await;
    assert_eq!(doubled.unwrap().value, json!(42));
}
