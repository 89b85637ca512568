//! The engine, the shared linker and the cache of compiled code.

use std::path::Path;

use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig};

use crate::cache::CompileCache;
use crate::capabilities::Capabilities;
use crate::images::MAPPED;
use crate::store::{EPOCH, SkillStore};
use crate::wasi;

/// The stack of the guest: an interpreter's parser is recursive, and takes 1 to 3 KiB a level.
const GUEST_STACK: usize = 4 << 20;

/// The stack of a running call, in bytes: the guest's, and that of the host functions that it calls.
pub(crate) const STACK: usize = GUEST_STACK + (1 << 20);

/// Compiles packages and links their code.
pub(crate) struct Compiler {
    pub engine: Engine,
    pub linker: Linker<SkillStore>,
    pub cache: CompileCache,
}

impl Compiler {
    /// Sets up the engine: with pooled memory if the machine can map it, otherwise with memory on demand. Compiled code
    /// is kept in `cache_dir`, authenticated by the key in the file `cache_key`.
    ///
    /// # Errors
    /// wasmtime's, when it rejects the settings.
    pub fn new(cache_dir: Option<&Path>, cache_key: Option<&Path>) -> wasmtime::Result<Self> {
        let mut pooled = config();
        pooled.allocation_strategy(pool());
        let engine = Engine::new(&pooled).or_else(|error| {
            tracing::warn!("memory is allocated on demand, which makes calls slower: {error:#}");
            Engine::new(&config())
        })?;
        tick(&engine);
        Ok(Self {
            linker: linker(&engine)?,
            cache: CompileCache::new(cache_dir, cache_key, &engine),
            engine,
        })
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.memory_init_cow(true);
    // Sparse images as well, such as the snapshot of a language's runtime.
    config.memory_guaranteed_dense_image_size(MAPPED);
    config.max_wasm_stack(GUEST_STACK);
    config.async_stack_size(STACK);
    // What a deep call has used is given back when it ends.
    config.async_stack_zeroing(true);
    config.wasm_component_model_async(true);
    config.wasm_component_model_map(true);
    config.wasm_component_model_fixed_length_lists(true);
    config
}

/// Returns a pool for a few thousand live instances, of which a thousand run at once: it reserves address space, not
/// memory, until used. Each stack's guard page costs a system call at start-up.
fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(4_000)
        .total_core_instances(8_000)
        .total_memories(4_000)
        .total_tables(8_000)
        .total_stacks(1_024)
        .table_elements(100_000)
        .max_memories_per_module(2)
        .max_memories_per_component(16)
        .max_tables_per_module(4)
        .max_tables_per_component(64)
        .max_core_instances_per_component(64)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        // What a call has written is restored in place up to here: a page that is given back instead costs the next call
        // several microseconds.
        .linear_memory_keep_resident(2 << 20)
        .table_keep_resident(256 << 10)
        .async_stack_keep_resident(32 << 10)
        .pagemap_scan(Enabled::Auto);
    pool
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<SkillStore>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi::p3::add_to_linker(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p3::add_to_linker(&mut linker)?;
    wasi::guard_files(&mut linker)?;
    wasi::guard_lookups(&mut linker)?;
    wasi::count_connections(&mut linker)?;
    Capabilities::link(&mut linker)?;
    Ok(linker)
}

/// Advances the engine's epoch until the engine is dropped.
fn tick(engine: &Engine) {
    let engine = engine.weak();
    let ticker = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    };
    if let Err(error) = std::thread::Builder::new()
        .name("epoch".to_owned())
        .spawn(ticker)
    {
        // Without the thread, a skill that never awaits could not be stopped, so nothing may run.
        panic!("the epoch thread could not be started: {error}");
    }
}
