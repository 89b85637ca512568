//! Common clients perform the same steps: list, call, a denied call, progress, cancellation, a changed list, a long
//! result.
//!
//! - `job`: the steps and the expected outcomes
//! - `scripts`: the official SDKs for Python and TypeScript; `library`: rmcp
//! - `inspector`: the MCP Inspector's command line; `suite`: the official test suite
//!
//! `scripts/client-tools` installs them. OAuth of the SDKs' clients: `oauth_clients`.

mod inspector;
mod job;
mod library;
mod scripts;
mod suite;
