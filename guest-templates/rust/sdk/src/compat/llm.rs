//! The language model, as `permissions.llm` allows.

use serde::{Deserialize, Serialize};

use super::commands::BatchResult;
use super::values::is_default;
use crate::SkillError;
use crate::skill::llm::{self, Message, Prompt, Role};

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

/// What has been said: `last:N`, `role:user`, `role:assistant`, or all when `filter` is empty.
///
/// # Errors
/// As `llm::history`.
pub fn history_get(filter: &str) -> Result<Vec<HistoryMessage>, SkillError> {
    let said = llm::history(filter)?;
    let said = said.into_iter().map(|message| HistoryMessage {
        role: match message.role {
            Role::User => "user".to_owned(),
            Role::Assistant => "assistant".to_owned(),
        },
        content: message.content,
    });
    Ok(said.collect())
}

/// Asks the model.
///
/// # Errors
/// As `llm::complete`.
pub fn prompt_complete(req: PromptRequest) -> Result<PromptResponse, SkillError> {
    let completion = llm::complete(&Prompt {
        messages: vec![Message {
            role: Role::User,
            content: req.prompt,
        }],
        max_tokens: Some(req.max_tokens).filter(|count| *count > 0),
        temperature: Some(req.temperature as f32).filter(|value| *value > 0.0),
        ..Prompt::default()
    })?;
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
