//! Signing in and out, and what a stranger cannot do.

use crate::world::{ORIGIN, World};
use axum::http::{StatusCode, header};

#[tokio::test]
async fn a_link_signs_in_once_by_its_button() {
    let world = World::new().await;
    let link = world.link().await;
    let mut browser = world.browser();
    for _ in 0..3 {
        let page = browser.get(&link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("data-test=\"sign-in\""), "looking uses nothing up");
    }
    let form = format!("link={}", browser.get(&link).await.field("link"));
    let done = browser.sign_in(&form).await;
    assert_eq!((done.status, done.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/console/"));
    assert!(done.header(header::SET_COOKIE).contains("HttpOnly; SameSite=Lax"));
    assert_eq!(browser.get("/console/").await.status, StatusCode::OK);
    let again = world.browser().sign_in(&form).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    assert!(again.text.contains("was used already"), "{}", again.text);
}

#[tokio::test]
async fn an_old_link_and_a_made_up_one_are_refused_alike() {
    let world = World::new().await;
    let link = world.link().await;
    world.step(601);
    let old = link.rsplit('/').next().unwrap().to_owned();
    for token in [old.as_str(), "made-up", ""] {
        let refused = world.browser().sign_in(&format!("link={token}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token}");
        assert!(refused.headers.get(header::SET_COOKIE).is_none());
    }
}

#[tokio::test]
async fn without_a_session_there_is_nothing_to_see() {
    let world = World::new().await;
    let execution = world.to_approval().await;
    let (mut stranger, page) =
        (world.browser(), format!("/console/pipelines/storefront/executions/{execution}"));
    for path in [
        "/console/",
        "/console/connections",
        "/console/deliveries",
        "/console/events?page=/console/",
        &page,
    ] {
        let led = stranger.get(path).await;
        assert_eq!(
            (led.status, led.header(header::LOCATION)),
            (StatusCode::SEE_OTHER, "/console/sign-in"),
            "{path}"
        );
        assert!(led.text.is_empty());
    }
    stranger.accept = "application/json";
    let refused = stranger.get("/console/").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.json()["message"].as_str().unwrap().contains("towpath console link"));
}

#[tokio::test]
async fn a_form_is_taken_only_from_a_page_of_the_same_session() {
    let world = World::new().await;
    let execution = world.to_approval().await;
    let browser = world.signed_in().await;
    let page = browser.get(&format!("/console/pipelines/storefront/executions/{execution}")).await;
    let path = format!("/console/pipelines/storefront/executions/{execution}/approval");
    let form = |form_token: &str| {
        format!(
            "form_token={form_token}&stage=Approval&action=Release&token={}&verdict=Approved&summary=",
            page.field("token")
        )
    };
    let good = form(&page.field("form_token"));
    for origin in
        ["https://evil.example", "null", "http://127.0.0.1:7701", "https://127.0.0.1:7700"]
    {
        let refused = browser.post_from(origin, &path, &good).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{origin}");
    }
    let other = world.signed_in().await.get("/console/").await.field("form_token");
    for token in ["", "x", other.as_str()] {
        let refused = browser.post(&path, &form(token)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token}");
    }
    assert_eq!(browser.post(&path, &good).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn after_sign_out_the_cookie_is_worth_nothing() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    let page = browser.get("/console/").await;
    let form = format!("form_token={}", page.field("form_token"));
    let out = browser.post("/console/sign-out", &form).await;
    assert_eq!(out.header(header::LOCATION), "/console/sign-in");
    assert!(out.header(header::SET_COOKIE).contains("Max-Age=0"));
    assert_eq!(browser.get("/console/").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_do_with_it() {
    let world = World::new().await;
    let browser = world.signed_in().await;
    for path in ["/console/", "/console/sign-in", "/console/nothing", "/console/connections"] {
        let page = browser.get(path).await;
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            policy.starts_with(&format!(
                "default-src 'none'; script-src {ORIGIN}/console/assets/htmx."
            )),
            "{policy}"
        );
        assert!(policy.ends_with("form-action 'self'; frame-ancestors 'none'; base-uri 'none'"));
        assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(page.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    }
    let style = &console::assets::ASSETS.style;
    let file = world.browser().get(&style.path).await;
    assert_eq!(file.status, StatusCode::OK);
    assert!(file.header(header::CACHE_CONTROL).contains("immutable"));
}
