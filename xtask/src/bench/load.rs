//! Many deliveries from a few clients: how long one takes, how many a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::delivery;
use super::figure::Figure;
use super::http::Connection;

/// A webhook that can be sent many times: a signature covers the body alone, so each has an
/// id of its own and is verified and kept like the first.
#[derive(Clone)]
pub struct Hook {
    /// `host:port` of the server.
    pub host: String,
    /// The path of the hook on it.
    pub path: String,
    /// The headers but for length and id, each line ended.
    pub headers: String,
    /// What is sent.
    pub body: Vec<u8>,
}

/// What came of a load.
pub struct Load {
    /// How long each delivery took.
    pub latency: Figure,
    /// Deliveries answered a second, all clients together.
    pub rate: f64,
}

impl Hook {
    /// Sends `count` deliveries from each of `clients` connections.
    pub fn load(&self, clients: usize, count: usize) -> Result<Load> {
        let started = Instant::now();
        let latencies: Vec<Result<Vec<Duration>>> = std::thread::scope(|threads| {
            let clients: Vec<_> =
                (0..clients).map(|_| threads.spawn(|| self.send(count))).collect();
            clients
                .into_iter()
                .map(|client| client.join().expect("a client does not panic"))
                .collect()
        });
        let rate = (clients * count) as f64 / started.elapsed().as_secs_f64();
        let latencies: Vec<Vec<Duration>> = latencies.into_iter().collect::<Result<_>>()?;
        Ok(Load { latency: Figure::of(latencies.concat()), rate })
    }

    /// Sends one delivery; gives the moment at which it was all sent.
    pub fn post(&self) -> Result<Instant> {
        let mut connection = Connection::open(&self.host)?;
        self.post_on(&mut connection)
    }

    fn send(&self, count: usize) -> Result<Vec<Duration>> {
        let mut connection = Connection::open(&self.host)?;
        let mut timed = || -> Result<Duration> {
            let started = Instant::now();
            self.post_on(&mut connection)?;
            Ok(started.elapsed())
        };
        (0..count).map(|_| timed().context("sending a delivery")).collect()
    }

    fn post_on(&self, connection: &mut Connection) -> Result<Instant> {
        let headers = format!("{}X-GitHub-Delivery: {}\r\n", self.headers, delivery::id(fresh()));
        let sent = connection.send(&self.path, &headers, &self.body)?;
        let status = connection.answer()?;
        // A peer may say 200 where we say 202.
        ensure!((200..300).contains(&status), "a delivery was answered {status}");
        Ok(sent)
    }
}

/// A number that no delivery of this run had before.
fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}
