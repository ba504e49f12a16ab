//! The demo as people end it before its end: by a closed pipe, a full disk, a signal. It says so in a
//! line, and leaves nothing behind.

use std::fs::{File, read_dir};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// A demo that runs, with a place of its own for temporary files.
struct Demo {
    child: Child,
    place: TempDir,
}

impl Demo {
    fn start(stdout: Stdio) -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(env!("CARGO_BIN_EXE_towpath"));
        command.args(["demo", "--once"]).env("TMPDIR", place.path());
        command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped());
        Self { child: command.spawn().expect("it starts"), place }
    }

    /// Waits for the first line that it says.
    fn begun(&mut self) -> BufReader<std::process::ChildStdout> {
        let mut said = BufReader::new(self.child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("a line");
        assert!(line.contains("a practice forge listens"), "{line}");
        said
    }

    /// How it ended and what it complained of; nothing is left of it.
    fn ended(mut self) -> (ExitStatus, String) {
        let mut complaint = String::new();
        let mut stderr = self.child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut complaint).expect("text");
        let status = self.child.wait().expect("an end");
        assert!(!complaint.contains("panicked"), "{complaint}");
        let left: Vec<_> = read_dir(self.place.path()).expect("listed").flatten().collect();
        assert!(left.is_empty(), "{left:?}");
        (status, complaint)
    }
}

#[test]
fn who_has_read_enough_ends_it_without_a_word() {
    let mut demo = Demo::start(Stdio::piped());
    drop(demo.begun());
    let (status, complaint) = demo.ended();
    assert!(status.success() && complaint.is_empty(), "{status} {complaint}");
}

#[test]
fn a_full_disk_is_named() {
    let full = File::options().write(true).open("/dev/full").expect("every Linux has it");
    let (status, complaint) = Demo::start(full.into()).ended();
    assert_eq!(status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("No space left on device"), "{complaint}");
}

#[test]
fn a_signal_ends_it_by_its_name() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        let mut demo = Demo::start(Stdio::piped());
        let said = demo.begun();
        kill_process(Pid::from_child(&demo.child), signal).expect("it is there");
        let (status, complaint) = demo.ended();
        drop(said);
        assert_eq!(status.code(), Some(1), "{complaint}");
        assert!(complaint.contains(&format!("interrupted by {name}")), "{complaint}");
    }
}
