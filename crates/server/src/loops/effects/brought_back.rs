//! The outcome of an effect, handed to the turn that says what it means.

use std::sync::Arc;
use std::time::Duration;

use domain::connection::Lost;
use domain::forge_event::{ChangedFiles, FilesUnknown};
use domain::reason::FailureCode;
use domain::{AttemptRef, DeliveryId};
use effects::{FileRead, Performed};
use engine::{AttemptResult, Effect, EventKind, ReadSyncFile};
use operations::attempts::{Done, Report, Stored};
use operations::departures::Departed;
use operations::federation::Fetched;
use operations::hooks::{HookDone, HookOutcome, Registered};
use operations::host_looks::Looked;
use operations::intake::{Answer, Said};
use operations::sync::{File, Synced, Unread};
use operations::tokens::{Renewed, TokenLost};
use operations::turn::{Failure, Turn};
use store::{DeliveryRow, EffectRow};

use super::Effects;
use crate::jobs::Order;
use crate::loops::intake;

/// What is said of a forge that never answered.
const SILENT: &str = "the forge did not answer; see the server's log";

impl Effects {
    /// What an outcome means is a turn's; here each is only handed to its turn.
    pub(super) async fn bring_back(&self, row: EffectRow, performed: Performed) {
        match performed {
            Performed::Ended(ended) => {
                let (attempt, result, artifacts) = *ended;
                let kind = EventKind::AttemptEnded { attempt: attempt.clone(), result };
                self.report(attempt, kind, Some(&row), artifacts).await;
            }
            Performed::Job(prepared) => self.submit(row, *prepared),
            Performed::Abandon(id) => {
                let _ = self.orders.send(Order::Abandon(id));
                self.done(&row).await;
            }
            Performed::Hook(hook, outcome) => {
                let (effect, account) = (row.id.clone(), row.account.clone());
                self.turn(&HookDone { hook, effect, account, outcome: hook_outcome(outcome) })
                    .await;
            }
            Performed::Head { delivery, change_index, head, .. } => {
                self.answer(&row, &delivery, change_index, Said::Head(head)).await;
            }
            Performed::Files { delivery, change_index, commit, files, .. } => {
                self.answer(&row, &delivery, change_index, Said::Files { commit, files }).await;
            }
            Performed::FileRead(read) => {
                let (asked, read) = *read;
                self.synced(&row, &asked, read).await;
            }
            Performed::TokenLost { account, connection, generation, then } => {
                let lost = Lost::Revoked;
                self.turn(&TokenLost { account, connection, generation, lost }).await;
                Box::pin(self.bring_back(row, *then)).await;
            }
            Performed::HostLooked(look) => {
                let effects::HostLook { host, trouble } = *look;
                let public_url = self.shared.public_url.clone();
                self.turn(&Looked { effect: row.id, host, trouble, public_url }).await;
            }
            Performed::Departed(departed) => self.departed(&row, departed).await,
            Performed::Renewed(renewal) => {
                let effects::Renewal { account, connection, generation, outcome } = *renewal;
                self.turn(&Renewed { account, connection, generation, outcome }).await;
            }
            Performed::Permissions(found) => {
                self.shared.answers.put(row.id.clone(), *found);
                self.done(&row).await;
            }
            Performed::Keys(found) => {
                let (at, keys) = (self.shared.now(), found.keys.ok().map(Arc::new));
                self.shared.issuer_keys.put(found.issuer, Fetched { at, keys });
                self.done(&row).await;
            }
            Performed::Done => self.done(&row).await,
        }
    }

    /// A file that a resource is kept in step with is applied, or a blocker says why not.
    async fn synced(&self, row: &EffectRow, asked: &ReadSyncFile, read: FileRead) {
        let unread = |reason| Unread { commit: read.commit.clone(), reason };
        let file = match (&read.commit, read.content) {
            (Some(commit), Ok(content)) => {
                Ok(File { path: asked.path.clone(), commit: commit.clone(), content })
            }
            (None, Ok(_)) => unreachable!("what was read is of a commit"),
            (_, Err(reason)) => Err(unread(reason)),
        };
        match self.shared.caller_of(&row.account).await {
            Ok(caller) => self.turn(&Synced::new(asked, row.id.clone(), file, caller)).await,
            // The effect stays, and is performed again.
            Err(cause) => tracing::error!(%cause, "a repository's file was not applied"),
        }
    }

    /// A connection that was deleted leaves nothing more behind here.
    async fn departed(
        &self,
        row: &EffectRow,
        effects::Departed { connection, left }: effects::Departed,
    ) {
        let (account, effect) = (row.account.clone(), row.id.clone());
        for left in &left {
            tracing::warn!(%connection, left, "a deleted connection left something at its forge");
        }
        self.turn(&Departed { account, connection, effect, left }).await;
    }

    /// The delivery that asked is decided with the answer.
    async fn answer(&self, row: &EffectRow, delivery: &DeliveryId, change_index: u32, said: Said) {
        let key = DeliveryRow::at(&row.account, delivery);
        let delivery =
            self.shared.desk.store.get::<DeliveryRow>(key).await.unwrap_or_else(|cause| {
                tracing::error!(%cause, "what a forge answered is not decided with");
                None
            });
        let Some(delivery) = delivery else {
            // A dry run asked, and waits for the effect's end.
            self.shared.said.put(row.id.clone(), said);
            return self.done(row).await;
        };
        self.done(row).await;
        let answer = Answer { question: row.id.clone(), said };
        intake::decide(&self.shared, delivery, [(change_index, answer)].into()).await;
    }

    pub(super) async fn report(
        &self,
        attempt: AttemptRef,
        kind: EventKind,
        row: Option<&EffectRow>,
        artifacts: Vec<effects::Stored>,
    ) {
        let nonce = self.shared.event_nonce();
        let stored = |it: effects::Stored| Stored {
            name: it.name,
            artifact: it.artifact,
            bucket: it.bucket,
            object_key: it.object_key,
        };
        let artifacts = artifacts.into_iter().map(stored).collect();
        let (effect, epoch) = (row.map(|row| row.id.clone()), self.shared.desk.epoch);
        self.turn(&Report { attempt, kind, effect, artifacts, epoch, nonce }).await;
    }

    pub(super) async fn done(&self, row: &EffectRow) {
        self.turn(&Done { account: row.account.clone(), effect: row.id.clone() }).await;
    }

    /// Takes a turn; one that the store cannot take now is taken again, as long as it must be.
    async fn turn<T: Turn>(&self, turn: &T) {
        let mut pause = Duration::from_millis(100);
        loop {
            match self.shared.desk.take(turn, self.shared.now()).await {
                Ok(_) => return,
                Err(Failure::Refused(refused)) => {
                    return tracing::error!(%refused, "an outcome was refused");
                }
                Err(cause) => {
                    tracing::error!(%cause, "an outcome could not be written down; trying again")
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(10)),
                () = self.shared.stop.cancelled() => return,
            }
        }
    }

    /// The world never answered: an attempt fails, a change of a delivery is unusable, a hook says so
    /// until the next look at it; anything else is dropped with a line in the log.
    pub(super) async fn give_up(&self, row: EffectRow, last: &str) {
        tracing::error!(effect = %row.id, tries = row.tries, "given up: the world did not answer");
        match &row.effect {
            Effect::StartAction(start) => {
                let message = format!(
                    "{last}. It was tried {} times; retry the stage when that is mended",
                    row.tries
                );
                let code = FailureCode::SystemUnavailable;
                let result = AttemptResult::Failed { code, message };
                let kind = EventKind::AttemptEnded { attempt: start.attempt.clone(), result };
                self.report(start.attempt.clone(), kind, Some(&row), Vec::new()).await;
            }
            Effect::AskHead { delivery, change_index, .. } => {
                self.answer(&row, delivery, *change_index, Said::Head(Err(SILENT.to_owned())))
                    .await;
            }
            Effect::ChangedFiles(ask) => {
                let files = ChangedFiles::Unknown(FilesUnknown::NotTold { why: SILENT.to_owned() });
                let said = Said::Files { commit: ask.commit.clone(), files };
                self.answer(&row, &ask.delivery, ask.change_index, said).await;
            }
            Effect::ReadSyncFile(asked) => {
                let content = Err(SILENT.to_owned());
                let read = FileRead { commit: asked.commit.clone(), content };
                self.synced(&row, asked, read).await;
            }
            Effect::RegisterHook { hook, .. } => {
                let (hook, effect, account) = (hook.clone(), row.id.clone(), row.account.clone());
                let outcome = HookOutcome::Failed { trouble: SILENT.to_owned(), heads: Vec::new() };
                self.turn(&HookDone { hook, effect, account, outcome }).await;
            }
            Effect::Depart { connection, .. } => {
                let left = vec![format!("its hooks and its token: {last}")];
                self.departed(&row, effects::Departed { connection: connection.clone(), left })
                    .await;
            }
            _ => self.done(&row).await,
        }
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

fn hook_outcome(outcome: effects::HookOutcome) -> HookOutcome {
    match outcome {
        effects::HookOutcome::Registered(it) => HookOutcome::Registered(Registered {
            forge_hook_id: it.forge_hook_id,
            repository_id: it.repository_id,
            known_as: it.known_as,
            signs: it.signs,
            heads: it.heads,
        }),
        effects::HookOutcome::Removed => HookOutcome::Removed,
        effects::HookOutcome::Failed { trouble, heads } => HookOutcome::Failed { trouble, heads },
    }
}
