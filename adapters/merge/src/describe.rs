//! Runs a dynamic component's `describe` once when it is packaged, without access to anything.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use thiserror::Error;
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store, StoreLimits, StoreLimitsBuilder, Strategy, Trap};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::unavailable;

/// The interface of dynamic skills, as a component exports it.
pub const DYNAMIC: &str = "luminarys:skill/dynamic@1.0.0";

const MEMORY: usize = 256 << 20;
const TIME: Duration = Duration::from_secs(10);

/// Why a component's description could not be read.
#[derive(Debug, Error)]
pub enum DescribeError {
    /// It exports no `dynamic`.
    #[error("the component does not export {DYNAMIC}")]
    NotDynamic,
    /// It exceeded the time limit.
    #[error("its `describe` did not return within {} seconds", TIME.as_secs())]
    Time,
    /// It trapped, used a capability, or exceeded the memory limit.
    #[error(
        "its `describe` failed: {0}; it runs without capabilities and with {memory} MiB of memory",
        memory = MEMORY >> 20
    )]
    Failed(String),
}

/// Runs the `describe` of a dynamic component: no capability, an empty WASI, 256 MiB, ten seconds. Returns the JSON
/// text as it is, unchecked.
///
/// # Errors
/// [`DescribeError`]
pub fn describe(component: &[u8]) -> Result<String, DescribeError> {
    let failed = |error: wasmtime::Error| match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => DescribeError::Time,
        _ => DescribeError::Failed(format!("{:#}", error.root_cause())),
    };
    let (engine, component) = compile(component).map_err(failed)?;
    let (_, interface) = component
        .get_export(None, DYNAMIC)
        .ok_or(DescribeError::NotDynamic)?;
    let (_, index) = component
        .get_export(Some(&interface), "describe")
        .ok_or(DescribeError::NotDynamic)?;
    let mut linker: Linker<Sandbox> = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).map_err(failed)?;
    unavailable::define(&mut linker, &component).map_err(failed)?;
    let mut store = Store::new(&engine, Sandbox::new());
    store.limiter(|sandbox| &mut sandbox.limits);
    store.set_epoch_deadline(1);
    // Ends when the sender is dropped, with this function.
    let (_running, ended) = channel::<()>();
    std::thread::spawn(move || {
        if ended.recv_timeout(TIME) == Err(RecvTimeoutError::Timeout) {
            engine.increment_epoch();
        }
    });
    let instance = linker.instantiate(&mut store, &component).map_err(failed)?;
    let function = instance
        .get_typed_func::<(), (String,)>(&mut store, index)
        .map_err(failed)?;
    let (text,) = function.call(&mut store, ()).map_err(failed)?;
    Ok(text)
}

/// Compiles with Winch if it supports the machine and the component, else with Cranelift: it runs once, and
/// compilation takes most of the time.
fn compile(bytes: &[u8]) -> wasmtime::Result<(Engine, Component)> {
    let with = |strategy| {
        let mut config = Config::new();
        config.strategy(strategy).epoch_interruption(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_binary(&engine, bytes)?;
        Ok((engine, component))
    };
    with(Strategy::Winch).or_else(|_: wasmtime::Error| with(Strategy::Cranelift))
}

struct Sandbox {
    limits: StoreLimits,
    table: ResourceTable,
    wasi: WasiCtx,
}

impl Sandbox {
    fn new() -> Self {
        let mut wasi = WasiCtx::builder();
        wasi.allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false);
        Self {
            limits: StoreLimitsBuilder::new().memory_size(MEMORY).build(),
            table: ResourceTable::new(),
            wasi: wasi.build(),
        }
    }
}

impl WasiView for Sandbox {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    /// Returns a component whose `describe` runs `body`.
    fn component(body: &str) -> Vec<u8> {
        let text = format!(
            r#"(component
                (import "luminarys:skill/system@1.0.0" (instance $system (export "reach" (func))))
                (core func $reach (canon lower (func $system "reach")))
                (core module $code
                    (import "host" "reach" (func $reach))
                    (memory (export "memory") 1)
                    (data (i32.const 8) "{{}}")
                    (func (export "describe") (result i32) {body}
                        (i32.store (i32.const 0) (i32.const 8))
                        (i32.store (i32.const 4) (i32.const 2))
                        (i32.const 0))
                )
                (core instance $made (instantiate $code (with "host" (instance (export "reach" (func $reach))))))
                (alias core export $made "memory" (core memory $memory))
                (func $describe (result string) (canon lift (core func $made "describe") (memory $memory)))
                (instance $dynamic (export "describe" (func $describe)))
                (export "{DYNAMIC}" (instance $dynamic))
            )"#
        );
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn the_description_is_returned() {
        assert_eq!(describe(&component("")).unwrap(), "{}");
        // Its imports do nothing.
        assert_eq!(describe(&component("(call $reach)")).unwrap(), "{}");
        let other = wat::parse_str("(component)").unwrap();
        assert!(matches!(describe(&other), Err(DescribeError::NotDynamic)));
        assert!(matches!(describe(b"x"), Err(DescribeError::Failed(_))));
    }

    #[test]
    fn nothing_is_accessible() {
        let rows = [
            "unreachable",
            "(if (i32.eq (memory.grow (i32.const 10000)) (i32.const -1)) (then unreachable))",
        ];
        each_row(rows, |body| {
            let error = describe(&component(body)).unwrap_err();
            assert!(matches!(error, DescribeError::Failed(_)), "{body}: {error}");
        });
    }

    #[test]
    fn it_cannot_run_for_ever() {
        let error = describe(&component("(loop $again br $again)")).unwrap_err();
        assert!(matches!(error, DescribeError::Time), "{error}");
    }
}
