//! GitLab's habits, as stories.

mod place;

use domain::Secret;
use domain::connection::ProviderType;
use egress::Method;
use place::{CALLBACK, Place, body, header, query, understood};
use practice_forge::{Access, Config, Consent, Fate, Kind, NewPullRequest};
use serde_json::{Value, json};
use std::sync::atomic::Ordering::SeqCst;

const NAME: &str = "group/sub/app";
const PROJECT: &str = "api/v4/projects/group%2Fsub%2Fapp";
const SIGNING: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

async fn start() -> Place {
    Place::start(Kind::GitLab, NAME).await
}

async fn hook(place: &Place, extra: Value) -> u64 {
    let mut asked = json!({
        "url": place.hook_url,
        "push_events": true,
        "tag_push_events": true,
        "merge_requests_events": true,
    });
    extra.as_object().into_iter().flatten().for_each(|(name, it)| asked[name] = it.clone());
    let (status, made) = place.ask(Method::POST, &format!("{PROJECT}/hooks"), Some(asked)).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_u64().expect("an id")
}

/// A pair of tokens for the signed-in user; PKCE's verifier is forty-three `v`s.
async fn connect(place: &Place) -> (practice_forge::RegisteredApp, Value) {
    let app = place.register();
    let asked = [
        ("client_id", app.client_id.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "api"),
        ("state", "s-1"),
        ("code_challenge", &"v".repeat(43)),
        ("code_challenge_method", "plain"),
    ];
    let back = place.authorize("oauth/authorize", &asked).await.expect("sent back");
    assert_eq!(query(&back, "state"), "s-1");
    let (code, verifier) = (query(&back, "code"), "v".repeat(43));
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", &app.client_id),
        ("client_secret", app.client_secret.expose()),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", &verifier),
    ];
    let (status, pair) = place.token("oauth/token", &form).await;
    assert_eq!(status, 200, "{pair}");
    (app, pair)
}

async fn refresh(place: &Place, app: &practice_forge::RegisteredApp, with: &Value) -> (u16, Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", app.client_id.as_str()),
        ("client_secret", app.client_secret.expose()),
        ("refresh_token", with.as_str().expect("a token")),
        ("redirect_uri", CALLBACK),
    ];
    place.token("oauth/token", &form).await
}

async fn works(place: &Place, pair: &Value) -> u16 {
    let token = Secret::new(pair["access_token"].as_str().expect("a token"));
    place.ask_as(&token, Method::GET, "api/v4/user", None).await.0
}

#[tokio::test]
async fn each_refresh_ends_the_pair_before_it_and_a_spent_one_ends_all() {
    let place = start().await;
    let (app, first) = connect(&place).await;
    assert_eq!((&first["expires_in"], &first["scope"]), (&json!(7200), &json!("api")));
    assert_eq!(works(&place, &first).await, 200);

    let (status, second) = refresh(&place, &app, &first["refresh_token"]).await;
    assert_eq!(status, 200);
    assert_eq!((works(&place, &first).await, works(&place, &second).await), (401, 200));

    let (status, refused) = refresh(&place, &app, &first["refresh_token"]).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
    assert_eq!(works(&place, &second).await, 401, "the whole family is gone");
    assert_eq!(refresh(&place, &app, &second["refresh_token"]).await.0, 400);
}

#[tokio::test]
async fn an_access_token_expires_by_the_clock_and_the_refresh_token_does_not() {
    let place = start().await;
    let (app, first) = connect(&place).await;
    place.clock.step(7199);
    assert_eq!(works(&place, &first).await, 200);
    place.clock.step(1);
    assert_eq!(works(&place, &first).await, 401);
    let (status, second) = refresh(&place, &app, &first["refresh_token"]).await;
    assert_eq!((status, works(&place, &second).await), (200, 200));
    place.forge.revoke_user("practice");
    assert_eq!(works(&place, &second).await, 401);

    let (app, third) = connect(&place).await;
    let form = [
        ("client_id", app.client_id.as_str()),
        ("client_secret", app.client_secret.expose()),
        ("token", third["access_token"].as_str().expect("a token")),
    ];
    assert_eq!(place.token("oauth/revoke", &form).await.0, 200);
    assert_eq!(refresh(&place, &app, &third["refresh_token"]).await.0, 400, "its whole grant");
}

#[tokio::test]
async fn a_handshake_that_is_not_as_registered_gives_nothing() {
    let place = start().await;
    let app = place.register();
    let asked = |redirect_uri: &'static str| {
        [("client_id", app.client_id.clone()), ("redirect_uri", redirect_uri.to_owned())]
    };
    for wrong in
        ["http://127.0.0.1:1/oauth/callback/reg-1/x", "http://evil.example/oauth/callback/reg-1"]
    {
        let asked = asked(wrong);
        let asked: Vec<_> = asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(place.authorize("oauth/authorize", &asked).await, Err(400), "{wrong}");
    }
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", app.client_id.as_str()),
        ("client_secret", "another"),
        ("code", "c"),
    ];
    let (status, refused) = place.token("oauth/token", &form).await;
    assert_eq!((status, &refused["error"]), (401, &json!("invalid_client")));
}

#[tokio::test]
async fn a_user_may_refuse_and_another_may_be_signed_in() {
    let place = start().await;
    place.forge.add_user("bob").expect("a user");
    place.forge.sign_in("bob").expect("signed in");
    let (_, pair) = connect(&place).await;
    let token = Secret::new(pair["access_token"].as_str().expect("a token"));
    let (_, user) = place.ask_as(&token, Method::GET, "api/v4/user", None).await;
    assert_eq!(user["username"], "bob");

    place.forge.consent(Consent::Refused);
    let app = place.register();
    let path =
        format!("oauth/authorize?client_id={}&state=s&redirect_uri={CALLBACK}", app.client_id);
    let back = place.browse(&path).await.expect("sent back");
    assert_eq!((&*query(&back, "error"), &*query(&back, "state")), ("access_denied", "s"));
}

#[tokio::test]
async fn a_project_is_found_by_its_path_and_by_its_number_and_after_it_moved() {
    let place = start().await;
    let by_path = place.get(PROJECT).await;
    let id = by_path["id"].as_u64().expect("an id");
    assert_eq!(place.get(&format!("api/v4/projects/{id}")).await, by_path);
    assert_eq!(by_path["path_with_namespace"], NAME);
    assert_eq!(by_path["permissions"]["project_access"]["access_level"], 40);

    place.forge.rename_repository(NAME, "group/engine").expect("renamed");
    let moved = place.get(PROJECT).await;
    assert_eq!((&moved["id"], &moved["path_with_namespace"]), (&json!(id), &json!("group/engine")));
    let path = format!("{PROJECT}/hooks");
    let (status, refused) = place.ask(Method::POST, &path, Some(json!({}))).await;
    assert_eq!(status, 405, "{refused}");
}

#[tokio::test]
async fn lists_come_in_pages_and_tags_know_their_commit() {
    let place = start().await;
    let head = place.push(NAME, "main").await;
    for branch in ["feature/one", "feature/two"] {
        place.push(NAME, branch).await;
    }
    place.forge.push_tag(NAME, "v1", &head.as_str().into(), Some("One")).await.expect("a tag");
    let tag = place.get(&format!("{PROJECT}/repository/tags/v1")).await;
    assert_eq!(tag["commit"]["id"], head);
    assert_ne!(tag["target"], head);
    let branch = place.get(&format!("{PROJECT}/repository/branches/feature%2Fone")).await;
    assert_eq!(branch["name"], "feature/one");

    let path = format!("{PROJECT}/repository/branches?per_page=2");
    let token = place.forge.personal_token();
    let asked = egress::Request::new(Method::GET, place.url(&path)).authorization("Bearer", &token);
    let answer = place.send(asked).await;
    assert_eq!(
        (&answer.headers["x-next-page"], &answer.headers["x-total"]),
        (&"2".parse().expect("a value"), &"3".parse().expect("a value"))
    );
    assert!(answer.headers["link"].to_str().expect("text").contains("page=2>; rel=\"next\""));
}

#[tokio::test]
async fn a_status_that_says_the_same_again_is_refused() {
    let place = start().await;
    let head = place.push(NAME, "main").await;
    let set = async |state: &str| {
        let body = json!({"state": state, "name": "towpath/p", "description": "d"});
        let path = format!("{PROJECT}/statuses/{head}");
        let (status, answer) = place.ask(Method::POST, &path, Some(body)).await;
        (status, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(set("running").await.0, 201);
    let (status, message) = set("running").await;
    assert_eq!(status, 400);
    assert!(message.starts_with("Cannot transition status via :run from :running"), "{message}");
    assert_eq!(set("success").await.0, 201);
    assert_eq!(set("running").await.0, 201, "what has ended may begin again");
    assert_eq!(place.forge.statuses().len(), 1);
    assert_eq!(set("done").await.0, 400);
}

#[tokio::test]
async fn deliveries_carry_the_token_and_are_signed_where_there_is_a_signing_token() {
    let place = start().await;
    hook(&place, json!({"token": "t", "signing_token": SIGNING})).await;
    let head = place.push(NAME, "main").await;
    let sent = place.forge.delivered(1).await.remove(0);
    assert_eq!(
        (header(&sent, "X-Gitlab-Event"), header(&sent, "X-Gitlab-Token")),
        ("Push Hook", "t")
    );
    assert_eq!(header(&sent, "webhook-id"), header(&sent, "Idempotency-Key"));
    let row = understood(ProviderType::GitLab, &sent, SIGNING).remove(0);
    assert_eq!((&*row.kind, row.head.as_deref()), ("push", Some(&*head)));
    assert_eq!(row.repo.as_deref(), Some(NAME));

    // With the flag off the signing token is ignored, and nobody is told but who looks.
    let other = start().await;
    other.forge.sign_hooks(false);
    let id = hook(&other, json!({"token": "t", "signing_token": SIGNING})).await;
    let shown = other.get(&format!("{PROJECT}/hooks/{id}")).await;
    assert_eq!(
        (&shown["token_present"], &shown["signing_token_present"]),
        (&json!(true), &json!(false))
    );
    other.push(NAME, "main").await;
    let sent = other.forge.delivered(1).await.remove(0);
    assert_eq!(header(&sent, "webhook-signature"), "");
    understood(ProviderType::GitLab, &sent, "t");
}

#[tokio::test]
async fn another_url_takes_the_tokens_away() {
    let place = start().await;
    let id = hook(&place, json!({"token": "t", "signing_token": SIGNING})).await;
    let path = format!("{PROJECT}/hooks/{id}");
    let (_, kept) = place.ask(Method::PUT, &path, Some(json!({"url": place.hook_url}))).await;
    assert_eq!(kept["token_present"], true);
    let elsewhere = json!({"url": "http://127.0.0.1:9/x"});
    let (_, lost) = place.ask(Method::PUT, &path, Some(elsewhere)).await;
    assert_eq!(
        (&lost["token_present"], &lost["signing_token_present"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn one_delivery_a_ref_and_none_for_more_than_three() {
    let place = start().await;
    hook(&place, json!({"token": "t"})).await;
    let head = place.push(NAME, "main").await;
    let refs = |names: &[&str]| {
        names.iter().map(|it| format!("{head}:refs/heads/{it}")).collect::<Vec<_>>()
    };
    let push = async |names: &[&str]| {
        let refs = refs(names);
        let refs: Vec<_> = refs.iter().map(String::as_str).collect();
        place.forge.push_refs(NAME, &refs).await.expect("a push");
    };
    push(&["a", "b", "c"]).await;
    let three = place.forge.delivered(4).await.split_off(1);
    let named: Vec<_> = three.iter().map(|it| body(it)["ref"].clone()).collect();
    assert_eq!(named, ["refs/heads/a", "refs/heads/b", "refs/heads/c"]);

    push(&["d", "e", "f", "g"]).await;
    let skipped = place.forge.delivered(5).await.remove(4);
    assert_eq!(skipped.fate, Fate::Skipped);
    let listed = place.get(&format!("{PROJECT}/hooks")).await;
    let listed = listed[0]["id"].as_u64().expect("an id");
    let events = place.get(&format!("{PROJECT}/hooks/{listed}/events")).await;
    assert_eq!(events.as_array().map(Vec::len), Some(4), "its own list does not show it");
}

#[tokio::test]
async fn tags_and_deletions_are_told_as_what_they_are() {
    let place = start().await;
    hook(&place, json!({"token": "t"})).await;
    let head = place.push(NAME, "main").await;
    place.forge.push_tag(NAME, "v1", &head.as_str().into(), Some("One")).await.expect("a tag");
    place.forge.push_tag(NAME, "v2", &head.as_str().into(), None).await.expect("a tag");
    place.forge.push_ref(NAME, ":refs/tags/v1").await.expect("a deletion");
    let sent = place.forge.delivered(4).await.split_off(1);
    let annotated = body(&sent[0]);
    assert_eq!(annotated["checkout_sha"], head);
    assert_ne!(annotated["after"], head);
    assert_eq!(body(&sent[1])["after"], head);
    let rows: Vec<_> =
        sent.iter().map(|it| understood(ProviderType::GitLab, it, "t").remove(0)).collect();
    let kinds: Vec<_> = rows.iter().map(|it| (&*it.kind, it.head.as_deref())).collect();
    assert_eq!(kinds, [("tag", Some(&*head)), ("tag", Some(&*head)), ("tag_delete", None)]);
}

#[tokio::test]
async fn a_merge_request_from_a_fork_from_opening_to_merging() {
    let place = start().await;
    place.forge.fork(NAME, "bob/app").await.expect("a fork");
    let head = place.push("bob/app", "feature").await;
    hook(&place, json!({"token": "t"})).await;
    let new = NewPullRequest {
        repository: NAME,
        target: "main",
        source_repository: "bob/app",
        source: "feature",
        title: "Faster",
    };
    let number = place.forge.open_pull_request(new).await.expect("opened");
    let second = place.push("bob/app", "feature").await;
    place.push(NAME, "next").await;
    place.forge.retarget(NAME, number, "next").await.expect("retargeted");
    place.forge.retitle(NAME, number, "Faster still").expect("retitled");
    place.forge.close_pull_request(NAME, number).expect("closed");
    place.forge.reopen_pull_request(NAME, number).expect("reopened");
    let merged = place.forge.merge_pull_request(NAME, number).await.expect("merged");

    let sent = place.forge.delivered(9).await;
    let requests = sent.iter().filter(|it| it.event == "Merge Request Hook");
    let rows: Vec<_> =
        requests.map(|it| understood(ProviderType::GitLab, it, "t").remove(0)).collect();
    let mut actions: Vec<_> = rows.iter().map(|it| it.action.clone().unwrap_or_default()).collect();
    actions.sort();
    let expect = ["closed", "merged", "opened", "reopened", "updated"];
    expect
        .iter()
        .for_each(|it| assert!(actions.iter().any(|found| found == it), "{it}: {actions:?}"));
    let opened = rows.iter().find(|it| it.action.as_deref() == Some("opened")).expect("opened");
    assert_eq!((opened.head.as_deref(), opened.fork), (Some(&*head), Some(true)));
    let updated = rows.iter().find(|it| it.action.as_deref() == Some("updated")).expect("updated");
    assert_eq!(
        (updated.before.as_deref(), updated.head.as_deref()),
        (Some(&*head), Some(&*second))
    );

    let shown = place.get(&format!("{PROJECT}/merge_requests/{number}")).await;
    assert_eq!((&shown["state"], &shown["merge_commit_sha"]), (&json!("merged"), &json!(merged)));
    let refs = std::process::Command::new("git")
        .args(["rev-parse", "refs/merge-requests/1/head"])
        .current_dir(place.forge.folder(NAME).expect("a folder"))
        .output()
        .expect("git");
    assert_eq!(String::from_utf8_lossy(&refs.stdout).trim(), second);
}

#[tokio::test]
async fn a_hook_that_fails_is_left_alone_until_a_test_mends_it() {
    let place = start().await;
    let id = hook(&place, json!({"token": "t"})).await;
    place.answers.store(500, SeqCst);
    for count in 1..=4 {
        place.push(NAME, &format!("b{count}")).await;
        place.forge.delivered(count).await;
    }
    let state = async || place.get(&format!("{PROJECT}/hooks/{id}")).await["alert_status"].clone();
    assert_eq!(state().await, "temporarily_disabled");
    place.push(NAME, "b5").await;
    assert_eq!(place.forge.delivered(5).await[4].fate, Fate::Skipped);
    place.clock.step(60);
    place.push(NAME, "b6").await;
    assert_eq!(place.forge.delivered(6).await[5].fate, Fate::Answered, "a minute has passed");

    place.answers.store(200, SeqCst);
    let test = format!("{PROJECT}/hooks/{id}/test/push_events");
    assert_eq!(place.ask(Method::POST, &test, None).await.0, 201);
    assert_eq!(state().await, "executable");
    place.push(NAME, "b7").await;
    assert_eq!(place.forge.delivered(8).await[7].status_code, 200);
}

#[tokio::test]
async fn what_failed_is_listed_and_resent_under_its_id() {
    let place = start().await;
    let id = hook(&place, json!({"token": "t"})).await;
    place.answers.store(503, SeqCst);
    place.push(NAME, "main").await;
    let failed = place.forge.delivered(1).await.remove(0);
    place.answers.store(200, SeqCst);
    place.push(NAME, "main").await;
    place.forge.delivered(2).await;
    let events = format!("{PROJECT}/hooks/{id}/events");
    let listed = place.get(&format!("{events}?status=server_failure")).await;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["response_status"], "503");
    let resend = format!("{events}/{}/resend", listed[0]["id"]);
    assert_eq!(place.ask(Method::POST, &resend, None).await.0, 201);
    let again = place.forge.delivered(3).await.remove(2);
    assert_eq!((again.guid, again.body, again.status_code), (failed.guid, failed.body, 200));
}

#[tokio::test]
async fn rights_decide_what_is_shown_and_done() {
    let place = start().await;
    place.forge.allow(NAME, "practice", Access::Write).expect("allowed");
    assert_eq!(place.get(PROJECT).await["permissions"]["project_access"]["access_level"], 30);
    assert_eq!(place.ask(Method::GET, &format!("{PROJECT}/hooks"), None).await.0, 403);
    place.forge.allow(NAME, "practice", Access::None).expect("allowed");
    assert_eq!(place.ask(Method::GET, PROJECT, None).await.0, 404);
}

#[tokio::test]
async fn an_oauth_token_fetches_as_oauth2_only() {
    let place = Place::with(Config { kind: Kind::GitLab, ..Config::default() }, NAME).await;
    let (_, pair) = connect(&place).await;
    let token = pair["access_token"].as_str().expect("a token");
    let fetch = async |user: &str| {
        use base64::Engine;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{token}"));
        let url = place.url(&format!("{NAME}.git/info/refs?service=git-upload-pack"));
        let asked =
            egress::Request::new(Method::GET, url).authorization("Basic", &Secret::new(basic));
        place.send(asked).await.status.as_u16()
    };
    assert_eq!((fetch("oauth2").await, fetch("practice").await), (200, 401));
}
