//! `wasi:sockets` under `permissions.tcp`: outgoing TCP to addresses that are decided over, and names that the list
//! knows. Listening and UDP stay closed.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use luminarys_grants::Denial;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{Host as _, ResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, Network as NetworkResource};
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup::ErrorCode as P3ErrorCode;
use wasmtime_wasi::p3::bindings::sockets::types as p3;
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsView as _};

use crate::audit::CallAudit;
use crate::network::NetworkError;
use crate::store::{SkillShared, SkillStore};

/// The call whose decisions are made: an instance that is kept serves one after the other.
#[derive(Clone, Default)]
pub(crate) struct SocketsCall(Arc<Mutex<Option<Arc<CallAudit>>>>);

impl SocketsCall {
    pub fn set(&self, audit: Arc<CallAudit>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(audit);
    }

    fn get(&self) -> Option<Arc<CallAudit>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Opens what the manifest's section opens.
pub(super) fn configure(
    builder: &mut WasiCtxBuilder,
    shared: &Arc<SkillShared>,
    call: &SocketsCall,
) {
    let enabled = shared.grants.tcp.enabled;
    builder
        .allow_tcp(enabled)
        .allow_udp(false)
        .allow_ip_name_lookup(enabled);
    let (shared, call) = (shared.clone(), call.clone());
    builder.socket_addr_check(move |address, wanted| {
        let (shared, audit) = (shared.clone(), call.get());
        Box::pin(async move {
            match wanted {
                SocketAddrUse::TcpConnect => {}
                // What connecting does by itself.
                SocketAddrUse::TcpBind => {
                    return address.ip().is_unspecified() && address.port() == 0;
                }
                _ => return false,
            }
            let Some(audit) = audit else {
                return false;
            };
            // On a task of its own, as the check's future must be `Sync`.
            let check = tokio::spawn(async move { may_connect(&shared, &audit, address).await });
            check.await.unwrap_or(false)
        })
    });
}

async fn may_connect(shared: &SkillShared, audit: &CallAudit, address: SocketAddr) -> bool {
    let target = address.to_string();
    match decide(shared, address).await {
        Ok(rule) => {
            audit.allowed("tcp", &target, &rule);
            true
        }
        Err(denial) => {
            shared.note_denial(audit, &denial);
            false
        }
    }
}

/// The manifest's line that allows a connection to `address`: one that covers the address itself, or one whose literal
/// name has it now.
async fn decide(shared: &SkillShared, address: SocketAddr) -> Result<String, Denial> {
    let grants = &shared.grants.tcp;
    let ip = address.ip().to_canonical();
    let shown = match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let target = format!("{shown}:{}", address.port());
    let decided = grants.decide_name(&shown, address.port()).and_then(|name| {
        let rule = grants.network.decide_address(&target, &name, ip)?;
        Ok(rule.unwrap_or(name.rule))
    });
    let Err(denial) = decided else {
        return decided;
    };
    for host in grants.literal_names(address.port()) {
        let Ok(name) = grants.decide_name(host, address.port()) else {
            continue;
        };
        let network = &shared.network;
        let checked = network.check(&grants.network, &name, &target, host, address.port());
        match checked.await {
            Ok(checked)
                if checked
                    .addresses
                    .iter()
                    .any(|one| one.ip().to_canonical() == ip) =>
            {
                return Ok(checked.rule);
            }
            Ok(_) | Err(NetworkError::NotFound(_) | NetworkError::Invalid(_)) => {}
            Err(NetworkError::Denied(denial))
                if network
                    .resolve(host)
                    .await
                    .is_ok_and(|found| found.contains(&ip)) =>
            {
                return Err(denial);
            }
            Err(_) => {}
        }
    }
    Err(denial)
}

/// Puts a lookup that asks the manifest first in the place of WASI's own.
///
/// # Errors
/// wasmtime's, when the interface is not there to be replaced.
pub(crate) fn guard_lookups(linker: &mut Linker<SkillStore>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut instance = linker.instance("wasi:sockets/ip-name-lookup@0.2.12")?;
    instance.func_wrap(
        "resolve-addresses",
        |mut store: StoreContextMut<'_, SkillStore>,
         (network, name): (Resource<NetworkResource>, String)| {
            type Answer = Result<Resource<ResolveAddressStream>, ErrorCode>;
            let data = store.data_mut();
            if !data.may_look_up(&name) {
                return Ok((Answer::Err(ErrorCode::AccessDenied),));
            }
            let answer: Answer = match data.sockets().resolve_addresses(network, name) {
                Ok(stream) => Ok(stream),
                Err(error) => Err(error.downcast()?),
            };
            Ok((answer,))
        },
    )?;
    let mut instance = linker.instance("wasi:sockets/ip-name-lookup@0.3.0")?;
    instance.func_wrap_concurrent("resolve-addresses", |accessor, (name,): (String,)| {
        Box::pin(async move {
            type Answer = Result<Vec<p3::IpAddress>, P3ErrorCode>;
            let network = accessor.with(|mut access| {
                let data: &mut SkillStore = access.data_mut();
                data.may_look_up(&name).then(|| data.shared.network.clone())
            });
            let Some(network) = network else {
                return Ok((Answer::Err(P3ErrorCode::AccessDenied),));
            };
            let found = network.resolve(&name).await;
            let found = found.map(|found| found.into_iter().map(p3_address).collect());
            Ok((found.map_err(|_| P3ErrorCode::NameUnresolvable),))
        })
    })?;
    linker.allow_shadowing(false);
    Ok(())
}

fn p3_address(address: IpAddr) -> p3::IpAddress {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            p3::IpAddress::Ipv4((a, b, c, d))
        }
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h] = address.segments();
            p3::IpAddress::Ipv6((a, b, c, d, e, f, g, h))
        }
    }
}

impl SkillStore {
    /// Whether `permissions.tcp` knows the name: a lookup tells a name server what is asked.
    fn may_look_up(&mut self, name: &str) -> bool {
        let decided = self.shared.grants.tcp.decide_lookup(name);
        let audit = self.audit();
        match decided {
            Ok(rule) => audit.allowed("tcp", name, &rule),
            Err(denial) => {
                self.shared.note_denial(&audit, &denial);
                return false;
            }
        }
        true
    }
}
