//! `llm`: completions by a language model.
//!
//! - `budget`: limits on calls and tokens; `endpoint`: a model server; `host`: the functions
//! - `resources`: the guest's resources; `setters`: setters of options

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
