//! Language models that skills may ask: the client's, or one behind an address.

use std::fmt;

use futures::future::BoxFuture;

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// Whoever asks.
    User,
    /// The model.
    Assistant,
}

/// What a model is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// How it is to behave.
    pub system: Option<String>,
    /// What was said, the last first asked.
    pub messages: Vec<(Speaker, String)>,
    /// Tokens of the answer, at most.
    pub max_tokens: u32,
    /// From 0 to 2.
    pub temperature: Option<f32>,
    /// Texts at which it stops.
    pub stop: Vec<String>,
}

/// What it answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The answer.
    pub content: String,
    /// The model's name.
    pub model: String,
    /// Why it stopped.
    pub finish: Option<String>,
    /// Tokens of prompt and answer together, where somebody has counted them.
    pub tokens: Option<u64>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ModelError(pub String);

/// Something that completes prompts.
pub trait LanguageModel: fmt::Debug + Send + Sync {
    /// Completes `prompt`; dropped when nobody waits any more.
    fn complete(&self, prompt: Prompt) -> BoxFuture<'static, Result<Completion, ModelError>>;
}
