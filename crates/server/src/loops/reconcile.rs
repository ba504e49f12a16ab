//! Compares the forges with what is known of them, at the start and then once a period: pushes
//! that no delivery told of start what they would have started, hooks are brought back to what is
//! wanted, and deliveries that never came are asked for again.
//!
//! This is also how pushes of a forge are found that cannot reach this server: one list of refs a
//! repository and period, however many pipelines watch it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::connection::{ConnectionStatus, HookState};
use domain::{HookId, Timestamp};
use effects::sight::Flaw;
use effects::{Performer, Sight};
use forges::OpenRequest;
use operations::installations::Looked;
use operations::mending::{AskAgain, ForgetPrevious, Mend, TryOut};
use operations::reconcile::Discovery;
use operations::turn::Turn;
use store::{
    AccountRow, ConnectionRow, HookRow, PipelineRow, RegistrationRow, WatchRow, WebhookRow,
};

use super::finds;
use crate::limits::{HOOKS_LOOKED_AT_MAX, RECONCILE_DELAY, RECONCILE_MARGIN_SECONDS};
use crate::shared::Shared;

/// Starts the loop, where `reconcile.seconds` says how often. What is already in the inbox gets a head start.
pub fn start(shared: &Arc<Shared>, performer: Performer) {
    let period = Duration::from_secs(shared.config.reconcile_seconds);
    if period.is_zero() {
        return;
    }
    let looking = Looking { shared: shared.clone(), performer, looked: BTreeMap::new() };
    tokio::spawn(looking.go_on(period));
}

struct Looking {
    shared: Arc<Shared>,
    performer: Performer,
    /// When each hook's deliveries were last looked through.
    looked: BTreeMap<HookId, Timestamp>,
}

impl Looking {
    async fn go_on(mut self, period: Duration) {
        let mut changed = self.shared.changed.subscribe();
        let mut due = self.shared.now().plus_millis(RECONCILE_DELAY.as_millis() as i64);
        loop {
            let pause = due.millis_since(self.shared.now()).max(0) as u64;
            let pause = Duration::from_millis(pause).min(period.max(RECONCILE_DELAY));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // A stepped clock rings; on a busy server this is one comparison.
                _ = changed.changed() => if self.shared.now() < due { continue },
                () = self.shared.stop.cancelled() => return,
            }
            let began = self.shared.now();
            if let Err(cause) = self.look().await {
                tracing::warn!(%cause, "not every repository could be compared with what is known of it");
            }
            // From beginning to beginning: time may have been put forward during a look.
            let rested = self.shared.now().plus_millis(RECONCILE_DELAY.as_millis() as i64);
            due = began.plus_millis(period.as_millis() as i64).max(rested);
        }
    }

    async fn look(&mut self) -> anyhow::Result<()> {
        let store = self.shared.desk.store.clone();
        for account in store.list::<AccountRow>(AccountRow::all(HOOKS_LOOKED_AT_MAX)).await? {
            let registrations = RegistrationRow::of_account(&account.account);
            for app in store.list::<RegistrationRow>(registrations).await? {
                if app.app.is_some() {
                    self.look_at_app(&app).await;
                }
            }
            let reached_by = [
                ConnectionRow::of_account(&account.account, "", HOOKS_LOOKED_AT_MAX),
                ConnectionRow::of_source_actions(&account.account, "", HOOKS_LOOKED_AT_MAX),
            ];
            let [connections, source_actions] = reached_by;
            let mut all = store.list::<ConnectionRow>(connections).await?;
            all.extend(store.list::<ConnectionRow>(source_actions).await?);
            for connection in all {
                let hooks =
                    HookRow::of_connection(&account.account, &connection.arn, HOOKS_LOOKED_AT_MAX);
                for hook in store.list::<HookRow>(hooks).await? {
                    if hook.sealed_previous.is_some() {
                        self.take(&hook, &ForgetPrevious { hook: hook.id.clone() }).await;
                    }
                    if connection.status == ConnectionStatus::Available {
                        self.compare(&hook).await;
                    }
                }
            }
        }
        Ok(())
    }

    /// Where an App is installed, once for all connections through it; and what its one hook was not
    /// told is asked for again.
    async fn look_at_app(&mut self, app: &RegistrationRow) {
        let now = self.shared.now();
        let first = || now.plus_seconds(-effects::limits::DELIVERIES_SECONDS);
        let hook = app.hook.clone().unwrap_or_else(|| app.id.as_str().into());
        let since = self.looked.get(&hook).copied().unwrap_or_else(first);
        let installations = match self.performer.look_at_app(app, (since, now)).await {
            Ok(installations) => installations,
            Err(cause) => {
                return tracing::warn!(registration = %app.id, cause = %format!("{cause:#}"), "an App was not looked at");
            }
        };
        self.looked.insert(hook, now.plus_seconds(-RECONCILE_MARGIN_SECONDS));
        let (account, registration) = (app.account.clone(), app.id.clone());
        let installations = installations.into_iter().map(|it| (it.id, it.suspended)).collect();
        let turn = Looked { account, registration, installations, asked: now };
        if let Err(cause) = self.shared.desk.take(&turn, now).await {
            tracing::error!(registration = %app.id, %cause, "what was seen of an App could not be decided");
        }
    }

    /// One repository that does not answer does not hold up the others.
    async fn compare(&mut self, hook: &HookRow) {
        if matches!(hook.state, HookState::Given | HookState::Polled) {
            return;
        }
        if matches!(hook.state, HookState::Wanted | HookState::Unwanted) {
            return self.mend(hook, "the forge was not brought to it yet").await;
        }
        let sight = self.see(hook).await;
        let mut present = hook.clone();
        match &sight.flaw {
            // Its refs say nothing about the repository that is meant.
            Some(flaw @ Flaw::Replaced(_)) => return self.mend(hook, &flaw.to_string()).await,
            Some(Flaw::Renamed(name)) => present.known_as = Some(name.clone()),
            _ => {}
        }
        let listens = hook.heads_known.is_some() || hook.state == HookState::Registered;
        if listens && self.is_of_pushes(hook).await {
            self.compare_heads(&present).await;
            self.compare_requests(&present).await;
        }
        match &sight.flaw {
            Some(flaw) => self.mend(hook, &flaw.to_string()).await,
            None if hook.state == HookState::Failed => self.mend(hook, "it is tried again").await,
            None if hook.sealed_previous.is_some() && hook.previous_until.is_none() => {
                self.mend(hook, "the forge has not taken its new secret yet").await;
            }
            None if hook.verified.is_none() => {
                self.take(hook, &TryOut { hook: hook.id.clone() }).await;
            }
            None => {}
        }
        for lost in sight.lost {
            tracing::info!(repository = %hook.repository, delivery = lost.guid, "a delivery that never came is asked for again");
            let (account, hook_id) = (hook.account.clone(), hook.id.clone());
            let again = AskAgain { account, hook: hook_id, delivery: lost.id, guid: lost.guid };
            self.take(hook, &again).await;
        }
    }

    async fn see(&mut self, hook: &HookRow) -> Sight {
        let now = self.shared.now();
        let first = || now.plus_seconds(-effects::limits::DELIVERIES_SECONDS);
        let since = self.looked.get(&hook.id).copied().unwrap_or_else(first);
        match self.performer.look_at_hook(hook, since, now).await {
            Ok(sight) => {
                let since = now.plus_seconds(-RECONCILE_MARGIN_SECONDS);
                self.looked.insert(hook.id.clone(), since);
                sight
            }
            Err(cause) => {
                tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "hook not compared");
                Sight::default()
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
        let moved = match self.performer.moved_heads(hook).await {
            Ok(moved) => moved,
            Err(cause) => {
                return tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "heads not compared");
            }
        };
        for (git_ref, target) in moved {
            let what = Discovery::Ref { git_ref, target };
            finds::decide(&self.shared, &self.performer, hook, what).await;
        }
    }

    /// Where a pipeline could start from one, the open pull requests are compared with what was told.
    async fn compare_requests(&self, hook: &HookRow) {
        let moved = match self.requests(hook).await {
            Ok(moved) => moved,
            Err(cause) => {
                return tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "pull requests not compared");
            }
        };
        for OpenRequest { title, sides, created } in moved {
            let what = Discovery::Request { title, sides, created };
            finds::decide(&self.shared, &self.performer, hook, what).await;
        }
    }

    async fn requests(&self, hook: &HookRow) -> anyhow::Result<Vec<OpenRequest>> {
        let store = &self.shared.desk.store;
        let HookRow { account, connection, repository, .. } = hook;
        let watching = WatchRow::of_repository(account, connection, repository);
        for watch in store.list::<WatchRow>(watching).await? {
            let pipeline = PipelineRow::at(account, &watch.pipeline);
            let pipeline = store.get::<PipelineRow>(pipeline).await?;
            if pipeline.is_some_and(|row| engine::listens_to_requests(&row.declaration)) {
                return self.performer.moved_requests(hook).await;
            }
        }
        Ok(Vec::new())
    }

    async fn take<T: Turn>(&self, hook: &HookRow, turn: &T) -> Option<T::Answer> {
        let taken = self.shared.desk.take(turn, self.shared.now()).await;
        let log = |cause: &_| {
            tracing::error!(repository = %hook.repository, %cause, "what was seen at the forge could not be decided");
        };
        taken.inspect_err(log).ok()
    }
}
