//! Who may speak over HTTP, and what each client may do.
//!
//! - `options`: what the configuration says; `rule`, `tools`: one client's part of it; `rate`: how often it may call
//! - `gate`: the clients there are now, and who of them a request comes from; `require`: asking it of each request;
//!   `refusal`: what those are told who are not let in; `metadata`: what everybody may know
//! - `oauth`: those who come with tokens of an authorization server

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
