//! WASI 0.2 and 0.3 under the same manifest: files go the road of the `filesystem` capability, the environment is the
//! manifest's `env`, output goes to the log, HTTP and sockets pass the checks of `permissions.http` and `permissions.tcp`.

use std::sync::Arc;

use luminarys_grants::Effect;
use wasmtime_wasi::WasiCtx;

use self::output::LogOutput;
use crate::environment::{CapabilityEffect, ErrorTail, SkillShared};

mod connections;
mod files;
mod http;
mod lookup;
mod output;
mod sockets;
mod state;

pub(crate) use connections::count_connections;
use files::Descriptors;
pub(crate) use files::guard_files;
use http::{HttpHooks, Served};
pub(crate) use lookup::guard_lookups;
use sockets::SocketsCall;
pub(crate) use state::Wasi;

/// Writing to an open file.
const CHANGE_FILES: CapabilityEffect = ("filesystem", Effect::Change);
/// Looking a name up, connecting, and using a connection: what a protocol makes of it is not known.
const USE_SOCKETS: CapabilityEffect = ("tcp", Effect::Both);
/// Random bytes that a skill may ask for in one call: making them takes a thread.
const MAX_RANDOM: u64 = 1 << 20;

/// The WASI context of one store.
fn context(shared: &Arc<SkillShared>, call: &SocketsCall, error_tail: &ErrorTail) -> WasiCtx {
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
