//! Our client judged by GitHub's own description of its API, and the practice forge's signatures
//! by GitHub's own verifier. Runs where `TOWPATH_NPM` names a folder with `@octokit/openapi` and
//! `@octokit/webhooks-methods` in its `node_modules`.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use egress::{AllowedAddress, Client, Guard, Url};
use forges::github::{App, Only, Purpose};
use forges::{
    CommitState, CommitStatus, Error, GitHub, HookTarget, Hooks, Looking, Protection, Redelivery,
    Repositories, RepositoryAccess, Requests,
};
use practice_forge::{Config, Misbehaviour, PracticeForge};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn client() -> Client {
    Client::new(Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))]))
}

type Seen = Arc<Mutex<Vec<Value>>>;

/// Writes down what it is asked, and answers what the driver needs to go on.
async fn record() -> (Url, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url =
        Url::parse(&format!("http://{}/", listener.local_addr().expect("one"))).expect("a URL");
    let seen = Seen::default();
    let writing = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer(stream, &writing).await;
        }
    });
    (url, seen)
}

async fn answer(mut stream: TcpStream, seen: &Seen) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut part = [0; 8192];
        let read = stream.read(&mut part).await.expect("bytes");
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |text| text.parse().expect("a length")) {
            break (head.to_owned(), body.to_owned());
        }
    };
    let mut words = head.split(' ').map(str::to_owned);
    let (method, target) = (words.next().expect("a method"), words.next().expect("a target"));
    let sha = "1".repeat(40);
    let object = |kind: &str| json!({"object": {"sha": sha, "type": kind}});
    let (status, value) = match (method.as_str(), target.as_str()) {
        ("DELETE", _) => (204, Value::Null),
        ("POST", path) if path.ends_with("/pings") => (204, Value::Null),
        ("GET", path) if path.contains("/git/ref/tags/") => (200, object("tag")),
        ("GET", path) if path.contains("/git/") => (200, object("commit")),
        ("POST", path) if path.ends_with("/attempts") => (202, json!({})),
        ("GET", path) if path.contains("/hook") => (200, json!([])),
        ("GET", path) if path.contains("/pulls?") => (200, json!([])),
        ("GET", path) if path.contains("/pulls/") => (200, pull_answer()),
        ("GET", path) if path.contains("/user/installations?") => {
            (200, json!({"total_count": 0, "installations": []}))
        }
        ("GET", path) if path.contains("/installations?") => (200, json!([])),
        (_, path) if path.contains("/app") => (200, app_answer()),
        _ => (200, json!({"id": 1, "login": "a", "full_name": "a/b", "default_branch": "main"})),
    };
    let body = serde_json::from_str::<Value>(&body).unwrap_or(Value::Null);
    seen.lock().expect("a lock").push(json!({"method": method, "target": target, "body": body}));
    let text = if status == 204 { String::new() } else { value.to_string() };
    let head =
        format!("HTTP/1.1 {status} OK\r\nContent-Length: {}\r\nConnection: close", text.len());
    stream.write_all(format!("{head}\r\n\r\n{text}").as_bytes()).await.expect("an answer");
}

/// What the driver reads of an App, of an installation and of its token.
fn app_answer() -> Value {
    json!({
        "id": 1, "slug": "a", "client_id": "c", "client_secret": "s", "webhook_secret": "w",
        "pem": "p", "account": {"login": "a"}, "token": "t", "expires_at": "2026-11-23T05:00:00Z",
    })
}

/// What the driver reads of a pull request.
fn pull_answer() -> Value {
    let end = json!({"ref": "main", "sha": "1".repeat(40), "repo": null});
    json!({
        "number": 7, "title": "t", "state": "closed", "created_at": "2026-11-23T05:00:00Z",
        "merged_at": null, "updated_at": "2026-11-23T05:00:00Z", "head": end, "base": end,
    })
}

/// Every call that an App makes for itself.
async fn call_as_an_app(driver: &GitHub) -> Result<(), Error> {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = STANDARD.encode(pair.as_der().expect("its bytes").as_ref());
    let app = App { issuer: "c".to_owned(), private_key: Secret::new(der) };
    let at = Timestamp(1_700_000_000_000);
    driver.convert_manifest(&Secret::new("code")).await?;
    driver.installations(&app, at).await?;
    driver.installation(&app, 1, at).await?;
    driver.installation_token(&app, 1, (Only::Name("engine"), Purpose::Read), at).await?;
    driver.installation_token(&app, 1, (Only::Number(7), Purpose::Report), at).await?;
    driver.installations_of_user(&Secret::new("t")).await?;
    driver.honours(&Secret::new("t")).await?;
    driver.app_deliveries(&app, at, at).await?;
    driver.app_redeliver(&app, "1", at).await.map(drop)
}

/// Every call that the driver can make.
async fn call_everything(driver: &GitHub) -> Result<(), Error> {
    let (token, name) = (Secret::new("t"), RepositoryName::new("ada/engine"));
    let access = RepositoryAccess { token: &token, repository: &name };
    let url = Url::parse("https://towpath.example/hooks/h").expect("a URL");
    let target = HookTarget { url: url.clone(), secret: Secret::new("s") };
    driver.identity(&token).await?;
    driver.repository(access).await?;
    driver.is_protected(access, &GitRef::branch("feature/x")).await?;
    driver.head_since(access, &GitRef::branch("main"), Some("W/\"1\"")).await?;
    driver.open_requests(access).await?;
    driver.request(access, 7).await?;
    driver.hooks(access).await?;
    driver.create_hook(access, &target).await?;
    driver.update_hook(access, "1", &target).await?;
    driver.ping_hook(access, "1").await?;
    driver.deliveries(access, "1", Timestamp(0)).await?;
    driver.redeliver(access, "1", "2").await?;
    driver.delete_hook(access, "1").await?;
    call_as_an_app(driver).await?;
    let commit = CommitSha::new("1".repeat(40));
    let states =
        [CommitState::Pending, CommitState::Succeeded, CommitState::Failed, CommitState::Stopped];
    for (state, target_url) in
        states.into_iter().zip([None, Some(url.clone()), Some(url.clone()), Some(url)])
    {
        let (context, description) = ("towpath/p".to_owned(), "Under way".to_owned());
        let status = CommitStatus { state, context, description, target_url, git_ref: None };
        driver.set_status(access, &commit, &status).await?;
    }
    Ok(())
}

/// Real deliveries of the practice forge with their signatures, and one by a wrong secret.
async fn deliveries() -> Vec<Value> {
    let forge = PracticeForge::start(Config::default()).await.expect("a forge");
    forge.create_repository("ada/engine", &[("a", "ä\n")]).await.expect("a repository");
    let driver = GitHub::enterprise(forge.base_url(), client());
    let (token, name) = (forge.personal_token(), RepositoryName::new("ada/engine"));
    let access = RepositoryAccess { token: &token, repository: &name };
    let url = Url::parse("http://127.0.0.1:1/hooks/h").expect("a URL");
    let target = HookTarget { url, secret: Secret::new("between us") };
    driver.create_hook(access, &target).await.expect("a hook");
    let commit = practice_forge::NewCommit { branch: "main", message: "Ä", files: &[("ä", "1")] };
    forge.push_commit("ada/engine", commit).await.expect("a push");
    forge.delivered(2).await;
    forge.misbehave(Some(Misbehaviour::WrongSecret));
    forge.push_commit("ada/engine", commit).await.expect("a push");
    let all = forge.delivered(3).await;
    let genuine = |index: usize| index < 2;
    let written = all.iter().enumerate().map(|(index, delivery)| {
        let find = |(name, _): &&(String, String)| name == "X-Hub-Signature-256";
        let signature = delivery.headers.iter().find(find).map(|(_, value)| value);
        json!({"secret": "between us", "signature": signature, "body": delivery.body, "genuine": genuine(index)})
    });
    written.collect()
}

#[tokio::test]
async fn github_itself_would_take_what_we_send() {
    let Ok(folder) = std::env::var("TOWPATH_NPM") else {
        return println!("skipped: TOWPATH_NPM is not set");
    };
    let (url, seen) = record().await;
    call_everything(&GitHub::enterprise(&url, client())).await.expect("every call");
    let requests = seen.lock().expect("a lock").clone();
    let input = json!({"requests": requests, "deliveries": deliveries().await}).to_string();

    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/octokit/judge.mjs");
    let mut node = tokio::process::Command::new("node");
    node.arg(script).env("TOWPATH_NPM", folder).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut judge = node.spawn().expect("node");
    let mut stdin = judge.stdin.take().expect("an input");
    stdin.write_all(input.as_bytes()).await.expect("written");
    drop(stdin);
    let verdict = judge.wait_with_output().await.expect("a verdict");
    let text = String::from_utf8_lossy(&verdict.stdout);
    println!("{text}");
    assert!(verdict.status.success(), "{text}");
}
