//! The moment at which a step's first command runs, seen from outside: it knocks here.

use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// How long a slow server may take to its first command.
const KNOCK_SECONDS_MAX: u64 = 120;

/// A door on loopback that notes when somebody knocks.
pub struct Arrivals {
    port: u16,
    knocks: Receiver<Instant>,
}

impl Arrivals {
    /// Opens the door on a free port; its thread ends with the process.
    pub fn open() -> Result<Arrivals> {
        let door = TcpListener::bind("127.0.0.1:0")?;
        let port = door.local_addr()?.port();
        let (note, knocks) = mpsc::channel();
        std::thread::spawn(move || {
            // The knock counts when it is accepted; nothing is read.
            while door.accept().is_ok() && note.send(Instant::now()).is_ok() {}
        });
        Ok(Arrivals { port, knocks })
    }

    /// A command for bash that knocks by itself: a step's shell is bash where there is one, and the
    /// moment of the first command is not that of a program that it starts.
    pub fn command(&self) -> String {
        format!(": > /dev/tcp/127.0.0.1/{}", self.port)
    }

    /// How long after `since` the next knock came.
    pub fn wait(&self, since: Instant) -> Result<Duration> {
        let knock = self.knocks.recv_timeout(Duration::from_secs(KNOCK_SECONDS_MAX));
        Ok(knock.context("no command ran")?.saturating_duration_since(since))
    }
}
