//! The host from its clients' view: rmcp's client over both transports and both protocols, and plain HTTP for what a
//! well-behaved client would not do.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(deprecated, reason = "sampling, which protocol 2025-11-25 has")]

mod audit;
mod bad_input;
mod browsers;
mod bytes;
mod calls;
mod clients;
mod compiled;
mod evidence;
mod exhaustion;
mod hints;
mod host;
mod hostile;
mod issuer;
mod kept;
mod lines;
mod oauth;
mod oauth_clients;
mod oauth_server;
mod prepared;
mod raw;
mod real_clients;
mod reload;
mod replaced;
mod results;
mod schemas;
mod secrets;
mod sessions;
mod start;
mod times;
mod tls;
mod waiting;
