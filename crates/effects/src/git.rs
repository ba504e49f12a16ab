//! What git is asked of a repository, by an opened connection: with its token, past the guard, and
//! under the name that the repository has now.

use domain::RepositoryName;
use forges::Error;
use forges::git::{GitError, Remote};

use crate::access::Access;

/// Why git said nothing.
pub enum Unanswered {
    /// It was not asked: the name makes no URL, or the guard lets nobody go there.
    Nowhere(anyhow::Error),
    /// It was not asked now: its host wants to be left alone for a while.
    Held(Error),
    /// It was asked.
    Git(GitError),
}

/// The cause as it is: people may read what git said, and are shown it by its type.
impl From<Unanswered> for anyhow::Error {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Nowhere(cause) => cause,
            Unanswered::Held(cause) => cause.into(),
            Unanswered::Git(cause) => cause.into(),
        }
    }
}

impl Access {
    /// Asks a repository, and once more where git is led on: forges lead from an old name to the new
    /// one as long as nobody takes it, and git is never let follow by itself.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub async fn by_git<T, Answer: Future<Output = Result<T, GitError>>>(
        &self,
        repository: &RepositoryName,
        ask: impl Fn(Remote) -> Answer,
    ) -> Result<T, Unanswered> {
        let remote = self.remote(repository).await.map_err(Unanswered::Nowhere)?;
        match self.caller.git(ask(remote)).await {
            Err(Unanswered::Git(GitError::Redirected)) => {
                let name = self.new_name(repository).await;
                let remote = self.remote(name.as_ref().unwrap_or(repository)).await;
                self.caller.git(ask(remote.map_err(Unanswered::Nowhere)?)).await
            }
            said => said,
        }
    }

    /// Where git fetches a repository from, with the token, once the guard has let it through.
    async fn remote(&self, repository: &RepositoryName) -> anyhow::Result<Remote> {
        let url = self.forge.clone_url(repository)?;
        let authorization = self.forge.git_authorization(&self.token);
        Ok(Remote::http(self.client.guard(), &url, Some(authorization)).await?)
    }
}
