//! The options that a guest sets for a completion.

use crate::options::Options;

/// The guest's resource.
pub type CompletionOptions = Options<Given>;

/// The values that are set.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) max_tokens: Option<u32>,
    pub(super) temperature: Option<f32>,
    pub(super) stop: Vec<String>,
}
