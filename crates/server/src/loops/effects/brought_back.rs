//! The outcome of an effect, handed to the turn that says what it means.

use std::sync::Arc;
use std::time::Duration;

use domain::connection::Lost;
use domain::{AttemptRef, DeliveryId, HookId};
use effects::Performed;
use engine::{EventKind, HookOutcome, ReadSyncFile, StoredArtifact, SyncFile, Unread};
use operations::attempts::{Done, Report};
use operations::departures::Departed;
use operations::federation::Fetched;
use operations::hooks::HookDone;
use operations::host_looks::Looked;
use operations::intake::{Answer, Said};
use operations::revocations::Revoked;
use operations::statuses::Reported;
use operations::sync::Synced;
use operations::tokens::{Renewed, TokenLost};
use operations::turn::{Failure, Turn};
use store::{DeliveryRow, EffectRow};

use super::Effects;
use crate::jobs::Order;
use crate::loops::intake;

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
            Performed::Hook(hook, outcome) => self.hook_done(&row, hook, outcome).await,
            Performed::Head { delivery, change_index, head, .. } => {
                self.answer(&row, &delivery, change_index, Said::Head(head)).await;
            }
            Performed::Files { delivery, change_index, commit, files, .. } => {
                self.answer(&row, &delivery, change_index, Said::Files { commit, files }).await;
            }
            Performed::FileRead(read) => {
                let (asked, file) = *read;
                self.synced(&row, &asked, file).await;
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
            Performed::Reported(reported) => {
                let effects::Reported { report, refused } = *reported;
                self.turn(&Reported { effect: row.id, report, refused }).await;
            }
            Performed::Revoked(revoked) => self.revoked(&row, revoked).await,
            Performed::Renewed(renewal) => {
                let effects::Renewal { account, connection, generation, outcome } = *renewal;
                self.turn(&Renewed { account, connection, generation, outcome }).await;
            }
            Performed::Permissions(found) => {
                self.shared.answers.put(row.id.clone(), *found);
                self.done(&row).await;
            }
            Performed::Keys(found) => {
                let (at, keys) = (self.shared.now(), found.keys.map(Arc::new));
                self.shared.issuer_keys.put(found.issuer, Fetched { at, keys });
                self.done(&row).await;
            }
            Performed::Done => self.done(&row).await,
        }
    }

    pub(super) async fn hook_done(&self, row: &EffectRow, hook: HookId, outcome: HookOutcome) {
        let (effect, account) = (row.id.clone(), row.account.clone());
        let done = HookDone { hook: hook.clone(), effect, account, outcome };
        if self.turn(&done).await == Some(true) {
            // Nobody may listen: a server that is set to compare nothing does not.
            let _ = self.registered.send(hook);
        }
    }

    /// A file that a resource is kept in step with is applied, or a blocker says why not.
    pub(super) async fn synced(
        &self,
        row: &EffectRow,
        asked: &ReadSyncFile,
        file: Result<SyncFile, Unread>,
    ) {
        match self.shared.caller_of(&row.account).await {
            Ok(caller) => {
                self.turn(&Synced::new(asked, row.id.clone(), file, caller)).await;
            }
            // The effect stays, and is performed again.
            Err(cause) => tracing::error!(%cause, "a repository's file was not applied"),
        }
    }

    /// A connection that was deleted leaves nothing more behind here.
    pub(super) async fn departed(
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

    /// A token that nobody uses any more is done with.
    pub(super) async fn revoked(
        &self,
        row: &EffectRow,
        effects::Revoked { connection, generation, left }: effects::Revoked,
    ) {
        let (account, effect) = (row.account.clone(), row.id.clone());
        if let Some(left) = &left {
            tracing::warn!(%connection, left, "a token that nobody uses is not revoked");
        }
        self.turn(&Revoked { account, connection, generation, effect, left }).await;
    }

    /// The delivery that asked is decided with the answer.
    pub(super) async fn answer(
        &self,
        row: &EffectRow,
        delivery: &DeliveryId,
        change_index: u32,
        said: Said,
    ) {
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
        artifacts: Vec<StoredArtifact>,
    ) {
        let nonce = self.shared.event_nonce();
        let (effect, epoch) = (row.map(|row| row.id.clone()), self.shared.desk.epoch);
        self.turn(&Report { attempt, kind, effect, artifacts, epoch, nonce }).await;
    }

    pub(super) async fn done(&self, row: &EffectRow) {
        self.turn(&Done { account: row.account.clone(), effect: row.id.clone() }).await;
    }

    /// Takes a turn; one that the store cannot take now is taken again, as long as it must be.
    async fn turn<T: Turn>(&self, turn: &T) -> Option<T::Answer> {
        let mut pause = Duration::from_millis(100);
        loop {
            match self.shared.desk.take(turn, self.shared.now()).await {
                Ok(answer) => return Some(answer),
                Err(Failure::Refused(refused)) => {
                    tracing::error!(%refused, "an outcome was refused");
                    return None;
                }
                Err(cause) => {
                    tracing::error!(%cause, "an outcome could not be written down; trying again")
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(Duration::from_secs(10)),
                () = self.shared.stop.cancelled() => return None,
            }
        }
    }
}
