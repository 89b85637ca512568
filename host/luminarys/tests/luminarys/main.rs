//! The binary as its users run it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod checking;
mod common;
mod configuration;
mod explaining;
mod serving;
