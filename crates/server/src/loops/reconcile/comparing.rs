//! One hook and its repository, compared with what is known of them.

use domain::Timestamp;
use domain::connection::HookState;
use effects::sight::Flaw;
use effects::{MovedRequest, Sight};
use forges::RequestInfo;
use operations::mending::{AskAgain, Looked, Mend, TryOut};
use operations::reconcile::{Discovery, Gone};
use operations::turn::Turn;
use store::{HookRow, PipelineRow, WatchRow, WebhookRow};

use super::Looking;
use crate::limits::RECONCILE_MARGIN_SECONDS;
use crate::loops::finds;

impl Looking {
    /// One repository that does not answer does not hold up the others.
    pub(super) async fn compare(&self, hook: &HookRow) {
        if matches!(hook.state, HookState::Given | HookState::Polled) {
            return;
        }
        if matches!(hook.state, HookState::Wanted | HookState::Unwanted) {
            return self.mend(hook, "the forge was not brought to it yet").await;
        }
        if !self.is_shared(hook).await {
            // A hook that failed is not there, and comes back when its connection is shared again.
            if hook.state == HookState::Registered {
                self.mend(hook, "its connection is not shared any more").await;
            }
            return;
        }
        let (asked, sight) = (self.shared.now(), self.see(hook).await);
        let is_there = sight.as_ref().is_some_and(|it| it.flaw != Some(Flaw::Missing));
        let sight = sight.unwrap_or_default();
        let mut present = hook.clone();
        match &sight.flaw {
            // Its refs say nothing about the repository that is meant.
            Some(flaw @ Flaw::Replaced(_)) => return self.mend(hook, &flaw.to_string()).await,
            Some(Flaw::Renamed(name)) => present.known_as = Some(name.clone()),
            _ => {}
        }
        let knows_requests = self.find_moves(&present).await;
        let looked = Looked { hook: hook.id.clone(), asked, is_there, knows_requests };
        self.take(hook, &looked).await;
        match &sight.flaw {
            Some(flaw) => self.mend(hook, &flaw.to_string()).await,
            None if hook.state == HookState::Failed => self.mend(hook, "it is tried again").await,
            None if hook.sealed_previous.is_some() && hook.previous_until.is_none() => {
                self.mend(hook, "the forge has not taken its new secret yet").await;
            }
            None => self.try_out(hook).await,
        }
        for lost in sight.lost {
            tracing::info!(repository = %hook.repository, delivery = lost.guid, "a delivery that never came is asked for again");
            let (account, hook_id) = (hook.account.clone(), hook.id.clone());
            let again = AskAgain { account, hook: hook_id, delivery: lost.id, guid: lost.guid };
            self.take(hook, &again).await;
        }
    }

    async fn is_shared(&self, hook: &HookRow) -> bool {
        let HookRow { account, connection, repository, .. } = hook;
        let store = &self.shared.desk.store;
        effects::is_shared(store, account, connection, repository).await.unwrap_or(true)
    }

    /// Looks for what was pushed before a forge had a hook again. No more: a look that found the hook
    /// amiss would have it registered again, for ever where the forge's lists are late.
    pub(super) async fn catch_up(&self, hook: &HookRow) {
        let asked = self.shared.now();
        let knows_requests = self.find_moves(hook).await;
        let looked = Looked { hook: hook.id.clone(), asked, is_there: false, knows_requests };
        self.take(hook, &looked).await;
        self.try_out(hook).await;
    }

    /// Starts what nobody told of; whether all pull requests are known then.
    async fn find_moves(&self, hook: &HookRow) -> bool {
        let listens = hook.heads_known.is_some() || hook.state == HookState::Registered;
        if !listens || !self.is_of_pushes(hook).await {
            return false;
        }
        self.compare_heads(hook).await;
        self.compare_requests(hook).await
    }

    async fn try_out(&self, hook: &HookRow) {
        if hook.verified.is_none() {
            self.take(hook, &TryOut { hook: hook.id.clone() }).await;
        }
    }

    /// What a look at the forge shows; `None` where it does not answer.
    async fn see(&self, hook: &HookRow) -> Option<Sight> {
        let now = self.shared.now();
        let first = || now.plus_seconds(-effects::limits::DELIVERIES_SECONDS);
        let since = self.looked().get(&hook.id).copied().unwrap_or_else(first);
        match self.performer.look_at_hook(hook, since, now).await {
            Ok(sight) => {
                let since = now.plus_seconds(-RECONCILE_MARGIN_SECONDS);
                self.looked().insert(hook.id.clone(), since);
                Some(sight)
            }
            Err(cause) => {
                tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "hook not compared");
                None
            }
        }
    }

    async fn mend(&self, hook: &HookRow, why: &str) {
        if self.take(hook, &Mend { hook: hook.id.clone() }).await == Some(true) {
            tracing::info!(repository = %hook.repository, hook = %hook.id, why, "a hook is mended");
        }
    }

    /// Whether a look can stand in for what the hook tells; the webhooks of CodePipeline's may want
    /// something else than pushes.
    async fn is_of_pushes(&self, hook: &HookRow) -> bool {
        if !hook.connection.is_source_action() {
            return true;
        }
        let rows = self.shared.desk.store.list::<WebhookRow>(WebhookRow::by_hook(&hook.id)).await;
        rows.unwrap_or_default().first().is_some_and(operations::webhooks::is_of_pushes)
    }

    async fn compare_heads(&self, hook: &HookRow) {
        let asked = self.shared.now();
        let moved = match self.performer.moved_heads(hook).await {
            Ok(moved) => moved,
            Err(cause) => {
                return tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "heads not compared");
            }
        };
        for (git_ref, target) in moved {
            let what = Discovery::Ref { git_ref, target };
            finds::decide(&self.shared, &self.performer, hook, (what, asked)).await;
        }
    }

    /// Where a pipeline could start from one, the pull requests are compared with what was told;
    /// whether all were, and what was found is decided: what is not is asked for once more.
    async fn compare_requests(&self, hook: &HookRow) -> bool {
        let asked = self.shared.now();
        let moved = match self.requests(hook).await {
            Ok(moved) => moved,
            Err(cause) => {
                tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "pull requests not compared");
                return false;
            }
        };
        let mut all_decided = true;
        for request in moved {
            all_decided &= match request {
                MovedRequest::To(RequestInfo { title, sides, created, state, .. }) => {
                    let what = Discovery::Request { title, sides, created, state };
                    let find = (what, asked);
                    finds::decide(&self.shared, &self.performer, hook, find).await.is_some()
                }
                MovedRequest::Gone { number } => {
                    let gone = Gone { hook: hook.id.clone(), number, asked };
                    self.take(hook, &gone).await.is_some()
                }
            };
        }
        all_decided
    }

    async fn requests(&self, hook: &HookRow) -> anyhow::Result<Vec<MovedRequest>> {
        let store = &self.shared.desk.store;
        let HookRow { account, connection, repository, .. } = hook;
        let watching = WatchRow::of_repository(account, connection, repository);
        for watch in store.list::<WatchRow>(watching).await? {
            let pipeline = PipelineRow::at(account, &watch.pipeline);
            let pipeline = store.get::<PipelineRow>(pipeline).await?;
            if pipeline.is_some_and(|row| engine::listens_to_requests(&row.declaration)) {
                let since = self.requests_known(hook);
                return self.performer.moved_requests(hook, since).await;
            }
        }
        Ok(Vec::new())
    }

    /// From when on those that came and ended could be unknown. Where nobody ever looked that is not
    /// asked for to the beginning.
    fn requests_known(&self, hook: &HookRow) -> Timestamp {
        let margin = |at: Timestamp| at.plus_seconds(-RECONCILE_MARGIN_SECONDS);
        let lately = self.shared.now().plus_seconds(-effects::limits::DELIVERIES_SECONDS);
        hook.requests_known.map_or(lately, margin)
    }

    pub(super) async fn take<T: Turn>(&self, hook: &HookRow, turn: &T) -> Option<T::Answer> {
        let taken = self.shared.desk.take(turn, self.shared.now()).await;
        let log = |cause: &_| {
            tracing::error!(repository = %hook.repository, %cause, "what was seen at the forge could not be decided");
        };
        taken.inspect_err(log).ok()
    }
}
