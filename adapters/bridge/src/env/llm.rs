//! `prompt_complete` and `history_get`: the language model.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::llm::{self, CompletionOptions, Message, Prompt, Role};
use crate::bindings::luminarys::skill::types::Error;
use crate::wire::{Fields as _, Value};

functions! {
    prompt_complete = complete;
    history_get = history;
}

fn complete(request: &Value<'_>) -> Outcome {
    let temperature = match request.field("temperature") {
        Some(Value::F64(value)) => Some(*value as f32),
        Some(Value::F32(value)) => Some(*value),
        _ => request
            .positive::<i32>("temperature")
            .map(|value| value as f32),
    };
    let prompt = Prompt {
        system: None,
        messages: vec![Message {
            role: Role::User,
            content: request.text("prompt"),
        }],
    };
    let options = CompletionOptions::new();
    if let Some(tokens) = request.positive("max_tokens") {
        options.set_max_tokens(tokens);
    }
    // Zero is what SDKs send when nothing is set.
    if let Some(temperature) = temperature.filter(|value| *value > 0.0) {
        options.set_temperature(temperature);
    }
    let completion = llm::complete(&prompt, Some(&options)).map_err(explain)?;
    let mut reply = Reply::default();
    // SDKs differ in which they read.
    let out = reply.head.map(2).text("content").text(&completion.content);
    out.text("text").text(&completion.content);
    Ok(reply)
}

/// No messages: MCP does not reveal the conversation to servers.
fn history(request: &Value<'_>) -> Outcome {
    // Where there is no model, there is no history either.
    if let Err(denied @ Error::Denied(_)) = llm::check() {
        return Err(explain(denied));
    }
    let filter = request.text("filter");
    if !is_known(&filter) {
        return Err(format!(
            "the filter {filter:?} is none of last:N, role:user, role:assistant"
        ));
    }
    let mut reply = Reply::default();
    reply.head.array(0);
    Ok(reply)
}

fn is_known(filter: &str) -> bool {
    matches!(filter, "" | "role:user" | "role:assistant")
        || filter
            .strip_prefix("last:")
            .is_some_and(|count| count.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_known;

    #[test]
    fn history_has_three_filters() {
        for (filter, known) in [
            ("", true),
            ("last:10", true),
            ("role:user", true),
            ("role:assistant", true),
            ("last:", false),
            ("last:-1", false),
            ("role:system", false),
            ("all", false),
        ] {
            assert_eq!(is_known(filter), known, "{filter}");
        }
    }
}
