//! What an operator can follow: each call of a program in the audit log, with the call that made it.

use luminarys_testing::each_row_async;
use serde_json::{Value, json};

use crate::host::{Place, text};
use crate::place::{LANGUAGES, Program, deploy_engines, place, run, start};

/// The lines of `luminarys audit` with these arguments.
fn audit(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let words: Vec<&str> = ["audit", "--json"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    let output = place.command(&words).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn every_call_of_a_program_is_recorded_with_its_own() {
    let place = place();
    std::fs::create_dir(place.path("granted")).unwrap();
    for name in ["a", "b"] {
        place.write(&format!("granted/{name}"), name);
    }
    deploy_engines(&place, "fs, closed", "", "");
    let granted = place.path("granted");
    let files = format!(
        "permissions: {{fs: {{enabled: true, dirs: ['{}:ro']}}}}\n{}",
        granted.display(),
        crate::place::OPEN
    );
    place.deploy("fs", "fs", &files);
    place.deploy("closed", "echo", "");
    let (_host, client) = start(&place).await;
    let program = Program {
        javascript: "const at = 'FOLDER';\n\
                     await Promise.all(['a', 'b'].map((name) => tools.fs.read({ path: `${at}/${name}` })));\n\
                     await tools.fs.read({ path: '/etc/ID' }).catch(() => 0);\n\
                     await tools.closed.ping().catch(() => 0); 1",
        python: "import asyncio\nat = 'FOLDER'\n\
                 await asyncio.gather(*[tools.fs.read(path=f'{at}/{name}') for name in 'ab'])\n\
                 await asyncio.gather(tools.fs.read(path='/etc/ID'), return_exceptions=True)\n\
                 await asyncio.gather(tools.closed.ping(), return_exceptions=True)\n1",
    };
    let known = audit(&place, &[]).len();
    assert_eq!(known, 0);
    each_row_async(LANGUAGES, async |language| {
        let id = language.id();
        let code = language
            .of(program)
            .replace("FOLDER", &granted.display().to_string())
            // Equal denials are counted, not written again.
            .replace("ID", id);
        let answer = run(&client, language, &code).await;
        assert_ne!(answer.is_error, Some(true), "{}", text(&answer));
        let made = audit(&place, &["--skill", id]);
        let first = &made[0];
        let (request, trace) = (&first["request"], first["trace"].as_str().unwrap());
        assert_eq!(request, trace, "a client made the call");
        let all = audit(&place, &["--trace", trace]);
        let field = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let mut shown: Vec<Vec<String>> = all
            .iter()
            .map(|line| {
                let names = [
                    "skill",
                    "method",
                    "caller",
                    "capability",
                    "target",
                    "verdict",
                ];
                names.iter().map(|name| field(line, name)).collect()
            })
            .collect();
        shown.sort();
        let at = |name: &str| granted.join(name).display().to_string();
        let rows = [
            [
                "fs",
                "read",
                id,
                "filesystem",
                &format!("/etc/{id}"),
                "denied",
            ],
            ["fs", "read", id, "filesystem", &at("a"), "allowed"],
            ["fs", "read", id, "filesystem", &at("b"), "allowed"],
            [id, "run", "", "skills", "closed/ping", "denied"],
            [id, "run", "", "skills", "fs/read", "allowed"],
            [id, "run", "", "skills", "fs/read", "allowed"],
            [id, "run", "", "skills", "fs/read", "allowed"],
        ];
        let mut expected: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.map(str::to_owned).to_vec())
            .collect();
        expected.sort();
        assert_eq!(shown, expected);
        for line in all.iter().filter(|line| line["skill"] == json!("fs")) {
            assert_eq!(&line["parent"], request, "{line}");
            assert_ne!(&line["request"], request, "{line}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_trace_is_shown_whole() {
    const CALLS: usize = 120;
    let place = place();
    deploy_engines(&place, "echo", "", "");
    place.deploy("echo", "echo", crate::place::OPEN);
    let (_host, client) = start(&place).await;
    let program = Program {
        javascript: "for (let i = 0; i < CALLS; i++) await tools.echo.ping({}); 1",
        python: "for _ in range(CALLS): await tools.echo.ping()\n1",
    };
    let language = LANGUAGES[0];
    let code = language.of(program).replace("CALLS", &CALLS.to_string());
    let answer = run(&client, language, &code).await;
    assert_ne!(answer.is_error, Some(true), "{}", text(&answer));
    let latest = audit(&place, &["--skill", language.id()]);
    assert_eq!(latest.len(), 100, "the latest");
    let trace = latest[0]["trace"].as_str().unwrap();
    let whole = audit(&place, &["--trace", trace, "--skill", language.id()]);
    assert_eq!(whole.len(), CALLS);
    assert_eq!(audit(&place, &["--trace", trace, "-n", "3"]).len(), 3);
    let output = place.command(&["audit"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("earlier decisions are not shown"), "{told}");
}
