//! Which addresses a connection may go to. A public address needs only the grant of its host name; every other address
//! needs its own grant, so that no pattern, redirect or name server leads a skill into the operator's network.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use crate::section::Entry;

/// What an address is for, after the IANA special-purpose registries (RFC 6890 and its updates).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressClass {
    /// The internet.
    Public,
    /// This machine, 0.0.0.0 included.
    Loopback,
    /// RFC 1918, and unique local addresses (RFC 4193).
    Private,
    /// RFC 3927, and fe80::/10.
    LinkLocal,
    /// Carrier-grade NAT, RFC 6598.
    Shared,
    /// Multicast groups and broadcast.
    Multicast,
    /// A cloud's metadata service, which hands credentials to any caller.
    Metadata,
    /// Documentation, benchmarks, tunnels and addresses reserved for future use.
    Reserved,
}

impl AddressClass {
    /// Returns the name of the class in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Shared => "shared",
            Self::Multicast => "multicast",
            Self::Metadata => "metadata",
            Self::Reserved => "reserved",
        }
    }
}

/// The metadata services of Amazon (hosts, containers, pods, time and names), Google, Alibaba, Oracle, Azure and
/// Scaleway; most others use Amazon's address.
const METADATA_V4: [Ipv4Addr; 9] = [
    Ipv4Addr::new(169, 254, 169, 254),
    Ipv4Addr::new(169, 254, 169, 253),
    Ipv4Addr::new(169, 254, 169, 123),
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(192, 0, 0, 192),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(169, 254, 42, 42),
];

const METADATA_V6: [Ipv6Addr; 5] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// Returns the class of `address`. An IPv4 address inside an IPv6 one (mapped, NAT64, 6to4) has the class of the inner
/// one.
pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    use AddressClass::*;
    let [a, b, c, _] = address.octets();
    if METADATA_V4.contains(&address) {
        return Metadata;
    }
    match (a, b, c) {
        (0 | 127, ..) => Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Private,
        (169, 254, _) => LinkLocal,
        (100, 64..=127, _) => Shared,
        (224..=239, ..) => Multicast,
        (255, 255, 255) if address.is_broadcast() => Multicast,
        (192, 0, 0 | 2) | (192, 88, 99) | (192, 31, 196) | (192, 52, 193) | (192, 175, 48) => {
            Reserved
        }
        (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) | (240..=255, ..) => Reserved,
        _ => Public,
    }
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    use AddressClass::*;
    if METADATA_V6.contains(&address) {
        return Metadata;
    }
    let parts = address.segments();
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        classify_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => Loopback,
        [0, 0, 0, 0, 0, 0xffff, high, low] => inner(high, low),
        // NAT64 (RFC 6052) and 6to4 (RFC 3056): a router may unpack them.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x64, 0xff9b, ..] => Reserved,
        [0x2002, high, low, ..] => match inner(high, low) {
            Public => Reserved,
            other => other,
        },
        [0, 0, 0, 0, ..] => Reserved,
        [0x100, 0, 0, _, ..] => Reserved,
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Reserved,
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Private,
        [0xfe80..=0xfebf, ..] => LinkLocal,
        [0xff00..=0xffff, ..] => Multicast,
        [0x2000..=0x3fff, ..] => Public,
        _ => Reserved,
    }
}

/// An entry of `addresses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressRule {
    /// Every address of a class.
    Class(AddressClass),
    /// Every address of a network, but no metadata service.
    Network(IpNet),
    /// A single address.
    Single(IpAddr),
}

impl FromStr for AddressRule {
    type Err = AddressRuleError;

    fn from_str(text: &str) -> Result<Self, AddressRuleError> {
        use AddressClass::*;
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Single(address.to_canonical()));
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Ok(Self::Network(network));
        }
        let classes = [Loopback, Private, LinkLocal, Shared, Multicast, Reserved];
        let class = classes.into_iter().find(|class| class.name() == text);
        class
            .map(Self::Class)
            .ok_or_else(|| AddressRuleError(text.to_owned()))
    }
}

/// An invalid entry of `addresses`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRuleError(String);

impl fmt::Display for AddressRuleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:?} is neither an address (10.0.0.5), nor a network (10.0.0.0/8), nor one of loopback, private, \
             link-local, shared, multicast, reserved; a metadata service is granted by its address only",
            self.0
        )
    }
}

impl std::error::Error for AddressRuleError {}

/// `addresses`, ready to decide.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressGrants(Vec<(AddressRule, String)>);

impl AddressGrants {
    pub fn new(entries: &[Entry]) -> Self {
        // The manifest's parser has validated each entry, so none is dropped here.
        let read = entries
            .iter()
            .filter_map(|entry| Some((entry.pattern.parse().ok()?, entry.rule.clone())));
        Self(read.collect())
    }

    /// Returns the place of the entry that allows `address`, whose class is not public.
    pub fn rule(&self, address: IpAddr) -> Option<&str> {
        let address = address.to_canonical();
        let class = classify(address);
        let found = self.0.iter().find(|(rule, _)| match rule {
            AddressRule::Single(granted) => *granted == address,
            _ if class == AddressClass::Metadata => false,
            AddressRule::Network(network) => network.contains(&address),
            AddressRule::Class(granted) => *granted == class,
        });
        found.map(|(_, rule)| rule.as_str())
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn classes() {
        use AddressClass::*;
        let rows = [
            ("8.8.8.8", Public),
            ("1.1.1.1", Public),
            ("2606:4700:4700::1111", Public),
            ("127.0.0.1", Loopback),
            ("127.255.0.1", Loopback),
            ("0.0.0.0", Loopback),
            ("0.1.2.3", Loopback),
            ("::", Loopback),
            ("::1", Loopback),
            ("::ffff:127.0.0.1", Loopback),
            ("64:ff9b::7f00:1", Loopback),
            ("2002:7f00:1::", Loopback),
            ("10.255.0.1", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("172.32.0.1", Public),
            ("192.168.1.1", Private),
            ("::ffff:192.168.1.1", Private),
            ("fd12::1", Private),
            ("fec0::1", Private),
            ("169.254.1.1", LinkLocal),
            ("fe80::1", LinkLocal),
            ("100.64.0.1", Shared),
            ("100.127.255.255", Shared),
            ("100.128.0.1", Public),
            ("224.0.0.1", Multicast),
            ("255.255.255.255", Multicast),
            ("ff02::1", Multicast),
            ("169.254.169.254", Metadata),
            ("::ffff:169.254.169.254", Metadata),
            ("64:ff9b::a9fe:a9fe", Metadata),
            ("fd00:ec2::254", Metadata),
            ("100.100.100.200", Metadata),
            ("168.63.129.16", Metadata),
            ("192.0.2.1", Reserved),
            ("198.18.0.1", Reserved),
            ("240.0.0.1", Reserved),
            ("2001:db8::1", Reserved),
            ("2001::1", Reserved),
            ("2002:808:808::", Reserved),
            ("::7f00:1", Reserved),
            ("100::1", Reserved),
            ("4000::1", Reserved),
            ("64:ff9b:1::1", Reserved),
        ];
        each_row(rows, |(text, class)| {
            assert_eq!(classify(text.parse().unwrap()), class, "{text}");
        });
    }

    #[test]
    fn grants_name_their_line_and_no_wildcard_reaches_metadata() {
        let entry = |pattern: &str| Entry {
            pattern: pattern.to_owned(),
            rule: pattern.to_owned(),
        };
        let grants = AddressGrants::new(&[
            entry("10.1.0.0/16"),
            entry("loopback"),
            entry("link-local"),
            entry("0.0.0.0/0"),
            entry("192.168.0.9"),
        ]);
        let rule = |text: &str| grants.rule(text.parse().unwrap()).map(str::to_owned);
        assert_eq!(rule("10.1.2.3").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(rule("::ffff:10.1.2.3").as_deref(), Some("10.1.0.0/16"));
        assert_eq!(rule("::1").as_deref(), Some("loopback"));
        assert_eq!(rule("169.254.0.9").as_deref(), Some("link-local"));
        assert_eq!(rule("169.254.169.254"), None);
        assert_eq!(rule("fd00:ec2::254"), None);
        let exact = AddressGrants::new(&[entry("169.254.169.254")]);
        assert!(exact.rule("169.254.169.254".parse().unwrap()).is_some());
        let rows = ["metadata", "public", "10.0.0.0/33", "*", "", "10.*"];
        each_row(rows, |wrong| {
            assert!(wrong.parse::<AddressRule>().is_err(), "{wrong}");
        });
    }
}
