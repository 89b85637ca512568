//! Functions that neither module has: single instructions on the two memories, or all initialisers in turn.

use wasm_encoder::{Function, InstructionSink, ValType};

/// The bridge's memory, and that of the skill.
pub(crate) const BRIDGE_MEMORY: u32 = 0;
pub(crate) const SKILL_MEMORY: u32 = 1;

/// An added function.
pub(crate) struct Stub {
    pub name: String,
    pub params: Vec<ValType>,
    pub results: Vec<ValType>,
    pub body: Function,
}

impl Stub {
    /// Returns a function whose instructions `write` writes, except for its end.
    pub fn new(
        name: &str,
        params: &[ValType],
        results: &[ValType],
        write: impl FnOnce(&mut InstructionSink<'_>),
    ) -> Self {
        let mut body = Function::new([]);
        let mut instructions = body.instructions();
        write(&mut instructions);
        instructions.end();
        Self {
            name: name.to_owned(),
            params: params.to_vec(),
            results: results.to_vec(),
            body,
        }
    }

    /// Copies from one memory into the other.
    pub fn copy(name: &str, destination: u32, source: u32) -> Self {
        Self::new(name, &[ValType::I32; 3], &[], |code| {
            code.local_get(0)
                .local_get(1)
                .local_get(2)
                .memory_copy(destination, source);
        })
    }

    /// How many pages the skill's memory has.
    pub fn pages() -> Self {
        Self::new("glue.pages", &[], &[ValType::I32], |code| {
            code.memory_size(SKILL_MEMORY);
        })
    }

    /// Calls each of `functions`.
    pub fn in_turn(name: &str, functions: &[u32]) -> Self {
        Self::new(name, &[], &[], |code| {
            for function in functions {
                code.call(*function);
            }
        })
    }
}
