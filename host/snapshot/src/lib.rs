//! Pre-initialises a component when it is packaged: runs its `initialize`, and makes a component whose instances start
//! with the memory and the globals that it left.
//!
//! `initialize` runs with WASI 0.2 and nothing granted, clocks that stand at a fixed time and random numbers from a fixed
//! sequence, so that the same component makes the same snapshot. Every other import ends it.
//!
//! - `snapshot`: the steps; `bounds`: the function, and how far it may go; `error`: what can go wrong
//! - `engine`: compiles; `sandbox`: the data of the store, with WASI; `clocks`: its clocks; `imports`: the other imports
//! - `access`: reads memories and globals for the snapshot

mod access;
mod bounds;
mod clocks;
mod engine;
mod error;
mod imports;
mod sandbox;
mod snapshot;
#[cfg(test)]
mod tests;

pub use bounds::{Bounds, INITIALIZE};
pub use error::SnapshotError;
pub use snapshot::snapshot;
