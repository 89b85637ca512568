//! WASI 0.2 and 0.3 under the same manifest: preopens are the granted directories, the environment is the manifest's
//! `env`, output goes to the log, HTTP and sockets pass the checks of `permissions.http` and `permissions.tcp`.

use std::sync::Arc;

use luminarys_grants::DirectoryGrant;
use wasmtime_wasi::{FsPerms, WasiCtx};

use self::output::LogOutput;
use crate::store::SkillShared;

mod http;
mod lookup;
mod output;
mod sockets;

pub(crate) use http::HttpHooks;
pub(crate) use lookup::guard_lookups;
pub(crate) use output::LastWords;
pub(crate) use sockets::SocketsCall;

/// The WASI context of one store.
pub(crate) fn context(
    shared: &Arc<SkillShared>,
    call: &SocketsCall,
    last_words: &LastWords,
) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
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
    if shared.wants_preopens && shared.grants.filesystem.enabled() {
        for (grant, writable) in shared.grants.filesystem.plain() {
            let permission = match writable {
                true => FsPerms::ReadWrite,
                false => FsPerms::ReadOnly,
            };
            // Through the handle opened with the manifest, never through the path again.
            if let Err(error) = builder.preopened_dir(handle_path(grant), &grant.root, permission) {
                tracing::warn!(skill = %shared.id, directory = %grant.root, "not offered through WASI: {error:#}");
            }
        }
    }
    builder.build()
}

/// A path that names the open handle itself.
#[cfg(target_os = "linux")]
fn handle_path(grant: &DirectoryGrant) -> String {
    use std::os::fd::AsRawFd as _;
    format!("/proc/self/fd/{}", grant.dir.as_raw_fd())
}

#[cfg(not(target_os = "linux"))]
fn handle_path(grant: &DirectoryGrant) -> String {
    grant.root.clone()
}
