//! What bounds a program: the calls it makes, what they carry, and what it prints and returns.

use luminarys_testing::each_row_async;
use serde_json::json;

use crate::host::text;
use crate::place::{LANGUAGES, OPEN, Program, deploy_engines, place, run, start, value};

/// Makes calls until one fails; returns how many did not, and the text of the failure.
const UNTIL_ONE_FAILS: Program = Program {
    javascript: "let count = 0, message = null;\n\
                 try { while (count < 100) { await tools.echo.echo({ message: 'x'.repeat(100) }); count++ } }\n\
                 catch (error) { message = error.message }\n[count, message]",
    python: "count, message = 0, None\n\
             try:\n    while count < 100:\n        await tools.echo.echo(message='x' * 100)\n        count += 1\n\
             except ToolError as error:\n    message = str(error)\n[count, message]",
};

#[tokio::test]
async fn the_manifest_limits_the_calls_of_one_program() {
    let place = place();
    deploy_engines(&place, "echo", "max_calls: 7", "");
    place.deploy("echo", "echo", OPEN);
    let (_host, client) = start(&place).await;
    let together = Program {
        javascript: "(await Promise.allSettled([...Array(20)].map(() => tools.echo.ping()))).map((one) => one.status === 'fulfilled')",
        python: "import asyncio\n\
                 found = await asyncio.gather(*[tools.echo.ping() for _ in range(20)], return_exceptions=True)\n\
                 [not isinstance(one, Exception) for one in found]",
    };
    each_row_async(LANGUAGES, async |language| {
        // Twice: each run has its own.
        for _ in 0..2 {
            let found = value(&client, language, UNTIL_ONE_FAILS).await;
            let text = "one call may make 7 calls of other skills: invoke_policy.max_calls";
            assert_eq!(found, json!([7, text]), "{language:?}");
        }
        let found = value(&client, language, together).await;
        let expected: Vec<bool> = (0..20).map(|at| at < 7).collect();
        assert_eq!(found, json!(expected), "{language:?}");
    })
    .await;
}

#[tokio::test]
async fn the_manifest_limits_what_calls_carry() {
    let place = place();
    deploy_engines(&place, "echo", "max_bytes: 2000", "");
    place.deploy("echo", "echo", OPEN);
    let (_host, client) = start(&place).await;
    each_row_async(LANGUAGES, async |language| {
        // About 114 bytes of arguments and 102 of the result.
        let found = value(&client, language, UNTIL_ONE_FAILS).await;
        assert_eq!(found[0], json!(9), "{language:?}: {found}");
        let text = found[1].as_str().unwrap();
        assert!(
            text.ends_with("invoke_policy.max_bytes"),
            "{language:?}: {text}"
        );
    })
    .await;
}

#[tokio::test]
async fn floods_end_with_an_error_or_are_cut() {
    let place = place();
    deploy_engines(&place, "echo", "", "runtime: {cpu_timeout_ms: 4000}\n");
    place.deploy("echo", "echo", OPEN);
    let (_host, client) = start(&place).await;
    /// The most bytes of an answer: what is kept of output, a value, and their frame.
    const MOST: usize = 4 << 20;
    let rows = [
        // Output.
        Program {
            javascript: "for (let i = 0; i < 300000; i++) console.log('a line of output that is long enough'); 7",
            python: "for _ in range(300000):\n    print('a line of output that is long enough')\n7",
        },
        Program {
            javascript: "console.log('x'.repeat(50000000)); 7",
            python: "print('x' * 50_000_000)\n7",
        },
    ];
    each_row_async(rows, async |program| {
        for language in LANGUAGES {
            let answer = run(&client, language, language.of(program)).await;
            let size = serde_json::to_string(&answer).unwrap().len();
            assert!(size < MOST, "{language:?}: {size}");
            assert_eq!(crate::place::value_of(&answer), json!(7), "{language:?}");
        }
    })
    .await;
    let rows = [
        // A value.
        Program {
            javascript: "'x'.repeat(50000000)",
            python: "'x' * 50_000_000",
        },
        // Arguments, which no host takes.
        Program {
            javascript: "await tools.echo.echo({ message: 'x'.repeat(20000000) })",
            python: "await tools.echo.echo(message='x' * 20_000_000)",
        },
        // Calls without end.
        Program {
            javascript: "while (true) await tools.echo.ping()",
            python: "while True:\n    await tools.echo.ping()",
        },
        Program {
            javascript: "const all = []; while (true) all.push(tools.echo.ping())",
            python: "all = []\nwhile True:\n    all.append(tools.echo.ping())",
        },
    ];
    each_row_async(rows, async |program| {
        for language in LANGUAGES {
            let answer = run(&client, language, language.of(program)).await;
            let shown = text(&answer);
            assert_eq!(answer.is_error, Some(true), "{language:?}: {shown}");
            assert!(shown.len() < MOST, "{language:?}: {}", shown.len());
            // Another program is served.
            let two = Program {
                javascript: "1 + 1",
                python: "1 + 1",
            };
            assert_eq!(value(&client, language, two).await, json!(2));
        }
    })
    .await;
}
