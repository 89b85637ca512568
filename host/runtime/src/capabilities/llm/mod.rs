//! `llm`: a language model to ask.
//!
//! - `budget`: how often and how much; `endpoint`: a model behind an address; `host`: the way to the guest

mod budget;
mod endpoint;
mod host;
mod options;
mod state;

pub(crate) use budget::Budget;
pub use endpoint::{Endpoint, EndpointOptions};
pub use options::CompletionOptions;
pub(crate) use state::LlmCapability;
