//! `llm`: a language model to ask.
//!
//! - `budget`: how often and how much; `endpoint`: a model behind an address; `host`: the way to the guest
//! - `resources`: what a guest holds, `setters`: of options

mod budget;
mod endpoint;
mod host;
mod resources;
mod setters;
mod state;

pub(crate) use budget::Budget;
pub use endpoint::{Endpoint, EndpointOptions};
pub use resources::CompletionOptions;
pub(crate) use state::LlmCapability;
