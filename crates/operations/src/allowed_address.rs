//! Addresses that an operator allows one host to be at, although they are not public: what may be
//! said of them. Whether a request goes there is the guard's to decide.

use std::net::IpAddr;

use ipnet::IpNet;
use wire::error::AwsError;

use crate::endpoint::no_forge_at;
use crate::refusal::Refused;

/// Networks that are somebody's own, any range of which may be allowed. A public range would be one
/// where plain `http` may be spoken to whoever is there.
const OWN: [&str; 8] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "100.64.0.0/10",
    "198.18.0.0/15",
    "fc00::/7",
    "::1/128",
];

/// Looks at what is allowed: `ADDRESS[/BITS]:PORT`, of one address or of a range of private ones, and
/// never of one where no forge can be.
///
/// # Errors
/// `ValidationException`, with what would be right.
pub fn check_allowed_address(text: &str) -> Result<(), Refused> {
    let Some(range) = read(text) else {
        let message = format!(
            "'{text}' is not ADDRESS[/BITS]:PORT, such as 10.1.0.0/16:8443 or [fd00::5]:443."
        );
        return Err(AwsError::validation(message));
    };
    if let Some(what) = no_forge_at(&range) {
        let message = format!("'{text}' cannot be allowed: it is {what}, where no forge is.");
        return Err(AwsError::validation(message));
    }
    let is_single = range.addr() == range.broadcast();
    let is_own = OWN.iter().any(|own| own.parse().is_ok_and(|own: IpNet| own.contains(&range)));
    if !is_single && !is_own {
        let message = format!(
            "'{text}' cannot be allowed: it holds public addresses, and what is allowed may be spoken \
             to without TLS. Public addresses need no leave; name a single one to allow http there."
        );
        return Err(AwsError::validation(message));
    }
    Ok(())
}

/// The range, where the port is one too.
fn read(text: &str) -> Option<IpNet> {
    let (range, port) = text.rsplit_once(':')?;
    let port_good = port == "*" || port.parse::<u16>().is_ok_and(|port| port > 0);
    let bare = range.replace(['[', ']'], "");
    let single = || bare.parse().map(|address: IpAddr| IpNet::from(address)).ok();
    let network: IpNet = bare.parse().ok().or_else(single)?;
    // Without its brackets an IPv6 address would lose its last group to the port.
    let is_whole = matches!(network, IpNet::V4(_)) || range.starts_with('[');
    (port_good && is_whole).then_some(network.trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_allowed_is_a_range_with_a_port() {
        for good in [
            "10.1.0.0/16:8443",
            "127.0.0.1:*",
            "127.0.0.0/8:*",
            "[fd00::5]:443",
            "[fd00::/8]:443",
            "[fd00::]/8:443",
            "93.184.216.34:80",
        ] {
            assert!(check_allowed_address(good).is_ok(), "{good}");
        }
        for wrong in
            ["", "10.0.0.1", "10.0.0.1:0", "10.0.0.1:x", "host:443", "::1:80", "10.0.0.0/x:1"]
        {
            let said = check_allowed_address(wrong).expect_err(wrong);
            assert!(said.message.contains("ADDRESS[/BITS]:PORT"), "{}", said.message);
        }
    }

    #[test]
    fn no_range_opens_the_internet_or_a_place_where_clouds_keep_credentials() {
        for wrong in [
            "0.0.0.0/0:443",
            "[::/0]:443",
            "8.0.0.0/8:80",
            "93.184.216.34/31:80",
            "10.0.0.0/7:443",
            "169.254.169.254:80",
            "169.254.0.0/16:*",
            "100.100.100.200:80",
            "[fd00:ec2::254]:80",
            "[::ffff:169.254.169.254]:80",
            "224.0.0.1:80",
        ] {
            let said = check_allowed_address(wrong).expect_err(wrong);
            assert!(said.message.contains("cannot be allowed"), "{}", said.message);
        }
    }
}
