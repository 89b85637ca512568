//! `wasi:sockets` 0.3.

use std::net::SocketAddrV4;

use crate::wasi::sockets0_3_0::types::{
    IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, TcpSocket,
};
use crate::wit_stream;

pub async fn talk(address: &str, data: &str, count: u32) -> Result<Vec<String>, String> {
    let place: SocketAddrV4 = address.parse().map_err(|_| "no address")?;
    let [a, b, c, d] = place.ip().octets();
    let place = IpSocketAddress::Ipv4(Ipv4SocketAddress {
        port: place.port(),
        address: (a, b, c, d),
    });
    let mut open = Vec::new();
    for _ in 0..count {
        let failed = |error| format!("after {}: {error:?}", open.len());
        let socket = TcpSocket::create(IpAddressFamily::Ipv4).map_err(failed)?;
        socket.connect(place).await.map_err(failed)?;
        open.push(socket);
    }
    let mut answers = Vec::new();
    for socket in &open {
        let (mut sender, receiver) = wit_stream::new();
        let sent = socket.send(receiver);
        let (mut answer, _end) = socket.receive();
        sender.write_all(data.as_bytes().to_vec()).await;
        let (_, bytes) = answer.read(Vec::with_capacity(data.len())).await;
        drop(sender);
        sent.await.map_err(|error| format!("{error:?}"))?;
        answers.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    Ok(answers)
}
