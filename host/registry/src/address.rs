//! Decides where a registry may redirect requests: not from a public address into the host's own network.

use std::net::IpAddr;

/// The kind of network that an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Public.
    Public,
    /// A private network.
    Private,
    /// This machine.
    Loopback,
    /// Link-local, including metadata services, and addresses that are not a host's.
    Other,
}

impl Kind {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::Loopback,
            IpAddr::V4(v4) => {
                let [a, b, ..] = v4.octets();
                let shared = a == 100 && (64..128).contains(&b);
                if v4.is_private() || shared {
                    return Self::Private;
                }
                let reserved = a == 0 || a >= 240 || v4.is_multicast() || v4.is_documentation();
                let benchmark = a == 198 && (b == 18 || b == 19);
                match reserved || benchmark || v4.is_link_local() {
                    true => Self::Other,
                    false => Self::Public,
                }
            }
            IpAddr::V6(v6) if v6.is_unique_local() => Self::Private,
            // Allocated addresses are in 2000::/3; 6to4, Teredo and NAT64 lead to IPv4 addresses that are not examined
            // here.
            IpAddr::V6(v6) => match v6.segments() {
                [0x2002, ..] | [0x2001, 0, ..] | [0x2001, 0xdb8, ..] => Self::Other,
                [0x2000..0x4000, ..] => Self::Public,
                _ => Self::Other,
            },
        }
    }

    /// Whether a registry at addresses of the kind `registry` may redirect to one of this kind.
    pub fn is_reachable_from(self, registry: &[Self]) -> bool {
        match self {
            Self::Public => true,
            Self::Private | Self::Loopback => registry.contains(&self),
            Self::Other => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn addresses_are_classified() {
        let rows = [
            ("1.1.1.1", Kind::Public),
            ("2606:4700::1", Kind::Public),
            ("10.0.0.1", Kind::Private),
            ("172.16.3.4", Kind::Private),
            ("100.64.0.1", Kind::Private),
            ("fd00::1", Kind::Private),
            ("127.9.9.9", Kind::Loopback),
            ("::1", Kind::Loopback),
            ("::ffff:127.0.0.1", Kind::Loopback),
            ("::ffff:10.0.0.1", Kind::Private),
            ("169.254.169.254", Kind::Other),
            ("fe80::1", Kind::Other),
            ("0.0.0.0", Kind::Other),
            ("::", Kind::Other),
            ("224.0.0.1", Kind::Other),
            ("64:ff9b::a00:1", Kind::Other),
            ("2002:a00:1::", Kind::Other),
        ];
        each_row(rows, |(address, kind)| {
            assert_eq!(Kind::of(address.parse().unwrap()), kind, "{address}");
        });
        assert!(!Kind::Loopback.is_reachable_from(&[Kind::Private, Kind::Public]));
        assert!(Kind::Private.is_reachable_from(&[Kind::Private]));
        assert!(!Kind::Other.is_reachable_from(&[Kind::Other]));
    }
}
