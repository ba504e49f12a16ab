//! GitHub's habits, as stories; `forge.rs` has those that it shares with every kind.

mod place;

use domain::Secret;
use domain::connection::ProviderType;
use egress::{Method, Request, header};
use place::{CALLBACK, Place, query, understood};
use practice_forge::{
    Access, Config, Fate, Kind, NewPullRequest, Refresh, Restriction, TokenRules,
};
use serde_json::{Value, json};
use std::sync::atomic::Ordering::SeqCst;

const NAME: &str = "acme/app";
const REPOSITORY: &str = "api/v3/repos/acme/app";

async fn start() -> Place {
    Place::start(Kind::GitHub, NAME).await
}

async fn connect(place: &Place) -> Value {
    let app = place.register();
    let scope = "repo admin:repo_hook read:user";
    let asked = [("client_id", &*app.client_id), ("redirect_uri", CALLBACK), ("scope", scope)];
    let back = place.authorize("login/oauth/authorize", &asked).await.expect("sent back");
    let code = query(&back, "code");
    let form = [
        ("client_id", &*app.client_id),
        ("client_secret", app.client_secret.expose()),
        ("code", &*code),
    ];
    place.token("login/oauth/access_token", &form).await.1
}

async fn token(place: &Place) -> Secret {
    Secret::new(connect(place).await["access_token"].as_str().expect("a token"))
}

async fn hook(place: &Place) -> u64 {
    let config = json!({"url": place.hook_url, "content_type": "json", "secret": "s"});
    let body = json!({"name": "web", "events": ["push", "pull_request"], "config": config});
    let (status, made) = place.ask(Method::POST, &format!("{REPOSITORY}/hooks"), Some(body)).await;
    assert_eq!(status, 201, "{made}");
    place.forge.delivered(1).await;
    made["id"].as_u64().expect("an id")
}

#[tokio::test]
async fn an_oauth_apps_token_never_expires_and_an_apps_users_does() {
    let place = start().await;
    let grant = connect(&place).await;
    assert_eq!((grant.get("expires_in"), grant.get("refresh_token")), (None, None));

    let rules = TokenRules { access_seconds: Some(28_800), refresh: Refresh::Rotating };
    let place = Place::with(Config { token_rules: Some(rules), ..Config::default() }, NAME).await;
    let grant = connect(&place).await;
    assert_eq!(grant["expires_in"], 28_800);
    assert!(grant["refresh_token"].is_string());
}

#[tokio::test]
async fn an_organisation_may_keep_apps_out_and_may_want_saml() {
    let place = start().await;
    let token = token(&place).await;
    place.forge.restrict("acme", Some(Restriction::OAuthApps)).expect("restricted");
    assert_eq!(place.ask_as(&token, Method::GET, REPOSITORY, None).await.0, 404);
    let hooks = format!("{REPOSITORY}/hooks");
    let (status, said) = place.ask_as(&token, Method::POST, &hooks, Some(json!({}))).await;
    let message = said["message"].as_str().expect("a message");
    assert!(status == 403 && message.contains("OAuth App access restrictions"), "{said}");
    assert_eq!(place.ask(Method::GET, REPOSITORY, None).await.0, 200, "a person's own token");

    place.forge.restrict("acme", Some(Restriction::Saml)).expect("restricted");
    let asked = Request::new(Method::GET, place.url(REPOSITORY)).authorization("Bearer", &token);
    let answer = place.send(asked).await;
    let sso = answer.headers["x-github-sso"].to_str().expect("text");
    assert!(answer.status == 403 && sso.starts_with("required; url="), "{sso}");
}

#[tokio::test]
async fn an_old_name_leads_to_the_new_one_in_the_api_and_in_git() {
    let place = start().await;
    let id = place.get(REPOSITORY).await["id"].clone();
    place.forge.rename_repository(NAME, "acme/engine").expect("renamed");
    let found = place.get(REPOSITORY).await;
    assert_eq!((&found["id"], &found["full_name"]), (&id, &json!("acme/engine")));
    let head = place.get(&format!("{REPOSITORY}/git/ref/heads/main")).await;
    assert_eq!(head["ref"], "refs/heads/main");
    let token = place.forge.personal_token();
    let git = place.url("acme/app.git/info/refs?service=git-upload-pack");
    let answer = place.send(Request::new(Method::GET, git).authorization("Bearer", &token)).await;
    assert_eq!((answer.status.as_u16(), answer.url.path()), (200, "/acme/engine.git/info/refs"));
    let moved = Request::new(Method::DELETE, place.url(&format!("{REPOSITORY}/hooks/1")));
    assert_eq!(place.send(moved.authorization("Bearer", &token)).await.status, 307);
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let place = start().await;
    let token = place.forge.personal_token();
    let url = place.url(&format!("{REPOSITORY}/git/ref/heads/main"));
    let ask = |known: Option<&header::HeaderValue>| {
        let request = Request::new(Method::GET, url.clone()).authorization("Bearer", &token);
        known.map_or(request.clone(), |tag| request.header(header::IF_NONE_MATCH, tag.clone()))
    };
    let tag = place.send(ask(None)).await.headers[header::ETAG].clone();
    assert_eq!(place.send(ask(Some(&tag))).await.status, 304);
    place.push(NAME, "main").await;
    assert_eq!(place.send(ask(Some(&tag))).await.status, 200);
}

#[tokio::test]
async fn what_failed_is_found_in_the_list_and_never_sent_again_by_itself() {
    let place = start().await;
    let id = hook(&place).await;
    place.answers.store(503, SeqCst);
    for count in 0..8 {
        place.push(NAME, "main").await;
        place.forge.delivered(count + 2).await;
    }
    place.clock.step(100_000);
    assert_eq!(place.forge.send_due().await, 0);
    place.answers.store(200, SeqCst);
    place.push(NAME, "main").await;
    assert_eq!(place.forge.delivered(10).await[9].status_code, 200, "no failure disables it");

    let path = format!("{REPOSITORY}/hooks/{id}/deliveries");
    let failed = place.get(&format!("{path}?status=failure&per_page=5")).await;
    assert_eq!(failed.as_array().map(Vec::len), Some(5));
    let cursor = &failed[4]["id"];
    let rest = place.get(&format!("{path}?status=failure&per_page=5&cursor={cursor}")).await;
    assert_eq!(rest.as_array().map(Vec::len), Some(3));
    let attempt = format!("{path}/{}/attempts", rest[2]["id"]);
    assert_eq!(place.ask(Method::POST, &attempt, None).await.0, 202);
    assert_eq!(place.forge.delivered(11).await[10].guid, rest[2]["guid"].as_str().expect("an id"));
}

#[tokio::test]
async fn a_pull_request_of_the_api_from_opening_to_merging() {
    let place = start().await;
    place.forge.fork(NAME, "bob/app").await.expect("a fork");
    let head = place.push("bob/app", "feature").await;
    hook(&place).await;
    let pulls = format!("{REPOSITORY}/pulls");
    let new = json!({"title": "Faster", "head": "bob:feature", "base": "main"});
    let (status, opened) = place.ask(Method::POST, &pulls, Some(new)).await;
    assert_eq!((status, &opened["head"]["sha"]), (201, &json!(head)), "{opened}");
    place.forge.delivered(2).await;
    let second = place.push("bob/app", "feature").await;
    place.forge.delivered(3).await;
    let title = json!({"title": "Faster still"});
    assert_eq!(place.ask(Method::PATCH, &format!("{pulls}/1"), Some(title)).await.0, 200);
    place.forge.delivered(4).await;
    assert_eq!(place.ask(Method::PUT, &format!("{pulls}/1/merge"), None).await.0, 200);
    let sent = place.forge.delivered(6).await;
    let told = sent.iter().filter(|it| it.event == "pull_request");
    let rows: Vec<_> = told.map(|it| understood(ProviderType::GitHub, it, "s").remove(0)).collect();
    let actions: Vec<_> = rows.iter().filter_map(|it| it.action.as_deref()).collect();
    assert_eq!(actions, ["opened", "updated", "pr:edited", "merged"]);
    assert_eq!(
        (rows[1].before.as_deref(), rows[1].head.as_deref()),
        (Some(&*head), Some(&*second))
    );
    let push = sent.iter().rfind(|it| it.event == "push").expect("the merge is a push");
    assert_eq!(understood(ProviderType::GitHub, push, "s")[0].ref_name.as_deref(), Some("main"));
    let refused = place.ask(Method::PUT, &format!("{pulls}/1/merge"), None).await;
    assert_eq!(refused.0, 409);
    let state = json!({"state": "closed"});
    assert_eq!(place.ask(Method::PATCH, &format!("{pulls}/1"), Some(state)).await.0, 422);
}

#[tokio::test]
async fn of_more_than_three_tags_at_once_nobody_is_told() {
    let place = start().await;
    hook(&place).await;
    let head = place.get(&format!("{REPOSITORY}/commits/main")).await["sha"].clone();
    let head = head.as_str().expect("a hash");
    let tags: Vec<_> = (0..4).map(|it| format!("{head}:refs/tags/v{it}")).collect();
    let branch = format!("{head}:refs/heads/x");
    let refs: Vec<_> = tags.iter().chain([&branch]).map(String::as_str).collect();
    place.forge.push_refs(NAME, &refs).await.expect("a push");
    let sent = place.forge.delivered(6).await.split_off(1);
    let answered: Vec<_> = sent.iter().filter(|it| it.fate == Fate::Answered).collect();
    assert_eq!(answered.len(), 1);
    assert_eq!(
        understood(ProviderType::GitHub, answered[0], "s")[0].ref_name.as_deref(),
        Some("x")
    );
}

#[tokio::test]
async fn a_push_to_a_branch_of_no_pull_request_moves_none() {
    let place = start().await;
    place.push(NAME, "feature").await;
    let new = NewPullRequest {
        repository: NAME,
        target: "main",
        source_repository: NAME,
        source: "feature",
        title: "Faster",
    };
    place.forge.open_pull_request(new).await.expect("opened");
    let before = place.get(&format!("{REPOSITORY}/pulls/1")).await["head"]["sha"].clone();
    place.push(NAME, "other").await;
    assert_eq!(place.get(&format!("{REPOSITORY}/pulls/1")).await["head"]["sha"], before);
}

#[tokio::test]
async fn scopes_and_rights_decide_and_what_may_not_be_seen_is_not_there() {
    let place = start().await;
    place.forge.grant_only(Some("read:user"));
    let token = token(&place).await;
    let asked = Request::new(Method::GET, place.url(REPOSITORY)).authorization("Bearer", &token);
    let answer = place.send(asked).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["x-oauth-scopes"]),
        (404, &"read:user".parse().expect("a value"))
    );
    place.forge.allow(NAME, "practice", Access::Read).expect("allowed");
    assert_eq!(place.get(REPOSITORY).await["permissions"]["admin"], false);
    assert_eq!(place.ask(Method::GET, &format!("{REPOSITORY}/hooks"), None).await.0, 404);
    let head = place.get(&format!("{REPOSITORY}/commits/main")).await["sha"].clone();
    let path = format!("{REPOSITORY}/statuses/{}", head.as_str().expect("a hash"));
    assert_eq!(place.ask(Method::POST, &path, Some(json!({"state": "success"}))).await.0, 403);
}

#[tokio::test]
async fn a_grant_is_checked_and_revoked_by_the_app() {
    let place = start().await;
    let app = place.register();
    let asked = [("client_id", &*app.client_id), ("redirect_uri", CALLBACK), ("scope", "repo")];
    let back = place.authorize("login/oauth/authorize", &asked).await.expect("sent back");
    let code = query(&back, "code");
    let form = [
        ("client_id", &*app.client_id),
        ("client_secret", app.client_secret.expose()),
        ("code", &*code),
    ];
    let grant = place.token("login/oauth/access_token", &form).await.1;
    let call = async |method: Method, what: &str| {
        use base64::Engine;
        let pair = format!("{}:{}", app.client_id, app.client_secret.expose());
        let basic = Secret::new(base64::engine::general_purpose::STANDARD.encode(pair));
        let url = place.url(&format!("api/v3/applications/{}/{what}", app.client_id));
        let body = json!({"access_token": grant["access_token"]}).to_string();
        let asked = Request::new(method, url).authorization("Basic", &basic);
        place.send(asked.content("application/json", body)).await.status.as_u16()
    };
    assert_eq!(call(Method::POST, "token").await, 200);
    assert_eq!(call(Method::DELETE, "grant").await, 204);
    assert_eq!(call(Method::POST, "token").await, 404);
}
