//! Pull requests by the signed-in user. A push to the branch that one comes from moves it.

use crate::world::pull_request::{NewPullRequest, PullRequest};
use crate::world::user::User;
use crate::{PracticeForge, pull_requests};
use anyhow::Context;
use domain::CommitSha;

impl PracticeForge {
    /// Opens one; gives its number. Bitbucket Server makes its ref only when somebody looks.
    pub async fn open_pull_request(&self, new: NewPullRequest<'_>) -> anyhow::Result<u64> {
        let user = self.signed_in()?;
        Ok(pull_requests::open(&self.shared, &user, new).await?.number)
    }

    /// Aims one at another branch.
    pub async fn retarget(&self, full_name: &str, number: u64, to: &str) -> anyhow::Result<()> {
        let (user, found) = (self.signed_in()?, self.pull_request(full_name, number)?);
        pull_requests::retarget(&self.shared, &user, &found, to).await?;
        Ok(())
    }

    /// Changes nothing but its title.
    pub fn retitle(&self, full_name: &str, number: u64, title: &str) -> anyhow::Result<()> {
        let (user, found) = (self.signed_in()?, self.pull_request(full_name, number)?);
        pull_requests::rename(&self.shared, &user, &found, title)?;
        Ok(())
    }

    /// Closes one without merging it, or declines it.
    pub fn close_pull_request(&self, full_name: &str, number: u64) -> anyhow::Result<()> {
        let (user, found) = (self.signed_in()?, self.pull_request(full_name, number)?);
        pull_requests::set_open(&self.shared, &user, &found, false)?;
        Ok(())
    }

    /// Opens a closed one again.
    pub fn reopen_pull_request(&self, full_name: &str, number: u64) -> anyhow::Result<()> {
        let (user, found) = (self.signed_in()?, self.pull_request(full_name, number)?);
        pull_requests::set_open(&self.shared, &user, &found, true)?;
        Ok(())
    }

    /// Merges one; gives the merge commit.
    pub async fn merge_pull_request(
        &self,
        full_name: &str,
        number: u64,
    ) -> anyhow::Result<CommitSha> {
        let (user, found) = (self.signed_in()?, self.pull_request(full_name, number)?);
        let merged = pull_requests::merge(&self.shared, &user, &found).await?;
        Ok(CommitSha::new(merged.merge_commit.context("it has no merge commit")?))
    }

    fn pull_request(&self, full_name: &str, number: u64) -> anyhow::Result<PullRequest> {
        let id = self.shared.present(full_name)?.id;
        let found = self.shared.world().pull_request(id, number).cloned();
        found.with_context(|| format!("{full_name} has no pull request {number}"))
    }

    fn signed_in(&self) -> anyhow::Result<User> {
        let world = self.shared.world();
        world.user(&world.signed_in).cloned().context("nobody is signed in")
    }
}
