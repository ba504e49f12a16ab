//! What the machine takes at least: no server can be faster, so figures are read beside these.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, ensure};

use super::figure::Figure;
use crate::stage::line;

const WRITES: usize = 500;
const FETCHES: usize = 30;
const STARTS: usize = 50;

/// The repository of the measurements: this many files, together about a megabyte.
pub const FILES: usize = 200;
const FILE_BYTES: usize = 5_000;

/// An append of `bytes` made durable.
pub fn durable_append(folder: &Path, bytes: usize) -> Result<Figure> {
    let mut file = OpenOptions::new().create(true).append(true).open(folder.join("floor"))?;
    let block = vec![b'x'; bytes];
    Figure::measure(WRITES, || {
        let started = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        Ok(started.elapsed())
    })
}

/// `git fetch` of one new commit into a mirror, by path.
pub fn git_fetch(folder: &Path) -> Result<Figure> {
    let (origin, mirror) = (folder.join("origin"), folder.join("mirror.git"));
    make_repository(&origin)?;
    git(folder, &["clone", "--quiet", "--mirror", "origin", "mirror.git"])?;
    let mut number = 0;
    Figure::measure(FETCHES, || {
        number += 1;
        commit(&origin, &format!("change {number}"))?;
        let started = Instant::now();
        git(&mirror, &["fetch", "--quiet"])?;
        Ok(started.elapsed())
    })
}

/// `git archive` of a commit out of that mirror, and its bytes in a file made durable.
pub fn git_export(folder: &Path) -> Result<Figure> {
    let mirror = folder.join("mirror.git");
    Figure::measure(FETCHES, || {
        let started = Instant::now();
        let mut archive = Command::new("git");
        archive.args(["archive", "--format=zip", "-0", "HEAD"]).current_dir(&mirror);
        let archive = archive.stdin(Stdio::null()).output()?;
        ensure!(archive.status.success(), "git archive failed");
        let mut file = File::create(folder.join("export"))?;
        file.write_all(&archive.stdout)?;
        file.sync_data()?;
        Ok(started.elapsed())
    })
}

/// The start and end of a command that does nothing, isolated.
pub fn isolation_start() -> Result<Figure> {
    let flags = "--ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all --die-with-parent --new-session true";
    Figure::measure(STARTS, || {
        let started = Instant::now();
        run(Command::new("bwrap").args(flags.split(' ')))?;
        Ok(started.elapsed())
    })
}

/// A repository with one commit of `FILES` files.
pub fn make_repository(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    git(folder, &["init", "--quiet", "--initial-branch=main"])?;
    for number in 0..FILES {
        // Text that differs from file to file, so that packing does not make it vanish.
        let text: String =
            (0..FILE_BYTES / 10).map(|line| format!("{:09}\n", line * number)).collect();
        std::fs::write(folder.join(format!("file-{number}")), text)?;
    }
    commit(folder, "first").map(drop)
}

/// One more commit, which changes one file; gives its id.
pub fn commit(folder: &Path, message: &str) -> Result<String> {
    std::fs::write(folder.join("changed"), message)?;
    git(folder, &["add", "--all"])?;
    let person = ["-c", "user.name=Bench", "-c", "user.email=bench@forge.example"];
    git(folder, &[&person[..], &["commit", "--quiet", "--message", message]].concat())?;
    git(folder, &["rev-parse", "HEAD"])
}

/// Git in `folder`, without the configuration of whoever measures; gives what it printed.
pub fn git(folder: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    run(&mut command)
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    ensure!(
        output.status.success(),
        "{}: {}",
        line(command),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
