//! From a prepared step to a running process.

use crate::cgroup::Group;
use crate::gateway::{GATEWAY, Open, Serve};
use crate::launch::{self, Child, Program};
use crate::layout::Layout;
use crate::limits::NETWORK_MILLIS;
use crate::sandbox;
use crate::spawn::{Becoming, Spawner, Spawning, number};
use crate::watch::poll;
use crate::{End, Limits, Network};
use rustix::event::{PollFd, PollFlags};
use rustix::fs::MemfdFlags;
use rustix::pipe::PipeFlags;
use rustix::process::Pid;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::net::SocketAddrV4;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

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
    /// Bubblewrap goes on from the finished surroundings to the step when a byte comes out of here.
    gate: Option<File>,
    /// What keeps its gateway open.
    gateway: Option<Open>,
}

/// A process that is being started, and the ends that this one holds.
struct Starting {
    child: Spawning,
    status: Option<File>,
    gate: Option<File>,
}

impl Starting {
    fn wait(self) -> io::Result<Started> {
        let Self { child, status, gate } = self;
        Ok(Started { child: child.wait()?, status, gate, gateway: None })
    }
}

impl Keeping {
    /// The layout as the step will see it.
    pub(crate) fn seen(&self, host: &Layout) -> Layout {
        match self {
            Self::Bubblewrap { .. } => sandbox::inside(),
            Self::Host => host.clone(),
        }
    }

    /// Where a step's gateway would be, if that network is its own.
    pub(crate) fn gateway(&self, network: Network) -> Option<SocketAddrV4> {
        let is_own = matches!(self, Self::Bubblewrap { .. }) && network == Network::None;
        is_own.then_some(GATEWAY)
    }

    /// Starts the step's shell on the script `main`, once `fill` has put it and every other file in
    /// its place and its gateway, if somebody serves one, is open. Bubblewrap makes the surroundings
    /// meanwhile.
    pub(crate) fn start(
        &self,
        spawner: &Spawner,
        start: &Start<'_>,
        gateway: Option<Serve>,
        fill: impl FnOnce() -> Result<(), End>,
    ) -> Result<Started, End> {
        if matches!(self, Self::Host) {
            fill()?;
            return self.spawn(spawner, start).and_then(Starting::wait).map_err(End::broken);
        }
        let starting = self.spawn(spawner, start).map_err(End::broken)?;
        let filled = fill();
        let mut started = starting.wait().map_err(End::broken)?;
        let open = |serve| started.open_gateway(serve, start.uid).map_err(unreachable);
        match filled.and_then(|()| gateway.map_or(Ok(()), open)) {
            Ok(()) => {
                tracing::debug!("a step's files are in place");
                Ok(started.release())
            }
            Err(end) => {
                started.end(start.group).map_err(End::broken)?;
                Err(end)
            }
        }
    }

    fn spawn(&self, spawner: &Spawner, start: &Start<'_>) -> io::Result<Starting> {
        let mut becoming = Becoming {
            uid: start.uid,
            contains_its_own: matches!(self, Self::Bubblewrap { .. }),
            groups: start.group.doors()?,
            kept: Vec::new(),
            file_bytes_max: Some(start.limits.step_workspace_bytes_max),
            // Only a user of its own can be counted: ours has processes that are no step's.
            processes_max: (start.uid.is_some() && !start.processes_counted)
                .then_some(u64::from(start.limits.step_processes_max)),
        };
        let (program, status, gate) = match self {
            Self::Host => (host_program(start), None, None),
            Self::Bubblewrap { program, filter } => {
                let copies = open_copies(start.layout);
                let options = memory_file(&zero_ended(&start.options(&copies)))?;
                let (status, said) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
                rustix::io::ioctl_fionbio(&status, true)?;
                let (opened, gate) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
                becoming.kept = vec![options, memory_file(filter)?, said, opened];
                let program = bubblewrap_program(program, start.shell, &becoming.kept);
                becoming.kept.extend(copies.into_iter().map(|(file, _)| file));
                (program, Some(status.into()), Some(gate.into()))
            }
        };
        Ok(Starting { child: spawner.spawn(program, becoming)?, status, gate })
    }
}

impl Start<'_> {
    fn options(&self, copies: &[(OwnedFd, &str)]) -> Vec<String> {
        let copied: Vec<_> = copies.iter().map(|(file, to)| (number(file.as_fd()), *to)).collect();
        let tmp_bytes_max = self.limits.step_memory_bytes_max / 2;
        let (layout, own_user) = (self.layout, self.uid.is_some());
        let (environment, network) = (self.environment, self.network);
        sandbox::options(layout, own_user, environment, network, tmp_bytes_max, &copied)
    }
}

/// The files of `/etc` that this machine has, as they are now.
fn open_copies(host: &Layout) -> Vec<(OwnedFd, &'static str)> {
    let copies = sandbox::copies(host).into_iter();
    copies.filter_map(|(from, to)| Some((File::open(from).ok()?.into(), to))).collect()
}

fn host_program(start: &Start<'_>) -> Program {
    let variable = |(name, value): (&String, &String)| (name.clone(), value.clone());
    Program {
        path: start.shell.into(),
        arguments: vec!["-e".into(), start.layout.control.join("main").into()],
        environment: start.environment.iter().map(variable).collect(),
        folder: start.layout.workspace.clone(),
    }
}

/// Bubblewrap itself gets no environment: a step's `LD_PRELOAD` must not reach a program that is not
/// yet inside.
fn bubblewrap_program(program: &Path, shell: &str, kept: &[OwnedFd]) -> Program {
    let options = ["--args", "--seccomp", "--json-status-fd", "--block-fd"].iter().zip(kept);
    let numbered = |descriptor: &OwnedFd| number(descriptor.as_fd()).to_string();
    let mut arguments: Vec<OsString> = options
        .flat_map(|(option, descriptor)| [(*option).into(), numbered(descriptor).into()])
        .collect();
    arguments.extend(["--".into(), shell.into(), "-e".into()]);
    arguments.push(sandbox::inside().control.join("main").into());
    let (path, folder) = (program.to_path_buf(), PathBuf::from("/"));
    Program { path, arguments, environment: Vec::new(), folder }
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

/// Why a step that has a gateway cannot be let begin.
fn unreachable(error: io::Error) -> End {
    End::Broken { cause: format!("a step's gateway cannot be opened: {error}") }
}

impl Started {
    /// Opens the gateway in the step's network; not where bubblewrap is gone, whose end says why.
    fn open_gateway(&mut self, serve: Serve, uid: Option<u32>) -> io::Result<()> {
        if let Some(process) = self.inside()? {
            self.gateway = Some(serve(launch::listen(process, uid, GATEWAY)?)?);
        }
        Ok(())
    }

    /// The process inside, as soon as bubblewrap has made it. What bubblewrap says is the number by
    /// which it knows it itself, in a namespace of its own.
    fn inside(&mut self) -> io::Result<Option<Pid>> {
        let Some(status) = &mut self.status else { return Ok(None) };
        poll(&mut [PollFd::new(status, PollFlags::IN)], NETWORK_MILLIS)?;
        if status.read(&mut [0; 1024])? == 0 {
            return Ok(None);
        }
        let parent = self.child.pid.as_raw_nonzero();
        let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))?;
        let only = children.split_whitespace().next().and_then(|number| number.parse().ok());
        Ok(only.and_then(Pid::from_raw))
    }

    /// Lets the step begin.
    fn release(mut self) -> Self {
        if let Some(mut gate) = self.gate.take() {
            // Where bubblewrap is gone already, its end says why.
            let _ = gate.write_all(b"\n");
        }
        self
    }

    /// Ends what has not begun. Only then the gate is closed, which would open it.
    fn end(mut self, group: &Group) -> io::Result<()> {
        group.kill();
        let leader = self.child.pid;
        // Gone, if the group held it.
        let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        self.child.wait().map(drop)
    }

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
