//! Why what an action is of cannot be had, and what that makes of its attempt.

use domain::reason::FailureCode;
use domain::revision::SourceRevision;
use engine::{AttemptResult, StartAction};
use forges::git::GitError;
use forges::lfs::{LfsError, PointersError};

use crate::access::{Access, NoAccess};
use crate::git::Unanswered;
use crate::perform::Performed;

/// What helps where a fetch takes too long; the second half of its sentence.
const TOO_SLOW: &str = " (limits.fetch_seconds_max). If its history is large, fetch less of it: set \
                        GitCloneDepth of the source action to 1, a shallow clone; else look at the \
                        network between this server and the forge, or raise the limit";

/// The same where the forge was only asked where a branch is: no history is long there.
const TOO_SLOW_TO_ANSWER: &str = ": the forge did not say in time where the branch is; look at the \
                                  forge and at the network between it and this server";

/// The same where there is too much.
const TOO_LARGE: &str =
    ". Fetch less of its history: set GitCloneDepth of the source action to 1, a shallow clone";

/// Why there is no source.
pub enum Trouble {
    /// The attempt fails.
    Fails(FailureCode, String),
    /// The same, for the connection's user is shown no such repository.
    Unseen(FailureCode, String),
    /// The forge takes the connection's token for nothing any more.
    TokenLost(Box<Access>),
    /// The world did not answer: trying again may help.
    Passes(anyhow::Error),
}

impl Trouble {
    /// What is to be told of the attempt.
    ///
    /// # Errors
    /// Nothing is, where trying again may help.
    pub fn end(self, start: &StartAction) -> anyhow::Result<Performed> {
        self.end_of(start, None)
    }

    /// What is to be told of a source's attempt of which the commit may be known.
    ///
    /// # Errors
    /// Nothing is, where trying again may help.
    pub fn end_of(
        self,
        start: &StartAction,
        revision: Option<SourceRevision>,
    ) -> anyhow::Result<Performed> {
        let ended = |code, message| {
            let result = match revision.map(Box::new) {
                Some(revision) => AttemptResult::Unfetched { code, message, revision },
                None => AttemptResult::Failed { code, message },
            };
            Performed::Ended(Box::new((start.attempt.clone(), result, Vec::new())))
        };
        match self {
            Self::Fails(code, message) | Self::Unseen(code, message) => Ok(ended(code, message)),
            Self::TokenLost(access) => {
                let told = ended(FailureCode::ConnectionUnavailable, access.lost_sentence());
                Ok(access.lost(told))
            }
            Self::Passes(cause) => Err(cause),
        }
    }

    /// The forge's driver cannot say where the repository is, or the guard lets nobody go there.
    pub fn unusable(cause: anyhow::Error) -> Self {
        Self::Fails(FailureCode::ConfigurationError, format!("{cause:#}"))
    }

    /// The same trouble, with the connection by which it came named.
    pub fn by(self, access: &Access) -> Self {
        match self {
            Self::Fails(code, said) => Self::Fails(code, access.named_in(said)),
            Self::Unseen(code, said) => Self::Unseen(code, access.named_in(said)),
            Self::Passes(_) | Self::TokenLost(_) => self,
        }
    }

    /// The same trouble, which comes of a part of what is fetched.
    pub fn of_part(self, part: &str) -> Self {
        match self {
            Self::Fails(code, message) | Self::Unseen(code, message) => {
                Self::Fails(code, format!("{part}: {message}"))
            }
            Self::Passes(cause) => Self::Passes(cause.context(part.to_owned())),
            Self::TokenLost(access) => Self::TokenLost(access),
        }
    }

    /// The pointers of LFS in `what` cannot be had.
    pub fn of_pointers(what: String) -> impl Fn(PointersError) -> Self {
        move |cause| match cause {
            PointersError::Git(cause) => Self::of_git(what.clone())(cause),
            PointersError::Lfs(cause) => Self::of_lfs(what.clone())(cause),
        }
    }

    /// The files that LFS keeps of `what` did not come.
    pub fn of_lfs(what: String) -> impl Fn(LfsError) -> Self {
        move |cause| {
            let code = match &cause {
                LfsError::Unreachable(_) | LfsError::Folder(_) => {
                    return Self::Passes(anyhow::Error::from(cause).context(what.clone()));
                }
                LfsError::TooLarge { .. }
                | LfsError::TooMany { .. }
                | LfsError::TimedOut { .. } => FailureCode::LimitReached,
                LfsError::Extension { .. } => FailureCode::ConfigurationError,
                LfsError::Refused { .. } | LfsError::Mismatch { .. } | LfsError::Redirected => {
                    FailureCode::RevisionUnavailable
                }
            };
            Self::Fails(code, format!("{what}: {cause}"))
        }
    }

    /// git did not bring `what`, or could not be asked for it.
    pub fn of_unanswered(what: String) -> impl FnOnce(Unanswered) -> Self {
        move |why| match why {
            Unanswered::Nowhere(cause) => Self::unusable(cause),
            Unanswered::Held(cause) => Self::Passes(anyhow::Error::from(cause).context(what)),
            Unanswered::Git(cause) => Self::of_git(what)(cause),
        }
    }

    /// git did not bring `what`. A forge that is down may be up again in a moment; what takes too
    /// long would take as long again.
    pub fn of_git(what: String) -> impl Fn(GitError) -> Self {
        move |cause| {
            let failed = format!("{what} could not be fetched");
            if cause.passes() {
                return Self::Passes(anyhow::Error::from(cause).context(failed));
            }
            let unseen = |code| Self::Unseen(code, format!("{failed}: {cause}"));
            let (code, advice) = match &cause {
                GitError::TimedOut { command, .. } if command == "ls-remote" => {
                    (FailureCode::LimitReached, TOO_SLOW_TO_ANSWER)
                }
                GitError::TimedOut { .. } => (FailureCode::LimitReached, TOO_SLOW),
                GitError::TooLarge { .. } => (FailureCode::LimitReached, TOO_LARGE),
                GitError::Unauthorised => return unseen(FailureCode::PermissionError),
                GitError::NotFound => return unseen(FailureCode::RevisionUnavailable),
                _ => (FailureCode::RevisionUnavailable, ""),
            };
            Self::Fails(code, format!("{failed}: {cause}{advice}"))
        }
    }
}

impl From<NoAccess> for Trouble {
    fn from(cause: NoAccess) -> Self {
        match cause {
            NoAccess::Credentials(_) => {
                Self::Fails(FailureCode::ConnectionUnavailable, cause.to_string())
            }
            NoAccess::Store(cause) => Self::Passes(cause.into()),
            NoAccess::Forge(cause) => Self::Passes(cause.into()),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(cause: std::io::Error) -> Self {
        Self::Passes(cause.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shallow_clone_is_advised_where_history_is_what_takes_long() {
        fn said(command: &str) -> String {
            let cause = GitError::TimedOut { command: command.to_owned(), seconds: 30 };
            match Trouble::of_git("ada/engine".to_owned())(cause) {
                Trouble::Fails(FailureCode::LimitReached, said) => said,
                _ => panic!("{command} ends it"),
            }
        }
        assert!(said("fetch").contains("GitCloneDepth"));
        assert!(!said("ls-remote").contains("GitCloneDepth"));
        assert!(said("ls-remote").contains("where the branch is"));
    }
}
