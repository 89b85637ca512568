//! What wasmtime-wasi implements WASI with.

use std::sync::Arc;

use wasmtime_wasi::WasiCtx;

use super::output::LogOutput;
use super::sockets::{self, SocketsCall};
use crate::environment::{ErrorTail, SkillShared};

/// Random bytes that a skill may ask for in one call: making them takes a thread.
const MAX_RANDOM: u64 = 1 << 20;

/// The WASI context of one store.
pub(super) fn context(
    shared: &Arc<SkillShared>,
    call: &SocketsCall,
    error_tail: &ErrorTail,
) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
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
