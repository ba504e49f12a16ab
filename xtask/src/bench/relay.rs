//! Stands between the forge and the server, as a proxy would, and notes each request that it
//! passes on: when its last byte went to the server, and what it was.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long a forge may take to deliver.
const DELIVERY_SECONDS_MAX: u64 = 60;

/// A door on loopback that leads to the server.
pub struct Relay {
    port: u16,
    passed: Receiver<Passed>,
}

/// A request that went through.
pub struct Passed {
    /// When its last byte was handed to the server.
    pub at: Instant,
    /// Its request line and headers.
    pub head: String,
    /// Its body.
    pub body: Vec<u8>,
}

impl Relay {
    /// Opens the door on a free port; it leads to `server`, a `host:port`, once that is there.
    pub fn open(server: &str) -> Result<Relay> {
        let door = TcpListener::bind("127.0.0.1:0")?;
        let port = door.local_addr()?.port();
        let server = server.to_owned();
        let (note, passed) = mpsc::channel();
        std::thread::spawn(move || {
            for client in door.incoming().flatten() {
                let (server, note) = (server.clone(), note.clone());
                std::thread::spawn(move || pass(client, &server, &note));
            }
        });
        Ok(Relay { port, passed })
    }

    /// What the server is to call itself.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next delivery that comes through, whatever else does.
    pub fn delivery(&self) -> Result<Passed> {
        loop {
            let wait = Duration::from_secs(DELIVERY_SECONDS_MAX);
            let passed = self.passed.recv_timeout(wait).context("the forge delivered nothing")?;
            if passed.head.starts_with("POST /hooks/")
                && passed.says("x-github-event") == Some("push")
            {
                return Ok(passed);
            }
        }
    }
}

impl Passed {
    /// The value of a header, named in lower case.
    pub fn says(&self, header: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines
            .filter(|(name, _)| name.eq_ignore_ascii_case(header))
            .map(|(_, value)| value.trim())
            .next()
    }
}

/// Both directions of one connection, until one side ends it.
fn pass(client: TcpStream, server: &str, note: &Sender<Passed>) -> Option<()> {
    let server = TcpStream::connect(server).ok()?;
    client.set_nodelay(true).and(server.set_nodelay(true)).ok()?;
    let (mut answers, mut back) = (server.try_clone().ok()?, client.try_clone().ok()?);
    std::thread::spawn(move || {
        drop(std::io::copy(&mut answers, &mut back));
        drop(back.shutdown(Shutdown::Both));
    });
    forward(client, &server, note);
    drop(server.shutdown(Shutdown::Write));
    Some(())
}

fn forward(mut client: TcpStream, mut server: &TcpStream, note: &Sender<Passed>) {
    let (mut seen, mut chunk) = (Vec::new(), [0; 64 * 1024]);
    while let Ok(length @ 1..) = client.read(&mut chunk) {
        if server.write_all(&chunk[..length]).is_err() {
            return;
        }
        let at = Instant::now();
        seen.extend_from_slice(&chunk[..length]);
        while let Some(passed) = take_request(&mut seen, at) {
            drop(note.send(passed));
        }
    }
}

/// Takes one complete request out of what was seen, where there is one.
fn take_request(seen: &mut Vec<u8>, at: Instant) -> Option<Passed> {
    let head_end = seen.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&seen[..head_end]).into_owned();
    let mut passed = Passed { at, head, body: Vec::new() };
    let length: usize =
        passed.says("content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
    if seen.len() < head_end + length {
        return None;
    }
    passed.body = seen[head_end..head_end + length].to_vec();
    seen.drain(..head_end + length);
    Some(passed)
}

#[cfg(test)]
mod tests {
    use super::take_request;
    use std::time::Instant;

    #[test]
    fn a_request_is_taken_when_its_last_byte_is_there() {
        let mut seen =
            b"POST /hooks/1 HTTP/1.1\r\nX-GitHub-Event: push\r\nContent-Length: 2\r\n\r\n{"
                .to_vec();
        assert!(take_request(&mut seen, Instant::now()).is_none());
        seen.extend_from_slice(b"}GET / HTTP/1.1\r\n\r\n");
        let passed = take_request(&mut seen, Instant::now()).unwrap();
        assert_eq!(
            (passed.says("x-github-event"), passed.body.as_slice()),
            (Some("push"), &b"{}"[..])
        );
        assert!(take_request(&mut seen, Instant::now()).unwrap().head.starts_with("GET / "));
        assert!(seen.is_empty());
    }
}
