//! Runs skills: one [`Runtime`] holds the wasmtime engine and the linker, a [`Skill`] is a package ready to be
//! called, and a call runs in a store of its own with the skill's grants and limits.
//!
//! - `engine`: engine settings and the linker; `cache`: compiled code on disk
//! - `outline`: a component without its code; `skill`: from package to callable methods; `instances`: isolation modes; `call`: one call's context and outcome
//! - `blocking`: work that may block, bounded for each skill; `cpu`: how long a call has computed
//! - `imports`: what a skill imports of another
//! - `accounts`: what the host holds for skills; `turns`: calls that wait for each other
//! - `limits`: what a skill may use at most; `store`: what a store carries
//! - `values`: JSON to and from component values, and JSON Schema from component types
//! - `capabilities`: the host side of each WIT interface; `wasi`: the same grants through WASI
//! - `audit`: every decision, written down; `explain`: decisions that the operator asks for
//! - `network`: connections to addresses that were checked; `fetch`: the host's own
//! - `narrowed`: calls of methods that are declared read-only or closed-world
//! - `model`: language models that skills may ask
//! - `state`: what skills keep across restarts; `peers`: how they reach each other

mod accounts;
mod audit;
mod bindings;
mod blocking;
mod cache;
mod call;
mod capabilities;
mod cpu;
mod engine;
mod error;
mod explain;
mod fetch;
mod imports;
mod instances;
mod limits;
mod model;
mod narrowed;
mod network;
mod outline;
mod peers;
mod skill;
mod state;
mod store;
mod turns;
pub mod values;
mod wasi;

pub use accounts::{Accounts, Charge, Exhausted, Held, Holder, HostLimits};
pub use audit::{AuditLog, AuditOptions, AuditRecord, Audited, MAX_KEPT, Verdict};
pub use blocking::BLOCKING_THREADS;
pub use cache::unusable_key;
pub use call::{CallContext, Outcome, Progress};
pub use capabilities::llm::{Endpoint, EndpointOptions};
pub use capabilities::log_rate::LogRate;
pub use engine::{Runtime, RuntimeOptions};
pub use error::{CallError, LoadError, RuntimeError};
pub use explain::explain;
pub use fetch::{FetchError, Fetcher, is_secure};
pub use imports::Values;
pub use limits::Limits;
pub use model::{Completion, LanguageModel, ModelError, Prompt, Speaker};
pub use network::{NetworkOptions, ProxyUrl};
pub use peers::{Callable, Event, Offered, PeerError, Peers, PeersSlot, Schedule};
pub use skill::{Method, Skill};
pub use state::StateStore;
pub use turns::Deadlock;
