//! Compiles what runs once.

use wasmtime::component::Component;
use wasmtime::{Config, Engine, Strategy};

/// The stack of a running `initialize`, in bytes. More than a call has: what it prepares may be deep.
const STACK: usize = 8 << 20;

/// Compiles with Winch if it supports the machine and the component, else with Cranelift: it runs once, and compilation
/// takes most of the time.
///
/// # Errors
/// wasmtime's, for bytes that are no component.
pub(crate) fn compile(bytes: &[u8]) -> wasmtime::Result<(Engine, Component)> {
    let with = |strategy| {
        let mut config = Config::new();
        config.strategy(strategy).epoch_interruption(true);
        config.max_wasm_stack(STACK).async_stack_size(STACK * 2);
        config.wasm_component_model_async(true);
        config.wasm_component_model_map(true);
        config.wasm_component_model_fixed_length_lists(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_binary(&engine, bytes)?;
        Ok((engine, component))
    };
    with(Strategy::Winch).or_else(|_: wasmtime::Error| with(Strategy::Cranelift))
}
