//! A child that borrows this process's memory, until a program takes its place or its work is done.
//!
//! `fork` copies the table of all of a server's pages and makes its next write to each of them a
//! fault; that takes longer the more a server remembers, and longer than all that bubblewrap does.
//! Here the thread that started the child waits while it works. `posix_spawn` does the same, but knows
//! neither users nor groups nor limits.

use rustix::io::Errno;
use rustix::process::{Gid, Pid, Uid, WaitOptions};
use std::ffi::{c_int, c_void};
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// Bytes of stack for a few system calls.
const STACK_BYTES: usize = 256 * 1024;

/// Has `work` done by a child that `flags` say more of. Returns when a program has taken the child's
/// place, or it is gone.
///
/// # Safety
/// `work` makes system calls and nothing else: it neither allocates, nor panics, nor takes a lock that
/// another thread may hold.
pub(super) unsafe fn borrow<W: FnMut()>(work: &mut W, flags: c_int) -> io::Result<Pid> {
    let mut stack = vec![0u8; STACK_BYTES];
    let top = stack.as_mut_ptr_range().end;
    let top = top.map_addr(|address| address & !15);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD | flags;
    let before = block_signals()?;
    // SAFETY: the stack is the child's alone, and both it and `work` outlive the child's use of this
    // memory: `CLONE_VFORK` holds this thread back until then. Signals are blocked, so that no
    // handler of ours runs in the child.
    let pid = unsafe { libc::clone(begin::<W>, top.cast(), flags, (&raw mut *work).cast()) };
    let error = io::Error::last_os_error();
    set_signals(&before);
    // Only what is no error is asked for its number.
    Some(pid).filter(|pid| *pid > 0).and_then(Pid::from_raw).ok_or(error)
}

/// The child's way, from a copy of the calling thread on.
extern "C" fn begin<W: FnMut()>(work: *mut c_void) -> c_int {
    // SAFETY: `clone` passes work that nobody else touches meanwhile.
    let work = unsafe { &mut *work.cast::<W>() };
    work();
    127
}

/// Waits for a child's end.
pub(super) fn wait(pid: Pid) -> io::Result<ExitStatus> {
    loop {
        match rustix::process::waitpid(Some(pid), WaitOptions::empty()) {
            Err(Errno::INTR) => {}
            waited => {
                let (_, status) =
                    waited?.ok_or_else(|| io::Error::other("a process without an end"))?;
                return Ok(ExitStatus::from_raw(status.as_raw()));
            }
        }
    }
}

/// Turns the child into a user without any other group. It is still a thread of this process to
/// libc, whose own call would speak to all of them.
pub(super) fn become_user(uid: u32) -> rustix::io::Result<()> {
    let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(uid));
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(gid, gid, gid)?;
    rustix::thread::set_thread_res_uid(uid, uid, uid)
}

/// Blocks every signal in this thread, and says which were blocked before.
fn block_signals() -> io::Result<libc::sigset_t> {
    let mut before = empty_set();
    let mut all = empty_set();
    // SAFETY: both sets are ours.
    let done = unsafe {
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before)
    };
    if done == 0 { Ok(before) } else { Err(io::Error::from_raw_os_error(done)) }
}

fn set_signals(blocked: &libc::sigset_t) {
    // SAFETY: the set is valid; the old one is not asked for. With these it cannot fail.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, blocked, std::ptr::null_mut()) };
}

/// Gives every signal its default meaning, also those that servers ignore, and lets them through.
pub(super) fn forget_handlers() {
    // SAFETY: a zeroed action is the default one, without flags.
    let default: libc::sigaction = unsafe { std::mem::zeroed() };
    for signal in 1..=64 {
        // SAFETY: the action is valid. For the two that nobody may catch it fails, as it should.
        unsafe { libc::sigaction(signal, &default, std::ptr::null_mut()) };
    }
    set_signals(&empty_set());
}

fn empty_set() -> libc::sigset_t {
    // SAFETY: zeroed memory is a set, which `sigemptyset` then makes an empty one.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        set
    }
}
