//! Whether one server can be reached from another's place, as far as their URLs tell.

/// Whether a forge at `endpoint` can reach a server at `public_url`: a loopback address is only
/// reached from this machine.
pub fn is_reachable(public_url: &str, endpoint: &str) -> bool {
    !is_local(public_url) || is_local(endpoint)
}

fn is_local(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    // 0.0.0.0 means "wherever I listen": to a forge elsewhere it says nothing.
    let local = |ip: std::net::IpAddr| ip.is_loopback() || ip.is_unspecified();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(local)
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
        check("http://0.0.0.0:7700", "https://github.com", false);
        check("http://[::]:7700", "https://github.com", false);
        check("http://0.0.0.0:7700", "http://LOCALHOST:7800", true);
    }
}
