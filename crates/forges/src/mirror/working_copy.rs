//! A working copy: a folder as `git clone` would have left it, made from the mirror. It asks no
//! network, and neither a credential nor anything of this machine's configuration is in it.
//!
//! What else belongs in it, submodules and the files that LFS keeps, is left to who asks.

use super::{HELD, Mirror};
use crate::git::{GitCommand, GitError, Remote};
use crate::limits::{EXPORT_TIME_MAX, LISTING_BYTES_MAX, PATHS_AT_ONCE, WORKING_COPY_BYTES_MAX};
use domain::CommitSha;
use domain::forge_event::{GitRef, RefKind};
use std::fs::OpenOptions;
use std::io::Write;
use std::num::NonZeroU32;
use std::path::Path;

/// What a working copy is of.
#[derive(Clone, Debug)]
pub struct WorkingCopy<'a> {
    /// The commit.
    pub commit: &'a CommitSha,
    /// The branch that is checked out; on a tag, or without a ref, HEAD is the commit itself.
    pub git_ref: Option<&'a GitRef>,
    /// The URL of its `origin`, without a credential.
    pub origin: &'a str,
    /// Commits of history, of those that the mirror has; all of them where absent.
    pub depth: Option<NonZeroU32>,
}

impl Mirror {
    /// Makes a working copy in an empty folder. Its tags are those that were last fetched.
    ///
    /// # Errors
    /// [`GitError::CommitUnreachable`] for a commit that is not held, and what git says.
    pub async fn copy_into(&self, copy: &WorkingCopy<'_>, into: &Path) -> Result<(), GitError> {
        self.must_hold(copy.commit)?;
        let made = self.make_copy(copy, into).await;
        self.mend(made).await
    }

    async fn make_copy(&self, copy: &WorkingCopy<'_>, into: &Path) -> Result<(), GitError> {
        // A fetch replaces the tags.
        let _only = self.lock.lock().await;
        self.must_fit(copy.commit).await?;
        let repository = into.join(".git");
        let commit = copy.commit;
        copy.lay_out(&repository)?;
        let here = copy.remote_ref()?;
        let options = ["--quiet", "--no-write-fetch-head", "--no-auto-maintenance"];
        let mut fetch = GitCommand::at(&repository, ["fetch"]).args(options);
        if let Some(depth) = copy.depth {
            fetch = fetch.args([format!("--depth={depth}")]);
        }
        // One pack instead of a file an object; what the mirror holds was looked through before.
        let fetch =
            fetch.setting("fetch.unpackLimit", "1").setting("transfer.fsckObjects", "false");
        let fetch = fetch.remote(&Remote::Local(self.path.canonicalize()?))?;
        let fetch = fetch.args([format!("+{HELD}/{commit}:{here}")]).time(EXPORT_TIME_MAX);
        fetch.run().await.map_err(damaged)?;
        let files = GitCommand::at(&repository, ["read-tree"]).work_tree(into);
        // These names mean something on other systems; here they are names.
        let files = files.setting("core.protectNTFS", "false").setting("core.protectHFS", "false");
        let files = files.args(["--reset", "-u", "HEAD"]).time(EXPORT_TIME_MAX);
        files.run().await.map(drop)
    }

    /// Looks at the sizes before anything is written.
    async fn must_fit(&self, commit: &CommitSha) -> Result<(), GitError> {
        let listing = ["ls-tree", "-r", "-l", "-z", "--full-tree", "--end-of-options"];
        let listing = GitCommand::at(&self.path, listing).args([commit.as_str()]);
        let listed = listing.run_into(Vec::new(), LISTING_BYTES_MAX).await?;
        let entries = listed.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        let bytes: u64 = entries.filter_map(|entry| size(&entry)).sum();
        let bytes_max = WORKING_COPY_BYTES_MAX;
        (bytes <= bytes_max).then_some(()).ok_or(GitError::TooLarge { bytes_max })
    }
}

/// Makes a repository of a working copy know a submodule as one that is in use.
///
/// # Errors
/// Its configuration cannot be written.
pub fn activate(around: &Path, name: &str, url: &str) -> std::io::Result<()> {
    let (section, url) = (quoted(name), quoted(url));
    let text = format!("[submodule {section}]\n\turl = {url}\n\tactive = true\n");
    let mut file = OpenOptions::new().append(true).open(around.join(".git/config"))?;
    file.write_all(text.as_bytes())
}

/// Has git look away from files that LFS keeps: without its own program, which a step need not
/// have, they count as changed against their pointers.
///
/// # Errors
/// What git says.
pub async fn leave_alone(copy: &Path, paths: &[&str]) -> Result<(), GitError> {
    for some in paths.chunks(PATHS_AT_ONCE) {
        let command = ["update-index", "--assume-unchanged", "--"];
        let command = GitCommand::at(&copy.join(".git"), command).work_tree(copy);
        command.args(some.iter().copied()).run().await?;
    }
    Ok(())
}

/// `100644 blob <hash>    <bytes>\t<path>`
fn size(entry: &str) -> Option<u64> {
    entry.split_once('\t')?.0.split_whitespace().nth(3)?.parse().ok()
}

/// Whatever git complains of where nothing but the mirror is asked, is the mirror's fault.
fn damaged(cause: GitError) -> GitError {
    match cause {
        GitError::TimedOut { .. } | GitError::NotStarted { .. } | GitError::Folder(_) => cause,
        _ => GitError::Damaged,
    }
}

impl WorkingCopy<'_> {
    fn branch(&self) -> Option<&str> {
        let branch = self.git_ref.filter(|it| it.kind == RefKind::Branch)?;
        Some(&branch.name)
    }

    /// Where the remote's side of it is remembered.
    fn remote_ref(&self) -> Result<String, GitError> {
        if let Some(git_ref) = self.git_ref {
            git_ref.check()?;
        }
        Ok(format!("refs/remotes/origin/{}", self.branch().unwrap_or("HEAD")))
    }

    /// What `git init` and `git clone` write, without their processes.
    fn lay_out(&self, repository: &Path) -> Result<(), GitError> {
        self.remote_ref()?;
        for folder in ["objects/info", "objects/pack", "refs/heads", "refs/tags", "info"] {
            std::fs::create_dir_all(repository.join(folder))?;
        }
        let head = match self.branch() {
            None => format!("{}\n", self.commit),
            Some(branch) => {
                let place = repository.join("refs/heads").join(branch);
                place.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                std::fs::write(place, format!("{}\n", self.commit))?;
                format!("ref: refs/heads/{branch}\n")
            }
        };
        std::fs::write(repository.join("HEAD"), head)?;
        Ok(std::fs::write(repository.join("config"), self.configuration())?)
    }

    fn configuration(&self) -> String {
        let format = match self.commit.as_str().len() {
            64 => "\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n[core]\n",
            _ => "\trepositoryformatversion = 0\n",
        };
        let core = "\tbare = false\n\tfilemode = true\n\tlogallrefupdates = true\n";
        let origin = quoted(self.origin);
        let fetch = "+refs/heads/*:refs/remotes/origin/*";
        let remote = format!("[remote \"origin\"]\n\turl = {origin}\n\tfetch = {fetch}\n");
        let branch = self.branch().map(|branch| {
            let (section, merge) = (quoted(branch), quoted(&format!("refs/heads/{branch}")));
            format!("[branch {section}]\n\tremote = origin\n\tmerge = {merge}\n")
        });
        format!("[core]\n{format}{core}{remote}{}", branch.unwrap_or_default())
    }
}

/// A text as git's configuration takes it whole.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_names_the_origin_and_the_branch() {
        let commit = CommitSha::new("a".repeat(40));
        let branch = GitRef::branch("it's \"quoted\"");
        let origin = "https://forge.example/ada/engine.git";
        let mut copy = WorkingCopy { commit: &commit, git_ref: Some(&branch), origin, depth: None };
        let text = copy.configuration();
        assert!(text.contains("url = \"https://forge.example/ada/engine.git\""), "{text}");
        assert!(text.contains(r#"[branch "it's \"quoted\""]"#), "{text}");
        let tag = GitRef::tag("v1");
        copy.git_ref = Some(&tag);
        assert!(!copy.configuration().contains("[branch"));
    }

    #[test]
    fn the_sizes_of_files_are_counted() {
        assert_eq!(size("100644 blob abc      12\ta b"), Some(12));
        assert_eq!(size("160000 commit abc       -\tsub"), None);
        assert_eq!(size(""), None);
    }
}
