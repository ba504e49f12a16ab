//! Choosing the runner that this machine allows.

use crate::cgroup::Controllers;
use crate::folder::Jobs;
use crate::processes::Processes;
use crate::spawn::Spawner;
use crate::start::Keeping;
use crate::uid::Uids;
use crate::{Abandon, End, Job, Listener, Outcome, Runner, seccomp};
use blobs::Blobs;
use domain::{Clock, Secret};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// The user ids of steps, where nothing else is configured: beyond those of people and services, and
/// beyond the ranges that `adduser` hands to containers first.
pub const STEP_UIDS: Range<u32> = 200_000..265_536;

/// What a runner is told when it is opened.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// Where jobs have their files while they run. Where the server is root and a step's user could
    /// not enter this folder, one under `/var/tmp` takes its place.
    pub folder: PathBuf,
    /// The user ids of steps, one a running job; used where the server is root.
    pub uids: Range<u32>,
    /// Where bubblewrap lies; looked for in the usual places where absent.
    pub bubblewrap: Option<PathBuf>,
    /// Whether an operator allowed steps to run on the host where isolation is missing.
    pub host_allowed: bool,
}

/// Opens the runner for this machine: isolated where that is possible; else the host, if allowed, as
/// another user than root; else one that ends every job as [`End::IsolationUnavailable`].
pub fn open(
    config: &RunnerConfig,
    blobs: Arc<Blobs>,
    clock: Arc<dyn Clock>,
) -> io::Result<Arc<dyn Runner>> {
    let is_root = rustix::process::geteuid().is_root();
    let uids = is_root.then(|| Uids::new(config.uids.clone()));
    let folder = Jobs::open(&config.folder, is_root)?;
    let (keeping, cause) = match bubblewrap(config.bubblewrap.as_deref()) {
        Ok(keeping) => (keeping, None),
        Err(cause) => (Keeping::Host, Some(cause)),
    };
    let runner = Processes {
        blobs,
        clock,
        spawner: Spawner::start()?,
        controllers: Controllers::detect(),
        uids,
        folder,
        keeping,
        shell: if Path::new("/bin/bash").exists() { "/bin/bash" } else { "/bin/sh" },
    };
    match cause.filter(|_| !config.host_allowed) {
        None => Ok(Arc::new(runner)),
        Some(cause) => Ok(Arc::new(Unavailable { cause })),
    }
}

/// A runner for a machine that cannot keep a step in.
struct Unavailable {
    cause: String,
}

impl Runner for Unavailable {
    fn notices(&self, _job: &Job) -> Vec<String> {
        vec![format!("IsolationUnavailable: {}", self.cause)]
    }

    fn run(&self, _: &Job, _: &[Secret], _: &Abandon, _: &mut dyn Listener) -> Outcome {
        let end = End::IsolationUnavailable { cause: self.cause.clone() };
        Outcome {
            end,
            first_command_at: None,
            variables: Vec::new(),
            outputs: Vec::new(),
            steps: Vec::new(),
        }
    }
}

/// Finds bubblewrap and tries it once; or what is missing.
fn bubblewrap(configured: Option<&Path>) -> Result<Keeping, String> {
    let paths = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];
    let looked_for = configured.map_or(paths.map(PathBuf::from).to_vec(), |path| vec![path.into()]);
    let program = looked_for.into_iter().find(|path| path.exists());
    let program = program.ok_or(
        "bubblewrap is not installed: install the package `bubblewrap`, or allow steps on the host",
    )?;
    let filter = seccomp::filter().map_err(|error| format!("no system call filter: {error}"))?;
    let mut probe = Command::new(&program);
    probe.args(["--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc"]);
    probe.arg("true").env_clear().current_dir("/");
    drop_root(&mut probe);
    let tried = probe.output().map_err(|error| format!("{}: {error}", program.display()))?;
    if !tried.status.success() {
        let said = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
        return Err(format!(
            "the package `bubblewrap` is installed but does not work here: {said}"
        ));
    }
    Ok(Keeping::Bubblewrap { program, filter })
}

/// A step is never root, so neither is the trial.
fn drop_root(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    if rustix::process::geteuid().is_root() {
        command.uid(STEP_UIDS.start).gid(STEP_UIDS.start);
    }
}
