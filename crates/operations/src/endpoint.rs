//! Where a host is said to be, and the proxy on the way to it: the form of both, and places where no
//! forge is. Whether requests may go there is the guard's to say.

use std::net::IpAddr;

use domain::connection::ProviderType;
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

/// Forges that are reached without a host, and the kind of a connection to each.
const NO_HOSTS: [(&str, ProviderType); 8] = [
    ("github.com", ProviderType::GitHub),
    ("www.github.com", ProviderType::GitHub),
    ("api.github.com", ProviderType::GitHub),
    ("gitlab.com", ProviderType::GitLab),
    ("www.gitlab.com", ProviderType::GitLab),
    ("bitbucket.org", ProviderType::Bitbucket),
    ("www.bitbucket.org", ProviderType::Bitbucket),
    ("api.bitbucket.org", ProviderType::Bitbucket),
];

/// Scheme, host and port of an endpoint, as requests are made of it: in one spelling, so that who
/// registers a client for it finds it. GitLab and Bitbucket Server may be below a path of their own.
///
/// # Errors
/// `ValidationException`, with what would be right; a password that stands in it is not said again.
pub fn endpoint(kind: ProviderType, text: &str) -> Result<String, Refused> {
    const RIGHT: &str = "such as https://git.example.com";
    let may_have_path =
        matches!(kind, ProviderType::GitLabSelfManaged | ProviderType::BitbucketServer);
    let wrong = |value: &str, constraint: &str| {
        AwsError::validation(format!(
            "1 validation error detected: Value{value} at 'providerEndpoint' failed to satisfy \
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
    let (origin, path) = apart(trimmed);
    let path_is_good = path.is_empty() || may_have_path && is_plain_path(path);
    let Some(origin) = plain_origin(origin).filter(|_| path_is_good) else {
        let path = if may_have_path { "and the path below which it is" } else { "without a path" };
        let slip = slip(text, may_have_path).map(|slip| format!(": {slip}")).unwrap_or_default();
        return Err(wrong(&value, &format!("be scheme and host {path}, {RIGHT}{slip}")));
    };
    if let Some(what) = no_forge(&origin) {
        let constraint = format!("be where the forge is, {RIGHT}; this is {what}");
        return Err(wrong(&value, &constraint));
    }
    if let Some(provider) = without_host(&origin) {
        let constraint = format!(
            "be a forge that you run yourself, {RIGHT}: a connection to this one has no host, \
             CreateConnection takes ProviderType {provider} for it"
        );
        return Err(wrong(&value, &constraint));
    }
    Ok(format!("{origin}{path}"))
}

/// What is wrong with a text that is no endpoint, where one thing can be named.
fn slip(text: &str, may_have_path: bool) -> Option<&'static str> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Some("this one begins with neither https:// nor http://");
    };
    let is_http = ["http", "https"].iter().any(|it| scheme.eq_ignore_ascii_case(it));
    let rest = rest.trim_end_matches('/');
    let behind = rest.find(['/', '?', '#']).map(|at| &rest[at..at + 1]);
    match behind {
        _ if !is_http => Some("a forge is asked by https or http"),
        _ if rest.is_empty() => Some("the host is missing"),
        Some("?") => Some("take what begins with the ? out"),
        Some("#") => Some("take what begins with the # out"),
        Some(_) if rest.contains(['?', '#']) => Some("take the query out, and what follows it"),
        Some(_) if may_have_path => Some("a path has letters, digits and -._~ in it"),
        Some(_) => Some("take the path out"),
        None => None,
    }
}

/// The kind of a connection to an origin that needs no host.
fn without_host(origin: &str) -> Option<ProviderType> {
    let url = Url::parse(origin).ok()?;
    let found = NO_HOSTS.iter().find(|(name, _)| url.domain() == Some(*name));
    found.map(|(_, provider)| *provider)
}

/// Scheme and host; and the path behind them with its first slash, if there is one.
fn apart(text: &str) -> (&str, &str) {
    let host = text.find("://").map_or(0, |at| at + 3);
    text.split_at(text[host..].find('/').map_or(text.len(), |at| host + at))
}

/// A path that is the same to everybody who reads it: `/gitlab`, `/tools/git`.
fn is_plain_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    let good = |part: &str| !matches!(part, "" | "." | "..") && part.chars().all(plain);
    path.strip_prefix('/').is_some_and(|path| path.split('/').all(good))
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
    if plain_origin(trimmed).is_none() || !trimmed.starts_with("http://") {
        let message = format!("'{text}' is no proxy: write http://HOST:PORT, without a path.");
        return Err(AwsError::validation(message));
    }
    match no_forge(trimmed) {
        Some(what) => Err(AwsError::validation(format!("'{text}' is no proxy: it is {what}."))),
        None => Ok(()),
    }
}

/// An origin in its one spelling: lower case, no port where it is the scheme's own, no dot at the
/// name's end. `None` where it is not written as what URLs mean by it, so that nobody reads another
/// host out of it than the one that is shown: `2130706433` would be 127.0.0.1.
fn plain_origin(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    let url = Url::parse(text).ok().filter(|url| url.port() != Some(0))?;
    let host = url.host_str()?;
    let means = rest.chars().all(plain) && rest.to_ascii_lowercase().starts_with(host);
    let name = host.strip_suffix('.').unwrap_or(host);
    let is_good = means && !name.is_empty() && !name.ends_with('.');
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    is_good.then(|| format!("{}://{name}{port}", url.scheme()))
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
    no_forge_at(&address.into())
}

/// What all addresses of a range are instead, if they are that.
pub fn no_forge_at(range: &IpNet) -> Option<&'static str> {
    let plain = IpNet::from(range.addr().to_canonical());
    let range = if range.prefix_len() == range.max_prefix_len() { &plain } else { range };
    let holds = |what: &str| what.parse().is_ok_and(|what: IpNet| what.contains(range));
    NO_FORGE.iter().find(|(network, _)| holds(network)).map(|(_, what)| *what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_scheme_and_host_and_nothing_else() {
        fn check(text: &str, expect: Option<&str>) {
            let read = endpoint(ProviderType::GitHubEnterpriseServer, text);
            assert_eq!(read.ok().as_deref(), expect, "{text}");
        }
        check("https://git.example.com", Some("https://git.example.com"));
        check("https://git.example.com/", Some("https://git.example.com"));
        check("http://127.0.0.1:7800", Some("http://127.0.0.1:7800"));
        check("https://10.1.2.3", Some("https://10.1.2.3"));
        check("https://GIT.Example.COM:443/", Some("https://git.example.com"));
        check("http://git.example.com.:80", Some("http://git.example.com"));
        check("http://git.example.com:443", Some("http://git.example.com:443"));
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
            "https://git.example.com:0",
            "https://git.example.com..",
            "https://.",
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
    fn what_is_wrong_with_an_endpoint_is_named() {
        for (text, expect) in [
            ("git.example.com", "neither https:// nor http://"),
            ("ftp://git.example.com", "by https or http"),
            ("https://", "the host is missing"),
            ("https://git.example.com/path", "take the path out"),
            ("https://git.example.com?x", "begins with the ? out"),
            ("https://git.example.com#x", "begins with the # out"),
            ("https://git.example.com/path?x", "take the query out"),
        ] {
            let said = endpoint(ProviderType::GitHubEnterpriseServer, text).expect_err(text);
            assert!(said.message.contains(expect), "{text}: {}", said.message);
            assert!(said.message.contains("https://git.example.com"), "{}", said.message);
        }
    }

    #[test]
    fn gitlab_and_bitbucket_server_may_be_below_a_path() {
        for kind in [ProviderType::GitLabSelfManaged, ProviderType::BitbucketServer] {
            let check = |text: &str, expect: Option<&str>| {
                assert_eq!(endpoint(kind, text).ok().as_deref(), expect, "{kind} {text}");
            };
            check("https://git.example.com/gitlab/", Some("https://git.example.com/gitlab"));
            check(
                "https://Git.example.com:443/Tools/git",
                Some("https://git.example.com/Tools/git"),
            );
            check("https://git.example.com", Some("https://git.example.com"));
            for wrong in ["/..", "/a/../b", "/a//b", "/a?x", "/a#x", "/%2e", "/a b", "/a;b", "/\\x"]
            {
                check(&format!("https://git.example.com{wrong}"), None);
            }
            check("https://user@git.example.com/x", None);
            check("http://169.254.169.254/latest", None);
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
            let said = endpoint(ProviderType::GitLabSelfManaged, text).expect_err(text);
            assert!(said.message.contains("https://git.example.com; this is "), "{}", said.message);
            assert!(check_proxy(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_forge_that_has_no_host_is_connected_to_without_one() {
        for (text, kind) in [
            ("https://github.com", "ProviderType GitHub "),
            ("https://GitHub.com:443/", "ProviderType GitHub "),
            ("https://gitlab.com", "ProviderType GitLab "),
            ("https://api.bitbucket.org", "ProviderType Bitbucket "),
        ] {
            let said = endpoint(ProviderType::GitLabSelfManaged, text).expect_err(text);
            assert!(said.message.contains(kind), "{}", said.message);
        }
        for own in ["https://github.company.example", "https://canal.ghe.com"] {
            assert!(endpoint(ProviderType::GitHubEnterpriseServer, own).is_ok(), "{own}");
        }
    }

    #[test]
    fn a_password_in_a_place_is_not_said_again() {
        for text in ["https://ada:hunter2@git.example.com", "https://:hunter2@x/", "hunter2@"] {
            let endpoint = endpoint(ProviderType::GitLabSelfManaged, text);
            for refused in [endpoint.map(drop), check_proxy(text)] {
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
