//! Programs that call the tools of other skills, in both languages: what they may call, how calls end, what an operator sees
//! of them, and what a model pays for them. Needs the packages that `scripts/build-engines` makes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "shared with the tests of the server")]
#[allow(deprecated, reason = "sampling, which protocol 2025-11-25 has")]
#[path = "../serving/host.rs"]
mod host;

mod ends;
mod examples;
mod job;
mod limits;
mod place;
mod policy;
mod spent;
mod tokens;
mod trail;
