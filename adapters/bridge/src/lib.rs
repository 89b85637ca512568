//! The older skill ABI in terms of the WIT capabilities.
//!
//! A skill of the older ABI is a core module that speaks MessagePack through its memory. This crate becomes, with it, one core
//! module of two memories (this one's is the first), and that a component: see `adapters/README.md`. It decodes what the skill
//! asks for and calls the WIT imports, and is also the skill's WASI preview 1.
//!
//! - `invoke`: a call of the host as a call of the skill; `describe`: what the skill says of itself
//! - `commands`: what a skill asks for in its response; `events`: what the host tells it
//! - `env`: the functions that the skill imports; `wasi`: those of preview 1
//! - `wire`, `json`: MessagePack, and JSON to and from it
//! - `glue`: the skill's memory and exports; `fault`: skills that do not keep to the ABI

#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

mod commands;
mod describe;
mod env;
mod events;
mod fault;
#[cfg(not(target_arch = "wasm32"))]
pub mod fuzz;
mod glue;
mod invoke;
mod json;
mod wasi;
mod wire;

#[allow(missing_docs, reason = "generated; documented in wit/")]
mod bindings {
    wit_bindgen::generate!({
        path: ["../../wit", "wit"],
        world: "luminarys:bridge/bridge",
        generate_all,
    });

    use exports::luminarys::skill::dynamic::{Argument, Guest, Value};

    struct Bridge;

    impl Guest for Bridge {
        fn describe() -> String {
            crate::describe::describe()
        }

        fn invoke(method: String, arguments: Vec<Argument>) -> Result<Value, String> {
            crate::invoke::invoke(&method, arguments)
        }
    }

    // The names of the symbols are no others': natively it is only fuzzed.
    #[cfg(target_arch = "wasm32")]
    export!(Bridge);
}
