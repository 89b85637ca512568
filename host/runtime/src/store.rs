//! The data of a store: the environment, the capabilities, WASI, and the counters that limits apply to.

use std::sync::Arc;

use luminarys_accounts::{Charge, Exhausted, Holder};
use wasmtime::{ResourceLimiter, StoreContextMut, UpdateDeadline};
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::capabilities::{Capabilities, HasCapabilities};
use crate::environment::{Call, Environment, SkillShared};
use crate::wasi::Wasi;

/// The interval of the engine's epoch, at which a computing skill is checked.
pub(crate) const EPOCH: std::time::Duration = std::time::Duration::from_millis(10);

/// The size of one element of a table, in bytes.
const TABLE_ELEMENT: u64 = 8;

/// The data of a skill's store.
pub(crate) struct SkillStore {
    pub environment: Environment,
    capabilities: Arc<Capabilities>,
    pub wasi: Wasi,
    /// The manifest key and detail of the limit that was exceeded last.
    pub limit_hit: Option<(&'static str, String)>,
    /// The account that last had no room.
    pub exhausted: Option<Exhausted>,
    memory: Charge,
    tables: Charge,
}

impl SkillStore {
    pub fn new(shared: Arc<SkillShared>, capabilities: Arc<Capabilities>, call: Call) -> Self {
        let account = &shared.accounts.memory;
        Self {
            capabilities,
            wasi: Wasi::default(),
            limit_hit: None,
            exhausted: None,
            memory: account.open(Holder::Instances),
            tables: account.open(Holder::Instances),
            environment: Environment::new(shared, call),
        }
    }

    /// Prepares the store for the next call of a long-lived instance.
    pub fn begin(&mut self, call: Call) {
        self.limit_hit = None;
        self.exhausted = None;
        self.environment.begin(call);
    }
}

impl HasCapabilities for SkillStore {
    fn parts(&mut self) -> (&Capabilities, &mut Environment) {
        (&self.capabilities, &mut self.environment)
    }
}

/// Runs at each epoch while the skill computes: ends it when its CPU time is used up, and yields, so that a cancelled
/// or late call is noticed at the next await.
pub(crate) fn on_epoch(
    mut store: StoreContextMut<'_, SkillStore>,
) -> wasmtime::Result<UpdateDeadline> {
    let handles = store.concurrent_resource_table();
    let handles = handles.map_or(0, |table| table.iter_mut().count() as u64);
    let data = store.data_mut();
    let limit = data.environment.call.max_computed;
    if data.environment.call.computed.spent() > limit {
        let milliseconds = limit.as_millis();
        data.limit_hit = Some(("cpu_timeout_ms", format!("{milliseconds} ms of computing")));
        return Ok(UpdateDeadline::Interrupt);
    }
    if let Err(exhausted) = data.environment.charge_resources(handles) {
        data.exhausted = Some(exhausted);
        return Ok(UpdateDeadline::Interrupt);
    }
    Ok(UpdateDeadline::YieldCustom(
        1,
        Box::pin(tokio::task::yield_now()),
    ))
}

impl ResourceLimiter for SkillStore {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        let wanted = self.memory.bytes().saturating_add(more);
        let limit = self.environment.shared.limits.memory as u64;
        if wanted > limit {
            self.limit_hit = Some((
                "memory_limit_mb",
                format!(
                    "{} MiB allowed, {} MiB asked",
                    limit >> 20,
                    wanted.div_ceil(1 << 20)
                ),
            ));
            return Ok(false);
        }
        let (memory, spares) = (&mut self.memory, &self.environment.shared.spares);
        let charged = spares.or_without(|| memory.grow(more));
        Ok(charged
            .map_err(|exhausted| self.exhausted = Some(exhausted))
            .is_ok())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let limit = self.environment.shared.limits.max_table_elements;
        if desired as u64 > limit {
            self.limit_hit = Some((
                "max_table_elements",
                format!("{limit} allowed, {desired} asked"),
            ));
            return Ok(false);
        }
        let more = desired.saturating_sub(current) as u64 * TABLE_ELEMENT;
        let (tables, spares) = (&mut self.tables, &self.environment.shared.spares);
        let charged = spares.or_without(|| tables.grow(more));
        Ok(charged
            .map_err(|exhausted| self.exhausted = Some(exhausted))
            .is_ok())
    }

    fn instances(&self) -> usize {
        self.environment.shared.limits.max_instances as usize
    }

    fn tables(&self) -> usize {
        self.environment.shared.limits.max_tables as usize
    }
}

impl WasiView for SkillStore {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.wasi.view(&mut self.environment)
    }
}

impl WasiHttpView for SkillStore {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let http = self.capabilities.http.clone();
        self.wasi.http(&mut self.environment, http)
    }
}
