//! WASI sockets, which the host opens only as far as the manifest grants addresses.

use std::net::Ipv4Addr;

use crate::wasi::sockets0_2_12::instance_network::instance_network;
use crate::wasi::sockets0_2_12::ip_name_lookup::resolve_addresses;
use crate::wasi::sockets0_2_12::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use crate::wasi::sockets0_2_12::tcp::TcpSocket;
use crate::wasi::sockets0_2_12::tcp_create_socket::create_tcp_socket;

fn text(error: ErrorCode) -> String {
    error.name().to_owned()
}

fn place(address: &str, port: u16) -> Result<IpSocketAddress, String> {
    let address: Ipv4Addr = address
        .parse()
        .map_err(|_| format!("{address} is no IPv4 address"))?;
    let [a, b, c, d] = address.octets();
    Ok(IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port,
        address: (a, b, c, d),
    }))
}

/// Waits for the second half of an operation that the first has begun.
fn finish<T>(socket: &TcpSocket, attempt: impl Fn() -> Result<T, ErrorCode>) -> Result<T, String> {
    loop {
        match attempt() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            other => return other.map_err(text),
        }
    }
}

pub fn connect(address: &str, port: u16) -> Result<String, String> {
    let place = place(address, port)?;
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).map_err(text)?;
    socket
        .start_connect(&instance_network(), place)
        .map_err(text)?;
    finish(&socket, || socket.finish_connect())?;
    Ok("connected".to_owned())
}

pub fn listen(address: &str, port: u16) -> Result<String, String> {
    let place = place(address, port)?;
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).map_err(text)?;
    socket
        .start_bind(&instance_network(), place)
        .map_err(text)?;
    finish(&socket, || socket.finish_bind())?;
    socket.start_listen().map_err(text)?;
    finish(&socket, || socket.finish_listen())?;
    Ok("listening".to_owned())
}

pub fn resolve(name: &str) -> Result<Vec<String>, String> {
    let answers = resolve_addresses(&instance_network(), name).map_err(text)?;
    let mut addresses = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(IpAddress::Ipv4((a, b, c, d)))) => {
                addresses.push(Ipv4Addr::new(a, b, c, d).to_string())
            }
            Ok(Some(IpAddress::Ipv6(parts))) => addresses.push(format!("{parts:?}")),
            Ok(None) => return Ok(addresses),
            Err(ErrorCode::WouldBlock) => answers.subscribe().block(),
            Err(error) => return Err(text(error)),
        }
    }
}
