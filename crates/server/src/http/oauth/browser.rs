//! The browser of a handshake: the cookie that binds it, and whether a form is our own.

use axum::http::{HeaderMap, HeaderValue, header};
use domain::{Digest, HandshakeId};
use operations::handshake::Bind;
use store::HandshakeRow;

use super::pages::{broken, failed};
use crate::http::plain::Page;
use crate::shared::Shared;

/// How long the cookie of a handshake is kept, like the handshake itself.
const COOKIE_SECONDS: i64 = operations::limits::HANDSHAKE_SECONDS;

/// A form of another origin must not press our button, and neither must one that hides where it
/// is: every browser says it with a form.
pub(in crate::http) fn same_origin(hosts: &[String], headers: &HeaderMap) -> bool {
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let host = origin.and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some_and(|host| hosts.iter().any(|own| own.eq_ignore_ascii_case(host)))
}

/// Binds a handshake to the browser that asks: the handshake, and the header that leaves its cookie there.
pub(in crate::http) async fn bind(
    shared: &Shared,
    state: &HandshakeId,
    headers: &HeaderMap,
) -> Result<(HandshakeRow, HeaderValue), Page> {
    let name = cookie_name(is_secure(shared), state);
    let (sent, made) = (cookie(headers, &name), hex::encode(shared.nonce()));
    let returning = sent.as_deref().map(hash);
    let bind = Bind { state: state.clone(), browser: hash(&made), returning };
    let row = shared.desk.take(&bind, shared.now()).await.map_err(failed)?.map_err(broken)?;
    let browser = if row.session == bind.browser { made } else { sent.unwrap_or_default() };
    let cookie = bind_cookie(shared, state, &browser)?;
    Ok((row, cookie))
}

/// The header that leaves a handshake's cookie with the browser.
fn bind_cookie(shared: &Shared, state: &HandshakeId, browser: &str) -> Result<HeaderValue, Page> {
    let name = cookie_name(is_secure(shared), state);
    let secure = if is_secure(shared) { "; Secure" } else { "" };
    let cookie = format!(
        "{name}={browser}; Path=/; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}{secure}"
    );
    HeaderValue::from_str(&cookie).map_err(failed)
}

pub(in crate::http) fn is_secure(shared: &Shared) -> bool {
    shared.public_url.starts_with("https://")
}

/// The cookie that tells the browser that began a handshake from every other: one a handshake, so
/// that two at a time do not undo one another. `__Host-` keeps a neighbour under the same domain
/// from planting it; browsers take it over HTTPS only.
pub(in crate::http) fn cookie_name(secure: bool, state: &HandshakeId) -> String {
    let prefix = if secure { "__Host-" } else { "" };
    format!("{prefix}towpath-handshake-{}", &hash(state.as_str())[..16])
}

pub(in crate::http) fn hash(text: &str) -> String {
    Digest::of(text.as_bytes()).0
}

pub(in crate::http) fn cookie(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        sent.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value.to_owned());
    found.next().filter(|value| value.len() == 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_handshake_has_a_cookie_of_its_own() {
        let (one, two) = (HandshakeId::new("one"), HandshakeId::new("two"));
        let (first, second) = (cookie_name(false, &one), cookie_name(false, &two));
        assert_ne!(first, second);
        assert!(cookie_name(true, &one).starts_with("__Host-"), "bound to this host over HTTPS");
        let value = "a".repeat(64);
        let line = format!("x=1; {second}=short; {first}={value}");
        let headers = HeaderMap::from_iter([(
            header::COOKIE,
            HeaderValue::from_str(&line).expect("a cookie line"),
        )]);
        assert_eq!(cookie(&headers, &first), Some(value));
        assert_eq!(cookie(&headers, &second), None, "no cookie of ours is that short");
    }

    #[test]
    fn only_our_own_page_presses_the_button() {
        let hosts = ["ci.example.com".to_owned()];
        fn of(origin: &str) -> HeaderMap {
            HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_str(origin).expect("text"))])
        }
        assert!(same_origin(&hosts, &of("https://ci.example.com")));
        assert!(!same_origin(&hosts, &HeaderMap::new()), "nobody says where it comes from");
        for other in ["https://evil.example", "null", "ci.example.com", ""] {
            assert!(!same_origin(&hosts, &of(other)), "{other}");
        }
    }
}
