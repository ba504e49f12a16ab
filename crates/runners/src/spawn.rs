//! Starting processes, all from one thread that lives as long as the runner.
//!
//! The kernel's "die with your parent" follows the *thread* that started a process, and a thread of a
//! pool may end while the step it started goes on.

use crate::launch::{Child, Program, launch};
use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::sync::mpsc;

/// What a child becomes before it turns into its program.
#[derive(Default)]
pub(crate) struct Becoming {
    /// The user and group it changes to, without any other group.
    pub uid: Option<u32>,
    /// Whether it is the first process of a namespace of its own, so that all that come from it end
    /// with it, where this process may make one. It cannot be sent a signal from within then.
    pub contains_its_own: bool,
    /// The doors of the groups it joins, opened by this process for writing.
    pub groups: Vec<File>,
    /// Descriptors it keeps, under their numbers; all others but 0, 1 and 2 are closed.
    pub kept: Vec<OwnedFd>,
    /// Bytes that one file may have.
    pub file_bytes_max: Option<u64>,
    /// Processes that its user may have, where no group counts them.
    pub processes_max: Option<u64>,
}

type Request = (Program, Becoming, mpsc::Sender<io::Result<Child>>);

/// The thread from which all children are started.
pub(crate) struct Spawner(mpsc::Sender<Request>);

/// A process that is being started. Dropped, it is ended.
pub(crate) struct Spawning(mpsc::Receiver<io::Result<Child>>);

impl Spawner {
    pub(crate) fn start() -> io::Result<Self> {
        let (sender, requests) = mpsc::channel::<Request>();
        std::thread::Builder::new().name("spawner".to_owned()).spawn(move || {
            while let Ok((program, becoming, reply)) = requests.recv() {
                // Whoever asked may be gone; then its child is killed by nobody but the line below.
                if let Err(mpsc::SendError(Ok(orphan))) = reply.send(launch(&program, &becoming)) {
                    end(orphan);
                }
            }
        })?;
        Ok(Self(sender))
    }

    /// Starts `program` in a process group of its own, as `becoming` says, while the caller goes on.
    pub(crate) fn spawn(&self, program: Program, becoming: Becoming) -> io::Result<Spawning> {
        let (reply, answer) = mpsc::channel();
        self.0.send((program, becoming, reply)).map_err(|_| gone())?;
        Ok(Spawning(answer))
    }
}

impl Spawning {
    /// The process, once its program has begun.
    pub(crate) fn wait(self) -> io::Result<Child> {
        self.0.recv().map_err(|_| gone())?
    }
}

fn end(mut orphan: Child) {
    let killed = rustix::process::kill_process_group(orphan.pid, rustix::process::Signal::KILL);
    let _ = killed.map_err(io::Error::from).and_then(|()| orphan.wait().map(drop));
}

fn gone() -> io::Error {
    io::Error::other("the thread that starts processes has ended")
}

/// The number of a descriptor as a program's argument.
pub(crate) fn number(descriptor: BorrowedFd<'_>) -> RawFd {
    std::os::fd::AsRawFd::as_raw_fd(&descriptor)
}
