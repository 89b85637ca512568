//! The steps from a component to its snapshot.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use wasmparser::{ComponentExternalKind, Parser, Payload, Validator, WasmFeatures};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentExportIndex, Instance, Linker};
use wasmtime::{Engine, Store, Trap};
use wasmtime_wizer::Wizer;

use crate::access::Access;
use crate::sandbox::Sandbox;
use crate::{Bounds, INITIALIZE, SnapshotError, engine, imports};

/// Runs `initialize` of a component, and returns the component whose instances start with what it left. The function
/// stays an export, which a descriptor does not name.
///
/// Blocking: compiles the component.
///
/// # Errors
/// [`SnapshotError`]
pub fn snapshot(component: &[u8], bounds: Bounds) -> Result<Vec<u8>, SnapshotError> {
    let invalid = |error: wasmparser::BinaryReaderError| SnapshotError::Invalid(error.to_string());
    validator().validate_all(component).map_err(invalid)?;
    if !exports_function(component).map_err(invalid)? {
        return Err(SnapshotError::Missing);
    }
    // A thread of its own: the caller may be within a runtime.
    let made = std::thread::scope(|scope| {
        let making = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| SnapshotError::Failed(error.to_string()))?;
            runtime.block_on(make(component, bounds))
        });
        making.join()
    });
    let made = made.unwrap_or_else(|_| Err(unsupported("the pre-initialiser gave up")))?;
    validator()
        .validate_all(&made)
        .map_err(|error| unsupported(&format!("the result is invalid: {error}")))?;
    Ok(made)
}

fn unsupported(reason: &str) -> SnapshotError {
    SnapshotError::Unsupported(reason.to_owned())
}

fn validator() -> Validator {
    Validator::new_with_features(WasmFeatures::all())
}

/// Whether the component itself, not one within it, exports a function of this name.
fn exports_function(component: &[u8]) -> Result<bool, wasmparser::BinaryReaderError> {
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentExportSection(exports) if depth == 0 => {
                for export in exports {
                    let export = export?;
                    if export.name.name == INITIALIZE && export.kind == ComponentExternalKind::Func
                    {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}

async fn make(component: &[u8], bounds: Bounds) -> Result<Vec<u8>, SnapshotError> {
    let mut wizer = Wizer::new();
    // Without the function, what exports it would refer to nothing.
    wizer.init_func(INITIALIZE).keep_init_func(true);
    let (context, instrumented) = wizer
        .instrument_component(component)
        .map_err(|error| unsupported(&format!("{:#}", error.root_cause())))?;
    let (engine, compiled) = engine::compile(&instrumented)
        .map_err(|error| SnapshotError::Invalid(format!("{error:#}")))?;
    let index = initialize_of(&compiled)?;
    let mut store = Store::new(&engine, Sandbox::new(bounds.memory));
    store.limiter(|sandbox| sandbox);
    store.set_epoch_deadline(1);
    let instance = run(&engine, &compiled, &mut store, index, bounds.time).await?;
    if let Some(open) = store.data_mut().open() {
        return Err(SnapshotError::Open(open));
    }
    // Reading is not bounded in time.
    store.set_epoch_deadline(u64::MAX / 2);
    let mut access = Access::new(&mut store, instance);
    let made = wizer.snapshot_component(&context, &mut access).await;
    access.ended()?;
    made.map_err(|error| unsupported(&format!("{error:#}")))
}

fn initialize_of(component: &Component) -> Result<ComponentExportIndex, SnapshotError> {
    match component.get_export(None, INITIALIZE) {
        Some((ComponentItem::ComponentFunc(ty), index)) => {
            let is_plain = ty.params().len() == 0 && ty.results().len() == 0 && !ty.async_();
            is_plain.then_some(index).ok_or(SnapshotError::Signature)
        }
        _ => Err(SnapshotError::Missing),
    }
}

/// Makes an instance, and runs its `initialize`.
async fn run(
    engine: &Engine,
    component: &Component,
    store: &mut Store<Sandbox>,
    index: ComponentExportIndex,
    time: Duration,
) -> Result<Instance, SnapshotError> {
    let mut linker: Linker<Sandbox> = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)
        .and_then(|()| imports::define(&mut linker, component))
        .map_err(|error| SnapshotError::Invalid(format!("{error:#}")))?;
    let ticker = engine.clone();
    // Ends when the sender is dropped, with this function.
    let (_running, ended) = channel::<()>();
    std::thread::spawn(move || {
        if ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
            ticker.increment_epoch();
        }
    });
    let initialize = async {
        let instance = linker.instantiate_async(&mut *store, component).await?;
        let function = instance.get_typed_func::<(), ()>(&mut *store, index)?;
        function.call_async(&mut *store, ()).await?;
        Ok(instance)
    };
    // Computing ends at the epoch, and waiting here.
    match tokio::time::timeout(time, initialize).await {
        Err(_) => Err(SnapshotError::Time(time)),
        Ok(Ok(instance)) => Ok(instance),
        Ok(Err(error)) => Err(explain(store.data_mut(), &error, time)),
    }
}

/// Finds out what ended `initialize`.
fn explain(sandbox: &mut Sandbox, error: &wasmtime::Error, time: Duration) -> SnapshotError {
    if let Some(name) = sandbox.called.take() {
        return SnapshotError::Import(name);
    }
    if let Some(limit) = sandbox.refused_memory {
        return SnapshotError::Memory(limit);
    }
    let reason = match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => return SnapshotError::Time(time),
        Some(trap) => trap.to_string(),
        None => format!("{:#}", error.root_cause()),
    };
    let written = sandbox.written();
    SnapshotError::Failed(match written.is_empty() {
        true => reason,
        false => format!("{reason}; on its standard error it wrote:\n{written}"),
    })
}
