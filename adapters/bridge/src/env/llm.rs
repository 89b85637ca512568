//! `prompt_complete` and `history_get`: the language model.

use super::{Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::llm::{self, Message, Prompt, Role};
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
        max_tokens: request.positive("max_tokens"),
        // Zero is what SDKs send when nothing is set.
        temperature: temperature.filter(|value| *value > 0.0),
        stop: Vec::new(),
    };
    let completion = llm::complete(&prompt).map_err(explain)?;
    let mut reply = Reply::default();
    // SDKs differ in which they read.
    let out = reply.head.map(2).text("content").text(&completion.content);
    out.text("text").text(&completion.content);
    Ok(reply)
}

fn history(request: &Value<'_>) -> Outcome {
    let messages = llm::history(&request.text("filter")).map_err(explain)?;
    let mut reply = Reply::default();
    let out = reply.head.array(messages.len());
    for message in &messages {
        let role = match message.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        out.map(2)
            .text("role")
            .text(role)
            .text("content")
            .text(&message.content);
    }
    Ok(reply)
}
