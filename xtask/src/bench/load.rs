//! Many deliveries from a few clients: how long one takes, how many a second.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::delivery;
use super::figure::Figure;
use super::http::Connection;

/// Where deliveries go and with what they are signed.
pub struct Hook {
    /// `host:port` of the server.
    pub host: String,
    /// The path of the hook on it.
    pub path: String,
    /// The hook's secret.
    pub secret: String,
    /// The repository that the hook belongs to, `owner/name`.
    pub repository: String,
}

/// What came of a load.
pub struct Load {
    /// How long each delivery took.
    pub latency: Figure,
    /// Deliveries answered a second, all clients together.
    pub rate: f64,
}

impl Hook {
    /// Sends `count` pushes on a branch that no pipeline watches from each of `clients`
    /// connections: what is measured is to accept, verify and keep.
    pub fn load(&self, clients: usize, count: usize) -> Result<Load> {
        // Signing is the forge's work, so it is done before the clock runs.
        let prepared: Vec<Vec<Prepared>> = (0..clients).map(|_| self.prepare(count)).collect();
        let started = Instant::now();
        let latencies: Vec<Result<Vec<Duration>>> = std::thread::scope(|threads| {
            let clients = prepared.iter().map(|deliveries| threads.spawn(|| self.send(deliveries)));
            let clients: Vec<_> = clients.collect();
            clients
                .into_iter()
                .map(|client| client.join().expect("a client does not panic"))
                .collect()
        });
        let rate = (clients * count) as f64 / started.elapsed().as_secs_f64();
        let latencies: Vec<Vec<Duration>> = latencies.into_iter().collect::<Result<_>>()?;
        Ok(Load { latency: Figure::of(latencies.concat()), rate })
    }

    /// Sends one push of `after` on main, and gives the moment at which it was all sent.
    pub fn push(&self, before: &str, after: &str) -> Result<Instant> {
        let body = delivery::push(&self.repository, "main", before, after);
        let headers = delivery::headers(&delivery::id(fresh()), &self.secret, &body);
        let mut connection = Connection::open(&self.host)?;
        let sent = connection.send(&self.path, &headers, &body)?;
        self.accepted(connection.answer()?)?;
        Ok(sent)
    }

    /// A peer may say 200 where we say 202.
    fn accepted(&self, status: u16) -> Result<()> {
        ensure!((200..300).contains(&status), "a delivery was answered {status}");
        Ok(())
    }

    fn prepare(&self, count: usize) -> Vec<Prepared> {
        (0..count).map(|_| Prepared::new(self, fresh())).collect()
    }

    fn send(&self, deliveries: &[Prepared]) -> Result<Vec<Duration>> {
        let mut connection = Connection::open(&self.host)?;
        let mut send = |delivery: &Prepared| -> Result<Duration> {
            let started = Instant::now();
            connection.send(&self.path, &delivery.headers, &delivery.body)?;
            self.accepted(connection.answer()?)?;
            Ok(started.elapsed())
        };
        deliveries.iter().map(|delivery| send(delivery).context("sending a delivery")).collect()
    }
}

struct Prepared {
    headers: String,
    body: Vec<u8>,
}

impl Prepared {
    fn new(hook: &Hook, number: u64) -> Prepared {
        let commit = |number: u64| format!("{number:040x}");
        let body =
            delivery::push(&hook.repository, "unwatched", &commit(number - 1), &commit(number));
        Prepared { headers: delivery::headers(&delivery::id(number), &hook.secret, &body), body }
    }
}

/// A number that no delivery of this run had before.
fn fresh() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(1);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}
