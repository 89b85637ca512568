//! WASI 0.2 and 0.3 under the same manifest: preopens are the granted directories, the environment is the manifest's
//! `env`, output goes to the log, HTTP and sockets pass the checks of `permissions.http` and `permissions.tcp`.

use std::sync::Arc;

use luminarys_grants::DirectoryGrant;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::{FsPerms, WasiCtx};

use crate::store::SkillShared;

mod http;
mod lookup;
mod sockets;

pub(crate) use http::HttpHooks;
pub(crate) use lookup::guard_lookups;
pub(crate) use sockets::SocketsCall;

/// The WASI context of one store.
pub(crate) fn context(shared: &Arc<SkillShared>, call: &SocketsCall) -> WasiCtx {
    let mut builder = WasiCtx::builder();
    builder
        .stdout(LogOutput {
            shared: shared.clone(),
            stream: "stdout",
        })
        .stderr(LogOutput {
            shared: shared.clone(),
            stream: "stderr",
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

/// A stream whose lines become log messages: a skill's output never reaches the host's own.
struct LogOutput {
    shared: Arc<SkillShared>,
    stream: &'static str,
}

impl IsTerminal for LogOutput {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogOutput {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(LineLogger {
            shared: self.shared.clone(),
            stream: self.stream,
            line: Vec::new(),
        })
    }
}

/// The longest line kept in one piece.
const MAX_LINE: usize = 8 << 10;

struct LineLogger {
    shared: Arc<SkillShared>,
    stream: &'static str,
    line: Vec<u8>,
}

impl LineLogger {
    fn emit(&mut self) {
        if !self.line.is_empty() && self.shared.admits_line() {
            let text = self
                .shared
                .secrets
                .redact(&String::from_utf8_lossy(&self.line));
            tracing::info!(target: "skill", skill = %self.shared.id, stream = self.stream, "{}", text.escape_debug());
        }
        self.line.clear();
    }
}

impl Drop for LineLogger {
    fn drop(&mut self) {
        self.emit();
    }
}

impl tokio::io::AsyncWrite for LineLogger {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = part.strip_suffix(b"\n").unwrap_or(part);
            let room = MAX_LINE.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if text.len() < part.len() {
                self.emit();
            }
        }
        std::task::Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        self.emit();
        std::task::Poll::Ready(Ok(()))
    }
}
