//! News of pull requests in the words of trigger filters.

use domain::connection::ProviderType;
use domain::forge_event::PullRequestAction;
use domain::pipeline::PullRequestEventType;

/// A pull request that was opened, got new code or was closed.
#[derive(Clone, Copy, Debug)]
pub struct PullRequestNews<'a> {
    /// The event as filters name it; `None` for one that no filter can name.
    pub event: Option<PullRequestEventType>,
    /// The short name of the branch that it leads to.
    pub target: &'a str,
    /// Whether its code lies in another repository.
    pub fork: bool,
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
