//! What Bitbucket Server is asked, word for word, and what its answers are taken for.

mod double;

use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use double::{
    Answer, CALLBACK, Double, SHA, access, answer, call, call_with, client, form, registration,
    target, token, url,
};
use forges::{
    Asked, Authorization, BitbucketServer, CommitState, CommitStatus, Deliveries, Error, Exchange,
    Forge, Hooks, Protection, Redelivery, Repositories,
};

const API: &str = "/bitbucket/rest/api/latest";

/// One under a context path, as many are.
async fn start(answers: Vec<Answer>) -> (Double, BitbucketServer) {
    let double = Double::start(answers).await;
    let endpoint = double.url.join("/bitbucket").expect("a URL");
    (double, BitbucketServer::new(&endpoint, client()))
}

fn repository() -> RepositoryName {
    RepositoryName::new("~ada/engine")
}

#[tokio::test]
async fn the_code_flow_has_a_proof_and_its_tokens_are_renewed() {
    let granted = r#"{"access_token": "a2", "token_type": "bearer", "expires_in": 7200, "refresh_token": "r2", "scope": "REPO_ADMIN", "created_at": "1607635748"}"#;
    let (double, driver) = start(vec![answer("200 OK", granted), answer("200 OK", granted)]).await;
    let (client, redirect_uri) = (registration(), url(CALLBACK));
    let asked = driver.authorize_url(&client, "state", "challenge", &redirect_uri);
    assert_eq!(
        &asked[url::Position::BeforePath..],
        "/bitbucket/rest/oauth2/latest/authorize?client_id=app\
         &redirect_uri=https%3A%2F%2Ftowpath.example%2Foauth%2Fcallback%2Freg-1&response_type=code\
         &scope=REPO_ADMIN&state=state&code_challenge=challenge&code_challenge_method=S256"
    );
    let (code, verifier) = (Secret::new("c"), Secret::new("v"));
    let exchange = Exchange { code: &code, verifier: &verifier, redirect_uri: &redirect_uri };
    let grant = driver.exchange_code(&client, exchange).await.expect("a grant");
    assert_eq!(driver.missing_scopes(&grant.scopes), Vec::<&str>::new());
    assert_eq!(driver.missing_scopes(&["REPO_WRITE".to_owned()]), ["REPO_ADMIN"]);
    assert_eq!(driver.missing_scopes(&["SYSTEM_ADMIN".to_owned()]), Vec::<&str>::new());
    let next = driver.refresh(&client, &Secret::new("r1")).await.expect("a grant");
    assert!(next.refresh_token.is_some());
    let callback = "https%3A%2F%2Ftowpath.example%2Foauth%2Fcallback%2Freg-1";
    let token = "/bitbucket/rest/oauth2/latest/token";
    assert_eq!(
        double.requests(),
        [
            form(
                token,
                &format!(
                    "grant_type=authorization_code&code=c&redirect_uri={callback}&code_verifier=v\
                     &client_id=app&client_secret=s%26cret"
                ),
            ),
            form(
                token,
                "grant_type=refresh_token&refresh_token=r1&client_id=app&client_secret=s%26cret",
            ),
        ]
    );
}

#[tokio::test]
async fn who_one_is_stands_outside_the_api() {
    let (double, driver) = start(vec![
        answer("200 OK", "ada.l\n").header("Content-Type: text/plain"),
        answer("200 OK", r#"{"id": 101, "name": "ada.l", "slug": "ada.l"}"#),
        answer("200 OK", "").header("Content-Type: text/plain"),
    ])
    .await;
    let who = driver.identity(&token()).await.expect("an identity");
    assert_eq!((&*who.id, &*who.login), ("101", "ada.l"));
    let nobody = driver.identity(&token()).await;
    assert!(matches!(nobody, Err(Error::Unauthorised)), "{nobody:?}");
    assert_eq!(
        double.requests()[..2],
        [
            call("GET /bitbucket/plugins/servlet/applinks/whoami"),
            call(&format!("GET {API}/users/ada.l")),
        ]
    );
}

#[tokio::test]
async fn a_repository_its_branch_and_the_rights_in_it_take_three_questions() {
    let found = r#"{"id": 7, "slug": "engine", "name": "Engine & Co", "project": {"key": "~ADA"}, "public": false}"#;
    let other =
        r#"{"id": 8, "slug": "engine-2", "name": "Engine & Co 2", "project": {"key": "~ADA"}}"#;
    let (double, driver) = start(vec![
        answer("200 OK", found),
        answer("200 OK", r#"{"id": "refs/heads/main", "displayId": "main"}"#),
        answer(
            "200 OK",
            format!(r#"{{"values": [{other}], "isLastPage": false, "nextPageStart": 5}}"#),
        ),
        answer("200 OK", format!(r#"{{"values": [{found}], "isLastPage": true}}"#)),
        answer("200 OK", found),
        answer("204 No Content", ""),
        answer("200 OK", r#"{"values": [], "isLastPage": true}"#),
    ])
    .await;
    let info = driver.repository(access(&repository())).await.expect("a repository");
    assert_eq!((&*info.id, info.name.as_str()), ("7", "~ADA/engine"));
    assert_eq!((&*info.default_branch, info.private), ("main", true));
    assert_eq!((info.may_administer, info.may_report), (Some(true), Some(true)));
    let empty = driver.repository(access(&repository())).await.expect("a repository");
    assert_eq!((&*empty.default_branch, empty.may_administer), ("", Some(false)));
    let rights = "permission=REPO_ADMIN&projectkey=~ADA&name=Engine%20%26%20Co&limit=100";
    let second = "permission=REPO_ADMIN&projectkey=%7EADA&name=Engine+%26+Co&limit=100&start=5";
    assert_eq!(
        double.requests()[..4],
        [
            call(&format!("GET {API}/projects/~ada/repos/engine")),
            call(&format!("GET {API}/projects/~ada/repos/engine/branches/default")),
            call(&format!("GET {API}/repos?{rights}")),
            call(&format!("GET {API}/repos?{second}")),
        ]
    );
}

fn hook(id: u32) -> String {
    format!(
        r#"{{"id": {id}, "name": "Towpath", "url": "https://towpath.example/hooks/h?a=b", "active": true, "events": ["repo:refs_changed"], "configuration": {{"secret": "stored"}}}}"#
    )
}

#[tokio::test]
async fn hooks_are_read_to_the_last_page_written_and_tried() {
    let (double, driver) = start(vec![
        answer(
            "200 OK",
            format!(r#"{{"values": [{}], "isLastPage": false, "nextPageStart": 40}}"#, hook(1)),
        ),
        answer(
            "200 OK",
            format!(r#"{{"values": [{}], "isLastPage": true, "nextPageStart": null}}"#, hook(2)),
        ),
        answer("201 Created", hook(3)),
        answer("200 OK", hook(3)),
        answer("200 OK", hook(3)),
        answer("200 OK", "{}"),
        answer("204 No Content", ""),
        answer("404 Not Found", "{}"),
    ])
    .await;
    let name = repository();
    let access = access(&name);
    let hooks = driver.hooks(access).await.expect("hooks");
    let seen: Vec<_> = hooks.iter().map(|it| (&*it.id, it.active, it.signs)).collect();
    assert_eq!(seen, [("1", true, true), ("2", true, true)]);
    driver.create_hook(access, &target()).await.expect("a hook");
    driver.update_hook(access, "3", &target()).await.expect("a hook");
    assert_eq!(driver.ping_hook(access, "3").await.expect("a test"), Asked::Taken);
    driver.delete_hook(access, "3").await.expect("gone");
    driver.delete_hook(access, "3").await.expect("gone already");
    let hooks = format!("{API}/projects/~ada/repos/engine/webhooks");
    let body = concat!(
        r#"{"active":true,"configuration":{"secret":"stored"},"events":["repo:refs_changed","#,
        r#""pr:opened","pr:from_ref_updated","pr:modified","pr:merged","pr:declined","#,
        r#""pr:deleted","repo:modified"],"name":"Towpath","sslVerificationRequired":true,"#,
        r#""url":"https://towpath.example/hooks/h"}"#
    );
    let test = "test?webhookId=3&url=https%3A%2F%2Ftowpath.example%2Fhooks%2Fh%3Fa%3Db";
    assert_eq!(
        double.requests(),
        [
            call(&format!("GET {hooks}?limit=100")),
            call(&format!("GET {hooks}?limit=100&start=40")),
            call_with(&format!("POST {hooks}"), body),
            call_with(&format!("PUT {hooks}/3"), body),
            call(&format!("GET {hooks}/3")),
            call_with(&format!("POST {hooks}/{test}"), "{}"),
            call(&format!("DELETE {hooks}/3")),
            call(&format!("DELETE {hooks}/3")),
        ]
    );
}

#[tokio::test]
async fn only_the_last_delivery_is_known_and_none_is_sent_again() {
    let last = r#"{"id": 9, "event": "repo:refs_changed", "start": 1700000000000, "finish": 1700000000100,
        "request": {"method": "POST"}, "result": {"description": "503", "outcome": "FAILURE"}}"#;
    let unreachable = r#"{"id": 10, "event": "pr:opened", "start": 1700000000000,
        "result": {"description": "Connection refused", "outcome": "ERROR"}}"#;
    let (double, driver) = start(vec![
        answer("200 OK", last),
        answer("200 OK", unreachable),
        answer("204 No Content", ""),
    ])
    .await;
    let name = repository();
    let access = access(&name);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let found = driver.deliveries(access, "3", Timestamp(0)).await.expect("an answer");
        let Deliveries::Last(last) = found else { panic!("{found:?}") };
        seen.push(last.map(|it| (it.event, it.status, it.at)));
    }
    let at = Some(Timestamp(1_700_000_000_000));
    let expect = [
        Some(("repo:refs_changed".to_owned(), Some(503), at)),
        Some(("pr:opened".to_owned(), None, at)),
        None,
    ];
    assert_eq!(seen, expect);
    let again = driver.redeliver(access, "3", "9").await.expect("an answer");
    assert_eq!(again, Asked::NotOffered);
    let line = format!("GET {API}/projects/~ada/repos/engine/webhooks/3/latest");
    assert_eq!(double.requests(), vec![call(&line); 3]);
}

#[tokio::test]
async fn a_status_always_has_a_link_that_fits() {
    let (double, driver) = start(vec![answer("204 No Content", "")]).await;
    let status = CommitStatus {
        state: CommitState::Failed,
        context: "towpath/release".to_owned(),
        description: "Build failed".to_owned(),
        target_url: Some(url(&format!("https://towpath.example/{}", "x".repeat(500)))),
        git_ref: Some(GitRef::branch("main")),
    };
    let commit = CommitSha::new(SHA);
    driver.set_status(access(&repository()), &commit, &status).await.expect("a status");
    let page = format!("{}bitbucket/projects/~ada/repos/engine/commits/{SHA}", double.url);
    let body = format!(
        r#"{{"description":"Build failed","key":"towpath/release","name":"towpath/release","ref":"refs/heads/main","state":"FAILED","url":"{page}"}}"#
    );
    let line = format!("POST {API}/projects/~ada/repos/engine/commits/{SHA}/builds");
    assert_eq!(double.requests(), [call_with(&line, &body)]);
}

#[test]
fn git_is_shown_the_token_as_a_password() {
    let driver = BitbucketServer::new(&url("https://git.example/bitbucket"), client());
    let clone = driver.clone_url(&RepositoryName::new("CANAL/engine")).expect("a URL");
    assert_eq!(clone.as_str(), "https://git.example/bitbucket/scm/CANAL/engine.git");
    // x-token-auth:t0ken
    assert_eq!(driver.git_authorization(&token()).expose(), "Basic eC10b2tlbi1hdXRoOnQwa2Vu");
}

#[tokio::test]
async fn a_ref_is_protected_by_a_permission_that_matches_it() {
    let rule = |kind: &str, matcher: &str, id: &str| {
        format!(
            r#"{{"id": 1, "type": "{kind}", "matcher": {{"id": "{id}", "displayId": "x", "type": {{"id": "{matcher}", "name": "x"}}, "active": true}}, "users": [], "groups": []}}"#
        )
    };
    let page = |rules: &[String]| {
        answer("200 OK", format!(r#"{{"isLastPage": true, "values": [{}]}}"#, rules.join(", ")))
    };
    let refused = r#"{"errors": [{"message": "You are not permitted", "exceptionName": "com.atlassian.bitbucket.AuthorisationException"}]}"#;
    let (double, driver) = start(vec![
        page(&[rule("no-deletes", "BRANCH", "refs/heads/main")]),
        page(&[rule("pull-request-only", "BRANCH", "refs/heads/main")]),
        page(&[rule("fast-forward-only", "PATTERN", "ma*")]),
        page(&[rule("read-only", "MODEL_BRANCH", "production")]),
        answer("401 Unauthorized", refused),
    ])
    .await;
    for expect in [Some(false), Some(true), Some(true), None, None] {
        let said = driver.is_protected(access(&repository()), &GitRef::branch("main")).await;
        assert_eq!(said.expect("an answer"), expect);
    }
    let permissions = "/bitbucket/rest/branch-permissions/2.0/projects/~ada/repos/engine";
    let asked = call(&format!("GET {permissions}/restrictions?limit=100"));
    assert_eq!(double.requests(), [&*asked; 5]);
}
