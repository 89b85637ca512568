use luminarys_testing::each_row;
use serde_json::json;

use super::*;

fn outcome(value: Value, text: Option<&str>) -> Outcome {
    Outcome {
        value,
        text_for_model: text.map(str::to_owned),
        held: Default::default(),
    }
}

fn tool(schema: Option<Value>) -> Tool {
    Tool {
        name: "t".into(),
        skill: "s".into(),
        method: None,
        title: String::new(),
        effects: Default::default(),
        description: String::new(),
        input_schema: json!({}),
        wraps_result: schema
            .as_ref()
            .is_some_and(|schema| schema["properties"].get("result").is_some()),
        output_schema: schema,
    }
}

fn texts(result: &CallToolResult) -> Vec<&str> {
    let texts = result.content.iter().filter_map(|block| block.as_text());
    texts.map(|text| text.text.as_str()).collect()
}

fn link(result: &CallToolResult) -> String {
    let mut links = result.content.iter().filter_map(|block| match block {
        ContentBlock::ResourceLink(resource) => Some(resource.uri.clone()),
        _ => None,
    });
    links.next_back().unwrap()
}

/// Reads a result from `uri` to its end.
fn read_all(presenter: &Presenter<'_>, uri: &str) -> String {
    let (mut all, mut next) = (String::new(), Some(uri.to_owned()));
    while let Some(uri) = next {
        let result = presenter.read(&uri).unwrap();
        let mut parts = result.contents.into_iter().map(|part| match part {
            ResourceContents::TextResourceContents { text, uri, .. } => (text, uri),
            other => panic!("{other:?}"),
        });
        let (text, _) = parts.next().unwrap();
        assert!(text.chars().count() <= presenter.options.max_result_chars);
        all.push_str(&text);
        next = parts.next().map(|(_, uri)| uri);
    }
    all
}

#[tokio::test]
async fn short_results_are_shown_unchanged() {
    let results = Results::new(ToolOptions::default());
    let presenter = results.of("o");
    let object = tool(Some(json!({ "type": "object", "properties": { "a": {} } })));
    let rows = [
        (None, json!("a"), "a", None),
        (None, json!({ "a": 1 }), "{\"a\":1}", None),
        (Some(tool(None)), json!("a"), "a", None),
        (Some(tool(None)), json!(null), "", None),
        (Some(tool(None)), json!(7.5), "7.5", None),
        (
            Some(tool(None)),
            json!([1]),
            "[1]",
            Some(json!({ "result": [1], "text_for_model": "hint" })),
        ),
        (
            Some(object),
            json!({ "a": 1 }),
            "{\"a\":1}",
            Some(json!({ "a": 1, "text_for_model": "hint" })),
        ),
    ];
    each_row(rows, |(tool, value, shown, structured)| {
        let result = presenter.success(tool.as_ref(), outcome(value, Some("hint")));
        assert_eq!(texts(&result), [shown, "hint"]);
        assert_eq!(result.structured_content, structured);
    });
    assert!(presenter.resources().is_empty());
}

#[tokio::test]
async fn long_results_are_cut_at_a_line_and_kept() {
    let results = Results::new(ToolOptions {
        max_result_chars: 1_000,
    });
    let presenter = results.of("o");
    let text: String = (0..1_000)
        .map(|number| format!("line {number} ä\n"))
        .collect();
    let result = presenter.success(Some(&tool(None)), outcome(json!(text), Some("hint")));
    let [shown, notice] = texts(&result)[..] else {
        panic!("{result:?}")
    };
    assert!(shown.ends_with(" ä\n") && shown.chars().count() <= 1_000);
    let uri = link(&result);
    let total = text.chars().count();
    assert!(notice.starts_with("hint\nThe first ") && notice.contains(&format!("of {total}")));
    assert!(notice.contains(&uri), "{notice}");
    assert_eq!(format!("{shown}{}", read_all(&presenter, &uri)), text);
    let [whole] = &presenter.resources()[..] else {
        panic!("one is kept")
    };
    assert_eq!(read_all(&presenter, &whole.uri), text);
    // At its end the text is empty, beyond it there is no resource, and no other session has it.
    let at = |from: usize| format!("{}{from}", whole.uri.trim_end_matches('0'));
    assert_eq!(read_all(&presenter, &at(total)), "");
    let rows = [total + 1, usize::MAX];
    each_row(rows, |from| {
        assert!(presenter.read(&at(from)).is_err());
    });
    let other = results.of("p");
    assert!(other.read(&whole.uri).is_err() && other.resources().is_empty());
}

#[tokio::test]
async fn structured_results_still_match_their_schema() {
    let results = Results::new(ToolOptions {
        max_result_chars: 1_000,
    });
    let presenter = results.of("o");
    let schema = json!({
        "type": "object",
        "properties": {
            "rows": { "type": "array", "items": { "type": "string" } },
            "count": { "type": "integer" },
            "text_for_model": { "type": "string" },
        },
        "required": ["rows", "count"],
    });
    let value = json!({ "rows": vec!["x".repeat(50); 500], "count": 500 });
    let result = presenter.success(Some(&tool(Some(schema))), outcome(value.clone(), None));
    let structured = result.structured_content.as_ref().unwrap();
    assert_eq!(structured["count"], 500);
    assert!(structured["rows"].as_array().unwrap().len() < 25);
    let uri = link(&result);
    // Some clients show nothing but this.
    let hint = structured["text_for_model"].as_str().unwrap();
    assert!(hint.contains(&uri), "{hint}");
    assert_eq!(texts(&result)[1], hint);
    let whole: Value = serde_json::from_str(&read_all(&presenter, &uri)).unwrap();
    assert_eq!(whole, value);
    // A list becomes a property.
    let schema = json!({ "type": "object", "properties": { "result": { "type": "array" } } });
    let result = presenter.success(
        Some(&tool(Some(schema))),
        outcome(json!(vec![7; 5_000]), None),
    );
    let shown = result.structured_content.as_ref().unwrap()["result"]
        .as_array()
        .unwrap()
        .len();
    assert!((100..1_000).contains(&shown), "{shown}");
}
