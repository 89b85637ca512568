//! The orchestrator as an MCP server: tools over stdio and streamable HTTP, protocol 2025-11-25 and 2026-07-28.
//!
//! - `server`: tools, calls, progress, cancellation, changes of the list; `listing`: its pages; `content`: tools and errors in MCP's form
//! - `present`, `shorten`: results as clients see them; `kept`: results that are too long to be shown
//! - `stdio`, `http`: the transports; `lines`: messages of standard input; `message`, `request_id`: invalid
//!   messages; `drain`: answers open requests before
//!   the end; `sampling`: the language models of clients
//! - `limits`: what clients may hold, and for how long; `refusal`: responses when a limit is exceeded
//! - `accept`: accepts connections; `connections`: which are open, and which makes room; `descriptors`: how many there
//!   can be;
//!   `stream`: clients that disconnect; `answer`: responses that are not read
//! - `tls`: the certificate and its key; `certificates`: replacing them while the host serves
//! - `origin`: allowed hosts and origins; `auth`, `client`: admitted clients and their rights
//! - `admit`: admits requests; `budget`: the memory they hold; `weigh`: the memory that parsing JSON takes
//! - `endpoint`: `/mcp`; `sessions`, `session`, `view`: sessions and their owners
//!
//! No tool changes grants: they come from files that only the operator writes.

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
mod listing;
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
