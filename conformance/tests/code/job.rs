//! One job done twice: 200 files are read, what is in them is counted and grouped, and a report is written. Once by plain calls
//! of tools, whose arguments and results all pass through the model, and once by one program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use luminarys_testing::each_row_async;
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

use crate::host::{Client, Place, call, text};
use crate::place::{LANGUAGES, Language, OPEN, Program, deploy_engines, place, start};
use crate::spent::tokens;

const FILES: usize = 200;

/// What a model would write: it counts orders by status and adds up their amounts, for each region.
const PROGRAM: Program = Program {
    javascript: r#"const found = await tools.fs.find({ path: `${input}/orders`, pattern: "*.csv" });
const texts = await Promise.all(found.trim().split("\n").map((path) => tools.fs.read({ path })));
const groups = {};
for (const line of texts.flatMap((text) => text.trim().split("\n"))) {
  const [, region, status, amount] = line.split(",");
  const group = (groups[`${region} ${status}`] ??= { count: 0, sum: 0 });
  group.count++;
  group.sum += Number(amount);
}
const report = Object.keys(groups).sort().map((key) => `${key}: ${groups[key].count} orders, ${groups[key].sum}\n`).join("");
await tools.fs.write({ path: `${input}/report.txt`, content: report });
({ files: texts.length, groups: Object.keys(groups).length })"#,
    python: r#"import asyncio, collections
found = await tools.fs.find(path=f"{data}/orders", pattern="*.csv")
texts = await asyncio.gather(*[tools.fs.read(path=path) for path in found.splitlines()])
groups = collections.defaultdict(lambda: [0, 0])
for line in "".join(texts).splitlines():
    _, region, status, amount = line.split(",")
    group = groups[f"{region} {status}"]
    group[0] += 1
    group[1] += int(amount)
report = "".join(f"{key}: {count} orders, {total}\n" for key, (count, total) in sorted(groups.items()))
await tools.fs.write(path=f"{data}/report.txt", content=report)
{"files": len(texts), "groups": len(groups)}"#,
};

/// Writes the files, and returns the report that is right.
fn orders(place: &Place) -> String {
    std::fs::create_dir(place.path("orders")).unwrap();
    let mut groups: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    // The same every time, and every group occurs.
    let mut seed = 7_u64;
    let mut draw = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for file in 0..FILES {
        let mut lines = String::new();
        for order in 0..20 {
            let region = ["north", "south", "east", "west"][draw(4) as usize];
            let status = ["open", "paid", "returned"][draw(3) as usize];
            let amount = draw(1_000);
            writeln!(lines, "{file}-{order},{region},{status},{amount}").unwrap();
            let group = groups.entry(format!("{region} {status}")).or_default();
            *group = (group.0 + 1, group.1 + amount);
        }
        place.write(&format!("orders/{file:03}.csv"), &lines);
    }
    let lines = groups
        .into_iter()
        .map(|(key, (count, sum))| format!("{key}: {count} orders, {sum}\n"));
    lines.collect()
}

/// What passes through the model: what it writes, and what it is shown.
#[derive(Default)]
struct Passed {
    calls: usize,
    written: Vec<String>,
    shown: Vec<String>,
}

impl Passed {
    async fn call(&mut self, client: &Client, tool: &str, arguments: Value) -> CallToolResult {
        let answer = call(client, tool, arguments.clone()).await;
        assert_ne!(answer.is_error, Some(true), "{tool}: {}", text(&answer));
        self.calls += 1;
        self.written
            .push(json!({ "name": tool, "arguments": arguments }).to_string());
        let blocks = answer.content.iter().filter_map(|block| block.as_text());
        self.shown.extend(blocks.map(|block| block.text.clone()));
        answer
    }

    /// The definitions of the tools that a model needs for it, which it is shown once.
    async fn tools(&mut self, client: &Client, wanted: &dyn Fn(&str) -> bool) {
        for tool in client.list_all_tools().await.unwrap() {
            if wanted(&tool.name) {
                self.shown.push(serde_json::to_string(&tool).unwrap());
            }
        }
    }

    /// The tokens written and shown.
    fn cost(&self) -> (usize, usize) {
        (
            tokens(&self.written).iter().sum(),
            tokens(&self.shown).iter().sum(),
        )
    }
}

/// The job by plain calls, as a model does it that has added up everything itself.
async fn by_calls(client: &Client, folder: &str, report: &str) -> Passed {
    let mut passed = Passed::default();
    passed.tools(client, &|name| name.starts_with("fs_")).await;
    let asked = json!({ "path": format!("{folder}/orders"), "pattern": "*.csv" });
    let found = text(&passed.call(client, "fs_find", asked).await);
    let mut lines = 0;
    for path in found.lines() {
        let answer = passed
            .call(client, "fs_read", json!({ "path": path }))
            .await;
        lines += text(&answer).lines().count();
    }
    assert_eq!(lines, 20 * FILES);
    let target = json!({ "path": format!("{folder}/report.txt"), "content": report });
    passed.call(client, "fs_write", target).await;
    passed
}

/// The job by one program.
async fn by_program(client: &Client, language: Language, folder: &str) -> Passed {
    let mut passed = Passed::default();
    let (search, run) = (
        format!("{}_search", language.id()),
        format!("{}_run", language.id()),
    );
    passed
        .tools(client, &|name| name == search || name == run)
        .await;
    let asked = json!({ "query": "find files, read and write them", "detail": "stubs" });
    let found = passed.call(client, &search, asked).await;
    for method in ["find", "read", "write"] {
        assert!(
            text(&found).contains(&format!("{method}(")),
            "{}",
            text(&found)
        );
    }
    let arguments = json!({ "code": language.of(PROGRAM), "input": json!(folder).to_string() });
    let answer = passed.call(client, &run, arguments).await;
    let value = crate::place::value_of(&answer);
    assert_eq!(value, json!({ "files": FILES, "groups": 12 }));
    passed
}

#[tokio::test]
async fn a_program_passes_the_work_by_the_model() {
    let place = place();
    let report = orders(&place);
    let folder = place.path("").display().to_string();
    let folder = folder.trim_end_matches('/');
    deploy_engines(&place, "fs", "", "");
    let granted = format!("permissions: {{fs: {{enabled: true, dirs: ['{folder}:rw']}}}}\n{OPEN}");
    place.deploy("fs", "fs", &granted);
    let (_host, client) = start(&place).await;

    let plain = by_calls(&client, folder, &report).await;
    let (written, shown) = plain.cost();
    let all = written + shown;
    println!(
        "| the job by | calls | tokens written | tokens read | together |\n|---|---|---|---|---|"
    );
    println!(
        "| plain calls | {} | {written} | {shown} | {all} |",
        plain.calls
    );
    each_row_async(LANGUAGES, async |language| {
        let target = place.path("report.txt");
        std::fs::remove_file(&target).unwrap();
        let passed = by_program(&client, language, folder).await;
        assert_eq!(std::fs::read_to_string(&target).unwrap(), report);
        let (written, shown) = passed.cost();
        let together = written + shown;
        println!(
            "| a program in {language:?} | {} | {written} | {shown} | {together} |",
            passed.calls
        );
        assert!(20 * together < all, "{together} of {all}");
    })
    .await;
}
