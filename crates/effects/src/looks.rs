//! A branch that is looked at again and again, because nobody tells of it.

use domain::forge_event::{GitRef, RefTarget};
use forges::git::{self, GitError};
use forges::github::Purpose;
use forges::{Error, Looked};
use store::HookRow;

use crate::access::NoAccess;
use crate::git::Unanswered;
use crate::head::target;
use crate::perform::Performer;

/// What a look at a branch showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BranchSeen {
    /// Nothing new.
    AsBefore,
    /// Something that may be new.
    At {
        /// Where it leads; `None` where it is not there.
        target: Option<RefTarget>,
        /// What to look with the next time.
        tag: Option<String>,
    },
    /// The forge has no such repository for this token.
    Unseen {
        /// What it said.
        why: String,
    },
    /// The forge did not answer.
    Unreached {
        /// What was seen.
        why: String,
    },
    /// The forge does not take the token any more.
    TokenLost {
        /// Which of the tokens.
        generation: i64,
    },
}

impl Performer {
    /// Looks where the branch of a hook's repository is, unless that is as it was when the forge
    /// gave `tag`. What cannot be reached, because its token is known to be lost, shows nothing new.
    ///
    /// # Errors
    /// The forge is not asked now, it limits us, or its answer makes no sense.
    pub async fn look_at_branch(
        &self,
        hook: &HookRow,
        branch: &GitRef,
        tag: Option<&str>,
    ) -> anyhow::Result<BranchSeen> {
        let access =
            match self.open(&hook.account, &hook.connection, &hook.repository, Purpose::Read).await
            {
                Ok(access) => access,
                Err(NoAccess::Credentials(_)) => return Ok(BranchSeen::AsBefore),
                Err(cause) => return Err(cause.into()),
            };
        let name = hook.present_name();
        match access.forge.head_since(access.to(name), branch, tag).await {
            Ok(Looked::AsBefore) => Ok(BranchSeen::AsBefore),
            Ok(Looked::At { head, tag }) => Ok(BranchSeen::At { target: head.map(target), tag }),
            Ok(Looked::NotOffered) => {
                let resolve = |remote| async move { git::resolve(&remote, branch).await };
                match access.by_git(name, resolve).await {
                    Ok(head) => Ok(BranchSeen::At { target: head.map(target), tag: None }),
                    Err(Unanswered::Git(cause @ GitError::Unreachable { .. })) => {
                        Ok(BranchSeen::Unreached { why: cause.to_string() })
                    }
                    Err(cause) => Err(cause.into()),
                }
            }
            Err(Error::Unauthorised) => Ok(BranchSeen::TokenLost { generation: access.generation }),
            Err(cause @ (Error::NotFound { .. } | Error::Forbidden { .. })) => {
                Ok(BranchSeen::Unseen { why: cause.to_string() })
            }
            Err(cause @ Error::Unavailable { .. }) => {
                Ok(BranchSeen::Unreached { why: cause.to_string() })
            }
            Err(cause) => Err(cause.into()),
        }
    }
}
