//! A forge, somebody who asks it, somebody whom it tells, and a clock that is put forward.

#![allow(dead_code, reason = "each story uses what it needs")]

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use domain::connection::ProviderType;
use domain::{Clock, Secret, Timestamp};
use egress::{AllowedAddress, Client, Guard, Method, Request, Response, Url, header};
use practice_forge::{Config, Delivery, Kind, NewCommit, PracticeForge, RegisteredApp, Time};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU16, Ordering::SeqCst};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use webhooks::{Columns, Headers};

/// Where codes go.
pub const CALLBACK: &str = "http://127.0.0.1:1/oauth/callback/reg-1";

/// A clock that stands still until it is put forward.
#[derive(Debug, Default)]
pub struct Stepped(AtomicI64);

impl Stepped {
    pub fn step(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1000, SeqCst);
    }
}

impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        Timestamp(1_790_000_000_000 + self.0.load(SeqCst))
    }
}

pub struct Place {
    pub forge: PracticeForge,
    pub clock: Arc<Stepped>,
    /// The receiver's address, and the status it answers with.
    pub hook_url: String,
    pub answers: Arc<AtomicU16>,
    client: Client,
}

impl Place {
    /// A forge with one repository, and a receiver that takes everything.
    pub async fn start(kind: Kind, repository: &str) -> Self {
        Self::with(Config { kind, ..Config::default() }, repository).await
    }

    pub async fn with(config: Config, repository: &str) -> Self {
        let clock = Arc::new(Stepped::default());
        let time = Time::of(Arc::clone(&clock) as Arc<dyn Clock>);
        let forge = PracticeForge::start(Config { time, ..config }).await.expect("a forge");
        forge.create_repository(repository, &[("a", "1\n")]).await.expect("a repository");
        let answers = Arc::new(AtomicU16::new(200));
        let hook_url = receiver(Arc::clone(&answers)).await;
        let allowed = AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]));
        Self { forge, clock, hook_url, answers, client: Client::new(Guard::new(vec![allowed])) }
    }

    pub fn url(&self, path: &str) -> Url {
        self.forge.base_url().join(path).expect("a path")
    }

    pub async fn send(&self, request: Request) -> Response {
        self.client.send(request).await.expect("an answer")
    }

    /// Asks the API with a token.
    pub async fn ask_as(
        &self,
        token: &Secret,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let request = Request::new(method, self.url(path)).authorization("Bearer", token);
        let request = match body {
            Some(body) => request.content("application/json", body.to_string()),
            None => request,
        };
        let answer = self.send(request).await;
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Asks the API as the user, with every right.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        self.ask_as(&self.forge.personal_token(), method, path, body).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub fn register(&self) -> RegisteredApp {
        self.forge.register_app(&Url::parse(CALLBACK).expect("a URL"))
    }

    /// Goes to the authorize page as a browser does; gives where it is sent.
    pub async fn authorize(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, u16> {
        let mut url = self.url(path);
        url.query_pairs_mut().extend_pairs(query);
        // A request that is no GET is not followed by the client, and the page's form is a POST.
        let form = url.query().unwrap_or_default().to_owned() + "&decision=approve";
        let request = Request::new(Method::POST, self.url(path));
        let answer = self.send(request.content("application/x-www-form-urlencoded", form)).await;
        let location = answer.headers.get(header::LOCATION).and_then(|it| it.to_str().ok());
        location.and_then(|it| Url::parse(it).ok()).ok_or(answer.status.as_u16())
    }

    /// Goes somewhere as a browser does that follows nothing; gives where it is sent.
    pub async fn browse(&self, path: &str) -> Option<Url> {
        let url = self.url(path);
        let address = (url.host_str().expect("a host"), url.port().expect("a port"));
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
        let target = &url[url::Position::BeforePath..];
        let request = format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        let location = answer.lines().find_map(|line| line.strip_prefix("location: "))?;
        Url::parse(location).ok()
    }

    /// Hands in a form for a token.
    pub async fn token(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        self.token_as(path, None, form).await
    }

    /// The same with the client in HTTP Basic.
    pub async fn token_as(
        &self,
        path: &str,
        client: Option<&RegisteredApp>,
        form: &[(&str, &str)],
    ) -> (u16, Value) {
        use base64::Engine;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::new(Method::POST, self.url(path))
            .content("application/x-www-form-urlencoded", body)
            .header(header::ACCEPT, "application/json".parse().expect("a value"));
        if let Some(app) = client {
            let pair = format!("{}:{}", app.client_id, app.client_secret.expose());
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            request = request.authorization("Basic", &Secret::new(encoded));
        }
        let answer = self.send(request).await;
        (answer.status.as_u16(), serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    pub async fn push(&self, repository: &str, branch: &str) -> String {
        // A file of the branch's own: branches merge, and each push is a commit of its own.
        let path = format!("of/{branch}");
        let files = [(path.as_str(), "3\n")];
        let commit = NewCommit { branch, message: "Turn", files: &files };
        self.forge.push_commit(repository, commit).await.expect("a push").to_string()
    }
}

/// The value of a query's member.
pub fn query(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(it, _)| it == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

pub fn header<'a>(delivery: &'a Delivery, name: &str) -> &'a str {
    let found = delivery.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str()).unwrap_or_default()
}

pub fn body(delivery: &Delivery) -> Value {
    serde_json::from_str(&delivery.body).expect("JSON")
}

/// What our own reader of deliveries makes of one: it verifies with this secret, and says this.
/// At the instant that the stepped clock began with, for the signatures that name a time.
pub fn understood(provider: ProviderType, delivery: &Delivery, secret: &str) -> Vec<Columns> {
    let headers: Headers = delivery.headers.iter().map(|(name, value)| (name, value)).collect();
    let body = delivery.body.as_bytes();
    let at = Stepped::default().now();
    webhooks::verify(provider, &headers, body, &[Secret::new(secret)], at).expect("it verifies");
    let changes = webhooks::normalise(provider, &headers, body).expect("it is understood");
    changes.iter().map(Columns::of).collect()
}

/// Takes every delivery with the status that it is told.
async fn receiver(answers: Arc<AtomicU16>) -> String {
    let answer = |State(answers): State<Arc<AtomicU16>>| async move {
        StatusCode::from_u16(answers.load(SeqCst)).expect("a status")
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hooks/h", listener.local_addr().expect("an address"));
    let routes = Router::new().route("/hooks/h", post(answer)).with_state(answers);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}
