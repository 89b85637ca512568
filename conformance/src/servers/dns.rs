//! A name server for `.test` that answers like a malicious one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

/// - `a-b-c-d.ip.test` is a.b.c.d; `rebind.test` is 127.0.0.1 and 127.0.0.2 alternately
/// - `mixed.test` is both at once; `alias.test` an alias of the forbidden one
/// - `stalled.test` is an address that never answers, followed by 127.0.0.1
/// - `mapped.test`, `nat64.test`, `six.test`, `meta6.test`: IPv6 that means 127.0.0.2, ::1 and a metadata service
/// - `none.test` does not exist, `empty.test` has no address, `silent.test` is never answered
pub async fn start() -> anyhow::Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let address = socket.local_addr()?;
    let turns = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        while let Ok((length, client)) = socket.recv_from(&mut buffer).await {
            let Some(answer) = answer(&buffer[..length], &turns) else {
                continue;
            };
            let _ = socket.send_to(&answer, client).await;
        }
    });
    Ok(address)
}

fn answer(request: &[u8], turns: &AtomicUsize) -> Option<Vec<u8>> {
    let request = Message::from_vec(request).ok()?;
    let query = request.queries.first()?.clone();
    let name = query.name().to_ascii().to_ascii_lowercase();
    let name = name.trim_end_matches('.');
    let mut response = Message::response(request.metadata.id, request.metadata.op_code);
    response.metadata.recursion_available = true;
    response.add_query(query.clone());
    match name {
        "silent.test" => return None,
        "none.test" => response.metadata.response_code = ResponseCode::NXDomain,
        _ => {}
    }
    let mut owner = query.name().clone();
    if name == "alias.test" {
        let target = Name::from_ascii("127-0-0-2.ip.test.").ok()?;
        response.add_answer(Record::from_rdata(
            owner,
            0,
            RData::CNAME(CNAME(target.clone())),
        ));
        owner = target;
    }
    for address in addresses(name, query.query_type(), turns) {
        let data = match address {
            IpAddr::V4(address) => RData::A(A(address)),
            IpAddr::V6(address) => RData::AAAA(AAAA(address)),
        };
        response.add_answer(Record::from_rdata(owner.clone(), 0, data));
    }
    response.to_vec().ok()
}

fn addresses(name: &str, asked: RecordType, turns: &AtomicUsize) -> Vec<IpAddr> {
    let good = Ipv4Addr::LOCALHOST;
    let bad = Ipv4Addr::new(127, 0, 0, 2);
    let v4 = |addresses: &[Ipv4Addr]| addresses.iter().map(|it| IpAddr::V4(*it)).collect();
    let v6 = |address: &str| {
        address
            .parse::<Ipv6Addr>()
            .map(IpAddr::V6)
            .into_iter()
            .collect()
    };
    match (asked, name) {
        (RecordType::A, "rebind.test") => {
            let odd = turns.fetch_add(1, Ordering::Relaxed) % 2 == 1;
            v4(&[if odd { bad } else { good }])
        }
        (RecordType::A, "mixed.test") => v4(&[bad, good]),
        (RecordType::A, "stalled.test") => v4(&[super::STALLED, good]),
        (RecordType::A, "alias.test") => v4(&[bad]),
        (RecordType::AAAA, "mapped.test") => v6("::ffff:127.0.0.2"),
        (RecordType::AAAA, "nat64.test") => v6("64:ff9b::7f00:2"),
        (RecordType::AAAA, "six.test") => v6("::1"),
        (RecordType::AAAA, "meta6.test") => v6("fd00:ec2::254"),
        (RecordType::A, name) => {
            let parsed = name.strip_suffix(".ip.test").map(|it| it.replace('-', "."));
            let parsed = parsed.and_then(|it| it.parse::<Ipv4Addr>().ok());
            v4(parsed.as_slice())
        }
        _ => Vec::new(),
    }
}
