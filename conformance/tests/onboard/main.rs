//! From a package to a client that uses it: `init`, `add` and `connect`, run in a temporary home.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod adding;
mod asked;
mod clients;
mod connecting;
mod desk;
mod initial;
mod refusing;
mod upgrading;
