//! A forge's answers, one after the other, over real HTTP on loopback; and what it was asked, so
//! that a test holds each request against what the forge documents.
#![allow(dead_code, reason = "each test file uses a part of it")]

use domain::{RepositoryName, Secret};
use egress::{AllowedAddress, Client, Guard, Url};
use forges::{ClientRegistration, HookTarget, RepositoryAccess};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Headers that every request has and that say nothing about the forge.
const PLUMBING: [&str; 4] = ["host", "user-agent", "content-length", "accept-encoding"];

/// One answer: a status line's end, headers, a body.
pub struct Answer {
    status: &'static str,
    headers: Vec<String>,
    body: String,
}

pub fn answer(status: &'static str, body: impl Into<String>) -> Answer {
    let headers = vec!["Content-Type: application/json".to_owned()];
    Answer { status, headers, body: body.into() }
}

impl Answer {
    pub fn header(mut self, line: impl Into<String>) -> Self {
        let line = line.into();
        let name = |line: &str| line.split(':').next().map(str::to_ascii_lowercase);
        self.headers.retain(|it| name(it) != name(&line));
        self.headers.push(line);
        self
    }
}

/// The forge's side.
pub struct Double {
    pub url: Url,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Double {
    /// Serves these answers, each to one request; whoever asks once more is left without one. What
    /// an answer says about `{origin}` is this double's own.
    pub async fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let origin = format!("http://{address}");
        let url = Url::parse(&origin).expect("a URL");
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let writing = Arc::clone(&seen);
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("a request");
                let request = read(&mut stream).await;
                writing.lock().expect("a lock").push(request);
                write(&mut stream, answer, &origin).await;
            }
        });
        Self { url, seen }
    }

    /// What was asked, each as method and path, headers in order, an empty line and the body.
    pub fn requests(&self) -> Vec<String> {
        self.seen.lock().expect("a lock").clone()
    }
}

async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 8192];
        let count = stream.read(&mut part).await.expect("bytes");
        bytes.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.to_lowercase();
        let length = length.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |text| text.parse().expect("a length")) {
            return written(head, body);
        }
    }
}

fn written(head: &str, body: &str) -> String {
    let (line, headers) = head.split_once("\r\n").expect("a request line");
    let of_interest = |line: &&str| !PLUMBING.contains(&line.split(':').next().unwrap_or(""));
    let mut headers: Vec<_> = headers.split("\r\n").filter(of_interest).collect();
    headers.sort_unstable();
    let line = line.trim_end_matches(" HTTP/1.1");
    let empty = if body.is_empty() { "" } else { "\n\n" };
    format!("{line}\n{}{empty}{body}", headers.join("\n"))
}

async fn write(stream: &mut TcpStream, answer: Answer, origin: &str) {
    let Answer { status, headers, body } = answer;
    let (headers, body) =
        (headers.join("\r\n").replace("{origin}", origin), body.replace("{origin}", origin));
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    // A client that has read enough may have gone.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

pub fn client() -> Client {
    Client::new(Guard::new(vec![AllowedAddress::any_port(IpAddr::from([127, 0, 0, 1]))]))
}

pub fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

pub fn token() -> Secret {
    Secret::new("t0ken")
}

/// A repository, asked about with that token.
pub fn access(repository: &RepositoryName) -> RepositoryAccess<'_> {
    static TOKEN: LazyLock<Secret> = LazyLock::new(token);
    RepositoryAccess { token: &TOKEN, repository }
}

pub const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
pub const TAG: &str = "fedcba9876543210fedcba9876543210fedcba98";
pub const CALLBACK: &str = "https://towpath.example/oauth/callback/reg-1";

pub fn registration() -> ClientRegistration {
    ClientRegistration { client_id: "app".to_owned(), client_secret: Secret::new("s&cret") }
}

pub fn target() -> HookTarget {
    HookTarget { url: url("https://towpath.example/hooks/h"), secret: Secret::new("stored") }
}

/// What a call to the API looks like, but for its body.
pub fn call(line: &str) -> String {
    format!("{line}\naccept: application/json\nauthorization: Bearer t0ken")
}

pub fn call_with(line: &str, body: &str) -> String {
    format!("{}\ncontent-type: application/json\n\n{body}", call(line))
}

pub fn form(path: &str, body: &str) -> String {
    let headers = "accept: application/json\ncontent-type: application/x-www-form-urlencoded";
    format!("POST {path}\n{headers}\n\n{body}")
}
