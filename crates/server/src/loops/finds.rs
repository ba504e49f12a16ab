//! Something was found elsewhere than where we know it to be: it is decided as what a delivery tells.

use std::sync::Arc;

use domain::forge_event::{ChangedFiles, FilesUnknown};
use domain::{PipelineName, Timestamp};
use effects::Performer;
use operations::reconcile::{Discovery, Found, Outcome};
use store::HookRow;

use crate::shared::Shared;

/// Decides one find, and when somebody went to look for it; where a filter has to know which files changed, git is asked and it is decided
/// again. Gives the pipelines that it started.
pub async fn decide(
    shared: &Arc<Shared>,
    performer: &Performer,
    hook: &HookRow,
    (what, asked): (Discovery, Timestamp),
) -> Option<Vec<PipelineName>> {
    let (nonce, files, full) = (shared.event_nonce(), None, what.subject().full());
    let mut turn = Found { hook: hook.id.clone(), what, asked, files, nonce };
    loop {
        let taken = shared.desk.take(&turn, shared.now()).await;
        let log = |cause: &_| {
            tracing::error!(repository = %hook.repository, %cause, "what was seen at the forge could not be decided");
        };
        match taken.inspect_err(log).ok()? {
            Outcome::Started(started) => {
                tracing::info!(repository = %hook.repository, r#ref = full, ?started, "a change that no delivery told of");
                return Some(started);
            }
            Outcome::Refused(why) => {
                tracing::warn!(repository = %hook.repository, %why, "what the forge lists starts nothing");
                return None;
            }
            Outcome::NeedsFiles(since) => {
                let (HookRow { account, connection, repository, .. }, commit) =
                    (hook, turn.what.commit());
                let asked =
                    performer.changed_files(account, connection, repository, commit, &since);
                let silent = |cause: anyhow::Error| {
                    ChangedFiles::Unknown(FilesUnknown::NotTold { why: format!("{cause:#}") })
                };
                turn.files = Some(asked.await.unwrap_or_else(silent));
            }
        }
    }
}
