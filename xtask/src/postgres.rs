//! A PostgreSQL of our own for one run: a fresh cluster in a folder of its own, reachable
//! on loopback only, ended by its process id when the value is dropped.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use crate::stage::succeed;
use crate::workspace::{self, Workspace};

/// How long a fresh cluster may take to answer.
const START_SECONDS_MAX: u64 = 60;

/// A running server and the folder that goes with it.
pub struct Postgres {
    server: Child,
    port: u16,
    /// Goes away with the value, after the server that writes in it.
    #[allow(dead_code, reason = "held for its drop")]
    folder: TempDir,
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub fn start(workspace: &Workspace) -> Result<Postgres> {
        let owner = Owner::find()?;
        let folder = folder(workspace, &owner)?;
        let cluster = folder.path().join("cluster");
        let mut initdb = owner.command("initdb")?;
        initdb.args([
            "--auth=trust",
            "--username=towpath",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--pgdata",
        ]);
        succeed(initdb.arg(&cluster).stdout(Stdio::null()))?;
        let port = free_port()?;
        let server = serve(&owner, &cluster, port)?;
        let mut postgres = Postgres { server, port, folder };
        postgres.wait_until_ready()?;
        Ok(postgres)
    }

    /// Where it is reached, in the form that `--database` takes.
    pub fn url(&self) -> String {
        format!("postgres://towpath@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let ready = program("pg_isready").context("pg_isready stands beside initdb")?;
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        loop {
            let mut asked = Command::new(&ready);
            asked.args(["--quiet", "--host=127.0.0.1", "--port", &self.port.to_string()]);
            if asked.status()?.success() {
                return Ok(());
            }
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL ended at its start: {status}");
            }
            ensure!(
                Instant::now() < deadline,
                "PostgreSQL does not answer after {START_SECONDS_MAX} s"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast stop: sessions are cut off, children are waited for.
        let stopped = kill_process(Pid::from_child(&self.server), Signal::INT);
        if stopped.is_err() {
            drop(self.server.kill());
        }
        drop(self.server.wait());
    }
}

/// A program of PostgreSQL: on the search path, or where Debian keeps each version's.
pub fn program(name: &str) -> Option<PathBuf> {
    workspace::program(name).or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut found: Vec<PathBuf> = versions
            .filter_map(|version| Some(version.ok()?.path().join("bin").join(name)))
            .filter(|program| program.is_file())
            .collect();
        found.sort();
        found.pop()
    })
}

/// Who the server runs as: PostgreSQL refuses root.
struct Owner(Option<(u32, u32)>);

impl Owner {
    fn find() -> Result<Owner> {
        if !geteuid().is_root() {
            return Ok(Owner(None));
        }
        let user = if number(&["-u", "postgres"]).is_ok() { "postgres" } else { "nobody" };
        Ok(Owner(Some((number(&["-u", user])?, number(&["-g", user])?))))
    }

    fn command(&self, name: &str) -> Result<Command> {
        Ok(self.of(Command::new(
            program(name).with_context(|| format!("{name}: PostgreSQL is not installed"))?,
        )))
    }

    fn of(&self, mut command: Command) -> Command {
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group).current_dir("/");
        }
        command
    }
}

/// A folder that the owner can write: under the target folder, or with the other temporary
/// ones where no other user gets that far (a clone in a closed home).
fn folder(workspace: &Workspace, owner: &Owner) -> Result<TempDir> {
    for parent in [workspace.target.clone(), std::env::temp_dir()] {
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir_in(&parent)?;
        if let Some((user, group)) = owner.0 {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        let mut reached = Command::new("test");
        reached.arg("-w").arg(folder.path());
        if owner.of(reached).status()?.success() {
            return Ok(folder);
        }
    }
    bail!("no folder that an unprivileged user may write")
}

fn serve(owner: &Owner, cluster: &Path, port: u16) -> Result<Child> {
    let mut postgres = owner.command("postgres")?;
    postgres.arg("-D").arg(cluster).args(["-p", &port.to_string()]);
    // The cluster lives as long as the run: it need not survive a power cut.
    for setting in [
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "max_connections=200",
    ] {
        postgres.args(["-c", setting]);
    }
    let log = std::fs::File::create(cluster.join("server.log"))?;
    Ok(postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn number(arguments: &[&str]) -> Result<u32> {
    let output = Command::new("id").args(arguments).output().context("id")?;
    ensure!(output.status.success(), "id {arguments:?}");
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::{Postgres, program};
    use crate::workspace::Workspace;

    #[test]
    fn a_cluster_answers_until_it_is_dropped() {
        if program("initdb").is_none() {
            return println!("skipped: PostgreSQL is not installed");
        }
        let postgres = Postgres::start(&Workspace::find().unwrap()).unwrap();
        let address = ("127.0.0.1", postgres.port);
        assert!(TcpStream::connect(address).is_ok());
        let folder = postgres.folder.path().to_owned();
        drop(postgres);
        assert!(TcpStream::connect(address).is_err() && !folder.exists());
    }
}
