//! The client against a server on loopback that answers what it is told to.

use domain::Secret;
use egress::{AllowedAddress, Client, EgressRefusal, Failure, Guard, Method, Request, Url};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers each connection's one request with `answer(path)`; gives its address.
async fn serve(answer: fn(&str) -> String) -> SocketAddr {
    serve_requests(move |request| answer(request.split(' ').nth(1).unwrap_or_default())).await
}

/// The same by the whole request.
async fn serve_requests(answer: impl Fn(&str) -> String + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = vec![0; 4096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..read]).into_owned();
            let _ = stream.write_all(answer(&text).as_bytes()).await;
        }
    });
    address
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

fn moved(to: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

fn client_for(address: SocketAddr) -> Client {
    Client::new(Guard::new(vec![AllowedAddress::any_port(address.ip())]))
}

fn get(address: SocketAddr, path: &str) -> Request {
    Request::new(Method::GET, Url::parse(&format!("http://{address}{path}")).expect("a URL"))
}

#[tokio::test]
async fn redirects_are_followed_at_home_and_nowhere_else() {
    let address = serve(|path| match path {
        "/start" => moved("/end"),
        "/away" => moved("https://evil.example/?token=1"),
        "/port" => moved("http://127.0.0.1:1/"),
        "/loop" => moved("/loop"),
        other => ok(other),
    })
    .await;
    let client = client_for(address);

    let answer = client.send(get(address, "/start")).await.expect("an answer");
    assert_eq!((answer.body.as_slice(), answer.url.path()), (b"/end".as_slice(), "/end"));

    for path in ["/away", "/port"] {
        let refused = client.send(get(address, path)).await;
        let elsewhere =
            matches!(refused, Err(Failure::Refused(EgressRefusal::RedirectElsewhere { .. })));
        assert!(elsewhere, "{path}: {refused:?}");
    }
    let looped = client.send(get(address, "/loop")).await;
    assert!(matches!(looped, Err(Failure::Refused(EgressRefusal::RedirectLoop { .. }))));

    let mut post = get(address, "/start");
    post.method = Method::POST;
    assert_eq!(client.send(post).await.expect("an answer").status, 302);
}

#[tokio::test]
async fn an_answer_has_a_size_limit() {
    let address = serve(|_| ok("0123456789")).await;
    let mut request = get(address, "/");
    request.response_bytes_max = 9;
    let refused = client_for(address).send(request).await;
    assert!(matches!(refused, Err(Failure::TooLarge { limit: 9, .. })), "{refused:?}");
}

#[tokio::test]
async fn without_the_operators_word_loopback_is_not_asked() {
    let address = serve(|_| ok("secret")).await;
    let refused = Client::default().send(get(address, "/")).await;
    assert!(matches!(
        refused,
        Err(Failure::Refused(EgressRefusal::Special { class: "loopback", .. }))
    ));
}

#[tokio::test]
async fn what_cannot_be_reached_says_so_without_its_query() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let failed = client_for(address).send(get(address, "/x?code=hunter2")).await;
    let Err(Failure::Unreachable { url, why }) = failed else { panic!("{failed:?}") };
    assert_eq!(url, format!("http://{address}/x"));
    assert!(!why.contains("hunter2"), "{why}");
}

/// Everything that comes of a download.
async fn downloaded(client: &Client, request: Request) -> Result<Vec<u8>, Failure> {
    let (mut incoming, mut body) = (client.download(request).await?, Vec::new());
    while let Some(piece) = incoming.piece().await? {
        body.extend_from_slice(piece.as_ref());
    }
    Ok(body)
}

#[tokio::test]
async fn a_download_is_followed_elsewhere_without_what_was_shown_here() {
    let there = serve_requests(ok).await;
    let here = serve_requests(move |request| match request.split(' ').nth(1) {
        Some("/away") => moved(&format!("http://{there}/file?signed=1")),
        Some("/inside") => moved("http://169.254.169.254/latest/meta-data/"),
        Some("/plain") => moved("http://192.0.2.1/"),
        Some("/file") => moved("file:///etc/passwd"),
        Some("/loop") => moved("/loop"),
        _ => ok(request),
    })
    .await;
    let client = client_for(here);
    let shown = |path: &str| get(here, path).authorization("Bearer", &Secret::new("canary"));

    let at_home = downloaded(&client, shown("/there")).await.expect("an answer");
    assert!(String::from_utf8_lossy(&at_home).contains("canary"));
    let away = downloaded(&client, shown("/away")).await.expect("an answer");
    let away = String::from_utf8_lossy(&away).into_owned();
    assert!(away.starts_with("GET /file?signed=1 ") && !away.contains("canary"), "{away}");
    for path in ["/inside", "/plain", "/file", "/loop"] {
        let refused = downloaded(&client, shown(path)).await;
        assert!(matches!(refused, Err(Failure::Refused(_))), "{path}: {refused:?}");
    }
    let mut small = get(here, "/there");
    small.response_bytes_max = 9;
    let refused = downloaded(&client, small).await;
    assert!(matches!(refused, Err(Failure::TooLarge { limit: 9, .. })), "{refused:?}");
}
