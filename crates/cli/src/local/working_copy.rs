//! A developer's working copy, which is read and never written: what is checked out, and a copy of
//! it for steps to work in.

use recipes::bitbucket::Event;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Commits of history that the copy has (Bitbucket's default for `clone: depth`).
const HISTORY_COMMITS: &str = "50";

/// A working copy of git's.
pub(super) struct WorkingCopy {
    /// Its top folder.
    pub root: PathBuf,
    /// The commit that is checked out.
    pub commit: String,
    /// The branch that is checked out; none where HEAD is detached.
    pub branch: Option<String>,
    /// The remote `origin`, without the credentials that its URL may hold.
    pub origin: Option<String>,
}

/// What a copy holds beside what was committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Files that differ from the commit, those that are new and not ignored included.
    pub files: usize,
    /// Submodules, which are not copied.
    pub submodules: usize,
}

impl WorkingCopy {
    /// The working copy that a folder lies in.
    pub fn find(folder: &Path) -> Result<Self, String> {
        let root = git(folder, &["rev-parse", "--show-toplevel"]).map_err(|error| match error {
            GitError::NotStarted(_) => error.to_string(),
            GitError::Failed(said) => {
                format!("{} lies in no git working copy: {said}", folder.display())
            }
        })?;
        let root = PathBuf::from(OsStr::from_bytes(&root));
        let text = |arguments: &[&str]| git(&root, arguments).map(|bytes| lossy(&bytes));
        let commit = text(&["rev-parse", "--verify", "--quiet", "HEAD"])
            .map_err(|_| "the working copy has no commit yet; make one".to_owned())?;
        let branch = text(&["symbolic-ref", "--short", "--quiet", "HEAD"]).ok();
        let origin = text(&["config", "--get", "remote.origin.url"]).ok();
        let origin = origin.map(|url| without_credentials(&url));
        Ok(Self { root, commit, branch, origin })
    }

    /// The repository's name, `owner/name`: as the remote has it, else made from the folder's.
    pub fn repository(&self) -> String {
        let folder = self.root.file_name().map_or("repository".into(), OsStr::to_string_lossy);
        let named = self.origin.as_deref().and_then(full_name);
        named.unwrap_or_else(|| format!("local/{folder}"))
    }

    /// Copies what a step should see into an empty folder: a clone with some history, whose files
    /// are those of the working copy as they are now, uncommitted ones too, ignored ones not.
    pub fn copy_into(&self, target: &Path) -> Result<Changes, CopyError> {
        self.clone_into(target)?;
        let listed = git_raw(
            &self.root,
            &["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
        )?;
        let mut changes = Changes::default();
        for name in listed.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
            let name = Path::new(OsStr::from_bytes(name));
            match copy(&self.root.join(name), &target.join(name)) {
                Ok(Copied::File) => {}
                Ok(Copied::Folder) => changes.submodules += 1,
                // Deleted, but not yet from the index.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(CopyError::File { name: name.to_owned(), error }),
            }
        }
        git(target, &["reset", "--quiet"])?;
        let status = git_raw(target, &["status", "--porcelain", "-z", "--no-renames"])?;
        changes.files = status.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()).count();
        Ok(changes)
    }

    /// A clone without files. The protocol is git's own for files, so that nothing is linked.
    fn clone_into(&self, target: &Path) -> Result<(), GitError> {
        let mut source = b"file://".to_vec();
        for byte in self.root.as_os_str().as_bytes() {
            // Git decodes the URL, so a path's own percent signs are encoded.
            source.extend_from_slice(if *byte == b'%' {
                b"%25"
            } else {
                std::slice::from_ref(byte)
            });
        }
        let mut clone = command(&self.root);
        clone.args(["-c", "protocol.file.allow=always"]);
        clone.args(["clone", "--quiet", "--no-checkout", "--depth", HISTORY_COMMITS]);
        clone.args(["--no-tags", "--end-of-options"]).arg(OsStr::from_bytes(&source)).arg(target);
        output(&mut clone)?;
        match &self.origin {
            Some(origin) => git(target, &["config", "remote.origin.url", origin])?,
            None => git(target, &["remote", "remove", "origin"])?,
        };
        Ok(())
    }

    /// The event that the checked out branch stands for.
    pub fn event(&self) -> Option<Event> {
        self.branch.clone().map(Event::Branch)
    }
}

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum GitError {
    #[error("git cannot be started: {0}; install the package `git`")]
    NotStarted(io::Error),
    /// What it said.
    #[error("{0}")]
    Failed(String),
}

/// Why a working copy could not be copied.
#[derive(Debug, thiserror::Error)]
pub(super) enum CopyError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{}: {error}", .name.display())]
    File { name: PathBuf, error: io::Error },
}

enum Copied {
    File,
    Folder,
}

fn copy(from: &Path, to: &Path) -> io::Result<Copied> {
    let kind = fs::symlink_metadata(from)?.file_type();
    if kind.is_dir() {
        return Ok(Copied::Folder);
    }
    if let Some(above) = to.parent() {
        fs::create_dir_all(above)?;
    }
    if kind.is_symlink() {
        std::os::unix::fs::symlink(fs::read_link(from)?, to)?;
    } else if kind.is_file() {
        fs::copy(from, to)?;
    }
    Ok(Copied::File)
}

/// Git in a folder, its hooks off: a copy must not run what the repository says.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args([
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
    ]);
    command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").stdin(std::process::Stdio::null());
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command
}

fn git_raw(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    output(command(folder).args(arguments))
}

/// What git answers, without the line's end.
fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
    let mut answer = git_raw(folder, arguments)?;
    while answer.last() == Some(&b'\n') {
        answer.pop();
    }
    Ok(answer)
}

fn output(command: &mut Command) -> Result<Vec<u8>, GitError> {
    let output = command.output().map_err(GitError::NotStarted)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(GitError::Failed(said(&lossy(&output.stderr))))
}

/// Git's own reason: the first that it calls fatal, for those after it only follow from it, and hints
/// stand behind. Where a folder is another user's, that hint is the way out.
fn said(complaint: &str) -> String {
    let mut lines = complaint.lines().map(str::trim);
    let fatal = lines.clone().find_map(|line| line.strip_prefix("fatal: "));
    let Some(fatal) = fatal else {
        return lines.rfind(|line| !line.is_empty()).unwrap_or("git failed").to_owned();
    };
    if !fatal.contains("dubious ownership") {
        return fatal.to_owned();
    }
    let folder = fatal.split('\'').nth(1).unwrap_or("FOLDER");
    format!(
        "git refuses {folder}, which belongs to another user: run this as its owner, or trust it with \
         `git config --global --add safe.directory {folder}`"
    )
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `https://user:token@host/x` without `user:token@`: it would be in every step's environment.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) if scheme != "ssh" => format!("{scheme}://{host}{path}"),
        _ => url.to_owned(),
    }
}

/// `owner/name` at the end of a remote's URL.
fn full_name(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?.1,
        None => url.split_once(':').filter(|(host, _)| !host.contains('/'))?.1,
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    path.contains('/').then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Git in a folder of a test, as somebody.
    fn run(folder: &Path, arguments: &[&str]) {
        let who =
            ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
        output(command(folder).args(who).args(arguments)).unwrap();
    }

    /// A working copy with two commits on main.
    fn working_copy() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        run(folder.path(), &["init", "-q", "-b", "main"]);
        fs::write(folder.path().join("kept"), "1").unwrap();
        fs::write(folder.path().join("gone"), "1").unwrap();
        fs::write(folder.path().join(".gitignore"), "ignored\n").unwrap();
        run(folder.path(), &["add", "."]);
        run(folder.path(), &["commit", "-q", "-m", "one"]);
        run(folder.path(), &["commit", "-q", "--allow-empty", "-m", "two"]);
        folder
    }

    #[test]
    fn a_copy_holds_the_files_as_they_are_now_and_some_history() {
        let folder = working_copy();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("kept"), "2").unwrap();
        fs::remove_file(at("gone")).unwrap();
        fs::create_dir(at("new")).unwrap();
        fs::write(at("new/ä file"), "3").unwrap();
        fs::write(at("ignored"), "4").unwrap();
        std::os::unix::fs::symlink("kept", at("link")).unwrap();
        run(folder.path(), &["remote", "add", "origin", "https://u:p@example.org/team/site.git"]);

        let found = WorkingCopy::find(&at("new")).unwrap();
        assert_eq!(found.event(), Some(Event::Branch("main".into())));
        assert_eq!(found.repository(), "team/site");
        let copy = tempfile::tempdir().unwrap();
        let changes = found.copy_into(copy.path()).unwrap();
        assert_eq!(changes, Changes { files: 4, submodules: 0 });
        let read = |name: &str| fs::read_to_string(copy.path().join(name)).ok();
        assert_eq!(read("kept").as_deref(), Some("2"));
        assert_eq!(read("new/ä file").as_deref(), Some("3"));
        assert_eq!(fs::read_link(copy.path().join("link")).unwrap(), Path::new("kept"));
        assert!(read("gone").is_none() && read("ignored").is_none());
        let ask = |arguments: &[&str]| lossy(&git(copy.path(), arguments).unwrap());
        assert_eq!(ask(&["rev-list", "--count", "HEAD"]), "2");
        assert_eq!(ask(&["rev-parse", "HEAD"]), found.commit);
        assert_eq!(ask(&["config", "remote.origin.url"]), "https://example.org/team/site.git");
        assert_eq!(fs::read_to_string(at("kept")).unwrap(), "2", "the working copy is untouched");
    }

    #[test]
    fn a_second_working_tree_is_copied_as_it_stands() {
        let folder = working_copy();
        let beside = tempfile::tempdir().unwrap();
        let tree = beside.path().join("50%41");
        let path = tree.to_str().unwrap();
        run(folder.path(), &["worktree", "add", "-q", "-b", "other", path, "HEAD~1"]);
        let found = WorkingCopy::find(&tree).unwrap();
        assert_eq!(found.branch.as_deref(), Some("other"));
        let copy = tempfile::tempdir().unwrap();
        assert_eq!(found.copy_into(copy.path()).unwrap(), Changes::default());
        assert_eq!(lossy(&git(copy.path(), &["rev-parse", "HEAD"]).unwrap()), found.commit);
    }

    #[test]
    fn what_is_no_working_copy_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let error = WorkingCopy::find(folder.path()).err().unwrap();
        assert!(error.contains("lies in no git working copy"), "{error}");
        run(folder.path(), &["init", "-q"]);
        let error = WorkingCopy::find(folder.path()).err().unwrap();
        assert_eq!(error, "the working copy has no commit yet; make one");
    }

    #[test]
    fn a_detached_head_stands_for_no_event() {
        let folder = working_copy();
        run(folder.path(), &["checkout", "-q", "--detach"]);
        let found = WorkingCopy::find(folder.path()).unwrap();
        assert_eq!(found.event(), None);
        assert!(found.repository().starts_with("local/"));
        assert!(found.copy_into(tempfile::tempdir().unwrap().path()).is_ok());
    }

    #[test]
    fn a_remote_names_the_repository() {
        for (url, expect) in [
            ("https://bitbucket.org/team/site.git", Some("team/site")),
            ("https://example.org:8443/a/b/c/", Some("a/b/c")),
            ("git@bitbucket.org:team/site.git", Some("team/site")),
            ("ssh://git@example.org/team/site", Some("team/site")),
            ("file:///srv/git/site", None),
            ("/srv/git/site", None),
            ("../site", None),
            ("https://example.org", None),
        ] {
            assert_eq!(full_name(url).as_deref(), expect, "{url}");
        }
    }

    #[test]
    fn credentials_do_not_leave_a_remotes_url() {
        for (url, expect) in [
            ("https://u:secret@h/x", "https://h/x"),
            ("https://token@h", "https://h"),
            ("https://h/a@b", "https://h/a@b"),
            ("ssh://git@h/x", "ssh://git@h/x"),
            ("git@h:x", "git@h:x"),
        ] {
            assert_eq!(without_credentials(url), expect);
        }
    }

    #[test]
    fn git_is_quoted_with_its_reason_and_not_with_its_last_line() {
        fn check(complaint: &str, expect: &str) {
            assert_eq!(said(complaint), expect);
        }
        check("fatal: not a git repository\n", "not a git repository");
        check("hint: x\n\n", "hint: x");
        check("", "git failed");
        let follow = "fatal: Could not read from remote repository.\n\nPlease make sure you have the \
                      correct access rights\nand the repository exists.\n";
        let advice = "To add an exception for this directory, call:\n\n\tgit config …\n";
        let trust = |folder: &str| {
            format!(
                "git refuses {folder}, which belongs to another user: run this as its owner, or trust \
                 it with `git config --global --add safe.directory {folder}`"
            )
        };
        let owned = "fatal: detected dubious ownership in repository at '/x/.git'\n";
        check(&format!("{owned}{advice}{follow}"), &trust("/x/.git"));
        check(follow, "Could not read from remote repository.");
    }
}
