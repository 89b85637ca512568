//! The older skill ABI in terms of the WIT capabilities.
//!
//! A skill of the older ABI is a core module that speaks MessagePack through its memory. This crate becomes, with it, one core
//! module of two memories (this one's is the first), and that a component: see `adapters/README.md`. It decodes what the skill
//! asks for and calls the WIT imports, and is also the skill's WASI preview 1.
//!
//! - `exports`: what the host calls; `bindings`: what wit-bindgen generates
//! - `invoke`: a call of the host as a call of the skill; `call`: that call; `describe`: the skill's description of itself
//! - `deferred`, `commands`: what a skill asks for in its response; `events`: what the host tells it
//! - `env`: the functions that the skill imports; `wasi`: those of preview 1
//! - `wire`, `json`, `values`: MessagePack, and JSON and the values of `dynamic` to and from it
//! - `glue`: the skill's memory and exports; `fault`: skills that do not keep to the ABI

#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

mod bindings;
mod call;
mod commands;
mod deferred;
mod describe;
mod env;
mod events;
mod exports;
mod fault;
#[cfg(not(target_arch = "wasm32"))]
pub mod fuzz;
mod glue;
mod invoke;
mod json;
mod values;
mod wasi;
mod wire;
