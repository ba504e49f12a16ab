//! Buildbot from PyPI, measured in the same run and in the same way: the same deliveries,
//! the same repository by path, the same first command.
//!
//! It is spared the signature (it knows only SHA-1) and the isolation (it has none).

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::arrivals::Arrivals;
use super::delivery;
use super::figure::{Figure, print};
use super::floors;
use super::http::Connection;
use super::load::Hook;
use crate::setup::python;
use crate::stage::succeed;
use crate::workspace::Workspace;

const START_SECONDS_MAX: u64 = 180;
const MASTER: &str = include_str!("../../peer/master.cfg");
const REPOSITORY: &str = "octo/app";
const BUILDERS_MANY: usize = 1_000;

/// Measures and prints, with one builder and with many.
pub fn run(workspace: &Workspace, folder: &Path) -> Result<()> {
    let programs = workspace.target.join("clients/buildbot");
    python::environment(&programs, &workspace.root.join("xtask/peer/requirements.txt"))?;
    for (builders, deliveries, builds) in [(1, 300, 15), (BUILDERS_MANY, 50, 3)] {
        let origin = folder.join(format!("peer-origin-{builders}"));
        floors::make_repository(&origin)?;
        let arrivals = Arrivals::open()?;
        let peer = Peer::start(
            &programs,
            &folder.join(format!("peer-{builders}")),
            builders,
            &origin,
            &arrivals,
        )?;
        let report = |of: &str, figure: String| {
            print("peer", &format!("Buildbot 4.3, {builders} builders: {of}"), figure);
        };
        report("accept, 1 client", peer.hook.load(1, deliveries)?.latency.to_string());
        report("accept, 16 clients", format!("{:.0}/s", peer.hook.load(16, deliveries / 10)?.rate));
        report(
            "POST to first command",
            first_command(&peer.hook, &origin, &arrivals, builds)?.to_string(),
        );
    }
    Ok(())
}

/// Pushes commit after commit and waits for the command of each.
fn first_command(hook: &Hook, origin: &Path, arrivals: &Arrivals, times: usize) -> Result<Figure> {
    let mut before = floors::git(origin, &["rev-parse", "HEAD"])?;
    Figure::measure(times, || {
        let after = floors::commit(origin, &format!("after {before}"))?;
        let body = delivery::push(REPOSITORY, "main", &before, &after);
        let sent = Hook { body, ..hook.clone() }.post()?;
        before = after;
        arrivals.wait(sent)
    })
}

struct Peer {
    master: Child,
    hook: Hook,
}

impl Peer {
    fn start(
        programs: &Path,
        folder: &Path,
        builders: usize,
        origin: &Path,
        arrivals: &Arrivals,
    ) -> Result<Peer> {
        let buildbot = programs.join("bin/buildbot");
        let mut create = Command::new(&buildbot);
        succeed(create.args(["create-master", "--quiet"]).arg(folder).stdout(Stdio::null()))?;
        std::fs::write(folder.join("master.cfg"), MASTER)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let master = Command::new(&buildbot)
            .args(["start", "--nodaemon"])
            .arg(folder)
            .env("PATH", search_path(programs)?)
            .env("BENCH_REPOSITORY", origin)
            .env("BENCH_COMMAND", arrivals.command())
            .env("BENCH_BUILDERS", builders.to_string())
            .env("BENCH_PORT", port.to_string())
            .stdout(Stdio::null())
            .spawn()?;
        let hook = Hook {
            host: format!("127.0.0.1:{port}"),
            path: "/change_hook/github".to_owned(),
            headers: "Content-Type: application/json\r\nX-GitHub-Event: push\r\n".to_owned(),
            body: delivery::push(REPOSITORY, "unwatched", &"0".repeat(40), &"1".repeat(40)),
        };
        let mut peer = Peer { master, hook };
        peer.wait_until_ready()?;
        Ok(peer)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        while Connection::open(&self.hook.host).is_err() {
            ensure!(self.master.try_wait()?.is_none(), "Buildbot ended at its start");
            ensure!(
                Instant::now() < deadline,
                "Buildbot does not answer after {START_SECONDS_MAX} s"
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if kill_process(Pid::from_child(&self.master), Signal::TERM).is_err() {
            drop(self.master.kill());
        }
        drop(self.master.wait());
    }
}

/// Buildbot's local worker is found on the search path.
fn search_path(programs: &Path) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").context("PATH is not set")?;
    let folders = std::iter::once(programs.join("bin")).chain(std::env::split_paths(&path));
    Ok(std::env::join_paths(folders.collect::<Vec<PathBuf>>())?)
}
