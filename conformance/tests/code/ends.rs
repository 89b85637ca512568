//! How the calls of programs run and end: together, with their caller, at either's deadline; and what is told meanwhile.

use luminarys_testing::each_row_async;
use serde_json::json;

use crate::host::text;
use crate::place::{LANGUAGES, OPEN, Program, deploy_engines, endless, place, run, start, value};

const PATIENT: &str = "runtime: {timeout_ms: 3600000, cpu_timeout_ms: 3600000}\n";

const SLEEPERS: Program = Program {
    javascript: "await Promise.all([1, 2, 3].map(() => tools.probe.sleep({ milliseconds: 3600000 })))",
    python: "import asyncio\nawait asyncio.gather(*[tools.probe.sleep(milliseconds=3600000) for _ in range(3)])",
};

#[tokio::test]
async fn calls_made_together_run_together_and_end_with_their_program() {
    let place = place();
    deploy_engines(&place, "probe", "", PATIENT);
    place.deploy("probe", "probe", &format!("{OPEN}{PATIENT}"));
    let (host, client) = start(&place).await;
    each_row_async(LANGUAGES, async |language| {
        let running = endless(&client, language, SLEEPERS).await;
        // The program, and the three that it called: none of them ends by itself.
        host.until_running(4).await;
        running.cancel(Some("enough".to_owned())).await.unwrap();
        host.until_running(0).await;
    })
    .await;
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_calls() {
    let place = place();
    deploy_engines(&place, "echo, probe", "", "");
    place.deploy("echo", "echo", OPEN);
    place.deploy("probe", "probe", OPEN);
    let (_host, client) = start(&place).await;
    let together = Program {
        javascript: "const slow = async () => { await tools.probe.sleep({ milliseconds: 50 }); return tools.echo.echo({ message: 'slow' }) };\n\
                     await Promise.all([slow(), ...['a', 'b', 'c'].map((message) => tools.echo.echo({ message }))])",
        python: "import asyncio\n\
                 async def slow():\n    await tools.probe.sleep(milliseconds=50)\n    return await tools.echo.echo(message='slow')\n\
                 await asyncio.gather(slow(), *[tools.echo.echo(message=each) for each in 'abc'])",
    };
    let many = Program {
        javascript: "(await Promise.all([...Array(2500).keys()].map((each) => tools.echo.echo({ message: `${each}` }))))\n\
                     .every((answer, at) => answer === `${at}`)",
        python: "import asyncio\n\
                 answers = await asyncio.gather(*[tools.echo.echo(message=str(each)) for each in range(2500)])\n\
                 answers == [str(each) for each in range(2500)]",
    };
    each_row_async(LANGUAGES, async |language| {
        let found = value(&client, language, together).await;
        assert_eq!(found, json!(["slow", "a", "b", "c"]));
        assert_eq!(value(&client, language, many).await, json!(true));
    })
    .await;
}

#[tokio::test]
async fn the_shorter_deadline_counts() {
    let place = place();
    deploy_engines(&place, "short, long", "", "runtime: {timeout_ms: 5000}\n");
    place.deploy(
        "short",
        "probe",
        &format!("{OPEN}runtime: {{timeout_ms: 200}}\n"),
    );
    place.deploy("long", "probe", &format!("{OPEN}{PATIENT}"));
    let (host, client) = start(&place).await;
    // The callee's own deadline is an error that the program survives.
    let caught = Program {
        javascript: "try { await tools.short.sleep({ milliseconds: 3600000 }) } catch (error) { error.message }",
        python: "try:\n    await tools.short.sleep(milliseconds=3600000)\nexcept ToolError as error:\n    message = str(error)\nmessage",
    };
    let left = Program {
        javascript: "await tools.long.sleep({ milliseconds: 3600000 })",
        python: "await tools.long.sleep(milliseconds=3600000)",
    };
    each_row_async(LANGUAGES, async |language| {
        let message = value(&client, language, caught).await;
        let message = message.as_str().unwrap();
        assert!(
            message.contains("timeout") && message.contains("200 ms"),
            "{message}"
        );
        // The program's own ends both.
        let answer = run(&client, language, language.of(left)).await;
        let shown = text(&answer);
        assert_eq!(answer.is_error, Some(true), "{shown}");
        assert!(shown.contains("timeout"), "{shown}");
        host.until_running(0).await;
    })
    .await;
}

#[tokio::test]
async fn the_client_sees_the_progress_of_what_a_program_calls() {
    let place = place();
    deploy_engines(&place, "probe", "", "");
    place.deploy("probe", "probe", OPEN);
    let (_host, client) = start(&place).await;
    let steps = Program {
        javascript: "await tools.probe.progress({ steps: 3, pause_ms: 80 })",
        python: "await tools.probe.progress(steps=3, pause_ms=80)",
    };
    each_row_async(LANGUAGES, async |language| {
        client.service().progress.lock().unwrap().clear();
        let answer = run(&client, language, language.of(steps)).await;
        assert_ne!(answer.is_error, Some(true), "{}", text(&answer));
        let told = client.service().progress.lock().unwrap().clone();
        let expected = [
            "probe/progress: step 1",
            "probe/progress: step 2",
            "probe/progress: step 3",
        ];
        assert_eq!(told[..3], expected, "{told:?}");
    })
    .await;
}
