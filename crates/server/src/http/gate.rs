//! What every request passes: its Host must be one of ours, and every answer says that it is to be
//! neither sniffed nor framed.

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use tower_http::catch_panic::CatchPanicLayer;

/// Puts the gate before routes that are known by these Hosts, and behind it what turns a bug that panics into a 500.
pub fn guard(hosts: &[String], routes: Router) -> Router {
    let hosts = Arc::<[String]>::from(hosts);
    routes.layer(CatchPanicLayer::custom(broken)).layer(from_fn_with_state(hosts, pass))
}

/// The answer to a request whose handler panicked; what it said is in the log and nowhere else.
fn broken(panic: Box<dyn Any + Send>) -> Response {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
    tracing::error!(said, "a request's handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "the server failed; its log says more\n").into_response()
}

async fn pass(State(hosts): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    if !is_ours(&hosts, &request) {
        let message = "this server is not known by that Host; its own are its listen address and --public-url\n";
        return (StatusCode::MISDIRECTED_REQUEST, message).into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}

/// A page of another origin whose name was made to lead here has that name as its Host. Of two
/// Hosts a proxy in front may have believed the other one.
fn is_ours(own: &[String], request: &Request) -> bool {
    let mut sent = request.headers().get_all(header::HOST).iter();
    let host = match (sent.next(), sent.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => request.uri().authority().map(|authority| authority.as_str()),
        (Some(_), Some(_)) => None,
    };
    host.is_some_and(|host| own.iter().any(|own| own.eq_ignore_ascii_case(host)))
}

/// The Hosts by which a server is known: its addresses, `localhost` where they are loopback ones,
/// and its public URL's.
pub fn hosts(addresses: &[std::net::SocketAddr], public_url: &str) -> Vec<String> {
    let mut hosts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let loopback = addresses.iter().filter(|address| address.ip().is_loopback());
    hosts.extend(loopback.map(|address| format!("localhost:{}", address.port())));
    // A server that listens everywhere is reached by any address of the machine.
    let authority = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    hosts.push(authority.trim_end_matches('/').to_owned());
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_answered_without_its_words() {
        let response = broken(Box::new("a secret detail"));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[test]
    fn a_server_is_known_by_its_addresses_and_its_public_name() {
        let address = "127.0.0.1:7700".parse().expect("an address");
        let hosts = hosts(&[address], "https://ci.example.com");
        assert_eq!(hosts, ["127.0.0.1:7700", "localhost:7700", "ci.example.com"]);
    }

    #[test]
    fn no_other_name_and_no_second_one_gets_in() {
        fn check(hosts: &[&str], expect: bool) {
            let mut request = Request::builder().uri("/console/");
            for host in hosts {
                request = request.header(header::HOST, *host);
            }
            let request = request.body(axum::body::Body::empty()).expect("a request");
            let own = ["127.0.0.1:7700".to_owned(), "localhost:7700".to_owned()];
            assert_eq!(is_ours(&own, &request), expect, "{hosts:?}");
        }
        check(&["127.0.0.1:7700"], true);
        check(&["LocalHost:7700"], true);
        check(&[], false);
        check(&["127.0.0.1:7700", "evil.example"], false);
        check(&["127.0.0.1:7700", "127.0.0.1:7700"], false);
        for host in [
            "evil.example",
            "127.0.0.1:7700.evil.example",
            "x@127.0.0.1:7700",
            "127.0.0.1",
            "localhost.:7700",
            "",
        ] {
            check(&[host], false);
        }
    }
}
