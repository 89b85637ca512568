//! Sockets of the standard library, as any Rust program uses them.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};

/// The addresses of `name`.
pub fn resolve(name: &str) -> Result<Vec<String>, String> {
    let found = (name, 0).to_socket_addrs();
    let found = found.map_err(|error| error.to_string())?;
    Ok(found.map(|place| place.ip().to_string()).collect())
}

/// Connects `count` times and keeps the connections, then lets them go; how many there were.
pub fn hold(address: &str, count: u32) -> Result<u32, String> {
    let mut open = Vec::new();
    for _ in 0..count {
        let stream = TcpStream::connect(address);
        open.push(stream.map_err(|error| format!("after {}: {error}", open.len()))?);
    }
    Ok(open.len() as u32)
}

/// What is answered to `data`.
pub fn connect(address: &str, data: &str) -> Result<String, String> {
    let talk = || {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(data.as_bytes())?;
        let mut answer = [0; 4096];
        let length = stream.read(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer[..length]).into_owned())
    };
    talk().map_err(|error: std::io::Error| error.to_string())
}
