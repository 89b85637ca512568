//! WASI 0.2 and 0.3 under the same manifest: files go the road of the `filesystem` capability, the environment is the
//! manifest's `env`, output goes to the log, HTTP and sockets pass the checks of `permissions.http` and `permissions.tcp`.

use std::sync::Arc;

use wasmtime_wasi::WasiCtx;

use self::output::LogOutput;
use crate::store::SkillShared;

mod connections;
mod files;
mod http;
mod lookup;
mod output;
mod sockets;

pub(crate) use connections::count_connections;
pub(crate) use files::{Descriptors, guard_files};
pub(crate) use http::{HttpHooks, Served};
pub(crate) use lookup::guard_lookups;
pub(crate) use output::LastWords;
pub(crate) use sockets::SocketsCall;

/// Random bytes that a skill may ask for in one call: making them takes a thread.
const MAX_RANDOM: u64 = 1 << 20;

/// The WASI context of one store.
pub(crate) fn context(
    shared: &Arc<SkillShared>,
    call: &SocketsCall,
    last_words: &LastWords,
) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
        .max_random_size(MAX_RANDOM)
        .stdout(LogOutput {
            shared: shared.clone(),
            stream: "stdout",
            last_words: None,
        })
        .stderr(LogOutput {
            shared: shared.clone(),
            stream: "stderr",
            last_words: Some(last_words.clone()),
        });
    sockets::configure(&mut builder, shared, call);
    for (key, value) in &shared.grants.env {
        builder.env(key, value);
    }
    builder.build()
}
