//! How a prompt is completed, as a guest sets it.

use crate::options::Options;

/// The resource of the guest.
pub type CompletionOptions = Options<Given>;

/// What is set.
#[derive(Clone, Default)]
pub struct Given {
    pub(super) max_tokens: Option<u32>,
    pub(super) temperature: Option<f32>,
    pub(super) stop: Vec<String>,
}
