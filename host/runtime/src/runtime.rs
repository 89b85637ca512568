//! The runtime: its set-up, and the resources that all skills share.

use std::path::PathBuf;
use std::sync::Arc;

use luminarys_network::Network;
use luminarys_store::StoreDatabase;

use crate::background::Background;
use crate::capabilities::llm::{Endpoint, EndpointOptions};
use crate::compiler::Compiler;
use crate::model::LanguageModel;
use crate::skill::Codes;
use crate::spares::Spares;
use crate::turns::Board;
use crate::{
    Accounts, AuditLog, ClusterSlot, NetworkOptions, PeersSlot, RuntimeError, SharedStoreSlot,
    StateStore,
};

/// The runtime's options.
#[derive(Clone, Debug, Default)]
pub struct RuntimeOptions {
    /// The directory for compiled code; without it, skills are compiled at every start.
    pub cache_dir: Option<PathBuf>,
    /// The file of the key that authenticates compiled code: outside `cache_dir`, and created if absent. Anyone who
    /// knows the key can run native code in the host. Without a key nothing is cached.
    pub cache_key: Option<PathBuf>,
    /// The directory for skills' state; without it, state is kept in memory.
    pub data_dir: Option<PathBuf>,
    /// Whether messages of skills are logged.
    pub skill_log: bool,
    /// The slot through which skills call each other.
    pub peers: PeersSlot,
    /// The slot through which skills reach other nodes.
    pub cluster: ClusterSlot,
    /// What keeps shared namespaces of the store in place of this host's database.
    pub shared: SharedStoreSlot,
    /// The audit log for decisions.
    pub audit: AuditLog,
    /// Options for connections.
    pub network: NetworkOptions,
    /// The language model of skills whose client offers none.
    pub model: Option<EndpointOptions>,
    /// The accounts of all runtimes of one host.
    pub accounts: Accounts,
}

/// Engine, linker and caches. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub compiler: Compiler,
    pub codes: Codes,
    pub state: StateStore,
    pub store: StoreDatabase,
    pub shared: SharedStoreSlot,
    pub data_dir: Option<PathBuf>,
    pub skill_log: bool,
    pub peers: PeersSlot,
    pub cluster: ClusterSlot,
    pub audit: AuditLog,
    pub network: Network,
    pub model: Option<Arc<dyn LanguageModel>>,
    pub accounts: Accounts,
    pub board: Board,
    pub background: Arc<Background>,
    pub spares: Arc<Spares>,
}

impl Runtime {
    /// Sets up the engine: with pooled memory if the machine can map it, otherwise with memory on demand.
    ///
    /// # Errors
    /// [`RuntimeError`] when wasmtime rejects the settings or the data directory cannot be used.
    pub fn new(options: RuntimeOptions) -> Result<Self, RuntimeError> {
        let (cache_dir, cache_key) = (options.cache_dir.as_deref(), options.cache_key.as_deref());
        let compiler = Compiler::new(cache_dir, cache_key).map_err(RuntimeError::Engine)?;
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
            compiler,
            codes: Codes::default(),
            state,
            store: StoreDatabase::new(options.data_dir.as_deref()),
            shared: options.shared,
            data_dir: options.data_dir,
            skill_log: options.skill_log,
            peers: options.peers,
            cluster: options.cluster,
            audit: options.audit,
            network,
            model,
            accounts: options.accounts,
            board: Board::default(),
            background: Arc::default(),
            spares: Arc::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }
}
