//! The environment of a capability in its store, and the trait that all capabilities implement.
//!
//! - `shared`: the state that all stores of one skill share; `call`: the call being served
//! - `progress`: reports to the caller; `inner_calls`: the calls that a call makes
//! - `holding`: charges to the call; `connections`: the instance's connections; `hosted`: events of connections that
//!   the host reads
//! - `deny`: denials, for the guest and for the operator; `narrowed`: calls of read-only and closed-world methods
//! - `peers`: work on other skills; `error_tail`: the tail of its standard error
//! - `capability`: the trait of a capability; `options`: options of its functions

mod call;
mod capability;
mod connections;
mod deny;
mod error_tail;
mod holding;
mod hosted;
mod inner_calls;
mod narrowed;
mod options;
mod peers;
mod progress;
mod shared;

use std::collections::HashMap;
use std::sync::Arc;

use luminarys_accounts::{Charge, Exhausted, Holder};
use luminarys_network::{Permit, Permits};
use wasmtime::component::ResourceTable;

use crate::resources::resources_size;

pub(crate) use call::Call;
pub(crate) use capability::{Capability, Host, Of, Operation, Rule, View};
pub(crate) use error_tail::ErrorTail;
pub(crate) use holding::exceeded;
pub(crate) use inner_calls::InnerCalls;
pub(crate) use narrowed::{CapabilityEffect, Gate, Pass, decide};
pub(crate) use options::options;
pub(crate) use progress::truncate;
pub(crate) use shared::SkillShared;

/// Maximum number of resources that one instance holds through WASI and the host's interfaces.
pub(crate) const MAX_RESOURCES: usize = 10_000;
/// The memory of a stream, future or subtask of the component model, in bytes.
const HANDLE: u64 = 1 << 10;

/// One instance of a skill, as its capabilities see it: the current call and the open resources.
pub(crate) struct Environment {
    pub shared: Arc<SkillShared>,
    pub call: Call,
    pub table: ResourceTable,
    /// The charge of the table's resources.
    resources: Charge,
    /// Descriptors that streams of the table may hold.
    streams: Charge,
    /// Permits for connections of every protocol.
    pub connections: Permits,
    /// The permits of resources, by resource number.
    pub held: HashMap<u32, Permit>,
    /// The permits of streams without a resource.
    pub streaming: Vec<Permit>,
    /// Decides on writes to streams; created with the first stream.
    gate: Option<Gate>,
    /// Whether a call without narrowing made the host copy streams of WASI 0.3 elsewhere.
    pub feeds: bool,
    /// The tail of its standard error during this call.
    pub error_tail: ErrorTail,
}

impl Environment {
    pub fn new(shared: Arc<SkillShared>, call: Call) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        let account = &shared.accounts;
        Self {
            table,
            resources: account.held.open(Holder::Resources),
            streams: account.descriptors.open(Holder::Resources),
            shared,
            call,
            connections: Permits::default(),
            held: HashMap::new(),
            streaming: Vec::new(),
            gate: None,
            feeds: false,
            error_tail: ErrorTail::default(),
        }
    }

    /// Begins the next call of a long-lived instance.
    pub fn begin(&mut self, call: Call) {
        self.call = call;
        self.error_tail.take();
        self.set_gate();
    }

    /// Charges the current memory of the instance's resources and of `handles` handles of the component model.
    ///
    /// # Errors
    /// [`Exhausted`] when an account has no room.
    pub fn charge_resources(&mut self, handles: u64) -> Result<(), Exhausted> {
        if self.table.is_empty() && handles == 0 && self.resources.bytes() == 0 {
            return Ok(());
        }
        let size = resources_size(&mut self.table);
        self.resources.resize(size.bytes + handles * HANDLE)?;
        self.streams.resize(size.streams)
    }
}
