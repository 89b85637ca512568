//! The orchestrator as an MCP server: tools over stdio and streamable HTTP, protocol 2025-11-25 and 2026-07-28.
//!
//! - `server`: tools, calls, progress, cancellation, changes of the list; `content`: tools and errors as MCP has them, and what answers take
//! - `present`, `shorten`: results as clients are shown them; `kept`: what was too long to be shown
//! - `stdio`, `http`: the transports; `lines`: messages of standard input; `message`, `request_id`: what is
//!   wrong with those that are none; `drain`: answering what is open before
//!   the end; `sampling`: the language models of clients
//! - `limits`: what clients may hold, and for how long; `refusal`: what they are told when it is too much
//! - `accept`: connections; `connections`: which are open, and who makes room; `descriptors`: how many there can be;
//!   `stream`: clients that go; `answer`: answers that nobody reads
//! - `tls`: the certificate and its key; `certificates`: replacing them while the host serves
//! - `origin`: what a request may name; `auth`, `client`: who may speak over HTTP, and what each may do
//! - `admit`: letting requests in; `budget`: what they hold; `weigh`: what JSON takes
//! - `endpoint`: `/mcp`; `sessions`, `session`, `view`: what was issued to whom
//!
//! No tool changes what is granted: grants are made of files that only the operator writes.

mod accept;
mod admit;
mod answer;
mod auth;
mod budget;
mod certificates;
mod changes;
mod client;
mod connections;
mod content;
mod descriptors;
mod drain;
mod endpoint;
mod http;
mod kept;
mod limits;
mod lines;
mod message;
mod options;
mod origin;
mod present;
mod refusal;
mod request_id;
mod sampling;
mod server;
mod session;
mod sessions;
mod shorten;
mod stdio;
mod stream;
mod tls;
mod view;
mod weigh;

pub use auth::{
    Algorithm, AlgorithmError, AuthOptions, Change, ClientNameError, ClientRule, Gate, GateError,
    OAuthOptions, Token, TokenClient, TokenRule, ToolFilter, ToolPatternError, UrlError,
    check_client_name, check_tool_pattern, read_url,
};
pub use descriptors::raise_descriptor_limit;
pub use http::serve_http;
pub use limits::{FewerConnections, Limits};
pub use lines::MessageLimits;
pub use options::{ServeError, ServerOptions, ToolOptions};
pub use origin::{NameError, check_host, check_origin};
pub use stdio::{serve_stdio, serve_stream};
pub use tls::{CERT_KEY, KEY_KEY, TlsError, TlsFiles};
pub use weigh::weigh;
