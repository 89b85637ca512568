//! The orchestrator over real manifests, packages and components.

#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

mod calls;
mod common;
mod loading;
mod reloading;
mod revoking;
mod sessions;
