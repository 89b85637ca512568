//! The host as its clients have it: rmcp's client over both transports and both protocols, and bare HTTP where a
//! client of good will would not do what is tried.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(deprecated, reason = "sampling, which protocol 2025-11-25 has")]

mod audit;
mod bad_input;
mod bytes;
mod calls;
mod clients;
mod compiled;
mod evidence;
mod exhaustion;
mod host;
mod hostile;
mod issuer;
mod oauth;
mod oauth_clients;
mod raw;
mod reload;
mod replaced;
mod secrets;
mod sessions;
mod times;
mod waiting;
