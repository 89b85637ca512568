//! Which clients are admitted over HTTP, and what each may do.
//!
//! - `options`: the configuration; `rule`, `tools`: one client's part of it; `rate`: its limit of calls
//! - `gate`: the current clients, and which of them sent a request; `require`: authenticates each request;
//!   `refusal`: responses to requests that are refused; `metadata`: what everybody may know
//! - `oauth`: clients with tokens of an authorization server

mod gate;
pub(crate) mod metadata;
pub(crate) mod oauth;
mod options;
pub(crate) mod rate;
pub(crate) mod refusal;
pub(crate) mod require;
pub(crate) mod rule;
mod tools;

pub(crate) use gate::Table;
pub use gate::{Change, Gate, GateError};
pub use oauth::{Algorithm, AlgorithmError, OAuthOptions, TokenRule, UrlError, read_url};
pub use options::{AuthOptions, Token, TokenClient};
pub use rule::{ClientNameError, ClientRule, check_client_name};
pub use tools::{ToolFilter, ToolPatternError, check_tool_pattern};
