//! The engine, the one linker, and loading a package.

use std::path::PathBuf;
use std::sync::Arc;

use luminarys_grants::Grants;
use luminarys_network::Network;
use luminarys_package::Package;
use luminarys_store::StoreDatabase;
use wasmtime::component::Linker;
use wasmtime::{Config, Enabled, Engine, PoolingAllocationConfig};

use crate::cache::CompileCache;
use crate::capabilities::Capabilities;
use crate::capabilities::llm::{Endpoint, EndpointOptions};
use crate::model::LanguageModel;
use crate::skill::Codes;
use crate::store::{EPOCH, SkillStore};
use crate::turns::Board;
use crate::{
    Accounts, AuditLog, Limits, LoadError, NetworkOptions, PeersSlot, RuntimeError, Skill,
    StateStore, wasi,
};

/// How the runtime is set up.
#[derive(Clone, Debug, Default)]
pub struct RuntimeOptions {
    /// Where compiled code is kept; none compiles each time.
    pub cache_dir: Option<PathBuf>,
    /// The file of the key that authenticates compiled code: outside `cache_dir`, and made when absent. Whoever knows it
    /// can run native code in the host. Without one nothing is kept.
    pub cache_key: Option<PathBuf>,
    /// Where skills' state is kept; none keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// Whether messages of skills are logged.
    pub skill_log: bool,
    /// Where skills find each other.
    pub peers: PeersSlot,
    /// Where decisions are written.
    pub audit: AuditLog,
    /// How connections are made.
    pub network: NetworkOptions,
    /// The language model of skills whose client offers none.
    pub model: Option<EndpointOptions>,
    /// What is held for skills, by all runtimes of one host.
    pub accounts: Accounts,
}

/// Engine, linker and caches. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub engine: Engine,
    pub linker: Linker<SkillStore>,
    pub cache: CompileCache,
    pub codes: Codes,
    pub state: StateStore,
    pub store: StoreDatabase,
    pub data_dir: Option<PathBuf>,
    pub skill_log: bool,
    pub peers: PeersSlot,
    pub audit: AuditLog,
    pub network: Network,
    pub model: Option<Arc<dyn LanguageModel>>,
    pub accounts: Accounts,
    pub board: Board,
}

impl Runtime {
    /// Sets up the engine: pooled memory where the machine can map it, on demand otherwise.
    ///
    /// # Errors
    /// [`RuntimeError`] when wasmtime refuses the settings or the data directory cannot be used.
    pub fn new(options: RuntimeOptions) -> Result<Self, RuntimeError> {
        let mut pooled = config();
        pooled.allocation_strategy(pool());
        let engine = Engine::new(&pooled).or_else(|error| {
            tracing::warn!("memory is allocated on demand, which makes calls slower: {error:#}");
            Engine::new(&config()).map_err(RuntimeError::Engine)
        })?;
        tick(&engine);
        let state = match &options.data_dir {
            Some(directory) => StateStore::open(directory)?,
            None => StateStore::in_memory(),
        };
        let network = Network::new(options.network)?;
        let model = match options.model {
            Some(model) => {
                Some(Arc::new(Endpoint::new(model, &network)?) as Arc<dyn LanguageModel>)
            }
            None => None,
        };
        let inner = Inner {
            linker: linker(&engine).map_err(RuntimeError::Engine)?,
            cache: CompileCache::new(
                options.cache_dir.as_deref(),
                options.cache_key.as_deref(),
                &engine,
            ),
            codes: Codes::default(),
            engine,
            state,
            store: StoreDatabase::new(options.data_dir.as_deref()),
            data_dir: options.data_dir,
            skill_log: options.skill_log,
            peers: options.peers,
            audit: options.audit,
            network,
            model,
            accounts: options.accounts,
            board: Board::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Makes a skill `id` of a verified package, whose code is still to be compiled: see [`Skill::compile`]. Its methods
    /// are known, and that this host offers what it imports. Blocking, for milliseconds; no guest code runs.
    ///
    /// # Errors
    /// [`LoadError`] when the bytes are no component, an import is unknown, or a described method is not exported.
    pub fn outline(
        &self,
        id: &str,
        package: &Package,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Skill, LoadError> {
        Skill::new(&self.inner, id, package, grants, limits)
    }

    /// Makes a verified package callable as skill `id`: compiled, or taken from the cache. Blocking, for seconds when a
    /// large package is compiled; no guest code runs.
    ///
    /// # Errors
    /// As [`Runtime::outline`] and [`Skill::compile`].
    pub fn load(
        &self,
        id: &str,
        package: &Package,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Skill, LoadError> {
        let skill = self.outline(id, package, grants, limits)?;
        skill.compile()?;
        Ok(skill)
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.memory_init_cow(true);
    // A stack for the deepest guest, and room beneath it for the host functions it calls.
    config.max_wasm_stack(1 << 20);
    config.async_stack_size(2 << 20);
    config.wasm_component_model_async(true);
    config.wasm_component_model_map(true);
    config.wasm_component_model_fixed_length_lists(true);
    config
}

/// Room for a few thousand live instances, of which a thousand run at once: address space, not memory, until it is used.
/// Each stack's guard page costs start-up a system call.
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
        .linear_memory_keep_resident(64 << 10)
        .table_keep_resident(16 << 10)
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

/// Moves the engine's epoch for as long as the engine lives.
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
        // Without it a skill that never waits could not be stopped: nothing may run then.
        panic!("the epoch thread could not be started: {error}");
    }
}
