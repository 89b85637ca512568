//! A connection of `wasi:sockets` 0.2.

use std::net::SocketAddrV4;

use crate::wasi::io::streams::{InputStream, OutputStream};
use crate::wasi::sockets0_2_12::instance_network::instance_network;
use crate::wasi::sockets0_2_12::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress,
};
use crate::wasi::sockets0_2_12::tcp::TcpSocket;
use crate::wasi::sockets0_2_12::tcp_create_socket::create_tcp_socket;

pub struct Socket {
    // Dropped in this order: streams before their socket.
    _input: InputStream,
    output: OutputStream,
    _socket: TcpSocket,
}

pub fn open(address: &str) -> Result<Socket, String> {
    let text = |error: ErrorCode| format!("{error:?}");
    let place: SocketAddrV4 = address.parse().map_err(|_| "no address")?;
    let [a, b, c, d] = place.ip().octets();
    let place = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: place.port(),
        address: (a, b, c, d),
    });
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).map_err(text)?;
    socket
        .start_connect(&instance_network(), place)
        .map_err(text)?;
    loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            Err(error) => return Err(text(error)),
            Ok((input, output)) => {
                return Ok(Socket {
                    _input: input,
                    output,
                    _socket: socket,
                });
            }
        }
    }
}

impl Socket {
    pub fn write(&self, bytes: &[u8]) -> Result<(), String> {
        let written = self.output.blocking_write_and_flush(bytes);
        written.map_err(|error| format!("{error:?}"))
    }
}
