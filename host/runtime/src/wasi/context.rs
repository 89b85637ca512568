//! The context with which wasmtime-wasi implements WASI.

use std::sync::Arc;

use wasmtime_wasi::WasiCtx;

use super::clock::Clock;
use super::output::LogOutput;
use super::sockets::{self, SocketsCall};
use crate::environment::{ErrorTail, SkillShared};

/// Maximum number of random bytes in one request: generating them occupies a thread.
const MAX_RANDOM: u64 = 1 << 20;

/// Builds the WASI context of one store.
pub(super) fn context(
    shared: &Arc<SkillShared>,
    call: &SocketsCall,
    error_tail: &ErrorTail,
    clock: &Clock,
) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
        .monotonic_clock(clock.clone())
        .max_random_size(MAX_RANDOM)
        .stdout(LogOutput {
            shared: shared.clone(),
            stream: "stdout",
            error_tail: None,
        })
        .stderr(LogOutput {
            shared: shared.clone(),
            stream: "stderr",
            error_tail: Some(error_tail.clone()),
        });
    sockets::configure(&mut builder, shared, call);
    for (key, value) in &shared.grants.env {
        builder.env(key, value);
    }
    builder.build()
}
