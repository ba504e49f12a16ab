//! Statuses and headers as GitHub sends them, and what they are told apart as.

use super::*;
use egress::{HeaderName, HeaderValue, StatusCode};

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
    let seen =
        judge(response, "the user").map_or_else(|error| error.to_string(), |_| "good".into());
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
    check(404, &[], "{}", "the user was not found, or the token's user may not see it");
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
fn what_only_a_person_can_mend_names_the_page_where() {
    check(
        403,
        &[(
            "x-github-sso",
            "required; url=https://github.com/orgs/canal/sso?authorization_request=A",
        )],
        r#"{"message": "Resource protected by organization SAML enforcement."}"#,
        "the forge refuses the user: the organisation wants its single sign-on first; the user who \
         authorised this connection must sign in at https://github.com/orgs/canal/sso?authorization_request=A",
    );
    check(
        403,
        &[("x-github-sso", "required; url=https://evil.example/sso")],
        "{}",
        "the forge refuses the user: the organisation wants its single sign-on first; the user who \
         authorised this connection must sign in at https://github.com/settings/applications",
    );
    check(
        403,
        &[],
        r#"{"message": "Although you appear to have the correct authorization credentials, the `canal` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited."}"#,
        "the forge refuses the user: the organisation has not approved this OAuth app; one of its \
         owners must, and anyone may ask for it at https://github.com/settings/applications",
    );
}

#[test]
fn a_scope_that_is_missing_is_named() {
    let lacks = "the connection was granted read:user; the user cannot be had without \
                 admin:repo_hook or repo: authorise it again with that";
    let hooks = ("x-accepted-oauth-scopes", "admin:repo_hook, repo");
    check(404, &[hooks, ("x-oauth-scopes", "read:user")], "{}", lacks);
    let missing = "the user was not found, or the token's user may not see it";
    check(404, &[hooks, ("x-oauth-scopes", "repo, read:user")], "{}", missing);
    check(404, &[("x-accepted-oauth-scopes", ""), ("x-oauth-scopes", "repo")], "{}", missing);
    check(
        403,
        &[("x-accepted-github-permissions", "statuses=write")],
        r#"{"message": "Resource not accessible by integration"}"#,
        "the connection was granted less; the user cannot be had without statuses=write: \
         authorise it again with that",
    );
}
