//! What GitLab is asked, word for word, and what its answers are taken for.

mod double;

use domain::forge_event::GitRef;
use domain::hook_secret::{gitlab_signing_token, gitlab_token};
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use double::{
    Answer, CALLBACK, Double, SHA, access, answer, call, call_with, client, form, registration,
    target, token, url,
};
use forges::{
    Asked, Authorization, CommitState, CommitStatus, Deliveries, Error, Exchange, Forge, GitLab,
    Hooks, Redelivery, Repositories,
};

async fn start(answers: Vec<Answer>) -> (Double, GitLab) {
    let double = Double::start(answers).await;
    let driver = GitLab::self_managed(&double.url, client());
    (double, driver)
}

fn project() -> RepositoryName {
    RepositoryName::new("canal/locks/engine")
}

#[tokio::test]
async fn the_code_flow_has_a_proof_and_its_tokens_are_renewed() {
    let granted = r#"{"access_token": "a2", "token_type": "Bearer", "expires_in": 7200, "refresh_token": "r2", "scope": "api", "created_at": 1607635748}"#;
    let (double, driver) = start(vec![answer("200 OK", granted), answer("200 OK", granted)]).await;
    let (client, redirect_uri) = (registration(), url(CALLBACK));
    let asked = driver.authorize_url(&client, "st&te", "challenge", &redirect_uri);
    assert_eq!(
        &asked[url::Position::BeforePath..],
        "/oauth/authorize?client_id=app&redirect_uri=https%3A%2F%2Ftowpath.example%2Foauth%2Fcallback%2Freg-1\
         &response_type=code&scope=api&state=st%26te&code_challenge=challenge&code_challenge_method=S256"
    );
    let (code, verifier) = (Secret::new("c"), Secret::new("v"));
    let exchange = Exchange { code: &code, verifier: &verifier, redirect_uri: &redirect_uri };
    let grant = driver.exchange_code(&client, exchange).await.expect("a grant");
    assert_eq!(driver.missing_scopes(&grant.scopes), Vec::<&str>::new());
    assert_eq!(driver.missing_scopes(&["read_api".to_owned()]), ["api"]);
    let next = driver.refresh(&client, &Secret::new("r1")).await.expect("a grant");
    assert_eq!(next.refresh_token.map(|it| it.expose().to_owned()).as_deref(), Some("r2"));
    assert_eq!(next.expires_in_seconds, Some(7200));
    let callback = "https%3A%2F%2Ftowpath.example%2Foauth%2Fcallback%2Freg-1";
    assert_eq!(
        double.requests(),
        [
            form(
                "/oauth/token",
                &format!(
                    "grant_type=authorization_code&code=c&redirect_uri={callback}&code_verifier=v\
                     &client_id=app&client_secret=s%26cret"
                ),
            ),
            form(
                "/oauth/token",
                "grant_type=refresh_token&refresh_token=r1&client_id=app&client_secret=s%26cret",
            ),
        ]
    );
}

#[tokio::test]
async fn a_refresh_that_fails_says_who_must_mend_it() {
    let check = async |one: Answer, expect: &str| {
        let (_double, driver) = start(vec![one]).await;
        let refused = driver.refresh(&registration(), &Secret::new("r1")).await;
        let refused = refused.expect_err("no grant");
        assert_eq!(refused.to_string(), expect);
        refused
    };
    let revoked = r#"{"error": "invalid_grant", "error_description": "revoked"}"#;
    let lost = "the forge does not renew the token any more: invalid_grant: revoked";
    let lost = check(answer("400 Bad Request", revoked), lost).await;
    assert!(matches!(lost, Error::GrantLost { .. }));
    let unknown = r#"{"error": "invalid_client"}"#;
    let client = "the forge does not accept our OAuth client: invalid_client: ";
    let client = check(answer("401 Unauthorized", unknown), client).await;
    assert!(matches!(client, Error::ClientRefused { .. }));
    let odd = r#"{"error": "invalid_request", "error_description": "Missing parameter"}"#;
    let rejects = "the forge rejects the refresh of the token: invalid_request: Missing parameter";
    check(answer("400 Bad Request", odd), rejects).await;
    let down = "the forge is not available: the refresh of the token: status 502 Bad Gateway";
    check(answer("502 Bad Gateway", "<html>"), down).await;
    let busy = answer("429 Too Many Requests", "").header("Retry-After: 9");
    check(busy, "the forge asks us to wait 9 s").await;
    let page = answer("200 OK", "<html>").header("Content-Type: text/html");
    let html = "the forge is not available: the refresh of the token: a page of HTML where a token was promised";
    check(page, html).await;
}

#[tokio::test]
async fn a_project_lies_in_groups_of_groups_and_is_found_by_its_old_path() {
    let project_answer = r#"{"id": 7, "path_with_namespace": "canal/locks/engine", "default_branch": "main",
        "visibility": "private", "permissions": {"project_access": {"access_level": 30}, "group_access": {"access_level": 40}}}"#;
    let moved = answer("302 Found", "").header("Location: {origin}/api/v4/projects/7");
    let (double, driver) = start(vec![
        answer("200 OK", r#"{"id": 3, "username": "ada"}"#),
        moved,
        answer("200 OK", project_answer),
        answer(
            "405 Method Not Allowed",
            r#"{"message": "Non GET methods are not allowed for moved projects"}"#,
        ),
    ])
    .await;
    let who = driver.identity(&token()).await.expect("an identity");
    assert_eq!((&*who.id, &*who.login), ("3", "ada"));
    let old = RepositoryName::new("canal/engine");
    let found = driver.repository(access(&old)).await.expect("a project");
    assert_eq!((&*found.id, found.name), ("7", project()));
    assert_eq!((&*found.default_branch, found.private), ("main", true));
    assert_eq!((found.may_administer, found.may_report), (Some(true), Some(true)));
    let refused = driver.create_hook(access(&old), &target()).await.expect_err("moved");
    assert!(refused.to_string().ends_with("it has moved; use its new name"), "{refused}");
    assert_eq!(
        double.requests()[..3],
        [
            call("GET /api/v4/user"),
            call("GET /api/v4/projects/canal%2Fengine"),
            call("GET /api/v4/projects/7"),
        ]
    );
}

fn hook(id: u32, more: &str) -> String {
    format!(
        r#"{{"id": {id}, "url": "https://towpath.example/hooks/{id}", "push_events": true, "note_events": false{more}}}"#
    )
}

#[tokio::test]
async fn hooks_are_read_to_the_last_page_and_written_with_both_tokens() {
    let first = answer("200 OK", format!("[{}]", hook(1, r#", "alert_status": "disabled""#)))
        .header("x-next-page: 2");
    let keyed = answer("200 OK", format!("[{}]", hook(2, "")))
        .header(r#"Link: <https://other.example/x?per_page=100&id_after=2>; rel="next""#);
    let last = answer("200 OK", format!("[{}]", hook(3, r#", "signing_token_present": true"#)))
        .header("x-next-page: ");
    let made = || answer("201 Created", hook(4, r#", "signing_token_present": true"#));
    let (double, driver) = start(vec![
        first,
        keyed,
        last,
        made(),
        made(),
        answer("204 No Content", ""),
        answer("404 Not Found", "{}"),
        answer("201 Created", r#"{"message": "201 Created"}"#),
    ])
    .await;
    let name = project();
    let access = access(&name);
    let hooks = driver.hooks(access).await.expect("hooks");
    let seen: Vec<_> = hooks.iter().map(|it| (&*it.id, it.active, it.signs)).collect();
    assert_eq!(seen, [("1", false, false), ("2", true, false), ("3", true, true)]);
    assert_eq!(hooks[0].events, ["push_events"]);
    assert!(driver.create_hook(access, &target()).await.expect("a hook").signs);
    driver.update_hook(access, "4", &target()).await.expect("a hook");
    driver.delete_hook(access, "4").await.expect("gone");
    driver.delete_hook(access, "4").await.expect("gone already");
    assert_eq!(driver.ping_hook(access, "4").await.expect("a test"), Asked::Taken);
    assert!(driver.delete_hook(access, "../4").await.is_err());

    let hooks = "/api/v4/projects/canal%2Flocks%2Fengine/hooks";
    let secret = Secret::new("stored");
    let body = format!(
        concat!(
            r#"{{"branch_filter_strategy":"all_branches","enable_ssl_verification":true,"#,
            r#""issues_events":false,"job_events":false,"merge_requests_events":true,"#,
            r#""note_events":false,"pipeline_events":false,"push_events":true,"#,
            r#""push_events_branch_filter":"","releases_events":false,"signing_token":"{}","#,
            r#""tag_push_events":true,"token":"{}","url":"https://towpath.example/hooks/h","#,
            r#""wiki_page_events":false}}"#
        ),
        gitlab_signing_token(&secret).expose(),
        gitlab_token(&secret).expose(),
    );
    assert_eq!(
        double.requests(),
        [
            call(&format!("GET {hooks}?per_page=100&page=1")),
            call(&format!("GET {hooks}?per_page=100&page=2")),
            call(&format!("GET {hooks}?per_page=100&id_after=2")),
            call_with(&format!("POST {hooks}"), &body),
            call_with(&format!("PUT {hooks}/4"), &body),
            call(&format!("DELETE {hooks}/4")),
            call(&format!("DELETE {hooks}/4")),
            call(&format!("POST {hooks}/4/test/push_events")),
        ]
    );
}

#[tokio::test]
async fn deliveries_are_listed_and_sent_again() {
    let events = r#"[
        {"id": 12, "trigger": "push_hooks", "response_status": "internal error",
         "request_headers": {"Idempotency-Key": "k-12", "X-Gitlab-Event": "Push Hook"}},
        {"id": 11, "trigger": "tag_push_hooks", "response_status": "200", "request_headers": {}}]"#;
    let (double, driver) = start(vec![
        answer("200 OK", events),
        answer("201 Created", r#"{"response_status": 200}"#),
        answer("404 Not Found", "{}"),
        answer("200 OK", hook(4, "")),
    ])
    .await;
    let name = project();
    let access = access(&name);
    let list = driver.deliveries(access, "4", Timestamp(0)).await.expect("a list");
    let Deliveries::Listed(list) = list else { panic!("{list:?}") };
    let seen: Vec<_> = list.iter().map(|it| (&*it.id, &*it.event, it.was_taken())).collect();
    assert_eq!(seen, [("12", "Push Hook", false), ("11", "tag_push_hooks", true)]);
    assert_eq!(list[0].guid.as_deref(), Some("k-12"));
    assert_eq!(driver.redeliver(access, "4", "12").await.expect("asked"), Asked::Taken);
    // An older GitLab has no such list.
    let none = driver.deliveries(access, "4", Timestamp(0)).await.expect("an answer");
    assert_eq!(none, Deliveries::NotOffered);
    let hook = "/api/v4/projects/canal%2Flocks%2Fengine/hooks/4";
    assert_eq!(
        double.requests(),
        [
            call(&format!("GET {hook}/events?per_page=20&page=1")),
            call(&format!("POST {hook}/events/12/resend")),
            call(&format!("GET {hook}/events?per_page=20&page=1")),
            call(&format!("GET {hook}")),
        ]
    );
}

#[tokio::test]
async fn a_status_that_is_there_already_is_done() {
    let same = r#"{"message": "Cannot transition status via :run from :running (Reason(s): Status cannot transition via \"run\")"}"#;
    let (double, driver) = start(vec![
        answer("201 Created", "{}"),
        answer("400 Bad Request", same),
        answer("400 Bad Request", r#"{"message": {"name": ["is too long"]}}"#),
    ])
    .await;
    let status = |state| CommitStatus {
        state,
        context: "towpath/release".to_owned(),
        description: "ä".repeat(300),
        target_url: Some(url("https://towpath.example/console")),
        git_ref: Some(GitRef::tag("v1")),
    };
    let (name, commit) = (project(), CommitSha::new(SHA));
    let access = access(&name);
    let waiting = status(CommitState::Waiting);
    driver.set_status(access, &commit, &waiting).await.expect("a status");
    let pending = status(CommitState::Pending);
    driver.set_status(access, &commit, &pending).await.expect("the same status");
    let refused = driver.set_status(access, &commit, &status(CommitState::Stopped)).await;
    let Err(Error::Rejected { message, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(message, "name is too long");
    let body = |state: &str| {
        let description = format!("{}…", "ä".repeat(254));
        format!(
            r#"{{"description":"{description}","name":"towpath/release","ref":"v1","state":"{state}","target_url":"https://towpath.example/console"}}"#
        )
    };
    let line = format!("POST /api/v4/projects/canal%2Flocks%2Fengine/statuses/{SHA}");
    assert_eq!(
        double.requests(),
        [
            call_with(&line, &body("pending")),
            call_with(&line, &body("running")),
            call_with(&line, &body("canceled")),
        ]
    );
}

#[tokio::test]
async fn what_gitlab_refuses_is_told_apart() {
    let check = async |one: Answer, expect: &str| {
        let (_double, driver) = start(vec![one]).await;
        let refused = driver.hooks(access(&project())).await.expect_err("no hooks");
        assert_eq!(refused.to_string(), expect);
    };
    check(
        answer("403 Forbidden", r#"{"error": "insufficient_scope", "error_description": "More is needed", "scope": "api read_api"}"#),
        "the connection was granted less; the hooks of canal/locks/engine cannot be had without api or read_api: authorise it again with that",
    )
    .await;
    check(
        answer(
            "401 Unauthorized",
            r#"{"error": "invalid_token", "error_description": "Token was revoked."}"#,
        ),
        "the forge does not accept the token any more",
    )
    .await;
    let now = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
    check(
        answer("429 Too Many Requests", "Retry later")
            .header(now)
            .header("RateLimit-Reset: 784111807"),
        "the forge asks us to wait 30 s",
    )
    .await;
    check(
        answer("200 OK", "["),
        "the forge is not available: the hooks of canal/locks/engine: the answer breaks off",
    )
    .await;
    let elsewhere = answer("302 Found", "").header("Location: https://evil.example/api/v4/x");
    let (double, driver) = start(vec![elsewhere]).await;
    let refused = driver.hooks(access(&project())).await.expect_err("no hooks");
    assert!(matches!(refused, Error::Egress(_)), "{refused}");
    assert_eq!(double.requests().len(), 1);
}

#[test]
fn git_is_shown_the_token_as_a_password() {
    let driver = GitLab::self_managed(&url("https://git.example/gitlab"), client());
    let clone = driver.clone_url(&project()).expect("a URL");
    assert_eq!(clone.as_str(), "https://git.example/gitlab/canal/locks/engine.git");
    let page = driver.commit_page(&project(), &CommitSha::new(SHA)).expect("a URL");
    assert_eq!(
        page.as_str(),
        format!("https://git.example/gitlab/canal/locks/engine/-/commit/{SHA}")
    );
    // oauth2:t0ken
    assert_eq!(driver.git_authorization(&token()).expose(), "Basic b2F1dGgyOnQwa2Vu");
}
