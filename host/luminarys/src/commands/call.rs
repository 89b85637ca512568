//! `luminarys call`

use luminarys_grants::Manifest;
use luminarys_orchestrator::{CallContext, InvokeError, Orchestrator, Origin, Outcome};
use serde_json::{Value, json};

use crate::cli::{Call, Output};
use crate::config::Config;
use crate::{arguments, exit};

pub(crate) async fn run(mut config: Config, call: Call) -> anyhow::Result<u8> {
    // Only the skill that is called, where its manifest can be told from the others.
    let named = |path: &std::path::PathBuf| {
        Manifest::load(path).map_or(true, |manifest| manifest.id == call.skill)
    };
    config.settings.manifests.retain(named);
    let orchestrator = super::load(config.settings).await?;
    let schema = schema(&orchestrator, &call.skill, &call.method);
    let given = match &call.json {
        Some(text) => arguments::from_json(text)?,
        None => arguments::from_words(&call.arguments, &schema)?,
    };
    let context = CallContext::new("");
    let cancel = context.cancel.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.cancel();
        }
    });
    let result = orchestrator
        .invoke(Origin::Operator, &call.skill, &call.method, given, context)
        .await;
    Ok(print(call.output, result))
}

fn schema(orchestrator: &Orchestrator, skill: &str, method: &str) -> Value {
    let found = orchestrator.skill(skill);
    let found =
        found.and_then(|skill| skill.methods.into_iter().find(|known| known.name == method));
    found.map_or(Value::Null, |method| method.input_schema)
}

fn print(output: Output, result: Result<Outcome, InvokeError>) -> u8 {
    match (output, result) {
        (Output::Json, Ok(outcome)) => {
            println!(
                "{}",
                json!({ "result": outcome.value, "text": outcome.text_for_model })
            );
            exit::OK
        }
        (Output::Text, Ok(outcome)) => {
            match &outcome.value {
                Value::Null => {}
                Value::String(text) => println!("{text}"),
                value => println!("{value:#}"),
            }
            if let Some(text) = outcome.text_for_model {
                println!("\n{text}");
            }
            exit::OK
        }
        (output, Err(error)) => {
            let code = exit::code(&error);
            if output == Output::Json {
                println!(
                    "{}",
                    json!({ "error": { "message": error.to_string(), "exit": code } })
                );
            }
            eprintln!("luminarys: {error}");
            if let Some(denial) = denial(&error) {
                // The skill's own words may have left the reason out.
                eprintln!("luminarys: {denial}");
            }
            code
        }
    }
}

fn denial(error: &InvokeError) -> Option<&luminarys_grants::Denial> {
    match error {
        InvokeError::Call(luminarys_orchestrator::CallError::Skill { denial, .. }) => {
            denial.as_ref()
        }
        _ => None,
    }
}
