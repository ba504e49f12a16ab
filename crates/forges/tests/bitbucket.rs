//! What bitbucket.org is asked, word for word, and what its answers are taken for.

mod double;

use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use double::{
    Answer, CALLBACK, Double, SHA, access, answer, call, call_with, client, registration, target,
    token, url,
};
use forges::{
    Asked, Authorization, Bitbucket, CommitState, CommitStatus, Deliveries, Error, Exchange, Forge,
    Hooks, Protection, Redelivery, Repositories,
};

const UUID: &str = "{0b8c2a36-4a1d-4f6e-9a57-6d2f7f1c9f10}";

async fn start(answers: Vec<Answer>) -> (Double, Bitbucket) {
    let double = Double::start(answers).await;
    let driver = Bitbucket::at(&double.url, client());
    (double, driver)
}

fn repository() -> RepositoryName {
    RepositoryName::new("canal/engine")
}

/// The client shows itself by HTTP Basic (`app:s&cret`), and not in the form.
fn form(body: &str) -> String {
    let headers = "accept: application/json\nauthorization: Basic YXBwOnMmY3JldA==\n\
                   content-type: application/x-www-form-urlencoded";
    format!("POST /site/oauth2/access_token\n{headers}\n\n{body}")
}

#[tokio::test]
async fn the_code_flow_has_no_proof_and_its_refresh_token_may_stay() {
    let granted = r#"{"access_token": "a1", "token_type": "bearer", "expires_in": 7200, "refresh_token": "r1", "scopes": "webhook pullrequest:write account", "state": "authorization_code"}"#;
    let again = r#"{"access_token": "a2", "expires_in": 7200, "scopes": "webhook"}"#;
    let refused = r#"{"error": "invalid_grant", "error_description": "Invalid refresh_token"}"#;
    let (double, driver) = start(vec![
        answer("200 OK", granted),
        answer("200 OK", again),
        answer("400 Bad Request", refused),
    ])
    .await;
    let (client, redirect_uri) = (registration(), url(CALLBACK));
    let asked = driver.authorize_url(&client, "state", "challenge", &redirect_uri);
    assert_eq!(
        &asked[url::Position::BeforePath..],
        "/site/oauth2/authorize?client_id=app\
         &redirect_uri=https%3A%2F%2Ftowpath.example%2Foauth%2Fcallback%2Freg-1&response_type=code\
         &state=state"
    );
    let (code, verifier) = (Secret::new("c"), Secret::new("v"));
    let exchange = Exchange { code: &code, verifier: &verifier, redirect_uri: &redirect_uri };
    let grant = driver.exchange_code(&client, exchange).await.expect("a grant");
    assert_eq!(driver.missing_scopes(&grant.scopes), Vec::<&str>::new());
    let refresh = grant.refresh_token.expect("a refresh token");
    let next = driver.refresh(&client, &refresh).await.expect("a grant");
    assert!(next.refresh_token.is_none(), "the old one stays good");
    assert_eq!(driver.missing_scopes(&next.scopes), ["account", "repository", "pullrequest"]);
    let lost = driver.refresh(&client, &refresh).await;
    assert!(matches!(lost, Err(Error::GrantLost { .. })), "{lost:?}");
    let callback = "https%3A%2F%2Ftowpath.example%2Foauth%2Fcallback%2Freg-1";
    assert_eq!(
        double.requests(),
        [
            form(&format!("grant_type=authorization_code&code=c&redirect_uri={callback}")),
            form("grant_type=refresh_token&refresh_token=r1"),
            form("grant_type=refresh_token&refresh_token=r1"),
        ]
    );
}

#[tokio::test]
async fn a_repository_and_the_right_to_its_hooks_take_two_questions() {
    let found = format!(
        r#"{{"uuid": "{UUID}", "full_name": "canal/engine", "is_private": true, "mainbranch": {{"name": "main", "type": "branch"}}}}"#
    );
    let (double, driver) = start(vec![
        answer("200 OK", r#"{"uuid": "{u}", "nickname": "ada", "display_name": "Ada"}"#),
        answer("200 OK", found.clone()),
        answer("200 OK", format!(r#"{{"values": [{found}], "pagelen": 10}}"#)),
        answer("200 OK", found.clone()),
        answer("200 OK", r#"{"values": []}"#),
        answer("200 OK", found),
        answer("410 Gone", r#"{"type": "error", "error": {"message": "Gone"}}"#),
    ])
    .await;
    let who = driver.identity(&token()).await.expect("an identity");
    assert_eq!((&*who.id, &*who.login), ("{u}", "ada"));
    for may_administer in [Some(true), Some(false), None] {
        let info = driver.repository(access(&repository())).await.expect("a repository");
        assert_eq!((&*info.id, &info.name), (UUID, &repository()));
        assert_eq!((&*info.default_branch, info.private), ("main", true));
        assert_eq!(info.may_administer, may_administer);
    }
    let rights = "GET /2.0/repositories/canal?role=admin\
                  &q=uuid%3D%22%7B0b8c2a36-4a1d-4f6e-9a57-6d2f7f1c9f10%7D%22";
    assert_eq!(
        double.requests()[..3],
        [call("GET /2.0/user"), call("GET /2.0/repositories/canal/engine"), call(rights)]
    );
}

fn hook(number: u32) -> String {
    format!(
        r#"{{"uuid": "{UUID}", "url": "https://towpath.example/hooks/{number}", "active": true, "events": ["repo:push"], "secret_set": true}}"#
    )
}

#[tokio::test]
async fn hooks_are_read_to_the_last_page_and_never_beyond_the_api() {
    let first = format!(
        r#"{{"values": [{}], "next": "{{origin}}/2.0/repositories/canal/engine/hooks?pagelen=100&page=2"}}"#,
        hook(1)
    );
    let (double, driver) = start(vec![
        answer("200 OK", first),
        answer("200 OK", format!(r#"{{"values": [{}]}}"#, hook(2))),
        answer("201 Created", hook(3)),
        answer("200 OK", hook(3)),
        answer("204 No Content", ""),
        answer("404 Not Found", "{}"),
    ])
    .await;
    let name = repository();
    let access = access(&name);
    let hooks = driver.hooks(access).await.expect("hooks");
    assert_eq!(hooks.len(), 2);
    assert_eq!((&*hooks[1].id, hooks[1].active, hooks[1].signs), (UUID, true, true));
    driver.create_hook(access, &target()).await.expect("a hook");
    driver.update_hook(access, UUID, &target()).await.expect("a hook");
    driver.delete_hook(access, UUID).await.expect("gone");
    driver.delete_hook(access, UUID).await.expect("gone already");
    assert!(driver.delete_hook(access, "../../x").await.is_err());
    let hooks = "/2.0/repositories/canal/engine/hooks";
    let one = format!("{hooks}/%7B0b8c2a36-4a1d-4f6e-9a57-6d2f7f1c9f10%7D");
    let body = concat!(
        r#"{"active":true,"description":"Towpath","events":["repo:push","pullrequest:created","#,
        r#""pullrequest:updated","pullrequest:fulfilled","pullrequest:rejected","repo:updated","#,
        r#""repo:transfer"],"secret":"stored","url":"https://towpath.example/hooks/h"}"#
    );
    assert_eq!(
        double.requests(),
        [
            call(&format!("GET {hooks}?pagelen=100")),
            call(&format!("GET {hooks}?pagelen=100&page=2")),
            call_with(&format!("POST {hooks}"), body),
            call_with(&format!("PUT {one}"), body),
            call(&format!("DELETE {one}")),
            call(&format!("DELETE {one}")),
        ]
    );

    for elsewhere in ["https://evil.example/2.0/x", "{origin}/1.0/x", "//evil.example/2.0/x"] {
        let page = format!(r#"{{"values": [], "next": "{elsewhere}"}}"#);
        let (double, driver) = start(vec![answer("200 OK", page)]).await;
        let refused = driver.hooks(access).await.expect_err("no hooks").to_string();
        assert!(refused.ends_with("it leads out of the API"), "{refused}");
        assert_eq!(double.requests().len(), 1, "{elsewhere}");
    }
}

#[tokio::test]
async fn what_bitbucket_has_not_is_not_asked_for() {
    let (double, driver) = start(Vec::new()).await;
    let name = repository();
    let access = access(&name);
    assert_eq!(driver.ping_hook(access, UUID).await.expect("an answer"), Asked::NotOffered);
    let list = driver.deliveries(access, UUID, Timestamp(0)).await;
    assert_eq!(list.expect("an answer"), Deliveries::NotOffered);
    let again = driver.redeliver(access, UUID, "1").await;
    assert_eq!(again.expect("an answer"), Asked::NotOffered);
    assert!(double.requests().is_empty());
}

#[tokio::test]
async fn a_status_has_a_short_key_and_always_a_link() {
    let (double, driver) = start(vec![answer("201 Created", "{}"), answer("200 OK", "{}")]).await;
    let long = format!("towpath/{}", "p".repeat(40));
    let status = |context: &str, state, target_url| CommitStatus {
        state,
        context: context.to_owned(),
        description: "Under way".to_owned(),
        target_url,
        git_ref: Some(GitRef::branch("main")),
    };
    let (name, commit) = (repository(), CommitSha::new(SHA));
    let access = access(&name);
    let link = Some(url("https://towpath.example/console"));
    let short = status("towpath/p", CommitState::Pending, link);
    driver.set_status(access, &commit, &short).await.expect("a status");
    let stopped = status(&long, CommitState::Stopped, None);
    driver.set_status(access, &commit, &stopped).await.expect("a status");
    let line = format!("POST /2.0/repositories/canal/engine/commit/{SHA}/statuses/build");
    let requests = double.requests();
    assert_eq!(
        requests[0],
        call_with(
            &line,
            r#"{"description":"Under way","key":"towpath/p","name":"towpath/p","refname":"main","state":"INPROGRESS","url":"https://towpath.example/console"}"#
        )
    );
    let (_, body) = requests[1].split_once("\n\n").expect("a body");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(body["key"].as_str().map(str::len), Some(40));
    assert_eq!((&body["name"], &body["state"]), (&long.into(), &"STOPPED".into()));
    assert_eq!(body["url"], format!("{}canal/engine/commits/{SHA}", double.url));
}

#[tokio::test]
async fn what_bitbucket_refuses_is_told_apart() {
    let check = async |one: Answer, expect: &str| {
        let (_double, driver) = start(vec![one]).await;
        let refused = driver.hooks(access(&repository())).await.expect_err("no hooks");
        assert_eq!(refused.to_string(), expect);
    };
    let lacks = r#"{"type": "error", "error": {"message": "Your credentials lack one or more required privilege scopes.", "detail": {"granted": ["account"], "required": ["webhook"]}}}"#;
    check(
        answer("403 Forbidden", lacks),
        "the connection was granted account; the hooks of canal/engine cannot be had without webhook: authorise it again with that",
    )
    .await;
    let denied = r#"{"type": "error", "error": {"message": "Access denied"}}"#;
    check(
        answer("403 Forbidden", denied),
        "the forge refuses the hooks of canal/engine: Access denied",
    )
    .await;
    check(
        answer("429 Too Many Requests", "Rate limit for this resource has been exceeded"),
        "the forge asks us to wait 60 s",
    )
    .await;
    check(
        answer("200 OK", "<!DOCTYPE html>").header("Content-Type: text/html; charset=utf-8"),
        "the forge is not available: the hooks of canal/engine: a page of HTML where JSON was promised; a proxy's, or a sign-in",
    )
    .await;
    let (_double, driver) = start(vec![answer("200 OK", "[".repeat(5 * 1024 * 1024))]).await;
    let refused = driver.hooks(access(&repository())).await.expect_err("no hooks");
    assert!(refused.to_string().ends_with("more than 4194304 bytes"), "{refused}");
}

#[test]
fn git_is_shown_the_token_as_a_password() {
    let driver = Bitbucket::dot_org(client());
    let clone = driver.clone_url(&repository()).expect("a URL");
    assert_eq!(clone.as_str(), "https://bitbucket.org/canal/engine.git");
    // x-token-auth:t0ken
    assert_eq!(driver.git_authorization(&token()).expose(), "Basic eC10b2tlbi1hdXRoOnQwa2Vu");
}

#[tokio::test]
async fn a_branch_is_protected_by_a_restriction_of_pushes_that_matches_it() {
    let restriction = |kind: &str, how: &str, pattern: &str| {
        format!(r#"{{"kind": "{kind}", "branch_match_kind": "{how}", "pattern": "{pattern}"}}"#)
    };
    let page = |rules: &[String]| {
        answer("200 OK", format!(r#"{{"pagelen": 100, "values": [{}]}}"#, rules.join(", ")))
    };
    let refused = r#"{"type": "error", "error": {"message": "Your credentials lack one or more required privilege scopes.", "detail": {"required": ["repository:admin"], "granted": ["repository"]}}}"#;
    let (double, driver) = start(vec![
        page(&[restriction("delete", "glob", "main"), restriction("push", "glob", "release/*")]),
        page(&[restriction("force", "glob", "main")]),
        page(&[restriction("push", "branching_model", "")]),
        answer("403 Forbidden", refused),
    ])
    .await;
    let name = RepositoryName::new("canal/engine");
    for expect in [Some(false), Some(true), None, None] {
        let said = driver.is_protected(access(&name), &GitRef::branch("main")).await;
        assert_eq!(said.expect("an answer"), expect);
    }
    let tag = driver.is_protected(access(&name), &GitRef::tag("v1")).await;
    assert_eq!(tag.expect("an answer"), None);
    let asked = call("GET /2.0/repositories/canal/engine/branch-restrictions?pagelen=100");
    assert_eq!(double.requests(), [&*asked; 4]);
}
