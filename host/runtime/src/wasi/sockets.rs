//! `wasi:sockets` under `permissions.tcp`: outgoing TCP to checked addresses, and lookups of names that the list
//! covers. Listening and UDP are denied.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use luminarys_audit::CallAudit;
use luminarys_grants::{Denial, Narrowing};
use luminarys_network::NetworkError;
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::sockets::SocketAddrUse;

use super::effects::USE_SOCKETS;
use crate::environment::{self, SkillShared};

/// The current call, whose decisions are made: a kept instance serves one call after another.
#[derive(Clone, Default)]
pub(crate) struct SocketsCall(Arc<Mutex<Option<Served>>>);

type Served = (Arc<CallAudit>, Narrowing);

impl SocketsCall {
    pub fn set(&self, audit: Arc<CallAudit>, narrowing: Narrowing) {
        let served = Some((audit, narrowing));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = served;
    }

    fn get(&self) -> Option<Served> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Allows the sockets that the manifest's section grants.
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
        let (shared, served) = (shared.clone(), call.get());
        Box::pin(async move {
            match wanted {
                SocketAddrUse::TcpConnect => {}
                // Connecting binds implicitly.
                SocketAddrUse::TcpBind => {
                    return address.ip().is_unspecified() && address.port() == 0;
                }
                _ => return false,
            }
            let Some((audit, narrowing)) = served else {
                return false;
            };
            // On a separate task, as the check's future must be `Sync`.
            let check =
                tokio::spawn(async move { may_connect(&shared, &audit, narrowing, address).await });
            check.await.unwrap_or(false)
        })
    });
}

async fn may_connect(
    shared: &SkillShared,
    audit: &CallAudit,
    narrowing: Narrowing,
    address: SocketAddr,
) -> bool {
    let target = address.to_string();
    let decided = match environment::decide(narrowing, USE_SOCKETS, &target) {
        Ok(()) => decide(shared, address).await,
        Err(denial) => Err(denial),
    };
    let noted = decided.and_then(|rule| audit.allowed("tcp", &target, &rule));
    if let Err(denial) = &noted {
        shared.note_denial(audit, denial);
    }
    noted.is_ok()
}

/// Returns the manifest's line that allows a connection to `address`: one that covers the address itself, or one whose
/// literal name currently resolves to it.
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
