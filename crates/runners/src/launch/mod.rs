//! From a program's description to a process, without a copy of this one; and from a process that is
//! kept in to a listener in its network (`door.rs`).

#![allow(unsafe_code, reason = "what a child does between clone and exec cannot be said otherwise")]

mod child;
mod door;

pub(crate) use door::listen;

use crate::parent::Parent;
use crate::spawn::Becoming;
use rustix::io::{Errno, FdFlags};
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, Resource, Rlimit, Signal};
use std::ffi::{CString, OsStr, OsString, c_char};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

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
        let ended = self.ended.map_or_else(|| child::wait(self.pid), Ok)?;
        self.ended = Some(ended);
        Ok(ended)
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
    let mut work = || order.refused = Some(order.become_program());
    // SAFETY: it makes system calls and nothing else.
    match unsafe { child::borrow(&mut work, namespace) } {
        // Not root, or root of a container that may not: then each process follows its own parent.
        Err(error) if namespace != 0 && error.raw_os_error() == Some(libc::EPERM) => {
            // SAFETY: as above.
            unsafe { child::borrow(&mut work, 0) }
        }
        cloned => cloned,
    }
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
        child::forget_handlers();
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
    becoming.uid.map_or(Ok(()), child::become_user)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::process::ExitStatusExt;

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
