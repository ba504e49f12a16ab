//! The forge's habits: who it lets in, and how it does deliveries wrong.

use egress::{AllowedAddress, Client, Guard, HeaderValue, Method, Request, Response, Url, header};
use practice_forge::{Config, Misbehaviour, NewCommit, PracticeForge};
use serde_json::{Value, json};
use std::net::IpAddr;

const NAME: &str = "ada/engine";

async fn start(config: Config) -> PracticeForge {
    let forge = PracticeForge::start(config).await.expect("a forge");
    forge.create_repository(NAME, &[("a", "1\n")]).await.expect("a repository");
    forge
}

async fn ask(forge: &PracticeForge, method: Method, path: &str, body: Option<Value>) -> Response {
    let client =
        Client::new(Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))]));
    let mut request = Request::new(method, forge.base_url().join(path).expect("a URL"));
    request = request.authorization("Bearer", &forge.personal_token());
    if let Some(body) = body {
        request = request.content("application/json", body.to_string());
    }
    client.send(request).await.expect("an answer")
}

async fn hook(forge: &PracticeForge) {
    let config = json!({"url": "http://127.0.0.1:1/x", "content_type": "json", "secret": "s"});
    let body = json!({"name": "web", "events": ["push"], "config": config});
    let made = ask(forge, Method::POST, "api/v3/repos/ada/engine/hooks", Some(body)).await;
    assert_eq!(made.status, 201);
    forge.delivered(1).await;
}

fn commit() -> NewCommit<'static> {
    NewCommit { branch: "main", message: "Turn", files: &[("a", "2\n"), ("b", "3\n")] }
}

#[tokio::test]
async fn deliveries_go_wrong_as_they_are_told_to() {
    let forge = start(Config::default()).await;
    hook(&forge).await;

    forge.misbehave(Some(Misbehaviour::Drop));
    forge.push_commit(NAME, commit()).await.expect("a push");
    let dropped = forge.delivered(2).await.remove(1);
    assert_eq!((dropped.status_code, &*dropped.status), (0, "dropped"));

    forge.misbehave(Some(Misbehaviour::Duplicate));
    forge.push_commit(NAME, commit()).await.expect("a push");
    let all = forge.delivered(4).await;
    assert_eq!(all[2].body, all[3].body);
    assert_ne!(all[2].guid, all[3].guid);

    forge.misbehave(None);
    forge.redeliver(dropped.id).expect("sent again");
    let again = forge.delivered(5).await.remove(4);
    assert_eq!((again.guid, again.body, again.redelivery), (dropped.guid, dropped.body, true));
}

#[tokio::test]
async fn a_push_tells_what_changed() {
    let forge = start(Config::default()).await;
    hook(&forge).await;
    let pushed = forge.push_commit(NAME, commit()).await.expect("a push");
    let body = forge.delivered(2).await.remove(1).body;
    let payload: Value = serde_json::from_str(&body).expect("a payload");
    assert_eq!(payload["after"], pushed.as_str());
    assert_eq!(payload["commits"][0]["added"], json!(["b"]));
    assert_eq!(payload["commits"][0]["modified"], json!(["a"]));
    assert_eq!(payload["forced"], false);

    let back = format!("{}:refs/heads/main", payload["before"].as_str().expect("a hash"));
    forge.push_ref(NAME, &back).await.expect("a push");
    let body = forge.delivered(3).await.remove(2).body;
    let payload: Value = serde_json::from_str(&body).expect("a payload");
    assert_eq!((&payload["forced"], &payload["commits"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn an_app_is_asked_about_unless_it_is_approved_by_itself() {
    let forge = start(Config { auto_approve: false, ..Config::default() }).await;
    let app = forge.register_app(&Url::parse("http://127.0.0.1:1/callback").expect("a URL"));
    let path = format!("login/oauth/authorize?client_id={}&state=%22%3Cs", app.client_id);
    let page = ask(&forge, Method::GET, &path, None).await;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    assert!(text.contains(r#"name="state" value="&quot;&lt;s""#), "{text}");

    let body = format!("client_id={}&state=s&decision=deny", app.client_id);
    let client =
        Client::new(Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))]));
    let url = forge.base_url().join("login/oauth/authorize").expect("a URL");
    let denied = Request::new(Method::POST, url).content("application/x-www-form-urlencoded", body);
    let denied = client.send(denied).await.expect("an answer");
    let back = HeaderValue::from_static("http://127.0.0.1:1/callback?error=access_denied&state=s");
    assert_eq!((denied.status.as_u16(), denied.headers.get(header::LOCATION)), (303, Some(&back)));
}

#[tokio::test]
async fn nothing_is_shown_without_a_token_nor_beyond_loopback() {
    let forge = start(Config::default()).await;
    let client =
        Client::new(Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))]));
    for path in [
        "api/v3/user",
        "api/v3/repos/ada/engine",
        "ada/engine.git/info/refs?service=git-upload-pack",
    ] {
        let request = Request::new(Method::GET, forge.base_url().join(path).expect("a URL"));
        assert_eq!(client.send(request).await.expect("an answer").status, 401, "{path}");
    }
    let listen = "0.0.0.0:0".parse().expect("an address");
    assert!(PracticeForge::start(Config { listen, ..Config::default() }).await.is_err());
    for wrong in ["engine", "../x/y", "a/..", "a/b/c", "-a/b c"] {
        assert!(forge.create_repository(wrong, &[]).await.is_err(), "{wrong}");
    }
}
