//! Pushes, with git over HTTP as people make them. When one returns, its deliveries are on their
//! way.

use crate::PracticeForge;
use crate::git::{self, NewCommit, PERSON};
use domain::CommitSha;
use std::path::Path;
use tempfile::TempDir;

impl PracticeForge {
    /// Commits on a branch and pushes it; gives the commit. A new branch begins at `main`.
    pub async fn push_commit(
        &self,
        full_name: &str,
        commit: NewCommit<'_>,
    ) -> anyhow::Result<CommitSha> {
        let scratch = self.scratch(full_name).await?;
        let full = format!("refs/heads/{}", commit.branch);
        let refs = git::refs(&self.folder(full_name)?).await?;
        let parent = refs.iter().find(|it| it.name == full);
        let parent = parent.or_else(|| refs.iter().find(|it| it.name == "refs/heads/main"));
        let parent = parent.map(|it| it.sha.as_str());
        let sha = git::write_commit(scratch.path(), parent, commit, self.now_seconds()).await?;
        self.push(scratch.path(), full_name, &[&format!("{sha}:{full}")]).await?;
        Ok(CommitSha::new(sha))
    }

    /// Pushes a tag of a commit: annotated with these words, or lightweight without.
    pub async fn push_tag(
        &self,
        full_name: &str,
        tag: &str,
        commit: &CommitSha,
        annotation: Option<&str>,
    ) -> anyhow::Result<()> {
        let scratch = self.scratch(full_name).await?;
        let mut command = git::git(scratch.path());
        command.args(["-c", &format!("user.name={}", PERSON.0)]);
        command.args(["-c", &format!("user.email={}", PERSON.1), "tag", "--force"]);
        annotation.iter().for_each(|words| {
            command.args(["--annotate", "--message", words]);
        });
        command.args(["--end-of-options", tag, commit.as_str()]);
        git::run(&mut command, b"").await?;
        self.push(scratch.path(), full_name, &[&format!("refs/tags/{tag}")]).await
    }

    /// Pushes whatever `refspec` says of what is there already: `SHA:refs/heads/x` moves or makes
    /// a branch, `:refs/heads/x` deletes one.
    pub async fn push_ref(&self, full_name: &str, refspec: &str) -> anyhow::Result<()> {
        self.push_refs(full_name, &[refspec]).await
    }

    /// The same with many refs in one push.
    pub async fn push_refs(&self, full_name: &str, refspecs: &[&str]) -> anyhow::Result<()> {
        let scratch = self.scratch(full_name).await?;
        self.push(scratch.path(), full_name, refspecs).await
    }

    async fn push(&self, from: &Path, full_name: &str, refspecs: &[&str]) -> anyhow::Result<()> {
        let url = self.clone_url(full_name)?;
        let token = self.personal_token();
        let pushed = git::push(from, url.as_str(), token.expose(), refspecs).await;
        self.shared.world().grants.tokens.remove(token.expose());
        pushed
    }

    /// A working repository of the user's, which borrows the objects of the forge's.
    async fn scratch(&self, full_name: &str) -> anyhow::Result<TempDir> {
        let scratch = TempDir::new()?;
        git::init(scratch.path(), "main").await?;
        let objects = self.folder(full_name)?.join("objects");
        let alternates = scratch.path().join("objects/info/alternates");
        std::fs::create_dir_all(scratch.path().join("objects/info"))?;
        std::fs::write(alternates, format!("{}\n", objects.display()))?;
        Ok(scratch)
    }
}
