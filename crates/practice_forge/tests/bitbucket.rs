//! Bitbucket Cloud's habits, as stories.

mod place;

use domain::Secret;
use domain::connection::ProviderType;
use egress::Method;
use place::{CALLBACK, Place, body, header, query, understood};
use practice_forge::{Access, Config, Fate, Kind, NewCommit, NewPullRequest, Refresh, TokenRules};
use serde_json::{Value, json};
use std::sync::atomic::Ordering::SeqCst;

const NAME: &str = "team/app";
const REPOSITORY: &str = "2.0/repositories/team/app";
const EVENTS: [&str; 5] = [
    "repo:push",
    "pullrequest:created",
    "pullrequest:updated",
    "pullrequest:fulfilled",
    "pullrequest:rejected",
];

async fn start() -> Place {
    Place::start(Kind::Bitbucket, NAME).await
}

async fn hook(place: &Place, secret: Option<&str>) -> String {
    let mut asked =
        json!({"description": "d", "url": place.hook_url, "active": true, "events": EVENTS});
    secret.iter().for_each(|secret| asked["secret"] = json!(secret));
    let (status, made) = place.ask(Method::POST, &format!("{REPOSITORY}/hooks"), Some(asked)).await;
    assert_eq!((status, &made["secret_set"]), (201, &json!(secret.is_some())), "{made}");
    made["uuid"].as_str().expect("a UUID").to_owned()
}

/// A pair of tokens; the client goes by HTTP Basic and names no scopes.
async fn connect(place: &Place) -> (practice_forge::RegisteredApp, Value) {
    let app = place.register();
    let below = format!("{CALLBACK}/more");
    let asked = [("client_id", &*app.client_id), ("redirect_uri", &*below), ("state", "s")];
    let back = place.authorize("site/oauth2/authorize", &asked).await.expect("sent back");
    assert_eq!(back.path(), "/oauth/callback/reg-1/more");
    let code = query(&back, "code");
    let form = [("grant_type", "authorization_code"), ("code", &*code), ("redirect_uri", &*below)];
    let (status, pair) = place.token_as("site/oauth2/access_token", Some(&app), &form).await;
    assert_eq!(status, 200, "{pair}");
    (app, pair)
}

async fn refresh(place: &Place, app: &practice_forge::RegisteredApp, pair: &Value) -> (u16, Value) {
    let with = pair["refresh_token"].as_str().expect("a token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", with)];
    place.token_as("site/oauth2/access_token", Some(app), &form).await
}

#[tokio::test]
async fn tokens_have_scopes_in_the_plural_and_rotate() {
    let place = start().await;
    let (app, first) = connect(&place).await;
    assert_eq!(first["scopes"], "account repository:write pullrequest:write webhook");
    let token = Secret::new(first["access_token"].as_str().expect("a token"));
    let (_, user) = place.ask_as(&token, Method::GET, "2.0/user", None).await;
    assert_eq!(user["nickname"], "practice");
    let (status, second) = refresh(&place, &app, &first).await;
    assert_eq!(status, 200);
    assert_eq!(refresh(&place, &app, &first).await.0, 400, "spent");
    assert_eq!(refresh(&place, &app, &second).await.0, 400, "and its family with it");
}

#[tokio::test]
async fn a_refresh_token_may_be_told_to_stay() {
    let rules = TokenRules { access_seconds: Some(60), refresh: Refresh::Kept };
    let config = Config { kind: Kind::Bitbucket, token_rules: Some(rules), ..Config::default() };
    let place = Place::with(config, NAME).await;
    let (app, first) = connect(&place).await;
    for _ in 0..2 {
        let (status, again) = refresh(&place, &app, &first).await;
        assert_eq!((status, &again["refresh_token"]), (200, &first["refresh_token"]));
    }
}

#[tokio::test]
async fn repositories_are_listed_workspace_by_workspace() {
    let place = start().await;
    for name in 0..11 {
        place.forge.create_repository(&format!("team/r{name}"), &[]).await.expect("a repository");
    }
    let first = place.get("2.0/repositories/team").await;
    assert_eq!(
        (&first["pagelen"], first["values"].as_array().map(Vec::len)),
        (&json!(10), Some(10))
    );
    let next = first["next"].as_str().expect("a next page").to_owned();
    let next = next.strip_prefix(place.forge.base_url().as_str()).expect("the same origin");
    let second = place.get(next).await;
    assert_eq!((second["values"].as_array().map(Vec::len), second.get("next")), (Some(2), None));

    let found = place.get(REPOSITORY).await;
    let uuid = found["uuid"].as_str().expect("a UUID");
    assert_eq!(found["mainbranch"]["name"], "main");
    assert_eq!(place.get(&format!("2.0/repositories/team/{uuid}")).await, found);
    let search = format!("2.0/repositories/team?role=admin&q=uuid%3D%22{uuid}%22");
    assert_eq!(place.get(&search).await["values"], json!([found]));
    place.forge.allow(NAME, "practice", Access::Write).expect("allowed");
    assert_eq!(place.get(&search).await["values"], json!([]));
    for gone in ["2.0/repositories", "2.0/workspaces", "2.0/user/permissions/repositories"] {
        assert_eq!(place.ask(Method::GET, gone, None).await.0, 410, "{gone}");
    }
}

#[tokio::test]
async fn one_delivery_tells_of_every_ref_of_a_push() {
    let place = start().await;
    hook(&place, Some("s")).await;
    let head = place.push(NAME, "main").await;
    place.forge.push_tag(NAME, "v1", &head.as_str().into(), Some("One")).await.expect("a tag");
    let refs = [
        format!("{head}:refs/heads/a"),
        format!("{head}:refs/heads/b"),
        ":refs/tags/v1".to_owned(),
    ];
    let refs: Vec<_> = refs.iter().map(String::as_str).collect();
    place.forge.push_refs(NAME, &refs).await.expect("a push");
    let sent = place.forge.delivered(3).await;
    assert_eq!(header(&sent[0], "X-Event-Key"), "repo:push");
    assert_eq!(header(&sent[0], "X-Attempt-Number"), "1");
    let rows = |at: usize| understood(ProviderType::Bitbucket, &sent[at], "s");
    assert_eq!((&*rows(0)[0].kind, rows(0)[0].head.as_deref()), ("push", Some(&*head)));
    assert_eq!((&*rows(1)[0].kind, rows(1)[0].head.as_deref()), ("tag", Some(&*head)), "annotated");
    let three = rows(2);
    let three: Vec<_> = three.iter().map(|it| (&*it.kind, it.ref_name.as_deref())).collect();
    assert_eq!(three, [("push", Some("a")), ("push", Some("b")), ("tag_delete", Some("v1"))]);
}

#[tokio::test]
async fn only_the_newest_five_commits_are_listed() {
    let place = start().await;
    hook(&place, None).await;
    place.push(NAME, "side").await;
    for _ in 0..5 {
        place.push(NAME, "side").await;
    }
    let tip = place.get(&format!("{REPOSITORY}/refs/branches/side")).await;
    let tip = tip["target"]["hash"].as_str().expect("a hash").to_owned();
    place.forge.push_ref(NAME, ":refs/heads/side").await.expect("a deletion");
    // What nobody points at any more is new again.
    place.forge.push_ref(NAME, &format!("{tip}:refs/heads/again")).await.expect("a push");
    let last = body(&place.forge.delivered(8).await[7]);
    let change = &last["push"]["changes"][0];
    assert_eq!(
        (change["commits"].as_array().map(Vec::len), &change["truncated"]),
        (Some(5), &json!(true))
    );
    assert_eq!(change["commits"][0]["hash"], tip, "newest first");
    assert_eq!(header(&place.forge.deliveries()[7], "X-Hub-Signature"), "", "no secret");
}

#[tokio::test]
async fn what_is_too_large_is_not_sent_and_nobody_is_told() {
    let place = start().await;
    hook(&place, None).await;
    let message = "m".repeat(100 * 1024);
    for count in 0..2 {
        let files = [("f", if count == 0 { "0" } else { "1" })];
        let commit = NewCommit { branch: "main", message: &message, files: &files };
        place.forge.push_commit(NAME, commit).await.expect("a push");
    }
    // Two sides and a list of one are three times a long message; two sides and one more are not.
    let sent = place.forge.delivered(2).await;
    assert_eq!((sent[0].fate, sent[1].fate), (Fate::Answered, Fate::Skipped));
    assert!(sent[1].body.len() > 256 * 1024);
}

#[tokio::test]
async fn what_broke_is_sent_twice_more_and_what_was_refused_is_not() {
    let place = start().await;
    hook(&place, Some("s")).await;
    place.answers.store(503, SeqCst);
    place.push(NAME, "main").await;
    place.forge.delivered(1).await;
    assert_eq!(place.forge.send_due().await, 0, "not yet");
    for attempt in 2..=3 {
        place.clock.step(60);
        assert_eq!(place.forge.send_due().await, 1);
        let last = place.forge.deliveries().pop().expect("a delivery");
        assert_eq!(header(&last, "X-Attempt-Number"), attempt.to_string());
        assert_eq!(last.guid, place.forge.deliveries()[0].guid);
    }
    place.clock.step(3600);
    assert_eq!(place.forge.send_due().await, 0, "three are enough");
    place.answers.store(404, SeqCst);
    place.push(NAME, "main").await;
    place.forge.delivered(4).await;
    place.clock.step(3600);
    assert_eq!(place.forge.send_due().await, 0);
}

#[tokio::test]
async fn a_pull_request_from_opening_to_declining() {
    let place = start().await;
    place.forge.fork(NAME, "bob/app").await.expect("a fork");
    let head = place.push("bob/app", "feature").await;
    hook(&place, Some("s")).await;
    let new = NewPullRequest {
        repository: NAME,
        target: "main",
        source_repository: "bob/app",
        source: "feature",
        title: "Faster",
    };
    let number = place.forge.open_pull_request(new).await.expect("opened");
    place.forge.delivered(1).await;
    place.push("bob/app", "feature").await;
    place.forge.delivered(2).await;
    place.forge.close_pull_request(NAME, number).expect("declined");
    let sent = place.forge.delivered(3).await;
    let rows: Vec<_> =
        sent.iter().map(|it| understood(ProviderType::Bitbucket, it, "s").remove(0)).collect();
    let actions: Vec<_> = rows.iter().filter_map(|it| it.action.as_deref()).collect();
    assert_eq!(actions, ["opened", "updated", "closed"]);
    assert_eq!((rows[0].head.as_deref(), rows[0].fork), (Some(&head[..12]), Some(true)));
    assert!(place.forge.reopen_pull_request(NAME, number).is_err(), "declined is for good");
    place.forge.remove_repository("bob/app").expect("removed");
    let shown = place.get(&format!("{REPOSITORY}/pullrequests/{number}")).await;
    assert_eq!(shown["source"]["repository"], Value::Null);
}

#[tokio::test]
async fn hooks_keep_their_secret_until_it_is_taken_away() {
    let place = start().await;
    let uuid = hook(&place, Some("s")).await;
    let path = format!("{REPOSITORY}/hooks/{uuid}");
    let put =
        async |body: Value| place.ask(Method::PUT, &path, Some(body)).await.1["secret_set"].clone();
    assert_eq!(put(json!({"active": true})).await, true);
    assert_eq!(put(json!({"secret": null})).await, false);
    assert_eq!(place.ask(Method::DELETE, &path, None).await.0, 204);
    assert_eq!(place.ask(Method::GET, &path, None).await.0, 404);
}

#[tokio::test]
async fn a_status_is_one_a_key() {
    let place = start().await;
    let head = place.push(NAME, "main").await;
    let path = format!("{REPOSITORY}/commit/{head}/statuses/build");
    let set = async |state: &str| {
        let body = json!({"key": "k", "state": state, "url": "http://127.0.0.1/x"});
        place.ask(Method::POST, &path, Some(body)).await.0
    };
    assert_eq!(
        (set("INPROGRESS").await, set("SUCCESSFUL").await, set("DONE").await),
        (201, 201, 400)
    );
    let listed = place.get(&format!("{REPOSITORY}/commit/{head}/statuses")).await;
    assert_eq!((&listed["size"], &listed["values"][0]["state"]), (&json!(1), &json!("SUCCESSFUL")));
}

#[tokio::test]
async fn a_token_of_too_few_scopes_is_told_so() {
    let place = start().await;
    place.forge.grant_only(Some("account repository"));
    let (_, pair) = connect(&place).await;
    let token = Secret::new(pair["access_token"].as_str().expect("a token"));
    assert_eq!(place.ask_as(&token, Method::GET, REPOSITORY, None).await.0, 200);
    let (status, said) =
        place.ask_as(&token, Method::GET, &format!("{REPOSITORY}/hooks"), None).await;
    assert_eq!((status, &said["error"]["detail"]["required"]), (403, &json!(["webhook"])));
}
