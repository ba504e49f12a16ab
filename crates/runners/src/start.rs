//! From a prepared step to a running process.

use crate::cgroup::Group;
use crate::layout::Layout;
use crate::sandbox;
use crate::spawn::{Becoming, Spawner, number};
use crate::{Limits, Network};
use rustix::fs::MemfdFlags;
use rustix::pipe::PipeFlags;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What keeps a step in.
#[derive(Debug)]
pub(crate) enum Keeping {
    /// Bubblewrap: its path, and the system call filter it loads.
    Bubblewrap { program: PathBuf, filter: Vec<u8> },
    /// Nothing but a user of its own, where there is one.
    Host,
}

/// Everything about one step that its process depends on.
pub(crate) struct Start<'a> {
    /// Where its files lie on the host.
    pub layout: &'a Layout,
    pub environment: &'a BTreeMap<String, String>,
    pub network: Network,
    pub limits: &'a Limits,
    /// The user it becomes; this process's own where absent.
    pub uid: Option<u32>,
    pub group: &'a Group,
    /// Whether the group counts processes, so that no other limit need.
    pub processes_counted: bool,
    pub shell: &'a str,
}

/// A process under way.
pub(crate) struct Started {
    pub child: Child,
    /// What bubblewrap says about its child.
    pub status: Option<File>,
}

impl Keeping {
    /// The layout as the step will see it.
    pub(crate) fn seen(&self, host: &Layout) -> Layout {
        match self {
            Self::Bubblewrap { .. } => sandbox::inside(),
            Self::Host => host.clone(),
        }
    }

    /// Starts the step's shell on the script `main`.
    pub(crate) fn start(&self, spawner: &Spawner, start: &Start<'_>) -> io::Result<Started> {
        let mut becoming = Becoming {
            uid: start.uid,
            groups: start.group.doors()?,
            kept: Vec::new(),
            file_bytes_max: Some(start.limits.step_workspace_bytes_max),
            // Only a user of its own can be counted: ours has processes that are no step's.
            processes_max: (start.uid.is_some() && !start.processes_counted)
                .then_some(u64::from(start.limits.step_processes_max)),
        };
        let (mut command, status) = match self {
            Self::Host => (host_command(start), None),
            Self::Bubblewrap { program, filter } => {
                let copies = open_copies(start.layout);
                let options = memory_file(&zero_ended(&start.options(&copies)))?;
                let (status, said) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
                rustix::io::ioctl_fionbio(&status, true)?;
                becoming.kept = vec![options, memory_file(filter)?, said];
                let command = bubblewrap_command(program, start.shell, &becoming.kept);
                becoming.kept.extend(copies.into_iter().map(|(file, _)| file));
                (command, Some(status.into()))
            }
        };
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Started { child: spawner.spawn(command, becoming)?, status })
    }
}

impl Start<'_> {
    fn options(&self, copies: &[(OwnedFd, &str)]) -> Vec<String> {
        let copied: Vec<_> = copies.iter().map(|(file, to)| (number(file.as_fd()), *to)).collect();
        let tmp_bytes_max = self.limits.step_memory_bytes_max / 2;
        sandbox::options(self.layout, self.environment, self.network, tmp_bytes_max, &copied)
    }
}

/// The files of `/etc` that this machine has, as they are now.
fn open_copies(host: &Layout) -> Vec<(OwnedFd, &'static str)> {
    let copies = sandbox::copies(host).into_iter();
    copies.filter_map(|(from, to)| Some((File::open(from).ok()?.into(), to))).collect()
}

fn host_command(start: &Start<'_>) -> Command {
    let mut command = Command::new(start.shell);
    command.arg("-e").arg(start.layout.control.join("main"));
    command.env_clear().envs(start.environment).current_dir(&start.layout.workspace);
    command
}

/// Bubblewrap itself gets no environment: a step's `LD_PRELOAD` must not reach a program that is not
/// yet inside.
fn bubblewrap_command(program: &Path, shell: &str, kept: &[OwnedFd]) -> Command {
    let mut command = Command::new(program);
    for (option, descriptor) in ["--args", "--seccomp", "--json-status-fd"].iter().zip(kept) {
        command.arg(option).arg(number(descriptor.as_fd()).to_string());
    }
    command.arg("--").arg(shell).arg("-e").arg(sandbox::inside().control.join("main"));
    command.env_clear().current_dir("/");
    command
}

fn zero_ended(options: &[String]) -> Vec<u8> {
    options.iter().flat_map(|option| [option.as_bytes(), b"\0"].concat()).collect()
}

fn memory_file(bytes: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create("towpath", MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}

impl Started {
    /// Whether the step's own program ran and ended, asked when the process has. Bubblewrap exits
    /// with 1 both when a command did and when it could not begin; only in the first case it says
    /// the exit code in its status, too.
    pub(crate) fn ran(&mut self) -> bool {
        let Some(status) = &mut self.status else { return true };
        let mut text = Vec::new();
        // An end that would block is an end: whoever writes is gone.
        let _ = status.read_to_end(&mut text);
        String::from_utf8_lossy(&text).contains("\"exit-code\"")
    }
}
