//! Statuses and headers as GitHub sends them, and what they are told apart as.

use super::*;
use egress::{StatusCode, Url};

fn check(status: u16, headers: &[(&'static str, &'static str)], body: &str, expect: &str) {
    let pairs = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    let response = Response {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: pairs.collect(),
        body: body.as_bytes().to_vec(),
        url: Url::parse("https://api.github.com/user").expect("a URL"),
    };
    let seen = check_status(response, "the user")
        .map_or_else(|error| error.to_string(), |_| "good".into());
    assert_eq!(seen, expect);
}

#[test]
fn answers_are_told_apart_by_who_can_mend_them() {
    check(200, &[], "{}", "good");
    check(204, &[], "", "good");
    check(
        401,
        &[],
        r#"{"message": "Bad credentials"}"#,
        "the forge does not accept the token any more",
    );
    check(
        403,
        &[],
        r#"{"message": "Resource not accessible"}"#,
        "the forge refuses the user: Resource not accessible",
    );
    check(403, &[("retry-after", "7")], "{}", "the forge asks us to wait 7 s");
    check(429, &[], "{}", "the forge asks us to wait 60 s");
    let now = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "784111807"), now];
    check(403, &spent, "{}", "the forge asks us to wait 30 s");
    check(
        403,
        &[],
        r#"{"message": "You have exceeded a secondary rate limit"}"#,
        "the forge asks us to wait 60 s",
    );
    check(404, &[], "{}", "the user was not found, or this connection's user may not see it");
    check(
        422,
        &[],
        r#"{"message": "Validation Failed", "errors": [{"message": "Hook already exists"}]}"#,
        "the forge rejects the user: Validation Failed; Hook already exists",
    );
    check(502, &[], "<html>", "the forge is not available: the user: status 502 Bad Gateway");
    check(307, &[], "", "the forge rejects the user: it has moved; use its new name");
    check(
        418,
        &[],
        "",
        "the forge's answer to the user makes no sense: status 418 I'm a teapot: no message",
    );
}

#[test]
fn only_an_owner_and_a_name_make_a_path() {
    for good in ["ada/engine", "a-b/c.d_e"] {
        assert_eq!(repository_path(&good.into()).ok().as_deref(), Some(good));
    }
    for wrong in
        ["", "ada", "ada/", "/engine", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "a/b#", "a/%2e"]
    {
        assert!(repository_path(&wrong.into()).is_err(), "{wrong}");
    }
}
