//! The example manifests for operators, as they are but for their paths.

use luminarys_conformance::host::repository;
use luminarys_conformance::package;
use luminarys_testing::each_row_async;
use serde_json::json;

use crate::host::{Place, call, text, tools};
use crate::place::{Language, place, start, value_of};

/// Deploys an example with another package, and this directory granted.
fn deploy(place: &Place, example: &str, skill: &str) {
    let path = repository().join("guest-templates/engines").join(example);
    let written = std::fs::read_to_string(&path).unwrap();
    let lines = written
        .lines()
        .map(|line| match line.strip_prefix("path: ") {
            Some(_) => format!("path: {:?}\n", package(skill)),
            None => format!("{line}\n"),
        });
    let granted = place.path("reports").display().to_string();
    let text = lines.collect::<String>().replace("/srv/reports", &granted);
    place.write(&format!("{example}.skill.yaml"), &text);
}

#[tokio::test]
async fn the_examples_are_two_tools_that_work() {
    let rows = [
        (Language::JavaScript, "code.js.yaml"),
        (Language::Python, "code.py.yaml"),
    ];
    each_row_async(rows, async |(language, example)| {
        let place = place();
        std::fs::create_dir(place.path("reports")).unwrap();
        place.write("reports/a.txt", "alpha");
        deploy(&place, example, language.package());
        deploy(&place, "code.fs.yaml", "fs");
        let (_host, client) = start(&place).await;
        assert_eq!(tools(&client).await, ["code_run", "code_search"]);
        let found = call(&client, "code_search", json!({ "query": "read" })).await;
        assert!(text(&found).contains("read"), "{}", text(&found));
        let file = place.path("reports/a.txt");
        let code = match language {
            Language::JavaScript => format!("await tools.fs.read({{ path: {file:?} }})"),
            Language::Python => format!("await tools.fs.read(path={file:?})"),
        };
        let answer = call(&client, "code_run", json!({ "code": code })).await;
        assert_eq!(value_of(&answer), json!("alpha"));
    })
    .await;
}
