//! The release build in the world that `scenarios/clients/bench_world.py` makes around it:
//! a real forge, a finished connection, pipelines whose only command knocks at our door.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::arrivals::Arrivals;
use super::figure::Figure;
use super::floors;
use super::load::Hook;
use super::relay::Relay;
use crate::surroundings::Surroundings;

/// So that an execution has ended before the next push.
const PAUSE: Duration = Duration::from_millis(300);

/// The headers of a delivery that its signature and meaning hang on.
const KEPT_HEADERS: [&str; 4] =
    ["content-type", "user-agent", "x-github-event", "x-hub-signature-256"];

/// The world and our hands on it.
pub struct World {
    script: Child,
    wishes: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    relay: Relay,
    arrivals: Arrivals,
    host: String,
    work: PathBuf,
    /// The server's database.
    pub database: PathBuf,
}

impl World {
    /// Starts forge and server and connects them, everything in `folder`. The server calls
    /// itself by the relay's address.
    pub fn open(surroundings: &Surroundings, binary: &Path, folder: &Path) -> Result<World> {
        ensure!(Path::new("/bin/bash").exists(), "the bench's command is one for bash");
        let host = format!("127.0.0.1:{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?.port());
        let (relay, arrivals) = (Relay::open(&host)?, Arrivals::open()?);
        let mut script = surroundings.client("bench_world.py");
        script.args([relay.url(), host.clone(), arrivals.command()]);
        script.env("TOWPATH_BINARY", binary).env("TMPDIR", folder);
        let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut answers = BufReader::new(script.stdout.take().context("stdout is piped")?);
        let wishes = script.stdin.take();
        let ready = answer(&mut answers)?;
        let named = |what: &str| {
            ready[what].as_str().map(PathBuf::from).context("bench_world.py names its files")
        };
        let (work, database) = (named("work")?, named("database")?);
        Ok(World { script, wishes, answers, relay, arrivals, host, work, database })
    }

    /// A real delivery on a branch that no pipeline watches, to be sent again: what is
    /// measured with it is to accept, verify and keep.
    pub fn hook(&self) -> Result<Hook> {
        let message = "m".repeat(super::delivery::BYTES * 2 / 5);
        floors::commit(&self.work, &message)?;
        self.push("unwatched")?;
        let delivery = self.relay.delivery()?;
        let kept = KEPT_HEADERS
            .iter()
            .filter_map(|name| Some(format!("{name}: {}\r\n", delivery.says(name)?)));
        Ok(Hook {
            host: self.host.clone(),
            path: delivery.head.split(' ').nth(1).context("a request has a path")?.to_owned(),
            headers: kept.collect(),
            body: delivery.body,
        })
    }

    /// From the last byte of a webhook to its pipeline's first command, over smart HTTP.
    pub fn first_command(&self, times: usize) -> Result<Figure> {
        Figure::measure(times, || {
            self.commit()?;
            self.push_and_wait("main")
        })
    }

    /// The same for a commit that another pipeline has fetched before.
    pub fn first_command_mirrored(&self, times: usize) -> Result<Figure> {
        Figure::measure(times, || {
            self.commit()?;
            self.push_and_wait("warm")?;
            self.push_and_wait("main")
        })
    }

    /// Adds pipelines that watch other repositories.
    pub fn crowd(&mut self, number: usize) -> Result<()> {
        let wishes = self.wishes.as_mut().context("the world is open")?;
        writeln!(wishes, "crowd {number}")?;
        answer(&mut self.answers).map(drop)
    }

    /// One that differs from all before it.
    fn commit(&self) -> Result<()> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
        floors::commit(&self.work, &format!("change at {}", now.as_nanos())).map(drop)
    }

    fn push_and_wait(&self, branch: &str) -> Result<Duration> {
        self.push(branch)?;
        let delivery = self.relay.delivery()?;
        let passed = self.arrivals.wait(delivery.at)?;
        std::thread::sleep(PAUSE);
        Ok(passed)
    }

    fn push(&self, branch: &str) -> Result<()> {
        floors::git(
            &self.work,
            &["push", "--quiet", "origin", &format!("HEAD:refs/heads/{branch}")],
        )
        .map(drop)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The script ends its world when its input ends.
        drop(self.wishes.take());
        drop(self.script.wait());
    }
}

fn answer(answers: &mut BufReader<ChildStdout>) -> Result<Value> {
    let mut line = String::new();
    ensure!(answers.read_line(&mut line)? > 0, "bench_world.py ended");
    serde_json::from_str(&line).context(line)
}
