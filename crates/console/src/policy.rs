//! What a browser may do with a page: the security headers of every answer of the console.

use crate::assets::ASSETS;

/// The content security policy for pages served from `origin` (`https://towpath.example`):
/// nothing but the exact files of the console, its own event stream and its own forms.
///
/// A policy cannot name an address literal other than 127.0.0.1 (CSP 3, 6.7.2.8), so there the
/// paths give way to `'self'`.
pub fn content_security_policy(origin: &str) -> String {
    let source = |path: &str| match can_be_named(origin) {
        true => format!("{origin}{path}"),
        false => "'self'".to_owned(),
    };
    let (htmx, events) = (source(&ASSETS.htmx.path), source(&ASSETS.events.path));
    let (style, icon) = (source(&ASSETS.style.path), source(&ASSETS.icon.path));
    let scripts = if htmx == events { htmx } else { format!("{htmx} {events}") };
    format!(
        "default-src 'none'; script-src {scripts}; style-src {style}; img-src {icon}; \
         connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
}

fn can_be_named(origin: &str) -> bool {
    let host = origin.split("://").nth(1).unwrap_or("");
    let bare = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    let literal = bare.bytes().all(|b| b.is_ascii_digit() || b == b'.') && bare != "127.0.0.1";
    !bare.is_empty() && bare.bytes().all(allowed) && !literal
}

/// The other headers of every page. `same-origin`, not `no-referrer`: with the latter a browser
/// sends `Origin: null` with a form, and the check of the origin would refuse it.
pub const HEADERS: [(&str, &str); 6] = [
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_named_one_by_one() {
        let policy = content_security_policy("https://towpath.example:8443");
        let script = format!("script-src https://towpath.example:8443{} ", ASSETS.htmx.path);
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains(&script), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("'self' http"), "{policy}");
    }

    #[test]
    fn an_origin_that_a_policy_cannot_name_falls_back_to_self() {
        for origin in ["http://[::1]:7700", "http://10.0.0.5:7700", "", "http://a;script-src *"] {
            let policy = content_security_policy(origin);
            assert!(
                policy.contains("script-src 'self'; style-src 'self'; img-src 'self';"),
                "{policy}"
            );
        }
        assert!(
            content_security_policy("http://127.0.0.1:7700").contains("http://127.0.0.1:7700/")
        );
    }
}
