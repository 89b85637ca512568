//! The WASI state of one instance.

use std::sync::Arc;
use std::time::Duration;

use wasmtime_wasi::{WasiCtx, WasiCtxView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView};

use super::clock::Clock;
use super::context::context;
use super::descriptors::Descriptors;
use super::http::{HttpHooks, Served};
use super::sockets::SocketsCall;
use crate::capabilities::http::HttpCapability;
use crate::environment::Environment;

/// Maximum size in bytes of the header fields of one `wasi:http` message.
const MAX_FIELDS: usize = 64 << 10;

/// The state of WASI in one instance.
pub(crate) struct Wasi {
    /// The open descriptors.
    pub(super) descriptors: Descriptors,
    /// Created on first use.
    context: Option<Box<WasiCtx>>,
    clock: Clock,
    sockets_call: SocketsCall,
    http: WasiHttpCtx,
    http_hooks: HttpHooks,
}

impl Default for Wasi {
    fn default() -> Self {
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(MAX_FIELDS);
        Self {
            descriptors: Descriptors::default(),
            context: None,
            clock: Clock::default(),
            sockets_call: SocketsCall::default(),
            http,
            http_hooks: HttpHooks::default(),
        }
    }
}

impl Wasi {
    /// Lets the instance's monotonic clock have stood still for `time`, which has just passed.
    pub fn skip(&self, time: Duration) {
        self.clock.skip(time);
    }

    /// Returns the number of its open files and directories.
    pub fn open_descriptors(&self) -> usize {
        self.descriptors.0.len()
    }

    /// Returns the view with which wasmtime-wasi implements WASI.
    pub fn view<'a>(&'a mut self, environment: &'a mut Environment) -> WasiCtxView<'a> {
        if environment.shared.grants.tcp.enabled {
            let audit = environment.audit();
            self.sockets_call.set(audit, environment.call.narrowing);
        }
        let (shared, error_tail) = (&environment.shared, &environment.error_tail);
        let (sockets_call, clock) = (&self.sockets_call, &self.clock);
        let ctx = self
            .context
            .get_or_insert_with(|| Box::new(context(shared, sockets_call, error_tail, clock)));
        WasiCtxView {
            ctx,
            table: &mut environment.table,
        }
    }

    /// Returns the view with which wasmtime-wasi-http implements `wasi:http`; requests go through the client of `http`.
    pub fn http<'a>(
        &'a mut self,
        environment: &'a mut Environment,
        http: Arc<HttpCapability>,
    ) -> WasiHttpCtxView<'a> {
        let (audit, gate) = (environment.audit(), environment.gate());
        self.http_hooks.call = Some(Served {
            http,
            shared: environment.shared.clone(),
            audit,
            gate,
            narrowing: environment.call.narrowing,
        });
        self.http_hooks.connections = environment.connections.clone();
        WasiHttpCtxView {
            hooks: &mut self.http_hooks,
            table: &mut environment.table,
            ctx: &mut self.http,
        }
    }
}
