//! The driver against the practice forge: the story of a connection, from handshake to status.

use domain::connection::ProviderType;
use domain::forge_event::GitRef;
use domain::{CommitSha, RepositoryName, Secret, Timestamp};
use egress::{AllowedAddress, Client, Guard, Url};
use forges::{
    Authorization, ClientRegistration, CommitState, CommitStatus, Error, Exchange, GitHub,
    HookTarget, Hooks, Looked, Looking, Repositories, RepositoryAccess,
};
use practice_forge::{Config, NewCommit, PracticeForge};
use std::net::IpAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CALLBACK: &str = "http://127.0.0.1:1/oauth/callback/reg-1";

fn guard() -> Guard {
    Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))])
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

async fn start() -> (PracticeForge, GitHub) {
    let forge = PracticeForge::start(Config::default()).await.expect("a forge");
    forge
        .create_repository("ada/engine", &[("README.md", "An engine.\n")])
        .await
        .expect("a repository");
    let driver = GitHub::enterprise(forge.base_url(), Client::new(guard()));
    (forge, driver)
}

fn register(forge: &PracticeForge) -> ClientRegistration {
    let app = forge.register_app(&url(CALLBACK));
    ClientRegistration { client_id: app.client_id, client_secret: app.client_secret }
}

/// Goes where the browser is sent, without following; gives where it is sent back to.
async fn browse(to: &Url) -> Url {
    let address = (to.host_str().expect("a host"), to.port().expect("a port"));
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let target = &to[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let location = answer.lines().find_map(|line| line.strip_prefix("location: "));
    url(location.expect("a redirect"))
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(it, _)| it == name).map(|(_, value)| value.into_owned())
}

async fn connect(forge: &PracticeForge, driver: &GitHub) -> Secret {
    let (client, verifier) = (register(forge), Secret::new("v".repeat(43)));
    let challenge = forges::challenge(&verifier);
    let to = driver.authorize_url(&client, "state-1", &challenge, &url(CALLBACK));
    let back = browse(&to).await;
    assert_eq!(query(&back, "state").as_deref(), Some("state-1"));
    let code = Secret::new(query(&back, "code").expect("a code"));
    let redirect_uri = url(CALLBACK);
    let exchange = Exchange { code: &code, verifier: &verifier, redirect_uri: &redirect_uri };
    let grant = driver.exchange_code(&client, exchange).await.expect("a grant");
    assert_eq!(grant.scopes, ["repo", "admin:repo_hook", "read:user"]);
    assert_eq!((grant.expires_in_seconds, grant.refresh_token.is_none()), (None, true));
    let again = driver.exchange_code(&client, exchange).await;
    assert!(matches!(again, Err(Error::HandshakeRefused { .. })), "a code is good once");
    grant.token
}

#[tokio::test]
async fn a_connection_from_handshake_to_commit_status() {
    let (forge, driver) = start().await;
    let token = connect(&forge, &driver).await;
    assert_eq!(driver.identity(&token).await.expect("an identity").login, "practice");

    let name = RepositoryName::new("ada/engine");
    let access = RepositoryAccess { token: &token, repository: &name };
    let found = driver.repository(access).await.expect("a repository");
    assert_eq!((&*found.default_branch, found.may_administer), ("main", Some(true)));

    let commit = NewCommit { branch: "main", message: "Turn", files: &[("a.txt", "1")] };
    let first = forge.push_commit("ada/engine", commit).await.expect("a push");
    let looked = driver.head_since(access, &GitRef::branch("main"), None).await.expect("an answer");
    let Looked::At { head, tag } = looked else { panic!("{looked:?}") };
    assert_eq!(head.expect("main").commit, first);
    let again = driver.head_since(access, &GitRef::branch("main"), tag.as_deref()).await;
    assert_eq!(again.expect("an answer"), Looked::AsBefore);
    let none = driver.head_since(access, &GitRef::branch("no/such"), None).await;
    assert_eq!(none.expect("an answer"), Looked::At { head: None, tag: None });
    let evil = driver.head_since(access, &GitRef::branch("-evil"), None).await;
    assert!(matches!(evil, Err(Error::Rejected { .. })));

    let status = CommitStatus {
        state: CommitState::Succeeded,
        context: "towpath/release".to_owned(),
        description: "ä".repeat(200),
        target_url: Some(url("http://127.0.0.1:7700/console")),
        git_ref: None,
    };
    driver.set_status(access, &first, &status).await.expect("a status");
    let seen = forge.statuses();
    assert_eq!((&*seen[0].state, &seen[0].commit), ("success", &first));
    assert_eq!(seen[0].description.as_ref().map(|text| text.chars().count()), Some(140));
    let unknown = CommitSha::new("1".repeat(40));
    let rejected = driver.set_status(access, &unknown, &status).await;
    assert!(matches!(rejected, Err(Error::Rejected { .. })), "{rejected:?}");

    forge.revoke_tokens();
    assert!(matches!(driver.identity(&token).await, Err(Error::Unauthorised)));
    let missing = driver
        .repository(RepositoryAccess {
            token: &forge.personal_token(),
            repository: &"ada/none".into(),
        })
        .await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_handshake_without_the_right_proof_gives_no_token() {
    let (forge, driver) = start().await;
    let client = register(&forge);
    let verifier = Secret::new("v".repeat(43));
    let redirect_uri = url(CALLBACK);
    let challenge = forges::challenge(&verifier);
    let back = browse(&driver.authorize_url(&client, "s", &challenge, &redirect_uri)).await;
    let code = Secret::new(query(&back, "code").expect("a code"));
    let other = Secret::new("w".repeat(43));
    let exchange = Exchange { code: &code, verifier: &other, redirect_uri: &redirect_uri };
    let refused = driver.exchange_code(&client, exchange).await;
    assert!(matches!(refused, Err(Error::HandshakeRefused { .. })), "{refused:?}");

    let elsewhere = url("http://127.0.0.1:1/elsewhere");
    let back = browse(&driver.authorize_url(&client, "s", &challenge, &elsewhere)).await;
    assert_eq!(query(&back, "error").as_deref(), Some("redirect_uri_mismatch"));
    assert_eq!(back.path(), url(CALLBACK).path());

    let impostor = ClientRegistration { client_secret: Secret::new("x"), ..client };
    let refused = driver.exchange_code(&impostor, exchange).await;
    assert!(
        matches!(refused, Err(Error::ClientRefused { code, .. }) if code == "incorrect_client_credentials")
    );
}

#[tokio::test]
async fn hooks_are_made_found_on_every_page_changed_and_removed() {
    let (forge, driver) = start().await;
    let (token, name) = (forge.personal_token(), RepositoryName::new("ada/engine"));
    let access = RepositoryAccess { token: &token, repository: &name };
    let target = |n: u32| HookTarget {
        url: url(&format!("http://127.0.0.1:1/hooks/{n}")),
        secret: Secret::new("s"),
    };
    for n in 0..103 {
        driver.create_hook(access, &target(n)).await.expect("a hook");
    }
    let hooks = driver.hooks(access).await.expect("hooks");
    assert_eq!(hooks.len(), 103);
    let twice = driver.create_hook(access, &target(7)).await;
    let Err(Error::Rejected { message, .. }) = twice else { panic!("{twice:?}") };
    assert!(message.contains("already exists"), "{message}");

    let changed = driver.update_hook(access, &hooks[0].id, &target(500)).await.expect("a hook");
    assert_eq!((&*changed.url, &changed.id), ("http://127.0.0.1:1/hooks/500", &hooks[0].id));
    driver.delete_hook(access, &hooks[0].id).await.expect("gone");
    driver.delete_hook(access, &hooks[0].id).await.expect("gone already");
    let gone = driver.update_hook(access, &hooks[0].id, &target(1)).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })));
    assert!(driver.update_hook(access, "../1", &target(1)).await.is_err());
    driver.ping_hook(access, &hooks[1].id).await.expect("a ping");
}

/// Takes one delivery on loopback and answers 202; gives its headers and body.
async fn receive(listener: &tokio::net::TcpListener) -> (webhooks::Headers, Vec<u8>) {
    let (mut stream, _) = listener.accept().await.expect("a delivery");
    let mut bytes = Vec::new();
    let end = loop {
        let mut part = [0; 4096];
        let read = stream.read(&mut part).await.expect("bytes");
        bytes.extend_from_slice(&part[..read]);
        if let Some(end) = bytes.windows(4).position(|it| it == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let headers: webhooks::Headers =
        head.lines().filter_map(|line| line.split_once(": ")).collect();
    let length = headers.one("content-length").expect("one").expect("a length");
    let mut body = bytes.split_off(end + 4);
    let already = body.len();
    body.resize(length.parse().expect("a number"), 0);
    stream.read_exact(&mut body[already..]).await.expect("the rest");
    let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    stream.write_all(answer).await.expect("an answer");
    (headers, body)
}

#[tokio::test]
async fn what_the_practice_forge_sends_verifies_and_is_understood() {
    let (forge, driver) = start().await;
    let (token, name) = (forge.personal_token(), RepositoryName::new("ada/engine"));
    let access = RepositoryAccess { token: &token, repository: &name };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let secret = Secret::new("between us");
    let target =
        HookTarget { url: url(&format!("http://{address}/hooks/h")), secret: secret.clone() };
    driver.create_hook(access, &target).await.expect("a hook");

    let kind = ProviderType::GitHubEnterpriseServer;
    let next = async || {
        let (headers, body) = receive(&listener).await;
        webhooks::verify(kind, &headers, &body, std::slice::from_ref(&secret), Timestamp(0))
            .expect("a signature");
        let changes = webhooks::normalise(kind, &headers, &body).expect("changes");
        webhooks::Columns::of(&changes[0])
    };
    assert_eq!(next().await.kind, "ping");

    let commit = NewCommit { branch: "main", message: "Turn", files: &[("src/a.txt", "1")] };
    let pushed = forge.push_commit("ada/engine", commit).await.expect("a push");
    let push = next().await;
    assert_eq!((&*push.kind, push.action.as_deref()), ("push", Some("updated")));
    assert_eq!(push.head.as_deref(), Some(pushed.as_str()));
    assert_eq!((push.repo.as_deref(), push.forced), (Some("ada/engine"), Some(false)));

    forge.push_tag("ada/engine", "v1", &pushed, Some("One")).await.expect("a tag");
    let tag = next().await;
    assert_eq!((&*tag.kind, tag.head.as_deref()), ("tag", Some(pushed.as_str())));

    forge.push_ref("ada/engine", ":refs/tags/v1").await.expect("a deletion");
    assert_eq!(next().await.kind, "tag_delete");

    let deliveries = forge.delivered(4).await;
    assert!(deliveries.iter().all(|it| it.status_code == 202), "{deliveries:?}");
    forge.redeliver(deliveries[1].id).expect("sent again");
    assert_eq!(next().await.head.as_deref(), Some(pushed.as_str()));
    assert_eq!(forge.delivered(5).await[4].guid, deliveries[1].guid);
}
