//! What a store carries: the skill's grants, the call being served (`call`), and the counters its limits are compared with.

use std::collections::HashMap;
use std::sync::Arc;

use luminarys_commands::Commands;
use luminarys_grants::Grants;
use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, StoreContextMut, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;

use crate::AuditLog;
use crate::accounts::{Answer, Charge, Content, Exhausted, Holder, SkillAccounts, resources_size};
use crate::audit::CallAudit;
use crate::bindings::luminarys::skill::types::Error;
use crate::blocking::Lane;
use crate::capabilities::connections::{Connections, Held};
use crate::capabilities::hosted::Hosted;
use crate::capabilities::http::{HttpClient, Jar};
use crate::capabilities::llm::Budget;
use crate::capabilities::log_rate::LogRate;
use crate::capabilities::store::StoreDatabase;
use crate::limits::Limits;
use crate::model::LanguageModel;
use crate::narrowed::{Files, Gate};
use crate::network::Network;
use crate::peers::PeersSlot;
use crate::state::StateStore;
use crate::turns::Board;
use crate::wasi::{self, Descriptors, HttpHooks, LastWords, Served, SocketsCall};

mod call;

pub(crate) use call::Call;

/// How often the engine's epoch moves, and with it how often a computing skill is looked at.
pub(crate) const EPOCH: std::time::Duration = std::time::Duration::from_millis(10);

/// Resources that one instance holds through WASI and the host's interfaces.
pub(crate) const MAX_RESOURCES: usize = 10_000;
/// What a stream, future or subtask of the component model takes, in bytes.
const HANDLE: u64 = 1 << 10;
/// Bytes of the header fields of one `wasi:http` message.
const MAX_FIELDS: usize = 64 << 10;
/// Bytes of one element of a table.
const TABLE_ELEMENT: u64 = 8;

/// What all stores of one skill share.
pub(crate) struct SkillShared {
    /// The instance id.
    pub id: String,
    pub grants: Arc<Grants>,
    pub limits: Limits,
    pub lane: Lane,
    /// What the host holds for it, and the memory of its instances.
    pub accounts: SkillAccounts,
    /// Where calls of all skills wait for their turn.
    pub board: Board,
    pub filesystem: Files,
    pub network: Network,
    pub http: HttpClient,
    pub jar: Arc<Jar>,
    pub hosted: Hosted,
    pub commands: Commands,
    pub store: StoreDatabase,
    /// The host's language model, where the client has none.
    pub model: Option<Arc<dyn LanguageModel>>,
    pub llm_budget: Budget,
    pub state: StateStore,
    /// Whether its messages and output are logged.
    pub log: bool,
    pub log_rate: LogRate,
    pub peers: PeersSlot,
    pub audit: AuditLog,
}

impl SkillShared {
    /// Whether a line of the skill's is logged.
    pub fn admits_line(&self) -> bool {
        self.log && self.log_rate.admit_line(&self.id)
    }
}

/// The data of a skill's store.
pub(crate) struct SkillStore {
    pub shared: Arc<SkillShared>,
    pub call: Call,
    /// The manifest key of the limit that was hit last.
    pub limit_hit: Option<(&'static str, String)>,
    /// The account that had no room last.
    pub exhausted: Option<Exhausted>,
    memory: Charge,
    tables: Charge,
    pub table: ResourceTable,
    /// What is in the table.
    resources: Charge,
    /// Descriptors that streams of the table may hold.
    streams: Charge,
    /// Connections that the instance holds, whatever goes over them.
    pub connections: Connections,
    /// The places that resources hold among them, by the resources' numbers.
    pub held: HashMap<u32, Held>,
    /// Those of streams that no resource stands for.
    pub streaming: Vec<Held>,
    /// What is open through WASI.
    pub descriptors: Descriptors,
    /// What decides on writes to streams; none while there is none.
    pub gate: Option<Gate>,
    /// Whether a call that was not narrowed has had the host read streams of WASI 0.3 and write what comes elsewhere.
    pub feeds: bool,
    wasi: Option<Box<WasiCtx>>,
    /// What it wrote to its standard error during this call.
    pub last_words: LastWords,
    sockets_call: SocketsCall,
    http: WasiHttpCtx,
    http_hooks: HttpHooks,
}

impl SkillStore {
    pub fn new(shared: Arc<SkillShared>, call: Call) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(MAX_FIELDS);
        let account = &shared.accounts;
        Self {
            limit_hit: None,
            exhausted: None,
            memory: account.memory.open(Holder::Instances),
            tables: account.memory.open(Holder::Instances),
            table,
            resources: account.held.open(Holder::Resources),
            streams: account.descriptors.open(Holder::Resources),
            shared,
            call,
            connections: Connections::default(),
            held: HashMap::new(),
            streaming: Vec::new(),
            descriptors: Descriptors::default(),
            gate: None,
            feeds: false,
            wasi: None,
            last_words: LastWords::default(),
            sockets_call: SocketsCall::default(),
            http,
            http_hooks: HttpHooks::default(),
        }
    }

    /// Where this call's decisions are written.
    pub fn audit(&mut self) -> Arc<CallAudit> {
        let (call, shared) = (&mut self.call, &self.shared);
        let audit = call.audit.get_or_insert_with(|| {
            Arc::new(CallAudit {
                log: shared.audit.clone(),
                skill: shared.id.clone(),
                method: call.method.clone(),
                client: call.context.client.clone(),
                session: crate::audit::identity(&call.context.session_id).into_owned(),
                request: call.context.request_id.clone(),
                trace: call.context.trace_id.clone(),
            })
        });
        audit.clone()
    }

    /// Charges bytes that a capability holds for the call, until the charge is dropped.
    ///
    /// # Errors
    /// `too-large`, naming the limit.
    pub fn hold_bytes(&self, bytes: usize) -> Result<Charge, Error> {
        let charge = self.call.account.charge(Holder::Buffers, bytes as u64);
        charge.map_err(too_large)
    }

    /// Charges what the skill hands to a capability, until it is dropped.
    ///
    /// # Errors
    /// `too-large`, naming the limit.
    pub fn content(&self, bytes: Vec<u8>) -> Result<Content, Error> {
        Content::new(bytes, &self.call.account).map_err(too_large)
    }

    /// Begins to charge an answer of a capability, which takes the place of the one before.
    pub fn answer(&mut self) -> Answer {
        // The guest has the one before, or is done with it.
        self.keep_answers(Vec::new());
        let answer = Answer::new(&self.call.account);
        self.call.answer = Some(answer.clone());
        answer
    }

    /// Keeps the charges of answers of other skills, which take the place of the one before.
    pub fn keep_answers(&mut self, charges: Vec<Charge>) {
        self.call.answer = None;
        self.call.answers = charges;
    }

    /// Charges an answer that is there.
    ///
    /// # Errors
    /// `too-large`, naming the limit.
    pub fn charge_answer(&mut self, bytes: usize) -> Result<(), Error> {
        self.answer().reach(bytes as u64).map_err(too_large)
    }

    /// Charges what the instance's resources, and so many handles of the component model, take at this moment.
    ///
    /// # Errors
    /// [`Exhausted`]
    fn charge_resources(&mut self, handles: u64) -> Result<(), Exhausted> {
        if self.table.is_empty() && handles == 0 && self.resources.bytes() == 0 {
            return Ok(());
        }
        let size = resources_size(&mut self.table);
        self.resources.resize(size.bytes + handles * HANDLE)?;
        self.streams.resize(size.streams)
    }

    /// Makes the store ready for the next call of a long-lived instance.
    pub fn begin(&mut self, call: Call) {
        self.call = call;
        self.limit_hit = None;
        self.exhausted = None;
        self.last_words.take();
        self.set_gate();
    }
}

/// What a guest is told of an account without room.
pub(crate) fn too_large(exhausted: Exhausted) -> Error {
    Error::TooLarge(exhausted.to_string())
}

/// Runs at each epoch while the skill computes: ends it when its time is used up, and gives the thread to others, so that a
/// cancelled or late call is noticed at the next await.
pub(crate) fn on_epoch(
    mut store: StoreContextMut<'_, SkillStore>,
) -> wasmtime::Result<UpdateDeadline> {
    let handles = store.concurrent_resource_table();
    let handles = handles.map_or(0, |table| table.iter_mut().count() as u64);
    let data = store.data_mut();
    let limit = data.shared.limits.cpu_timeout;
    if data.call.computed.spent() > limit {
        let milliseconds = limit.as_millis();
        data.limit_hit = Some(("cpu_timeout_ms", format!("{milliseconds} ms of computing")));
        return Ok(UpdateDeadline::Interrupt);
    }
    if let Err(exhausted) = data.charge_resources(handles) {
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
        let limit = self.shared.limits.memory as u64;
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
        let charged = self.memory.grow(more);
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
        let limit = self.shared.limits.max_table_elements;
        if desired as u64 > limit {
            self.limit_hit = Some((
                "max_table_elements",
                format!("{limit} allowed, {desired} asked"),
            ));
            return Ok(false);
        }
        let more = desired.saturating_sub(current) as u64 * TABLE_ELEMENT;
        let charged = self.tables.grow(more);
        Ok(charged
            .map_err(|exhausted| self.exhausted = Some(exhausted))
            .is_ok())
    }

    fn instances(&self) -> usize {
        self.shared.limits.max_instances as usize
    }

    fn tables(&self) -> usize {
        self.shared.limits.max_tables as usize
    }
}

impl WasiView for SkillStore {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        if self.shared.grants.tcp.enabled {
            let audit = self.audit();
            self.sockets_call.set(audit, self.call.narrowing);
        }
        let (shared, call, last_words) = (&self.shared, &self.sockets_call, &self.last_words);
        let ctx = self
            .wasi
            .get_or_insert_with(|| Box::new(wasi::context(shared, call, last_words)));
        WasiCtxView {
            ctx,
            table: &mut self.table,
        }
    }
}

impl wasmtime_wasi_http::WasiHttpView for SkillStore {
    fn http(&mut self) -> wasmtime_wasi_http::WasiHttpCtxView<'_> {
        let (audit, gate) = (self.audit(), self.gate());
        self.http_hooks.call = Some(Served {
            shared: self.shared.clone(),
            audit,
            gate,
            narrowing: self.call.narrowing,
        });
        self.http_hooks.connections = self.connections.clone();
        wasmtime_wasi_http::WasiHttpCtxView {
            hooks: &mut self.http_hooks,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
