//! Whether one server can be reached from another's place, as far as their URLs tell.

/// Whether a forge at `endpoint` can reach a server at `public_url`: a loopback address is only
/// reached from this machine.
pub fn is_reachable(public_url: &str, endpoint: &str) -> bool {
    !is_loopback(public_url) || is_loopback(endpoint)
}

fn is_loopback(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_server_is_reached_from_this_machine_only() {
        fn check(public: &str, endpoint: &str, expect: bool) {
            assert_eq!(is_reachable(public, endpoint), expect, "{public} {endpoint}");
        }
        check("http://127.0.0.1:7700", "http://127.0.0.1:7800", true);
        check("http://localhost:7700", "http://[::1]:7800", true);
        check("http://127.0.0.1:7700", "https://github.com", false);
        check("https://ci.example.com", "https://github.com", true);
    }
}
