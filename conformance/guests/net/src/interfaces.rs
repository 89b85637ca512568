//! What `standard` does, by the interfaces of WASI: for toolchains whose C library has no sockets.

use std::net::Ipv4Addr;

use crate::wasi::io0_2_12::streams::{InputStream, OutputStream};
use crate::wasi::sockets0_2_12::instance_network::instance_network;
use crate::wasi::sockets0_2_12::ip_name_lookup::resolve_addresses;
use crate::wasi::sockets0_2_12::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use crate::wasi::sockets0_2_12::tcp::TcpSocket;
use crate::wasi::sockets0_2_12::tcp_create_socket::create_tcp_socket;

fn text(error: ErrorCode) -> String {
    match error {
        // As the standard library words it.
        ErrorCode::AccessDenied => "Permission denied".to_owned(),
        other => other.name().to_owned(),
    }
}

pub fn resolve(name: &str) -> Result<Vec<String>, String> {
    let answers = resolve_addresses(&instance_network(), name).map_err(text)?;
    let mut addresses = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(IpAddress::Ipv4((a, b, c, d)))) => {
                addresses.push(Ipv4Addr::new(a, b, c, d).to_string())
            }
            Ok(Some(IpAddress::Ipv6(_))) => {}
            Ok(None) => return Ok(addresses),
            Err(ErrorCode::WouldBlock) => answers.subscribe().block(),
            Err(error) => return Err(text(error)),
        }
    }
}

type Connection = (OutputStream, InputStream, TcpSocket);

/// Connects `count` times and keeps the connections, then lets them go; how many there were.
pub fn hold(address: &str, count: u32) -> Result<u32, String> {
    let mut kept = Vec::new();
    for _ in 0..count {
        let connection = open(address);
        kept.push(connection.map_err(|error| format!("after {}: {error}", kept.len()))?);
    }
    Ok(kept.len() as u32)
}

pub fn connect(address: &str, data: &str) -> Result<String, String> {
    let (output, input, _socket) = open(address)?;
    output
        .blocking_write_and_flush(data.as_bytes())
        .map_err(|error| error.to_string())?;
    let answer = input
        .blocking_read(4096)
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn open(address: &str) -> Result<Connection, String> {
    let (host, port) = address.rsplit_once(':').ok_or("no port")?;
    let host = match host.parse::<Ipv4Addr>() {
        Ok(host) => host,
        Err(_) => resolve(host)?
            .first()
            .ok_or("no address")?
            .parse()
            .map_err(|_| "no address")?,
    };
    let [a, b, c, d] = host.octets();
    let port = port.parse().map_err(|_| "no port")?;
    let place = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port,
        address: (a, b, c, d),
    });
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).map_err(text)?;
    socket
        .start_connect(&instance_network(), place)
        .map_err(text)?;
    let (input, output) = loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            other => break other.map_err(text)?,
        }
    };
    // In this order: a socket goes after its streams.
    Ok((output, input, socket))
}
