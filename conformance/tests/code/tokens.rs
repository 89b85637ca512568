//! What the two tools cost a model that has them, however many skills there are behind them.

use luminarys_testing::each_row_async;
use rmcp::model::Tool;
use serde_json::{Value, json};

use crate::host::{Host, TOKEN, call, connect, protocols, text};
use crate::place::{LANGUAGES, Language, configuration, manifest, place, ready};
use crate::spent::tokens;

/// What the two tools may cost.
const MOST: usize = 900;

/// What clients give to a model: the name, the description and the input schema.
fn given(tool: &Tool) -> String {
    let (name, description) = (&tool.name, &tool.description);
    json!({ "name": name, "description": description, "input_schema": tool.input_schema })
        .to_string()
}

/// What a model has of `count` skills.
struct Shown {
    /// All tools of the skills.
    all: Vec<Tool>,
    /// The two tools.
    tools: Vec<Tool>,
    /// Answers of `search`.
    answers: Vec<String>,
}

async fn deployed(language: Language, count: usize) -> Shown {
    let place = place();
    // A client that sees the two tools and no others.
    let client = "{name: model, token: token-of-the-model, tools: ['code_*']}";
    place.write("luminarys.yaml", &configuration(client));
    place.deploy("code", language.package(), &manifest("'*'", ""));
    let packages = ["echo", "fs"];
    for number in 0..count {
        let callable = "invoke_policy: {can_be_invoked_by: [code]}\n";
        place.deploy(&format!("skill-{number}"), packages[number % 2], callable);
    }
    let host = Host::start(&place);
    ready(&host).await;
    let [old, _] = protocols();
    let operator = connect(&host, TOKEN, old.clone()).await.unwrap();
    let mut all = operator.list_all_tools().await.unwrap();
    all.retain(|tool| !tool.name.starts_with("code_"));
    assert!(
        all.len() > 3 * count,
        "{} tools of {count} skills",
        all.len()
    );
    let model = connect(&host, "token-of-the-model", old).await.unwrap();
    let tools = model.list_all_tools().await.unwrap();
    let mut answers = Vec::new();
    for arguments in [
        json!({}),
        json!({ "query": "read lines of a file" }),
        json!({ "query": "read lines of a file", "detail": "summary" }),
        json!({ "query": "read lines of a file", "detail": "stubs" }),
    ] {
        let answer = call(&model, "code_search", arguments).await;
        assert_ne!(answer.is_error, Some(true), "{}", text(&answer));
        answers.push(text(&answer));
    }
    Shown {
        all,
        tools,
        answers,
    }
}

#[tokio::test]
async fn two_tools_cost_the_same_with_any_number_of_skills() {
    each_row_async(LANGUAGES, async |language| {
        let mut costs = Vec::new();
        for count in [30, 300] {
            let Shown {
                all,
                tools,
                answers,
            } = deployed(language, count).await;
            let all: usize = tokens(&all.iter().map(given).collect::<Vec<_>>()).iter().sum();
            let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
            assert_eq!(names, ["code_run", "code_search"]);
            let given: Vec<String> = tools.iter().map(given).collect();
            // The list as it is sent, with titles, output schemas and annotations.
            let sent: Vec<String> =
                tools.iter().map(|tool| serde_json::to_string(tool).unwrap()).collect();
            let (given, sent): (usize, usize) =
                (tokens(&given).iter().sum(), tokens(&sent).iter().sum());
            let answers = tokens(&answers);
            println!(
                "{language:?}, {count} skills: their tools cost a model {all} tokens, the two {given} ({sent} with all that \
                 is sent); answers of search: all names {}, names {}, summaries {}, stubs {}",
                answers[0], answers[1], answers[2], answers[3]
            );
            assert!(given < MOST && sent < MOST, "{given}, {sent}");
            assert!(all > MOST * count / 10, "{all}");
            // An answer is bounded, whatever there is.
            assert!(answers.iter().all(|cost| *cost < 4_000), "{answers:?}");
            costs.push((given, sent));
        }
        assert_eq!(costs[0], costs[1]);
    })
    .await;
}

#[tokio::test]
async fn stubs_name_types_and_say_what_a_call_may_do() {
    let place = place();
    for language in LANGUAGES {
        place.deploy(
            language.id(),
            language.package(),
            &manifest("fs, hidden", ""),
        );
    }
    place.deploy("fs", "fs", crate::place::OPEN);
    place.deploy("hidden", "echo", "");
    let (_host, client) = crate::place::start(&place).await;
    each_row_async(LANGUAGES, async |language| {
        let tool = format!("{}_search", language.id());
        let ask = async |arguments: Value| text(&call(&client, &tool, arguments).await);
        let stubs = ask(json!({ "query": "fs read", "detail": "stubs" })).await;
        let expected: &[&str] = match language {
            Language::JavaScript => &["read(", "path: string", "Promise<string>"],
            Language::Python => &["read(", "path: str", "-> str"],
        };
        for part in expected {
            assert!(stubs.contains(part), "{part} is not in {stubs}");
        }
        // What may not be called is not there.
        let names = ask(json!({})).await;
        assert!(
            names.contains("read") && !names.contains("hidden"),
            "{names}"
        );
        let none = ask(json!({ "query": "zebra" })).await;
        assert!(!none.contains("fs."), "{none}");
        let wrong = call(&client, &tool, json!({ "detail": "everything" })).await;
        assert_eq!(wrong.is_error, Some(true), "{}", text(&wrong));
    })
    .await;
}
