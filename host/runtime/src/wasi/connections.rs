//! `runtime.max_connections` for `wasi:sockets`: a socket counts as one of the instance's connections from its creation
//! until it is dropped.

use luminarys_network::Permit;
use wasmtime::StoreContextMut;
use wasmtime::component::{Access, FutureReader, Linker, Resource, ResourceType, StreamReader};
use wasmtime_wasi::p2::TcpSocket as P2Socket;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::tcp::HostTcpSocket as _;
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host as _;
use wasmtime_wasi::p3::bindings::sockets::types as p3;
use wasmtime_wasi::sockets::{TcpSocket, WasiSockets, WasiSocketsView as _};

use super::effects::USE_SOCKETS;
use crate::store::SkillStore;

type P3Result = Result<(), p3::ErrorCode>;

/// Replaces WASI's own functions with these.
///
/// # Errors
/// wasmtime's, when the linker does not define the interfaces.
pub(crate) fn count_connections(linker: &mut Linker<SkillStore>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let mut instance = linker.instance("wasi:sockets/tcp@0.2.12")?;
    instance.resource(
        "tcp-socket",
        ResourceType::host::<P2Socket>(),
        close::<P2Socket>,
    )?;
    instance.func_wrap(
        "[method]tcp-socket.finish-connect",
        |mut store: StoreContextMut<'_, SkillStore>, (socket,): (Resource<P2Socket>,)| {
            let data = store.data_mut();
            let connected = data.sockets().finish_connect(socket);
            Ok((match connected {
                Ok((input, output)) => {
                    data.environment
                        .guard_output(&output, USE_SOCKETS, "write")?;
                    Ok((input, output))
                }
                Err(error) => Err(error.downcast()?),
            },))
        },
    )?;
    let mut instance = linker.instance("wasi:sockets/tcp-create-socket@0.2.12")?;
    instance.func_wrap(
        "create-tcp-socket",
        |mut store: StoreContextMut<'_, SkillStore>, (family,): (IpAddressFamily,)| {
            let data = store.data_mut();
            let Ok(held) = data.environment.hold_connection() else {
                return Ok((Err(ErrorCode::NewSocketLimit),));
            };
            let made = data.sockets().create_tcp_socket(family);
            Ok((match made {
                Ok(socket) => Ok(data.hold(socket, held)),
                Err(error) => Err(error.downcast()?),
            },))
        },
    )?;
    let mut instance = linker.instance("wasi:sockets/types@0.3.0")?;
    instance.resource(
        "tcp-socket",
        ResourceType::host::<TcpSocket>(),
        close::<TcpSocket>,
    )?;
    instance.func_wrap(
        "[static]tcp-socket.create",
        |mut store: StoreContextMut<'_, SkillStore>, (family,): (p3::IpAddressFamily,)| {
            let data = store.data_mut();
            let held = match data.environment.hold_connection() {
                Ok(held) => held,
                Err(full) => return Ok((Err(p3::ErrorCode::Other(Some(full.to_string()))),)),
            };
            let made = p3::HostTcpSocket::create(&mut data.sockets(), family);
            Ok((match made {
                Ok(socket) => Ok(data.hold(socket, held)),
                Err(error) => Err(error.downcast()?),
            },))
        },
    )?;
    instance.func_wrap(
        "[method]tcp-socket.send",
        |mut store: StoreContextMut<'_, SkillStore>,
         (socket, mut data): (Resource<TcpSocket>, StreamReader<u8>)| {
            if !store.data_mut().environment.may_feed(USE_SOCKETS, "send") {
                data.close(&mut store)?;
                let denied: P3Result = Err(p3::ErrorCode::AccessDenied);
                let denied = async move { Ok::<_, wasmtime::Error>(denied) };
                return Ok((FutureReader::new(&mut store, denied)?,));
            }
            store.data_mut().streams(&socket);
            let access = Access::<_, WasiSockets>::new(store, SkillStore::sockets);
            let sent: FutureReader<P3Result> =
                p3::HostTcpSocketWithStore::send(access, socket, data)?;
            Ok((sent,))
        },
    )?;
    instance.func_wrap(
        "[method]tcp-socket.receive",
        |mut store: StoreContextMut<'_, SkillStore>, (socket,): (Resource<TcpSocket>,)| {
            store.data_mut().streams(&socket);
            let access = Access::<_, WasiSockets>::new(store, SkillStore::sockets);
            let received: (StreamReader<u8>, FutureReader<P3Result>) =
                p3::HostTcpSocketWithStore::receive(access, socket)?;
            Ok((received,))
        },
    )?;
    linker.allow_shadowing(false);
    Ok(())
}

/// Drops a socket, and releases its permit.
fn close<T: Send + 'static>(
    mut store: StoreContextMut<'_, SkillStore>,
    index: u32,
) -> wasmtime::Result<()> {
    let data = store.data_mut();
    drop(
        data.environment
            .table
            .delete(Resource::<T>::new_own(index))?,
    );
    data.environment.held.remove(&index);
    Ok(())
}

impl SkillStore {
    fn hold<T: 'static>(&mut self, socket: Resource<T>, held: Permit) -> Resource<T> {
        self.environment.held.insert(socket.rep(), held);
        socket
    }

    /// Records that streams of WASI 0.3 were taken from `socket`. They outlive it, and their end is not reported: they
    /// are counted until the instance ends.
    fn streams(&mut self, socket: &Resource<TcpSocket>) {
        let held = self.environment.held.remove(&socket.rep());
        self.environment.streaming.extend(held);
    }
}
