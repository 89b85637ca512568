//! What a request is about. The methods are in `component.rs` and their documentation in `wit/world.wit`; the rest also
//! runs natively, for the tests.

// Natively, only the tests use it.
#![cfg_attr(not(target_family = "wasm"), allow(dead_code))]

mod check;
#[cfg(target_family = "wasm")]
mod component;
mod features;
mod model;
mod older;
mod operators;
mod predict;
#[cfg(test)]
mod tests;
mod words;
