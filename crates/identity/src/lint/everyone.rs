//! Whether a statement is for everyone: it names nobody, and nothing says who it is.
//!
//! A condition says who it is only by what a stranger cannot choose about himself. He tags his own
//! users, names his own sessions, and finds an external id in a mail or a log; of his account, his
//! organisation, his unique id and the address that he calls from the world is the judge.

use std::net::Ipv6Addr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::claim_key;
use super::deny::spares_only_named;
use super::holds_without_claim;
use crate::policy::{Comparison, Condition, Named, Principals, Statement};

/// What a key tells of a caller.
#[derive(Clone, Copy)]
enum Mark {
    /// An id, perhaps with more behind `:` or `/`.
    Id,
    /// An ARN, which has an account in it.
    Arn,
    /// Where the call comes from.
    Network,
    /// What a token says: whoever signs with keys has none.
    Claim,
}

const MARKS: [(&str, Mark); 14] = [
    ("aws:principalaccount", Mark::Id),
    ("aws:principalorgid", Mark::Id),
    ("aws:principalorgpaths", Mark::Id),
    ("aws:userid", Mark::Id),
    ("aws:sourceaccount", Mark::Id),
    ("aws:sourceorgid", Mark::Id),
    ("aws:sourceorgpaths", Mark::Id),
    ("aws:sourcevpc", Mark::Id),
    ("aws:sourcevpce", Mark::Id),
    ("aws:principalarn", Mark::Arn),
    ("aws:federatedprovider", Mark::Arn),
    ("aws:sourcearn", Mark::Arn),
    ("aws:sourceip", Mark::Network),
    ("aws:vpcsourceip", Mark::Network),
];

/// An account has twelve characters, and no id of the others is shorter: a pattern that begins with
/// fewer is met by ids that a stranger can make or have.
const WHOLE_ID_CHARS: usize = 12;

/// The first bits that all addresses of a network share, where it can be somebody's own: the private
/// networks of IPv4 have eight and more, and nobody was given more of IPv6 than sixteen leave.
const OWN_NETWORK_BITS: (u8, u8) = (8, 16);

/// Whether an allowing statement lets strangers in, whatever the denying ones beside it say no to.
pub(super) fn is_for_everyone(statement: &Statement, denies: &[&Statement]) -> bool {
    let everybody = |it: &Principals| it.negated != it.named.contains(&Named::Everyone);
    let closes = |it: &Condition| {
        !it.operator.row.negated && names_caller(it) && !holds_without_claim(it, statement)
    };
    statement.principals.as_ref().is_some_and(everybody)
        && !statement.conditions.iter().any(closes)
        && !denies.iter().any(|it| spares_only_named(it, "sts:assumerole", everybody, names_caller))
}

/// Whether a condition's values are met, or with a negated operator missed, by those alone whom its
/// author knows.
fn names_caller(condition: &Condition) -> bool {
    let comparison = condition.operator.row.comparison;
    let mark = MARKS.iter().find(|(key, _)| *key == condition.folded_key).map(|(_, mark)| *mark);
    match (mark.or_else(|| claim_key(condition).map(|_| Mark::Claim)), comparison) {
        (Some(Mark::Network), Comparison::Address) => {
            is_own_network(condition.wanted.iter().filter_map(|it| it.network()).collect())
        }
        (Some(Mark::Arn), Comparison::Arn) => all(condition, |it| it.has_account_part()),
        (Some(mark), comparison) if comparison.is_text() => match mark {
            Mark::Id => all(condition, |it| it.has_whole_id()),
            Mark::Arn => all(condition, |it| it.has_account()),
            Mark::Claim => all(condition, |it| !it.fixed.is_empty()),
            Mark::Network => false,
        },
        _ => false,
    }
}

fn all(condition: &Condition, names: impl Fn(Value) -> bool) -> bool {
    let comparison = condition.operator.row.comparison;
    condition.wanted.iter().all(|it| names(Value::read(&it.text, comparison)))
}

/// A value, and how much of it is fixed: all before its first wildcard or variable.
struct Value<'a> {
    whole: &'a str,
    fixed: &'a str,
}

impl<'a> Value<'a> {
    fn read(whole: &'a str, comparison: Comparison) -> Self {
        // `${aws:ResourceAccount}` and its like are of the role, not of whoever comes.
        let of_role = whole.to_ascii_lowercase().starts_with("${aws:resource");
        let wild = |it: char| comparison.has_wildcards() && matches!(it, '*' | '?');
        let varies = whole.find("${").filter(|_| !of_role);
        let ends = [whole.find(wild), varies].into_iter().flatten().min();
        Self { whole, fixed: &whole[..ends.unwrap_or(whole.len())] }
    }

    /// Whether nothing of it is left open.
    fn is_fixed(&self) -> bool {
        !self.whole.is_empty() && self.fixed.len() == self.whole.len()
    }

    fn has_whole_id(&self) -> bool {
        let ended = self.fixed.find([':', '/']).is_some_and(|end| end > 0);
        self.is_fixed() || ended || self.fixed.len() >= WHOLE_ID_CHARS
    }

    /// As a text: a wildcard before the account could also stand for colons.
    fn has_account(&self) -> bool {
        self.is_fixed() || self.fixed.split(':').count() > 5
    }

    /// As an ARN, which is compared part by part.
    fn has_account_part(&self) -> bool {
        let account = self.whole.split(':').nth(4);
        self.is_fixed() || account.is_some_and(|it| it.parse::<u64>().is_ok() && it.len() == 12)
    }
}

/// Whether networks, joined, leave out most of the world: two halves of it are all of it.
fn is_own_network(networks: Vec<IpNet>) -> bool {
    let networks: Vec<IpNet> = networks.into_iter().map(as_meant).collect();
    IpNet::aggregate(&networks).iter().all(|network| match network {
        IpNet::V4(it) => it.prefix_len() >= OWN_NETWORK_BITS.0,
        IpNet::V6(it) => it.prefix_len() >= OWN_NETWORK_BITS.1 || it.addr().is_unique_local(),
    })
}

/// Where IPv6 has IPv4's addresses, and behind how many bits: mapped (RFC 4291, section 2.5.5.2), those
/// that NAT64 puts before a server (RFC 6052, section 2.1), and 6to4's (RFC 3056, section 2).
const EMBEDDED: [(Ipv6Net, u8); 3] = [
    (Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), 96),
    (Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), 96),
    (Ipv6Net::new_assert(Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), 16),
];

/// A network of IPv4 that is written in IPv6's form (`::ffff:0:0/96`) is that network.
fn as_meant(network: IpNet) -> IpNet {
    let IpNet::V6(it) = network else { return network };
    let plain = EMBEDDED.into_iter().find_map(|(within, before)| {
        if it.contains(&within) {
            return Some(Ipv4Net::default());
        }
        let address = (it.addr().to_bits() << before >> 96) as u32;
        let length = it.prefix_len().checked_sub(before)?.min(32);
        Ipv4Net::new(address.into(), length).ok().filter(|_| within.contains(&it))
    });
    plain.map_or(network, IpNet::V4)
}
