//! An effect that the world never answered: whoever waits for it is told.

use domain::forge_event::{ChangedFiles, FilesUnknown};
use domain::reason::FailureCode;
use engine::{AttemptResult, Effect, EventKind, HookOutcome, StartAction, Unread};
use operations::intake::Said;
use store::EffectRow;

use super::Effects;

/// What is said of a forge that never answered.
const SILENT: &str = "the forge did not answer; see the server's log";

impl Effects {
    /// An attempt fails, a change of a delivery is unusable, a hook says so until the next look at it;
    /// anything else is dropped with a line in the log. `last` is what the last try came to.
    pub(super) async fn give_up(&self, row: EffectRow, last: &str) {
        tracing::error!(effect = %row.id, tries = row.tries, "given up: the world did not answer");
        let silent = || SILENT.to_owned();
        match &row.effect {
            Effect::StartAction(start) => self.fail(&row, start, last).await,
            Effect::AskHead { delivery, change_index, .. } => {
                self.answer(&row, delivery, *change_index, Said::Head(Err(silent()))).await;
            }
            Effect::ChangedFiles(ask) => {
                let files = ChangedFiles::Unknown(FilesUnknown::NotTold { why: silent() });
                let said = Said::Files { commit: ask.commit.clone(), files };
                self.answer(&row, &ask.delivery, ask.change_index, said).await;
            }
            Effect::ReadSyncFile(asked) => {
                let unread = Unread { commit: asked.commit.clone(), reason: silent() };
                self.synced(&row, asked, Err(unread)).await;
            }
            Effect::RegisterHook { hook, .. } => {
                let outcome = HookOutcome::Failed { trouble: silent(), heads: Vec::new() };
                self.hook_done(&row, hook.clone(), outcome).await;
            }
            Effect::Depart { connection, .. } => {
                let left = vec![format!("its hooks and its token: {last}")];
                let departed = effects::Departed { connection: connection.clone(), left };
                self.departed(&row, departed).await;
            }
            Effect::RevokeToken { connection, generation, .. } => {
                let (connection, left) =
                    (connection.clone(), Some(format!("a token of it: {last}")));
                let revoked = effects::Revoked { connection, generation: *generation, left };
                self.revoked(&row, revoked).await;
            }
            _ => self.done(&row).await,
        }
    }

    async fn fail(&self, row: &EffectRow, start: &StartAction, last: &str) {
        let message = format!(
            "{last}. It was tried {} times; retry the stage when that is mended",
            row.tries
        );
        let result = AttemptResult::Failed { code: FailureCode::SystemUnavailable, message };
        let kind = EventKind::AttemptEnded { attempt: start.attempt.clone(), result };
        self.report(start.attempt.clone(), kind, Some(row), Vec::new()).await;
    }
}

/// What of a cause the people of a pipeline may read: what a forge or git said, but nothing of this
/// machine's own disk and database.
pub(super) fn in_public(cause: &anyhow::Error) -> String {
    let is_forges = |it: &(dyn std::error::Error + 'static)| {
        it.is::<forges::Error>()
            || it.is::<forges::git::GitError>()
            || it.is::<forges::lfs::LfsError>()
    };
    match cause.chain().any(is_forges) {
        true => format!("{cause:#}"),
        false => "What the action needs did not answer; see the server's log".to_owned(),
    }
}
