//! The data of the store: WASI with nothing granted, and the bounds.

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::random::Deterministic;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::clocks::{MonotonicClock, WallClock};

/// How much it may print, in bytes.
const OUTPUT: usize = 1 << 20;
/// How much of that an error shows, in bytes.
const SHOWN: usize = 4 << 10;
/// Length after which the random numbers repeat, in bytes.
const SEQUENCE: usize = 1 << 16;

pub(crate) struct Sandbox {
    table: ResourceTable,
    wasi: WasiCtx,
    standard_error: MemoryOutputPipe,
    memory: usize,
    used: usize,
    /// The limit, if it was asked for more.
    pub refused_memory: Option<usize>,
    /// The import that ended it.
    pub called: Option<String>,
}

impl Sandbox {
    pub fn new(memory: usize) -> Self {
        let standard_error = MemoryOutputPipe::new(OUTPUT);
        let mut wasi = WasiCtx::builder();
        wasi.allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .stderr(standard_error.clone())
            .wall_clock(WallClock)
            .monotonic_clock(MonotonicClock::default())
            .secure_random(Deterministic::new(sequence(1)))
            .insecure_random(Deterministic::new(sequence(2)))
            .insecure_random_seed(3);
        Self {
            table: ResourceTable::new(),
            wasi: wasi.build(),
            standard_error,
            memory,
            used: 0,
            refused_memory: None,
            called: None,
        }
    }

    /// Returns how many resources are open, in words (`2 resources`), or `None` if all are closed.
    pub fn open(&mut self) -> Option<String> {
        match self.table.iter_mut().count() {
            0 => None,
            1 => Some("a resource".to_owned()),
            count => Some(format!("{count} resources")),
        }
    }

    /// Returns the end of what it wrote to its standard error, unchecked.
    pub fn written(&self) -> String {
        let bytes = self.standard_error.contents();
        let tail = &bytes[bytes.len().saturating_sub(SHOWN)..];
        String::from_utf8_lossy(tail).trim().to_owned()
    }
}

/// Returns bytes without a pattern, the same for the same seed (xorshift).
fn sequence(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let count = SEQUENCE / size_of::<u64>();
    (0..count).flat_map(|_| next()).collect()
}

impl ResourceLimiter for Sandbox {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted = self.used.saturating_add(desired.saturating_sub(current));
        if wanted > self.memory {
            self.refused_memory = Some(self.memory);
            return Ok(false);
        }
        self.used = wanted;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= 1_000_000)
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
