//! What can be made to go wrong, at every kind.

mod place;

use egress::{Method, Request, header};
use place::{Place, body};
use practice_forge::{Fate, Fault, Kind, Misbehaviour, Trouble};
use serde_json::json;

/// Each kind with a repository's name, the path of the one who asks, and how a hook is made.
fn kinds() -> [(Kind, &'static str, &'static str); 4] {
    [
        (Kind::GitHub, "ada/app", "api/v3/user"),
        (Kind::GitLab, "ada/app", "api/v4/user"),
        (Kind::Bitbucket, "ada/app", "2.0/user"),
        (Kind::BitbucketServer, "ADA/app", "rest/api/latest/users/practice"),
    ]
}

async fn hook(place: &Place, kind: Kind) {
    let url = &place.hook_url;
    let (path, body) = match kind {
        Kind::GitHub => (
            "api/v3/repos/ada/app/hooks",
            json!({"events": ["push"], "config": {"url": url, "content_type": "json", "secret": "s"}}),
        ),
        Kind::GitLab => ("api/v4/projects/ada%2Fapp/hooks", json!({"url": url, "token": "s"})),
        Kind::Bitbucket => (
            "2.0/repositories/ada/app/hooks",
            json!({"url": url, "events": ["repo:push"], "active": true, "secret": "s"}),
        ),
        Kind::BitbucketServer => (
            "rest/api/latest/projects/ADA/repos/app/webhooks",
            json!({"name": "n", "url": url, "events": ["repo:refs_changed"], "configuration": {"secret": "s"}}),
        ),
    };
    let (status, made) = place.ask(Method::POST, path, Some(body)).await;
    assert_eq!(status, 201, "{made}");
}

#[tokio::test]
async fn answers_go_wrong_where_and_as_often_as_they_are_told() {
    for (kind, name, path) in kinds() {
        let place = Place::start(kind, name).await;
        let token = place.forge.personal_token();
        let ask = || async {
            let asked = Request::new(Method::GET, place.url(path));
            place.send(asked.authorization("Bearer", &token)).await
        };
        place.forge.trouble("status:503*2@user".parse::<Trouble>().expect("a trouble"));
        place.forge.trouble("status:500@/nowhere".parse::<Trouble>().expect("a trouble"));
        assert_eq!(
            (ask().await.status, ask().await.status),
            (503.try_into().expect("a status"), 503.try_into().expect("a status"))
        );
        let good = ask().await;
        assert_eq!(good.status, 200, "{kind}: twice is twice");

        place.forge.trouble(Fault::Html);
        let page = ask().await;
        assert!(page.status == 200 && page.body.starts_with(b"<!doctype html>"));
        place.forge.calm();
        place.forge.trouble(Fault::Truncated);
        assert_eq!(ask().await.body, good.body[..good.body.len() / 2]);
        place.forge.calm();
        place.forge.trouble(Fault::RateLimited(30));
        let limited = ask().await;
        let waits = if kind == Kind::GitHub { "x-ratelimit-reset" } else { "retry-after" };
        let status = if kind == Kind::GitHub { 403 } else { 429 };
        assert!(limited.status == status && limited.headers.contains_key(waits), "{kind}");
        place.forge.calm();
        place.forge.trouble(Fault::SecondaryLimit(30));
        assert_eq!(ask().await.headers[header::RETRY_AFTER], "30");
        place.forge.calm();
        assert_eq!(ask().await.body, good.body);
    }
}

#[tokio::test]
async fn a_redirect_leads_to_another_origin() {
    let place = Place::start(Kind::GitLab, "ada/app").await;
    place.forge.trouble("redirect:http://127.0.0.1:9/x".parse::<Trouble>().expect("a trouble"));
    let to = place.browse("api/v4/user").await.expect("a redirect");
    assert_eq!(to.as_str(), "http://127.0.0.1:9/x");
}

#[tokio::test]
async fn deliveries_go_wrong_as_they_are_told_to() {
    for (kind, name, _) in kinds() {
        let place = Place::start(kind, name).await;
        hook(&place, kind).await;
        // GitHub greets a new hook with a ping.
        let greeted = usize::from(kind == Kind::GitHub);
        place.forge.delivered(greeted).await;
        let mut count = greeted;
        let mut push = async |new: usize| {
            place.push(name, "main").await;
            count += new;
            place.forge.delivered(count).await.split_off(count - new)
        };
        place.forge.misbehave(Some(Misbehaviour::Drop));
        assert_eq!(push(1).await[0].fate, Fate::Lost, "{kind}");
        place.forge.misbehave(Some(Misbehaviour::Duplicate));
        let twice = push(2).await;
        assert!(twice[0].body == twice[1].body && twice[0].guid != twice[1].guid, "{kind}");
        place.forge.misbehave(Some(Misbehaviour::Reorder));
        push(0).await;
        let swapped = push(2).await;
        let newest = body(&swapped[0]).to_string();
        let oldest = body(&swapped[1]).to_string();
        let head = place.push(name, "tip").await;
        assert!(!oldest.contains(&head) && newest != oldest, "{kind}");
        place.forge.misbehave(None);
        count += 1;
        place.forge.delivered(count).await;
    }
}
