//! What programs may call: what both manifests allow, and no skill that is being called already. A failed call is an exception
//! with the text that any other skill gets.

use luminarys_testing::each_row_async;
use serde_json::{Value, json};

use crate::host::{Client, call, text};
use crate::place::{LANGUAGES, Language, Program, deploy_engines, place, run, start, value};

/// The error of a call that a skill in Rust makes, as its SDK shows it.
async fn direct(client: &Client, skill: &str, method: &str, arguments: &Value) -> String {
    let asked = json!({ "skill": skill, "method": method, "arguments": arguments.to_string() });
    let answer = call(client, "relay_pass_on", asked).await;
    assert_eq!(
        answer.is_error,
        Some(true),
        "{skill}/{method} may be called"
    );
    let shown = text(&answer);
    let line = shown.lines().next().unwrap();
    match line.split_once(": ") {
        Some(("denied", denied)) => {
            let (target, line) = denied.split_once(": ").unwrap();
            format!(
                "permission denied: skills {target}; the manifest line that would allow it: {line}"
            )
        }
        Some(("not-found", text)) => format!("not found: {text}"),
        Some(("returned" | "invalid" | "limit-exceeded", text)) => text.to_owned(),
        _ => line.to_owned(),
    }
}

/// The exception of a call that a program makes.
async fn caught(
    client: &Client,
    language: Language,
    skill: &str,
    method: &str,
    arguments: &Value,
) -> Value {
    let code = match language {
        Language::JavaScript => format!(
            "let found; try {{ await tools[{skill:?}][{method:?}]({arguments}) }}\n\
             catch (error) {{ found = [error.name, error.message, error.skill, error.method, error instanceof Error] }}\nfound"
        ),
        Language::Python => format!(
            "import json\ntry:\n    await getattr(tools[{skill:?}], {method:?})(json.loads({}))\n\
             except ToolError as error:\n    found = [type(error).__name__, str(error), error.skill, error.method, isinstance(error, Exception)]\nfound",
            // A string in JSON is one in Python.
            json!(arguments.to_string())
        ),
    };
    let answer = run(client, language, &code).await;
    crate::place::value_of(&answer)
}

#[tokio::test]
async fn a_failed_call_is_an_exception_with_the_text_that_every_skill_gets() {
    let place = place();
    deploy_engines(&place, "open, closed, missing", "", "");
    let callers = "invoke_policy: {can_be_invoked_by: [js, py, relay]}\n";
    place.deploy(
        "open",
        "probe",
        &format!("{callers}runtime: {{cpu_timeout_ms: 100}}\n"),
    );
    place.deploy("closed", "echo", "");
    place.deploy("other", "echo", callers);
    let relay = "invoke_policy: {can_invoke: [open, closed, missing]}\n";
    place.deploy("relay", "relay", relay);
    let (_host, client) = start(&place).await;
    let rows = [
        // Each manifest's side.
        ("other", "ping", json!({})),
        ("closed", "ping", json!({})),
        ("nowhere", "ping", json!({})),
        ("*", "ping", json!({})),
        // What is not there.
        ("missing", "ping", json!({})),
        ("open", "nope", json!({})),
        ("open", "on_event", json!({ "event": "e" })),
        // What is wrong with a call, and with what it called.
        ("open", "fail", json!({ "text": "my \"words\"\u{2028}" })),
        ("open", "fail", json!({})),
        ("open", "fail", json!({ "text": 7 })),
        ("open", "fail", json!({ "text": "x", "y": 1 })),
        ("open", "infinite_loop", json!({})),
    ];
    each_row_async(rows, async |(skill, method, arguments)| {
        let expected = direct(&client, skill, method, &arguments).await;
        for language in LANGUAGES {
            let found = caught(&client, language, skill, method, &arguments).await;
            let expected = expected.replace("\"relay\"", &format!("{:?}", language.id()));
            let expected = json!(["ToolError", expected, skill, method, true]);
            assert_eq!(found, expected, "{language:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_exception_that_nobody_catches_is_the_error_of_the_call() {
    let place = place();
    deploy_engines(&place, "closed", "", "");
    place.deploy("closed", "echo", "");
    let (_host, client) = start(&place).await;
    let waited = Program {
        javascript: "console.log('before'); await tools.closed.ping({}); console.log('after')",
        python: "print('before')\nawait tools.closed.ping()\nprint('after')",
    };
    // Nobody waits for it: JavaScript ends a program for that, Python says so.
    let forgotten = Program {
        javascript: "console.log('before'); tools.closed.ping({}); undefined",
        python: "print('before')\ntools.closed.ping()\nNone",
    };
    each_row_async(
        [(waited, true), (forgotten, false)],
        async |(program, is_error)| {
            for language in LANGUAGES {
                let answer = run(&client, language, language.of(program)).await;
                let shown = text(&answer);
                let is_error = is_error || language == Language::JavaScript;
                assert_eq!(answer.is_error, Some(is_error), "{language:?}: {shown}");
                for part in ["before", "closed/ping", "invoke_policy.can_be_invoked_by"] {
                    assert!(shown.contains(part), "{language:?}: {shown}");
                }
                assert!(!shown.contains("after"), "{language:?}: {shown}");
            }
        },
    )
    .await;
}

#[tokio::test]
async fn a_program_is_not_called_by_what_it_calls() {
    let place = place();
    deploy_engines(&place, "relay", "can_be_invoked_by: [relay]", "");
    place.deploy(
        "relay",
        "relay",
        "invoke_policy: {can_invoke: ['*'], can_be_invoked_by: [js, py]}\n",
    );
    let (_host, client) = start(&place).await;
    each_row_async(LANGUAGES, async |language| {
        let id = language.id();
        let inner = json!({ "code": "1" }).to_string();
        let arguments = json!({ "skill": id, "method": "run", "arguments": inner });
        let found = caught(&client, language, "relay", "pass_on", &arguments).await;
        let expected = format!("invalid: {id} is being called already: {id} → relay → {id}");
        assert_eq!(found[1], json!(expected));
    })
    .await;
}

#[tokio::test]
async fn ids_with_dashes_are_reachable_by_both_names() {
    let place = place();
    deploy_engines(&place, "a-b, a_c, d.e-f", "", "");
    for id in ["a-b", "a_c", "d.e-f"] {
        place.deploy(id, "echo", crate::place::OPEN);
    }
    let (_host, client) = start(&place).await;
    let names = Program {
        javascript: "[await tools['a-b'].ping(), await tools.a_b.ping(), await tools.a_c.ping(), await tools['d.e-f'].ping()]",
        python: "[await tools['a-b'].ping(), await tools.a_b.ping(), await tools.a_c.ping(), await tools['d.e-f'].ping()]",
    };
    each_row_async(LANGUAGES, async |language| {
        let found = value(&client, language, names).await;
        assert_eq!(found, json!(vec!["pong"; 4]));
    })
    .await;
}
