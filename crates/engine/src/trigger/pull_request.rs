//! News of pull requests in the words of trigger filters.

use domain::connection::ProviderType;
use domain::forge_event::{GitRef, PullRequestAction, PullRequestSides};
use domain::pipeline::PullRequestEventType;

/// A pull request that was opened, got new code or was closed.
#[derive(Clone, Copy, Debug)]
pub struct PullRequestNews<'a> {
    /// The event as filters name it; `None` for one that no filter can name.
    pub event: Option<PullRequestEventType>,
    /// The short name of the branch that it leads to.
    pub target: &'a str,
    /// Whose code it brings.
    pub origin: RequestOrigin,
}

/// Where the code of a pull request lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestOrigin {
    /// In the repository itself.
    Own,
    /// In a fork, and in the repository itself as what the forge shows of it.
    Fork,
    /// In a fork only.
    Elsewhere,
}

impl<'a> PullRequestNews<'a> {
    /// What happened to a pull request.
    pub fn of(
        provider: ProviderType,
        sides: &'a PullRequestSides,
        action: PullRequestAction,
    ) -> Self {
        let origin = match sides.fork {
            false => RequestOrigin::Own,
            true if GitRef::request(provider, sides.number).is_some() => RequestOrigin::Fork,
            true => RequestOrigin::Elsewhere,
        };
        Self { event: pull_request_event(provider, action), target: &sides.target, origin }
    }
}

/// The ref by which the code of a pull request is had: its source branch, or where the forge shows that
/// of a fork. A fork's branch is called as its owner likes, and never passes for one of ours.
pub fn request_ref(provider: ProviderType, sides: &PullRequestSides) -> Option<GitRef> {
    match sides.fork {
        false => Some(GitRef::branch(sides.source.as_str())),
        true => GitRef::request(provider, sides.number),
    }
}

/// The event that filters know an action as (user guide, "Filter on pull request events"): CLOSED
/// is merged or closed, at Bitbucket merged only.
pub fn pull_request_event(
    provider: ProviderType,
    action: PullRequestAction,
) -> Option<PullRequestEventType> {
    Some(match action {
        PullRequestAction::Opened | PullRequestAction::Reopened | PullRequestAction::Ready => {
            PullRequestEventType::Open
        }
        PullRequestAction::Updated | PullRequestAction::Retargeted => PullRequestEventType::Updated,
        PullRequestAction::Closed if provider == ProviderType::Bitbucket => return None,
        PullRequestAction::Closed | PullRequestAction::Merged => PullRequestEventType::Closed,
    })
}
