//! What git is asked of a repository, by an opened connection: with its token, past the guard, and
//! under the name that the repository has now.

use domain::RepositoryName;
use domain::forge_event::GitRef;
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
    /// It was not asked, or git failed.
    pub async fn by_git<T, Answer: Future<Output = Result<T, GitError>>>(
        &self,
        repository: &RepositoryName,
        ask: impl Fn(Remote) -> Answer,
    ) -> Result<T, Unanswered> {
        let remote = self.remote(repository).await?;
        match self.caller.git(ask(remote)).await {
            Err(Unanswered::Git(GitError::Redirected)) => {
                let name = self.new_name(repository).await;
                let remote = self.remote(name.as_ref().unwrap_or(repository)).await?;
                self.caller.git(ask(remote)).await
            }
            said => said,
        }
    }

    /// Has the forge show what the ref of a pull request leads to. Where it does not for good, git says what
    /// is missing.
    ///
    /// # Errors
    /// The forge does not answer now.
    pub async fn show(
        &self,
        repository: &RepositoryName,
        git_ref: Option<&GitRef>,
    ) -> Result<(), forges::Error> {
        let Some(number) = git_ref.and_then(GitRef::request_number) else { return Ok(()) };
        match self.forge.show_request(self.to(repository), number).await {
            Err(cause) if !cause.passes() => {
                tracing::warn!(%cause, %repository, number, "a pull request is not shown");
                Ok(())
            }
            said => said,
        }
    }

    /// Where git fetches a repository from, with the token, once the guard has let it through.
    async fn remote(&self, repository: &RepositoryName) -> Result<Remote, Unanswered> {
        let url = self.forge.clone_url(repository);
        let url = url.map_err(|cause| Unanswered::Nowhere(cause.into()))?;
        let authorization = self.forge.git_authorization(&self.token);
        let remote = Remote::http(self.client.guard(), &url, Some(authorization)).await;
        remote.map_err(Unanswered::before_git)
    }
}

impl Unanswered {
    /// It was not asked, because of this.
    fn before_git(cause: GitError) -> Self {
        match cause.passes() {
            true => Self::Git(cause),
            false => Self::Nowhere(cause.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Trouble;
    use egress::EgressRefusal;

    #[test]
    fn a_name_that_is_not_resolved_now_is_asked_for_again_and_a_forbidden_address_is_not() {
        fn passes(refusal: EgressRefusal) -> bool {
            let why = Unanswered::before_git(refusal.into());
            matches!(Trouble::of_unanswered("ada/engine".to_owned())(why), Trouble::Passes(_))
        }
        let host = || "git.example".to_owned();
        let why = "Temporary failure in name resolution".to_owned();
        assert!(passes(EgressRefusal::Unresolved { host: host(), why }));
        assert!(!passes(EgressRefusal::NoHost { url: host() }));
    }
}
