//! The binary as its users run it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod common;
mod configuration;
mod serving;
