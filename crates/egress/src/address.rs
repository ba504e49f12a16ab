//! Addresses that nobody may be sent to, and the operator's exceptions.

use ipnet::IpNet;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

/// The class of the addresses where clouds keep credentials.
const METADATA: &str = "cloud metadata";

/// Networks that are not the public internet (IANA's special-purpose registries, RFC 6890 and
/// later), and the addresses where clouds keep credentials.
const SPECIAL: &[(&str, &str)] = &[
    ("169.254.169.254/32", METADATA),
    ("100.100.100.200/32", METADATA),
    ("168.63.129.16/32", METADATA),
    ("fd00:ec2::/32", METADATA),
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by a carrier"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b:1::/48", "local translation"),
    ("100::/64", "discard"),
    ("2001::/23", "protocol assignments"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fc00::/7", "unique local"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
];

static NETWORKS: LazyLock<Vec<(IpNet, &str)>> = LazyLock::new(|| {
    let parse = |(text, name): &(&str, &'static str)| text.parse().map(|net| (net, *name));
    SPECIAL.iter().map(parse).collect::<Result<_, _>>().expect("the table above parses")
});

/// Why no request may go to this address unless the operator allowed it; `None` for a public one.
pub(crate) fn special(address: IpAddr) -> Option<&'static str> {
    let address = plain(address);
    let listed = NETWORKS.iter().find(|(net, _)| net.contains(&address)).map(|(_, name)| *name);
    let global: IpNet = IpNet::V6(GLOBAL_UNICAST);
    listed.or_else(|| (address.is_ipv6() && !global.contains(&address)).then_some("reserved"))
}

/// 2000::/3, all that is assigned of IPv6's global unicast space.
const GLOBAL_UNICAST: ipnet::Ipv6Net =
    ipnet::Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// The address that packets will really go to: an IPv4 address may be written as an IPv6 one
/// (mapped `::ffff:0:0/96`, compatible `::/96`, translated `64:ff9b::/96`).
pub(crate) fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(long) = address else { return address };
    let low = || IpAddr::from(<[u8; 4]>::try_from(&long.octets()[12..]).expect("four bytes"));
    match long.segments() {
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => low(),
        [0, 0, 0, 0, 0, 0, high, low_part] if (high, low_part) > (0, 1) => low(),
        _ => address,
    }
}

/// An address range with a port that the operator allows although it is not public, and where
/// plain `http` may be spoken: `10.1.0.0/16:8443`, `127.0.0.1:7800`, `[fd00::5]:443`,
/// `127.0.0.0/8:*` for every port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowedAddress {
    network: IpNet,
    port: Option<u16>,
}

/// A text that is not an address range with a port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not ADDRESS[/BITS]:PORT, such as 10.1.0.0/16:8443, [fd00::5]:443 or 127.0.0.1:*")]
pub struct AllowedAddressError(String);

impl AllowedAddress {
    /// The address with every port.
    pub fn any_port(address: IpAddr) -> Self {
        Self { network: IpNet::from(address), port: None }
    }

    /// Where a cloud keeps credentials is not meant by a range that happens to hold it.
    pub(crate) fn holds(&self, address: IpAddr, port: u16) -> bool {
        let address = plain(address);
        let is_named = self.network == IpNet::from(address);
        let is_meant = is_named || special(address) != Some(METADATA);
        self.network.contains(&address) && is_meant && self.port.is_none_or(|it| it == port)
    }
}

impl FromStr for AllowedAddress {
    type Err = AllowedAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AllowedAddressError(text.to_owned());
        let (range, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let bare = range.replace(['[', ']'], "");
        let single = || bare.parse().map(|address: IpAddr| IpNet::from(address)).ok();
        let network = bare.parse().ok().or_else(single).ok_or_else(wrong)?;
        // Without its brackets an IPv6 address would lose its last group to the port.
        if matches!(network, IpNet::V6(_)) && !range.starts_with('[') {
            return Err(wrong());
        }
        let port = if port == "*" { None } else { Some(port.parse().map_err(|_| wrong())?) };
        Ok(Self { network, port })
    }
}

impl fmt::Display for AllowedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.network {
            IpNet::V4(network) => write!(f, "{network}:")?,
            IpNet::V6(network) => write!(f, "[{network}]:")?,
        }
        match self.port {
            Some(port) => write!(f, "{port}"),
            None => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_does_not_mean_the_metadata_of_a_cloud_within_it() {
        let holds = |allowed: &str, address: &str| {
            let allowed: AllowedAddress = allowed.parse().expect(allowed);
            allowed.holds(address.parse().expect(address), 80)
        };
        assert!(!holds("169.254.0.0/16:80", "169.254.169.254"));
        assert!(!holds("100.64.0.0/10:*", "100.100.100.200"));
        assert!(!holds("[fc00::/7]:80", "fd00:ec2::254"));
        assert!(holds("169.254.169.254:80", "169.254.169.254"));
        assert!(holds("169.254.0.0/16:80", "169.254.1.1") && holds("10.0.0.0/8:80", "10.1.2.3"));
    }

    #[test]
    fn exceptions_are_read_as_they_are_written() {
        for text in ["10.1.0.0/16:8443", "127.0.0.1/32:*", "[fd00::/8]:443"] {
            assert_eq!(text.parse::<AllowedAddress>().map(|it| it.to_string()), Ok(text.into()));
        }
        assert_eq!(
            "[::1]:80".parse::<AllowedAddress>().map(|it| it.to_string()),
            Ok("[::1/128]:80".into())
        );
        for wrong in ["", "10.0.0.1", "10.0.0.0/33:1", "::1:80", "localhost:80", "10.0.0.1:99999"] {
            assert!(wrong.parse::<AllowedAddress>().is_err(), "{wrong}");
        }
    }
}
