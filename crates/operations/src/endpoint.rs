//! Where a host is said to be, and the proxy on the way to it: the form of both, and places where no
//! forge is. Whether requests may go there is the guard's to say.

use std::net::IpAddr;

use ipnet::IpNet;
use url::{Host, Url};
use wire::error::AwsError;

use crate::refusal::Refused;

/// Places that belong to the machine or its cloud, and what they are: no forge is at them, whatever
/// an operator allows. Private addresses are not among them: a forge may well be there.
const NO_FORGE: [(&str, &str); 10] = [
    ("169.254.0.0/16", "link-local, where clouds keep credentials"),
    ("100.100.100.200/32", "where a cloud keeps credentials"),
    ("168.63.129.16/32", "where a cloud keeps credentials"),
    ("192.0.0.192/32", "where a cloud keeps credentials"),
    ("fd00:ec2::/32", "where a cloud keeps credentials"),
    ("0.0.0.0/8", "no address of a machine"),
    ("::/128", "no address of a machine"),
    ("fe80::/10", "link-local"),
    ("224.0.0.0/3", "multicast or reserved"),
    ("ff00::/8", "multicast"),
];

/// The names under which clouds keep them.
const NO_FORGE_NAMES: [&str; 3] =
    ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"];

/// Scheme, host and port of an endpoint, as requests are made of it.
///
/// # Errors
/// `ValidationException`, with what would be right; a password that stands in it is not said again.
pub fn endpoint(text: &str) -> Result<String, Refused> {
    const RIGHT: &str = "such as https://git.example.com";
    let wrong = |value: &str, constraint: &str| {
        AwsError::validation(format!(
            "1 validation error detected: Value{value} at 'ProviderEndpoint' failed to satisfy \
             constraint: Member must {constraint}"
        ))
    };
    if text.contains('@') {
        let constraint = format!(
            "be scheme and host without a path, {RIGHT}: no user and no password stand in it, people \
             authorise connections in the handshake"
        );
        return Err(wrong("", &constraint));
    }
    let (trimmed, value) = (text.trim_end_matches('/'), format!(" '{text}'"));
    if !is_origin(trimmed) {
        return Err(wrong(&value, &format!("be scheme and host without a path, {RIGHT}")));
    }
    match no_forge(trimmed) {
        Some(what) => {
            let constraint = format!("be where the forge is, {RIGHT}; this is {what}");
            Err(wrong(&value, &constraint))
        }
        None => Ok(trimmed.to_owned()),
    }
}

/// Looks at the form of a proxy.
///
/// # Errors
/// `ValidationException`; a password that stands in it is not said again.
pub fn check_proxy(text: &str) -> Result<(), Refused> {
    let trimmed = text.trim_end_matches('/');
    if text.contains('@') {
        let message = "The proxy must be http://HOST:PORT: no user and no password stand in it; they are \
                       said beside it, as proxyUser and proxyPassword.";
        return Err(AwsError::validation(message));
    }
    if !is_origin(trimmed) || !trimmed.starts_with("http://") {
        let message = format!("'{text}' is no proxy: write http://HOST:PORT, without a path.");
        return Err(AwsError::validation(message));
    }
    match no_forge(trimmed) {
        Some(what) => Err(AwsError::validation(format!("'{text}' is no proxy: it is {what}."))),
        None => Ok(()),
    }
}

/// Whether it is written as what URLs mean by an origin, so that nobody reads another host out of
/// it than the one that is shown: `2130706433` would be 127.0.0.1.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest.map(str::to_ascii_lowercase) else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    let means = |url: Url| url.host_str().is_some_and(|host| rest.starts_with(host));
    rest.chars().all(plain) && Url::parse(text).is_ok_and(means)
}

/// What an origin is instead of a place where a forge could be.
fn no_forge(origin: &str) -> Option<&'static str> {
    let url = Url::parse(origin).ok()?;
    let address: IpAddr = match url.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let is_known = NO_FORGE_NAMES.iter().any(|it| it.eq_ignore_ascii_case(name));
            return is_known.then_some("where a cloud keeps credentials");
        }
        Host::Ipv4(address) => address.into(),
        Host::Ipv6(address) => address.to_canonical(),
    };
    let holds = |range: &str| range.parse().is_ok_and(|range: IpNet| range.contains(&address));
    NO_FORGE.iter().find(|(range, _)| holds(range)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_scheme_and_host_and_nothing_else() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(endpoint(text).ok().as_deref(), expect, "{text}");
        }
        check("https://git.example.com", Some("https://git.example.com"));
        check("https://git.example.com/", Some("https://git.example.com"));
        check("http://127.0.0.1:7800", Some("http://127.0.0.1:7800"));
        check("https://10.1.2.3", Some("https://10.1.2.3"));
        check("https://Git.Example.com:443", Some("https://Git.Example.com:443"));
        check("https://[2001:db8::1]:8443", Some("https://[2001:db8::1]:8443"));
        for wrong in [
            "",
            "git.example.com",
            "ftp://git.example.com",
            "file:///etc/passwd",
            "https://",
            "https://git.example.com/path",
            "https://user@git.example.com",
            "https://git.example.com\\@evil",
            "https://git.example.com?x",
            "https://git.example.com#x",
            "https://git.example.com:http",
            "https://git.example.com:99999",
            "https://git.exam\nple.com",
            "https://git.example.com;script-src *",
            "https://git;sandbox",
            "https://%67it.example.com",
            "https://[::1",
            "http://2852039166",
            "http://0x7f000001:7711",
            "http://127.1:7711",
            "http://[::ffff:127.0.0.1]",
            "--upload-pack=x",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn where_no_forge_can_be_is_refused_at_once_with_what_would_be_right() {
        for text in [
            "http://169.254.169.254",
            "https://169.254.169.254:443/",
            "http://169.254.170.2",
            "http://100.100.100.200",
            "http://168.63.129.16",
            "http://192.0.0.192",
            "http://[fd00:ec2::254]",
            "http://[::ffff:a9fe:a9fe]",
            "http://[fe80::1]",
            "http://0.0.0.0:7700",
            "http://[::]",
            "http://224.0.0.1",
            "http://255.255.255.255",
            "http://metadata.google.internal",
            "http://METADATA.google.internal.",
        ] {
            let said = endpoint(text).expect_err(text);
            assert!(said.message.contains("https://git.example.com; this is "), "{}", said.message);
            assert!(check_proxy(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_in_a_place_is_not_said_again() {
        for text in ["https://ada:hunter2@git.example.com", "https://:hunter2@x/", "hunter2@"] {
            for refused in [endpoint(text).map(drop), check_proxy(text)] {
                let said = refused.expect_err(text);
                assert!(said.message.contains("no password"), "{}", said.message);
                assert!(!said.message.contains("hunter2"), "{}", said.message);
            }
        }
    }

    #[test]
    fn a_proxy_is_a_host_and_a_port() {
        assert!(check_proxy("http://proxy.example:3128").is_ok());
        assert!(check_proxy("http://10.0.0.1:3128/").is_ok());
        for wrong in ["https://proxy.example:3128", "proxy:3128", "http://p/x", ""] {
            assert!(check_proxy(wrong).is_err(), "{wrong}");
        }
    }
}
