//! Starting processes, all from one thread that lives as long as the runner.
//!
//! The kernel's "die with your parent" follows the *thread* that forked, and a thread of a pool may
//! end while the step it started goes on.

#![allow(unsafe_code, reason = "what a child does between fork and exec cannot be said otherwise")]

use rustix::io::FdFlags;
use rustix::process::{Gid, Resource, Rlimit, Signal, Uid};
use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::mpsc;

/// What a child becomes before it turns into its program.
#[derive(Default)]
pub(crate) struct Becoming {
    /// The user and group it changes to, without any other group.
    pub uid: Option<u32>,
    /// `cgroup.procs` of the groups it joins, opened by this process for writing.
    pub groups: Vec<File>,
    /// Descriptors it keeps, under their numbers; all others but 0, 1 and 2 are closed.
    pub kept: Vec<OwnedFd>,
    /// Bytes that one file may have.
    pub file_bytes_max: Option<u64>,
    /// Processes that its user may have, where no group counts them.
    pub processes_max: Option<u64>,
}

type Request = (Command, mpsc::Sender<io::Result<Child>>);

/// The thread from which all children are forked.
pub(crate) struct Spawner(mpsc::Sender<Request>);

impl Spawner {
    pub(crate) fn start() -> io::Result<Self> {
        let (sender, requests) = mpsc::channel::<Request>();
        std::thread::Builder::new().name("spawner".to_owned()).spawn(move || {
            while let Ok((mut command, reply)) = requests.recv() {
                // Whoever asked may be gone; then its child is killed by nobody but the drop below.
                if let Err(mpsc::SendError(Ok(mut orphan))) = reply.send(command.spawn()) {
                    let _ = orphan.kill().and_then(|()| orphan.wait().map(drop));
                }
            }
        })?;
        Ok(Self(sender))
    }

    /// Starts `command` in a process group of its own, as `becoming` says.
    pub(crate) fn spawn(&self, mut command: Command, becoming: Becoming) -> io::Result<Child> {
        command.process_group(0);
        // SAFETY: `become_step` makes system calls and nothing else: it neither allocates nor takes
        // a lock that another thread may have held at the fork.
        unsafe { command.pre_exec(move || become_step(&becoming)) };
        let (reply, answer) = mpsc::channel();
        let gone = || io::Error::other("the thread that starts processes has ended");
        self.0.send((command, reply)).map_err(|_| gone())?;
        answer.recv().map_err(|_| gone())?
    }
}

fn become_step(becoming: &Becoming) -> io::Result<()> {
    for group in &becoming.groups {
        rustix::io::write(group, b"0")?;
    }
    limit(Resource::Core, Some(0))?;
    limit(Resource::Fsize, becoming.file_bytes_max)?;
    limit(Resource::Nproc, becoming.processes_max)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    if let Some(uid) = becoming.uid {
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(uid));
        rustix::thread::set_thread_groups(&[])?;
        rustix::thread::set_thread_res_gid(gid, gid, gid)?;
        rustix::thread::set_thread_res_uid(uid, uid, uid)?;
    }
    // After the change of user, which would undo it. Bubblewrap asks for the same further in.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    close_at_exec()?;
    for kept in &becoming.kept {
        rustix::io::fcntl_setfd(kept, FdFlags::empty())?;
    }
    Ok(())
}

/// Lowers a limit; one that is lower already stays.
fn limit(resource: Resource, value: Option<u64>) -> io::Result<()> {
    let Some(value) = value else { return Ok(()) };
    let before = rustix::process::getrlimit(resource);
    let value = before.maximum.map_or(value, |maximum| maximum.min(value));
    let both = Rlimit { current: Some(value), maximum: Some(value) };
    Ok(rustix::process::setrlimit(resource, both)?)
}

/// Marks every descriptor from 3 on to be closed by exec, whoever opened it and how.
fn close_at_exec() -> io::Result<()> {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    let (first, last): (libc::c_uint, libc::c_uint) = (3, libc::c_uint::MAX);
    // SAFETY: the call takes three numbers and touches no memory of ours.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, last, CLOSE_RANGE_CLOEXEC) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The number of a descriptor as a program's argument.
pub(crate) fn number(descriptor: BorrowedFd<'_>) -> RawFd {
    std::os::fd::AsRawFd::as_raw_fd(&descriptor)
}
