//! The language model, as `permissions.llm` allows.

use serde::{Deserialize, Serialize};

use super::commands::BatchResult;
use super::values::is_default;
use crate::SkillError;
use crate::skill::Error;
use crate::skill::llm::{self, CompletionOptions, Message, Prompt, Role};

/// One message of the conversation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryMessage {
    /// `user` or `assistant`.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// What the model is asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PromptRequest {
    /// The question.
    pub prompt: String,
    /// 0 means the model's own.
    pub temperature: f64,
    /// 0 means as many as the manifest allows.
    pub max_tokens: u32,
}

/// What the model answers.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PromptResponse {
    /// The answer.
    pub content: String,
    /// Empty: what fails is an error.
    #[serde(skip_serializing_if = "is_default")]
    pub error: String,
}

/// Returns no messages: MCP does not reveal the conversation. `filter` is `last:N`, `role:user`, `role:assistant`, or empty.
///
/// # Errors
/// When the manifest does not grant the model, or the filter is none of these.
pub fn history_get(filter: &str) -> Result<Vec<HistoryMessage>, SkillError> {
    if let Err(denied @ Error::Denied(_)) = llm::check() {
        return Err(denied.into());
    }
    let known = matches!(filter, "" | "role:user" | "role:assistant")
        || filter
            .strip_prefix("last:")
            .is_some_and(|count| count.parse::<u32>().is_ok());
    if !known {
        return Err(SkillError(format!(
            "the filter {filter:?} is none of last:N, role:user, role:assistant"
        )));
    }
    Ok(Vec::new())
}

/// Asks the model.
///
/// # Errors
/// As `llm::complete`.
pub fn prompt_complete(req: PromptRequest) -> Result<PromptResponse, SkillError> {
    let options = CompletionOptions::new();
    if req.max_tokens > 0 {
        options.set_max_tokens(req.max_tokens);
    }
    if req.temperature > 0.0 {
        options.set_temperature(req.temperature as f32);
    }
    let prompt = Prompt {
        system: None,
        messages: vec![Message {
            role: Role::User,
            content: req.prompt,
        }],
    };
    let completion = llm::complete(&prompt, Some(&options))?;
    Ok(PromptResponse {
        content: completion.content,
        error: String::new(),
    })
}

/// What a callback of `batch_invoke` is given.
///
/// # Errors
/// When it is none.
pub fn unmarshal_batch_result(payload: &[u8]) -> Result<BatchResult, SkillError> {
    Ok(rmp_serde::from_slice(payload)?)
}
