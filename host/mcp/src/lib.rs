//! The orchestrator as an MCP server: tools over stdio and streamable HTTP, protocol 2025-11-25 and 2026-07-28.
//!
//! - `server`: tools, calls, progress, cancellation, changes of the list; `content`: results as MCP has them
//! - `stdio`, `http`: the transports; `auth`: who may speak over HTTP; `connection`:
//!   clients that go; `sampling`: their language models
//!
//! No tool changes what is granted: grants are made of files that only the operator writes.

mod auth;
mod connection;
mod content;
mod http;
mod options;
mod sampling;
mod server;
mod stdio;

pub use http::serve_http;
pub use options::{ServeError, ServerOptions};
pub use stdio::{serve_stdio, serve_stream};
