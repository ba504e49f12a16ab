//! Bitbucket Server's habits, as stories.

mod place;

use domain::Secret;
use domain::connection::ProviderType;
use egress::{Method, Request};
use place::{CALLBACK, Place, body, header, query, understood};
use practice_forge::{Access, Fate, Kind, NewPullRequest};
use serde_json::{Value, json};
use std::sync::atomic::Ordering::SeqCst;

const NAME: &str = "PRJ/app";
const REPOSITORY: &str = "rest/api/latest/projects/PRJ/repos/app";
const EVENTS: [&str; 7] = [
    "repo:refs_changed",
    "pr:opened",
    "pr:reopened",
    "pr:from_ref_updated",
    "pr:modified",
    "pr:merged",
    "pr:declined",
];

async fn start() -> Place {
    Place::start(Kind::BitbucketServer, NAME).await
}

async fn hook(place: &Place, secret: &str) -> u64 {
    let asked = json!({
        "name": "n",
        "url": place.hook_url,
        "active": true,
        "events": EVENTS,
        "configuration": {"secret": secret},
    });
    let path = format!("{REPOSITORY}/webhooks");
    let (status, made) = place.ask(Method::POST, &path, Some(asked)).await;
    assert_eq!((status, &made["configuration"]["secret"]), (201, &json!(secret)), "{made}");
    made["id"].as_u64().expect("an id")
}

#[tokio::test]
async fn a_token_is_asked_for_in_the_query_and_rotates() {
    let place = start().await;
    let app = place.register();
    let asked =
        [("client_id", &*app.client_id), ("redirect_uri", CALLBACK), ("scope", "REPO_ADMIN")];
    let back = place.authorize("rest/oauth2/latest/authorize", &asked).await.expect("sent back");
    let (id, secret) = (&app.client_id, app.client_secret.expose());
    let ask = async |rest: String| {
        let path = format!("rest/oauth2/latest/token?client_id={id}&client_secret={secret}&{rest}");
        place.token(&path, &[]).await
    };
    let code = query(&back, "code");
    let (status, first) =
        ask(format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}")).await;
    assert_eq!((status, &first["scope"]), (200, &json!("REPO_ADMIN")), "{first}");
    let token = Secret::new(first["access_token"].as_str().expect("a token"));
    let who = Request::new(Method::GET, place.url("plugins/servlet/applinks/whoami"));
    let who = place.send(who.authorization("Bearer", &token)).await;
    assert_eq!(
        (&*who.body, &who.headers["x-ausername"]),
        (&b"practice"[..], &"practice".parse().expect("a value"))
    );

    let spend = format!(
        "grant_type=refresh_token&refresh_token={}",
        first["refresh_token"].as_str().expect("a token")
    );
    assert_eq!(ask(spend.clone()).await.0, 200);
    let (status, refused) = ask(spend).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
    let elsewhere =
        [("client_id", &**id), ("redirect_uri", "http://127.0.0.1:2/oauth/callback/reg-1")];
    assert_eq!(place.authorize("rest/oauth2/latest/authorize", &elsewhere).await, Err(400));
}

#[tokio::test]
async fn git_lies_below_scm_with_the_key_in_either_case() {
    let place = start().await;
    let token = place.forge.personal_token();
    for (path, expect) in [("scm/prj/app.git", 200), ("scm/PRJ/app.git", 200), ("PRJ/app.git", 404)]
    {
        let url = place.url(&format!("{path}/info/refs?service=git-upload-pack"));
        let asked = Request::new(Method::GET, url).authorization("Bearer", &token);
        assert_eq!(place.send(asked).await.status, expect, "{path}");
    }
    let shown = place.get(REPOSITORY).await;
    let clone = place.url("scm/prj/app.git");
    assert_eq!(shown["links"]["clone"][0]["href"], clone.as_str());
}

#[tokio::test]
async fn lists_begin_anywhere_and_say_where_to_go_on() {
    let place = start().await;
    let head = place.push(NAME, "main").await;
    place.push(NAME, "feature/one").await;
    place.push(NAME, "feature/two").await;
    place.forge.push_tag(NAME, "v1", &head.as_str().into(), Some("One")).await.expect("a tag");
    let first = place.get(&format!("{REPOSITORY}/branches?filterText=feature&limit=1")).await;
    assert_eq!((&first["isLastPage"], &first["nextPageStart"]), (&json!(false), &json!(1)));
    let second =
        place.get(&format!("{REPOSITORY}/branches?filterText=feature&limit=1&start=1")).await;
    assert_eq!((&second["isLastPage"], &second["nextPageStart"]), (&json!(true), &Value::Null));
    let tag = place.get(&format!("{REPOSITORY}/tags/v1")).await;
    assert_eq!(tag["latestCommit"], head);
    assert_ne!(tag["hash"], head);
    let until = format!("{REPOSITORY}/commits?until=refs%2Fheads%2Fmain&limit=1");
    let commits = place.get(&until).await;
    assert_eq!(
        (&commits["values"][0]["id"], &commits["isLastPage"]),
        (&json!(head), &json!(false))
    );
    assert_eq!(place.get(&format!("{REPOSITORY}/branches/default")).await["displayId"], "main");
}

#[tokio::test]
async fn one_delivery_tells_of_every_ref_of_a_push() {
    let place = start().await;
    hook(&place, "s").await;
    let head = place.push(NAME, "main").await;
    place.forge.push_tag(NAME, "v1", &head.as_str().into(), Some("One")).await.expect("a tag");
    let refs = [format!("{head}:refs/heads/a"), ":refs/tags/v1".to_owned()];
    place.forge.push_refs(NAME, &[&refs[0], &refs[1]]).await.expect("a push");
    let sent = place.forge.delivered(3).await;
    assert_eq!(header(&sent[0], "X-Event-Key"), "repo:refs_changed");
    let tag = body(&sent[1]);
    assert_eq!(tag["toCommit"]["id"], head);
    assert_ne!(tag["changes"][0]["toHash"], head, "the tag's own object");
    let rows = |at: usize| understood(ProviderType::BitbucketServer, &sent[at], "s");
    assert_eq!((&*rows(0)[0].kind, rows(0)[0].head.as_deref()), ("push", Some(&*head)));
    assert_eq!((&*rows(1)[0].kind, rows(1)[0].head.as_deref()), ("tag", Some(&*head)));
    let two = rows(2);
    let two: Vec<_> = two.iter().map(|it| (&*it.kind, it.ref_name.as_deref())).collect();
    assert_eq!(two, [("push", Some("a")), ("tag_delete", Some("v1"))]);
}

#[tokio::test]
async fn a_pull_request_shows_its_ref_when_somebody_looks() {
    let place = start().await;
    place.forge.fork(NAME, "~bob/app").await.expect("a fork");
    let head = place.push("~bob/app", "feature").await;
    place.push(NAME, "next").await;
    hook(&place, "s").await;
    let new = NewPullRequest {
        repository: NAME,
        target: "main",
        source_repository: "~bob/app",
        source: "feature",
        title: "Faster",
    };
    let number = place.forge.open_pull_request(new).await.expect("opened");
    let shown = || {
        let folder = place.forge.folder(NAME).expect("a folder");
        let name = "refs/pull-requests/1/from";
        let output = std::process::Command::new("git")
            .args(["rev-parse", "--verify", "--quiet", name])
            .current_dir(folder)
            .output();
        String::from_utf8_lossy(&output.expect("git").stdout).trim().to_owned()
    };
    assert_eq!(shown(), "", "nobody has looked yet");
    place.get(&format!("{REPOSITORY}/pull-requests/{number}/changes")).await;
    assert_eq!(shown(), head);

    place.forge.delivered(1).await;
    let second = place.push("~bob/app", "feature").await;
    place.forge.delivered(2).await;
    place.forge.retarget(NAME, number, "next").await.expect("retargeted");
    place.forge.delivered(3).await;
    place.forge.close_pull_request(NAME, number).expect("declined");
    let sent = place.forge.delivered(4).await;
    assert_eq!(shown(), head, "and nobody looked again");
    let rows: Vec<_> = sent
        .iter()
        .map(|it| understood(ProviderType::BitbucketServer, it, "s").remove(0))
        .collect();
    let actions: Vec<_> = rows.iter().filter_map(|it| it.action.as_deref()).collect();
    assert_eq!(actions, ["opened", "updated", "retargeted", "closed"]);
    assert_eq!(
        (rows[1].before.as_deref(), rows[1].head.as_deref()),
        (Some(&*head), Some(&*second))
    );
    assert_eq!((rows[0].fork, rows[0].pr_source_repo.as_deref()), (Some(true), Some("~bob/app")));
}

#[tokio::test]
async fn the_circuit_breaker_opens_after_five_failures() {
    let place = start().await;
    let id = hook(&place, "s").await;
    place.answers.store(500, SeqCst);
    for count in 1..=5 {
        place.push(NAME, "main").await;
        place.forge.delivered(count).await;
    }
    place.push(NAME, "main").await;
    assert_eq!(place.forge.delivered(6).await[5].fate, Fate::Skipped);
    let latest = place.get(&format!("{REPOSITORY}/webhooks/{id}/latest")).await;
    assert_eq!(latest["result"], json!({"description": "500", "outcome": "FAILURE"}));
    place.clock.step(10);
    place.answers.store(200, SeqCst);
    place.push(NAME, "main").await;
    assert_eq!(place.forge.delivered(7).await[6].status_code, 200);
    place.push(NAME, "main").await;
    assert_eq!(place.forge.delivered(8).await[7].status_code, 200, "closed again");
}

#[tokio::test]
async fn an_empty_secret_breaks_it_and_a_test_is_a_ping() {
    let place = start().await;
    let asked = json!({
        "name": "n", "url": place.hook_url, "events": EVENTS, "configuration": {"secret": ""},
    });
    let path = format!("{REPOSITORY}/webhooks");
    assert_eq!(place.ask(Method::POST, &path, Some(asked)).await.0, 500);
    let id = hook(&place, "s").await;
    let latest = format!("{path}/{id}/latest");
    assert_eq!(place.ask(Method::GET, &latest, None).await.0, 204, "nothing was sent yet");
    let test = format!("{path}/test?webhookId={id}&url=x");
    let (status, said) = place.ask(Method::POST, &test, Some(json!({}))).await;
    assert_eq!((status, &said["result"]["outcome"]), (200, &json!("SUCCESS")));
    let ping = place.forge.delivered(1).await.remove(0);
    assert_eq!(
        (header(&ping, "X-Event-Key"), &*ping.body),
        ("diagnostics:ping", r#"{"test":true}"#)
    );
    assert_eq!(understood(ProviderType::BitbucketServer, &ping, "s")[0].kind, "ping");
}

#[tokio::test]
async fn a_status_needs_no_more_than_reading_and_hooks_need_all() {
    let place = start().await;
    let head = place.push(NAME, "main").await;
    place.forge.allow(NAME, "practice", Access::Read).expect("allowed");
    let body = json!({"key": "k", "state": "SUCCESSFUL", "url": "http://127.0.0.1/x"});
    let path = format!("{REPOSITORY}/commits/{head}/builds");
    assert_eq!(place.ask(Method::POST, &path, Some(body.clone())).await.0, 204);
    assert_eq!(place.get(&format!("{path}?key=k")).await["state"], "SUCCESSFUL");
    let old = format!("rest/build-status/1.0/commits/{head}");
    assert_eq!(place.ask(Method::POST, &old, Some(body)).await.0, 204);
    assert_eq!(place.forge.statuses().len(), 1, "the same key");
    let (status, said) = place.ask(Method::GET, &format!("{REPOSITORY}/webhooks"), None).await;
    assert_eq!(status, 401);
    let exception = said["errors"][0]["exceptionName"].as_str().expect("a name");
    assert!(exception.ends_with("AuthorisationException"), "{exception}");
    let rights = "rest/api/latest/repos?permission=REPO_ADMIN&projectkey=PRJ&name=app";
    assert_eq!(place.get(rights).await["size"], 0);
}
