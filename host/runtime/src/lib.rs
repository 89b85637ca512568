//! Runs skills: one [`Runtime`] holds the wasmtime engine and the linker, a [`Skill`] is a package ready to be called,
//! and a call runs in a store with the skill's grants and limits.
//!
//! - `runtime`: the set-up; `compiler`: engine settings and the linker; `cache`: compiled code on disk
//! - `outline`: a component without its code; `images`: bounds what its memories start with; `skill`: from package to
//!   callable methods; `instances`: isolation modes; `call`: one call's context and outcome
//! - `cpu`: the CPU time of a call; `background`: a thread for work that no call waits for
//! - `spares`: what is held ready for calls, and given up when one needs the room
//! - `imports`: interfaces that a skill imports from another
//! - `turns`: calls that wait for their turn
//! - `limits`: resource limits of a skill; `store`: the data of a store
//! - `values`: JSON to and from component values, and JSON Schema from component types
//! - `capabilities`: the host side of each WIT interface; `wasi`: the same grants through WASI
//! - `explain`: the operator's questions
//! - `environment`: the environment of a capability in its store; `options`: options of functions
//! - `model`: language models that skills may ask
//! - `peers`: how skills reach each other; `cluster`: other nodes; `shared_store`: namespaces that skills share
//! - `progress`: the progress of a call, and who receives it

mod background;
mod bindings;
mod cache;
mod call;
mod capabilities;
mod cluster;
mod compiler;
mod cpu;
mod environment;
mod error;
mod explain;
mod fuel;
mod images;
mod imports;
mod instances;
mod limits;
mod method;
mod model;
mod options;
mod outline;
mod peers;
mod progress;
mod resources;
mod runtime;
mod shared_store;
mod skill;
mod spares;
mod store;
mod turns;
pub mod values;
mod wasi;

pub use cache::{Compilation, unusable_key};
pub use call::{CallContext, Outcome};
pub use capabilities::llm::{Endpoint, EndpointOptions};
pub use capabilities::log_rate::LogRate;
pub use capabilities::transfer::{
    Asked, Exchange, IncomingFile, IncomingPlace, NodePolicy, OutgoingFile,
};
pub use cluster::{
    Cluster, ClusterError, ClusterNode, ClusterSlot, Errand, Moved, OnMoved, RemoteEntry,
};
pub use error::{CallError, LoadError, RuntimeError};
pub use explain::explain;
pub use limits::Limits;
pub use luminarys_accounts::{Accounts, Charge, Exhausted, Held, Holder, HostLimits};
pub use luminarys_audit::{AuditLog, AuditOptions, AuditRecord, Audited, MAX_KEPT, Verdict};
pub use luminarys_blocking::BLOCKING_THREADS;
pub use luminarys_filesystem::{FsError, FsErrorKind, Reachable};
pub use luminarys_network::{FetchError, Fetcher, NetworkOptions, ProxyUrl, SetupError, is_secure};
pub use luminarys_store::StateStore;
pub use method::Method;
pub use model::{Completion, LanguageModel, ModelError, Prompt, Speaker};
pub use peers::{
    Callable, Event, Found, FoundPage, MAX_DEPTH, MAX_PAYLOAD, Offered, PeerError, Peers,
    PeersSlot, Schedule, Signature, Values,
};
pub use progress::{Progress, ProgressSink};
pub use runtime::{Runtime, RuntimeOptions};
pub use shared_store::{Changes, Page, SharedStore, SharedStoreError, SharedStoreSlot};
pub use skill::Skill;
pub use turns::Deadlock;
