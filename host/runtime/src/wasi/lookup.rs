//! `wasi:sockets/ip-name-lookup` for names that `permissions.tcp` covers, through the host's own resolver: a lookup
//! reveals the name to a name server, and must return the address that the connection's check uses.

use std::future::Future as _;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use luminarys_network::{Network, NetworkError};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, IpAddress, Network as NetworkResource,
};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup::ErrorCode as P3ErrorCode;
use wasmtime_wasi::p3::bindings::sockets::types as p3;
use wasmtime_wasi::runtime::AbortOnDropJoinHandle;
use wasmtime_wasi::{WasiView as _, async_trait};

use super::effects::USE_SOCKETS;
use crate::store::SkillStore;

/// The maximum length of a host name, in bytes.
const MAX_NAME: usize = 255;

type Found = Result<Vec<IpAddr>, NetworkError>;

/// The resource `resolve-address-stream`: a pending lookup, or its results.
enum Lookup {
    Running(AbortOnDropJoinHandle<Found>),
    Done(Result<std::vec::IntoIter<IpAddr>, ErrorCode>),
}

impl Lookup {
    fn start(network: Network, name: String) -> Self {
        let running = async move { network.resolve(&name).await };
        Self::Running(wasmtime_wasi::runtime::spawn(running))
    }

    fn finish(&mut self, found: Found) {
        *self = Self::Done(found.map(Vec::into_iter).map_err(|error| match error {
            NetworkError::Invalid(_) => ErrorCode::InvalidArgument,
            _ => ErrorCode::NameUnresolvable,
        }));
    }

    fn next(&mut self) -> Result<Option<IpAddress>, ErrorCode> {
        if let Self::Running(task) = self {
            let mut context = Context::from_waker(Waker::noop());
            match Pin::new(task).poll(&mut context) {
                Poll::Ready(found) => self.finish(found),
                Poll::Pending => return Err(ErrorCode::WouldBlock),
            }
        }
        match self {
            Self::Running(_) => Err(ErrorCode::WouldBlock),
            Self::Done(Ok(addresses)) => Ok(addresses.next().map(IpAddress::from)),
            Self::Done(Err(error)) => Err(*error),
        }
    }
}

#[async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        if let Self::Running(task) = self {
            let found = task.await;
            self.finish(found);
        }
    }
}

/// Replaces WASI's own lookups with these.
///
/// # Errors
/// wasmtime's, when the linker does not define the interface.
pub(crate) fn guard_lookups(linker: &mut Linker<SkillStore>) -> wasmtime::Result<()> {
    type Asked = (Resource<NetworkResource>, String);
    type Stream = (Resource<Lookup>,);
    linker.allow_shadowing(true);
    let mut instance = linker.instance("wasi:sockets/ip-name-lookup@0.2.12")?;
    let drop_lookup = |mut store: StoreContextMut<'_, SkillStore>, index| {
        let table = store.data_mut().ctx().table;
        table.delete(Resource::<Lookup>::new_own(index))?;
        Ok(())
    };
    let resource = ResourceType::host::<Lookup>();
    instance.resource("resolve-address-stream", resource, drop_lookup)?;
    instance.func_wrap(
        "resolve-addresses",
        |mut store: StoreContextMut<'_, SkillStore>, (_, name): Asked| {
            let data = store.data_mut();
            if !data.may_look_up(&name) {
                return Ok((Err(ErrorCode::AccessDenied),));
            }
            let lookup = Lookup::start(data.environment.shared.network.clone(), name);
            Ok((Ok(data.ctx().table.push(lookup)?),))
        },
    )?;
    instance.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, SkillStore>, (stream,): Stream| {
            let table = store.data_mut().ctx().table;
            Ok((table.get_mut(&stream)?.next(),))
        },
    )?;
    instance.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, SkillStore>, (stream,): Stream| {
            let pollable: Resource<DynPollable> = subscribe(store.data_mut().ctx().table, stream)?;
            Ok((pollable,))
        },
    )?;
    let mut instance = linker.instance("wasi:sockets/ip-name-lookup@0.3.0")?;
    instance.func_wrap_concurrent("resolve-addresses", |accessor, (name,): (String,)| {
        Box::pin(async move {
            type Answer = Result<Vec<p3::IpAddress>, P3ErrorCode>;
            let network = accessor.with(|mut access| {
                let data: &mut SkillStore = access.data_mut();
                data.may_look_up(&name)
                    .then(|| data.environment.shared.network.clone())
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
    /// Decides whether `permissions.tcp` covers the name.
    fn may_look_up(&mut self, name: &str) -> bool {
        // No name is that long (RFC 1035), and it would be queued and recorded.
        if name.len() > MAX_NAME {
            return false;
        }
        if self.environment.may(USE_SOCKETS, name).is_err() {
            return false;
        }
        let decided = self.environment.shared.grants.tcp.decide_lookup(name);
        let audit = self.environment.audit();
        let noted = decided.and_then(|rule| audit.allowed("tcp", name, &rule));
        if let Err(denial) = &noted {
            self.environment.shared.note_denial(&audit, denial);
        }
        noted.is_ok()
    }
}
