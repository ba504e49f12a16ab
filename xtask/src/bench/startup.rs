//! How long the server takes to its first answer, and what it holds when it has nothing to do.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::figure::Figure;
use super::http::Connection;

const STARTS: usize = 10;
const START_SECONDS_MAX: u64 = 30;

/// How long the server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);

/// From the start of the process to its first answer, on a data folder that is there.
pub fn starts(binary: &Path, folder: &Path) -> Result<Figure> {
    Figure::measure(STARTS, || {
        let started = Instant::now();
        let server = Server::start(binary, folder)?;
        let passed = started.elapsed();
        drop(server);
        Ok(passed)
    })
}

/// The memory of an idle server, in KiB (VmRSS of proc(5)).
pub fn idle_kibibytes(binary: &Path, folder: &Path) -> Result<u64> {
    let server = Server::start(binary, folder)?;
    std::thread::sleep(IDLE);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("/proc says VmRSS")?.parse()?)
}

struct Server {
    process: Child,
}

impl Server {
    fn start(binary: &Path, folder: &Path) -> Result<Server> {
        let said = folder.join("data/server.json");
        drop(std::fs::remove_file(&said));
        let process = Command::new(binary)
            .args(["up", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Server { process };
        server.wait_for_an_answer(&said)?;
        Ok(server)
    }

    fn wait_for_an_answer(&mut self, said: &PathBuf) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        while !answers(said) {
            ensure!(self.process.try_wait()?.is_none(), "the server ended at its start");
            ensure!(Instant::now() < deadline, "no answer after {START_SECONDS_MAX} s");
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if kill_process(Pid::from_child(&self.process), Signal::TERM).is_err() {
            drop(self.process.kill());
        }
        drop(self.process.wait());
    }
}

/// Whether the server has said where it is, and answers there.
fn answers(said: &PathBuf) -> bool {
    let asked = || -> Result<u16> {
        let said: Value = serde_json::from_slice(&std::fs::read(said)?)?;
        let address = said["address"].as_str().context("server.json names an address")?;
        let mut connection = Connection::open(address.trim_start_matches("http://"))?;
        connection.send("/", "", b"")?;
        connection.answer()
    };
    asked().is_ok()
}
