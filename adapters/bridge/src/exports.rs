//! The interface `dynamic`, which the host calls.

use crate::bindings::exports::luminarys::skill::dynamic::{Argument, Guest, Value};

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
crate::bindings::export!(Bridge with_types_in crate::bindings);
