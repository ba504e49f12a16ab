//! A forge that the attacker runs: it answers nothing useful, and keeps what it was told.

use std::sync::{Arc, Mutex};

use egress::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// A listener on loopback that writes down what it reads.
pub(super) struct Snare {
    /// Where it listens.
    pub(super) url: Url,
    heard: Arc<Mutex<String>>,
}

impl Snare {
    pub(super) async fn set() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (url, heard) = (Url::parse(&url).expect("a URL"), Arc::<Mutex<String>>::default());
        let kept = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(listen(stream, kept.clone()));
            }
        });
        Self { url, heard }
    }

    /// Everything that anyone ever told it.
    pub(super) fn heard(&self) -> String {
        self.heard.lock().expect("nobody panics with it").clone()
    }
}

/// Reads what comes in one go: a request for a token fits into that.
async fn listen(mut stream: TcpStream, heard: Arc<Mutex<String>>) {
    let mut buffer = vec![0; 64 * 1024];
    let read = stream.read(&mut buffer).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
    heard.lock().expect("nobody panics with it").push_str(&text);
    stream.write_all(ANSWER).await.ok();
}
