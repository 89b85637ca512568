//! Language models for skills: the client's, or one on a server.

use std::fmt;

use futures::future::BoxFuture;

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The user.
    User,
    /// The model.
    Assistant,
}

/// A prompt for a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// The system prompt.
    pub system: Option<String>,
    /// The messages, with the question last.
    pub messages: Vec<(Speaker, String)>,
    /// Maximum number of tokens of the answer.
    pub max_tokens: u32,
    /// The temperature, from 0 to 2.
    pub temperature: Option<f32>,
    /// Stop sequences.
    pub stop: Vec<String>,
}

impl Prompt {
    /// Returns the size of all its texts, in bytes.
    pub fn bytes(&self) -> usize {
        let messages = self.messages.iter().map(|(_, text)| text.len());
        let stops = self.stop.iter().map(String::len);
        let system = self.system.as_ref().map_or(0, String::len);
        messages.sum::<usize>() + stops.sum::<usize>() + system
    }
}

/// The completion of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The answer.
    pub content: String,
    /// The model's name.
    pub model: String,
    /// The reason that it stopped.
    pub finish: Option<String>,
    /// Number of tokens of prompt and answer together, if known.
    pub tokens: Option<u64>,
}

/// The reason that there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ModelError(pub String);

/// A model that completes prompts.
pub trait LanguageModel: fmt::Debug + Send + Sync {
    /// Completes `prompt`. The caller drops the future to cancel.
    fn complete(&self, prompt: Prompt) -> BoxFuture<'static, Result<Completion, ModelError>>;
}
