//! From a program's description to a process, without a copy of this one.
//!
//! `fork` copies the table of all of a server's pages and makes its next write to each of them a
//! fault; that takes longer the more a server remembers, and longer than all that bubblewrap does.
//! Here the child borrows this process's memory until its program begins, while the thread that
//! started it waits. `posix_spawn` does the same, but knows neither users nor groups nor limits.

#![allow(unsafe_code, reason = "what a child does between clone and exec cannot be said otherwise")]

use crate::parent::Parent;
use crate::spawn::Becoming;
use rustix::io::{Errno, FdFlags};
use rustix::pipe::PipeFlags;
use rustix::process::{Gid, Pid, Resource, Rlimit, Signal, Uid, WaitOptions};
use std::ffi::{CString, OsStr, OsString, c_char, c_int, c_void};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Bytes of stack for the few calls before the program begins.
const STACK_BYTES: usize = 256 * 1024;

/// A program to be run. Nothing of this process's environment is added.
pub(crate) struct Program {
    /// Its file, by an absolute path.
    pub path: PathBuf,
    /// What follows its own name.
    pub arguments: Vec<OsString>,
    /// All of its variables.
    pub environment: Vec<(String, String)>,
    /// Where it begins.
    pub folder: PathBuf,
}

/// A process under way: it leads a group of its own and reads nothing.
#[derive(Debug)]
pub(crate) struct Child {
    /// Its number, which stays its own until [`Child::wait`] has returned.
    pub pid: Pid,
    /// What it prints.
    pub stdout: Option<OwnedFd>,
    /// What it complains about.
    pub stderr: Option<OwnedFd>,
    ended: Option<ExitStatus>,
}

impl Child {
    /// Waits for its end; asked again, says the same again.
    pub(crate) fn wait(&mut self) -> io::Result<ExitStatus> {
        while self.ended.is_none() {
            match rustix::process::waitpid(Some(self.pid), WaitOptions::empty()) {
                Err(Errno::INTR) => {}
                waited => {
                    let status = waited?.map(|(_, status)| status.as_raw());
                    self.ended = status.map(ExitStatus::from_raw);
                }
            }
        }
        self.ended.ok_or_else(|| io::Error::other("a process without an end"))
    }
}

/// Starts `program` as `becoming` says, from the calling thread.
pub(crate) fn launch(program: &Program, becoming: &Becoming) -> io::Result<Child> {
    let nothing = File::open("/dev/null")?;
    let (stdout, out) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    let (stderr, err) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    let words = Words::of(program)?;
    let (arguments, environment) = (pointers(&words.arguments), pointers(&words.environment));
    let mut order = Order {
        words: &words,
        arguments: &arguments,
        environment: &environment,
        streams: [nothing.into(), out, err],
        becoming,
        parent: Parent::this()?,
        refused: None,
    };
    let pid = clone(&mut order)?;
    let mut child = Child { pid, stdout: Some(stdout), stderr: Some(stderr), ended: None };
    match order.refused {
        None => Ok(child),
        Some(refused) => {
            child.wait()?;
            Err(refused.into())
        }
    }
}

/// A program's texts as the kernel takes them.
struct Words {
    path: CString,
    folder: CString,
    arguments: Vec<CString>,
    environment: Vec<CString>,
}

impl Words {
    fn of(program: &Program) -> io::Result<Self> {
        let word = |text: &OsStr| CString::new(text.as_bytes()).map_err(io::Error::other);
        let path = |path: &Path| word(path.as_os_str());
        let variable = |(name, value): &(String, String)| word(format!("{name}={value}").as_ref());
        let own = [word(program.path.as_os_str())];
        let arguments = own.into_iter().chain(program.arguments.iter().map(|text| word(text)));
        Ok(Self {
            path: path(&program.path)?,
            folder: path(&program.folder)?,
            arguments: arguments.collect::<io::Result<_>>()?,
            environment: program.environment.iter().map(variable).collect::<io::Result<_>>()?,
        })
    }
}

fn pointers(words: &[CString]) -> Vec<*const c_char> {
    words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect()
}

/// What the child reads, and the one thing that it writes.
struct Order<'a> {
    words: &'a Words,
    arguments: &'a [*const c_char],
    environment: &'a [*const c_char],
    streams: [OwnedFd; 3],
    becoming: &'a Becoming,
    parent: Parent,
    /// Why its program did not begin.
    refused: Option<Errno>,
}

/// Returns when the child's program has begun, or the child is gone.
fn clone(order: &mut Order<'_>) -> io::Result<Pid> {
    let namespace = if order.becoming.contains_its_own { libc::CLONE_NEWPID } else { 0 };
    match clone_with(order, namespace) {
        // Not root, or root of a container that may not: then each process follows its own parent.
        Err(error) if namespace != 0 && error.raw_os_error() == Some(libc::EPERM) => {
            clone_with(order, 0)
        }
        cloned => cloned,
    }
}

fn clone_with(order: &mut Order<'_>, namespace: c_int) -> io::Result<Pid> {
    let mut stack = vec![0u8; STACK_BYTES];
    let top = stack.as_mut_ptr_range().end;
    let top = top.map_addr(|address| address & !15);
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD | namespace;
    let before = block_signals()?;
    // SAFETY: the stack is the child's alone, and both it and `order` outlive the child's use of this
    // memory: `CLONE_VFORK` holds this thread back until then. Signals are blocked, so that no
    // handler of ours runs in the child.
    let pid = unsafe { libc::clone(begin, top.cast(), flags, (&raw mut *order).cast()) };
    let error = io::Error::last_os_error();
    set_signals(&before);
    // Only what is no error is asked for its number.
    Some(pid).filter(|pid| *pid > 0).and_then(Pid::from_raw).ok_or(error)
}

/// The child's way from a copy of the calling thread to its program. It makes system calls and nothing
/// else: it neither allocates, nor panics, nor takes a lock that another thread may hold.
extern "C" fn begin(order: *mut c_void) -> c_int {
    // SAFETY: `clone` passes an `Order` that nobody else touches meanwhile.
    let order = unsafe { &mut *order.cast::<Order<'_>>() };
    order.refused = Some(order.become_program());
    127
}

impl Order<'_> {
    /// Returns only where it could not be done.
    fn become_program(&self) -> Errno {
        if let Err(refused) = self.prepare() {
            return refused;
        }
        let (arguments, environment) = (self.arguments.as_ptr(), self.environment.as_ptr());
        // SAFETY: all three are texts and lists that end in a zero, and live as long as `self`.
        unsafe { libc::execve(self.words.path.as_ptr(), arguments, environment) };
        Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::NOEXEC)
    }

    fn prepare(&self) -> rustix::io::Result<()> {
        let [stdin, stdout, stderr] = &self.streams;
        rustix::stdio::dup2_stdin(stdin)?;
        rustix::stdio::dup2_stdout(stdout)?;
        rustix::stdio::dup2_stderr(stderr)?;
        rustix::process::setpgid(None, None)?;
        rustix::process::chdir(&*self.words.folder)?;
        become_step(self.becoming)?;
        // A parent that died before it was to be followed is followed by nobody.
        self.parent.must_live()?;
        forget_handlers();
        Ok(())
    }
}

fn become_step(becoming: &Becoming) -> rustix::io::Result<()> {
    for group in &becoming.groups {
        rustix::io::write(group, b"0")?;
    }
    limit(Resource::Core, Some(0))?;
    limit(Resource::Fsize, becoming.file_bytes_max)?;
    limit(Resource::Nproc, becoming.processes_max)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    if let Some(uid) = becoming.uid {
        // Of this thread, as the child still is one: libc's own would speak to all of the server's.
        let (uid, gid) = (Uid::from_raw(uid), Gid::from_raw(uid));
        rustix::thread::set_thread_groups(&[])?;
        rustix::thread::set_thread_res_gid(gid, gid, gid)?;
        rustix::thread::set_thread_res_uid(uid, uid, uid)?;
    }
    // After the change of user, which would undo it. Bubblewrap asks for the same further in.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    close_at_exec()?;
    for kept in &becoming.kept {
        rustix::io::fcntl_setfd(kept.as_fd(), FdFlags::empty())?;
    }
    Ok(())
}

/// Lowers a limit; one that is lower already stays.
fn limit(resource: Resource, value: Option<u64>) -> rustix::io::Result<()> {
    let Some(value) = value else { return Ok(()) };
    let before = rustix::process::getrlimit(resource);
    let value = before.maximum.map_or(value, |maximum| maximum.min(value));
    rustix::process::setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })
}

/// Marks every descriptor from 3 on to be closed by exec, whoever opened it and how.
fn close_at_exec() -> rustix::io::Result<()> {
    const CLOSE_RANGE_CLOEXEC: libc::c_uint = 4;
    let (first, last): (libc::c_uint, libc::c_uint) = (3, libc::c_uint::MAX);
    // SAFETY: the call takes three numbers and touches no memory of ours.
    let done = unsafe { libc::syscall(libc::SYS_close_range, first, last, CLOSE_RANGE_CLOEXEC) };
    match done {
        0 => Ok(()),
        _ => Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::NOSYS)),
    }
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
fn forget_handlers() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn shell(script: &str) -> Program {
        Program {
            path: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            environment: vec![("ONLY".to_owned(), "this".to_owned())],
            folder: "/usr".into(),
        }
    }

    /// What it prints, and its end.
    fn run(script: &str) -> (String, ExitStatus) {
        let mut child = launch(&shell(script), &Becoming::default()).expect("a child");
        let mut printed = String::new();
        let pipe = child.stdout.take().expect("a pipe");
        File::from(pipe).read_to_string(&mut printed).expect("text");
        (printed, child.wait().expect("an end"))
    }

    #[test]
    fn a_child_has_its_own_folder_variables_and_group_and_no_other_descriptors() {
        let (printed, ended) = run("pwd; echo $ONLY; env | grep -c CARGO; cat; exit 3");
        assert_eq!((printed.as_str(), ended.code()), ("/usr\nthis\n0\n", Some(3)));
        let (open, _) = run("ls /proc/self/fd | wc -l");
        // 0, 1 and 2, and the folder that is being read.
        assert_eq!(open.trim(), "4");
        let (group, _) = run("cut -d' ' -f1,5 /proc/self/stat");
        assert_ne!(group.trim().split_once(' ').expect("two numbers").1, "0");
    }

    #[test]
    fn what_a_server_ignores_a_step_does_not() {
        let (_, ended) = run("kill -PIPE $$; exit 3");
        assert_eq!(ended.signal(), Some(libc::SIGPIPE));
        let (blocked, _) = run("grep SigBlk /proc/self/status");
        assert_eq!(blocked.trim().trim_start_matches("SigBlk:").trim(), "0000000000000000");
    }

    #[test]
    fn whoever_may_make_no_namespace_has_children_all_the_same() {
        // A thread's capabilities are its own.
        let ended = std::thread::spawn(|| {
            let mut own = rustix::thread::capabilities(None).expect("they are told");
            own.effective.remove(rustix::thread::CapabilitySet::SYS_ADMIN);
            rustix::thread::set_capabilities(None, own).expect("fewer are taken");
            let becoming = Becoming { contains_its_own: true, ..Becoming::default() };
            launch(&shell("exit 3"), &becoming).expect("a child").wait().expect("an end")
        });
        assert_eq!(ended.join().expect("no panic").code(), Some(3));
    }

    #[test]
    fn a_program_that_cannot_begin_says_why_and_leaves_no_process() {
        let missing = Program { path: "/nowhere/at/all".into(), ..shell("") };
        let refused = launch(&missing, &Becoming::default()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::NotFound);
        let shut = Program { folder: "/nowhere".into(), ..shell("") };
        assert!(launch(&shut, &Becoming::default()).is_err());
        let zero = Program { arguments: vec!["a\0b".into()], ..shell("") };
        assert!(launch(&zero, &Becoming::default()).is_err());
    }
}
