//! Looks at the repositories whose forge tells us nothing, once a period each, spread over it: those
//! of source actions that want to be polled, and those whose forge cannot reach this server.
//!
//! They are looked at side by side, so many of one forge at once; one that does not answer keeps nobody
//! else's waiting.
//!
//! A look is cheap: where the forge's API says "nothing new" for nothing, it is asked with what it
//! said before; else git lists the refs. A forge that limits us is left alone like everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::connection::{HookState, Lost, Vain};
use domain::forge_event::GitRef;
use domain::pipeline::ActionDeclaration;
use domain::{HookId, PipelineName, Timestamp};
use effects::{BranchSeen, Performer};
use operations::polling::{FirstLook, Looked, wants_looks};
use operations::reconcile::Discovery;
use operations::tokens::TokenLost;
use store::{HookRow, PipelineRow, WebhookRow};
use tokio::task::{Id, JoinError, JoinSet};

use super::finds;
use crate::limits::{POLL_TICK, POLLED_MAX};
use crate::shared::Shared;

/// Starts the loop, where `polling.seconds` says how often.
pub fn start(shared: &Arc<Shared>, performer: Performer) {
    let period = shared.config.polling_seconds as i64;
    if period > 0 {
        let (known, looks) = (BTreeMap::new(), JoinSet::new());
        let looking = Looking { shared: shared.clone(), performer, period, known, looks };
        tokio::spawn(looking.go_on());
    }
}

struct Looking {
    shared: Arc<Shared>,
    performer: Performer,
    /// Seconds.
    period: i64,
    known: BTreeMap<HookId, Polled>,
    /// Those that are under way; each ends with what the forge called its answer.
    looks: JoinSet<Option<String>>,
}

/// What is known of one repository from one look to the next.
#[derive(Clone, Debug)]
struct Polled {
    due: Timestamp,
    /// What the forge called its last answer.
    tag: Option<String>,
    /// The look that is under way.
    look: Option<tokio::task::Id>,
}

impl Looking {
    async fn go_on(mut self) {
        let mut changed = self.shared.changed.subscribe();
        loop {
            tokio::select! {
                () = tokio::time::sleep(POLL_TICK) => {}
                // A stepped clock rings; on a busy server this is one comparison.
                _ = changed.changed() => if !self.is_due() { continue },
                Some(done) = self.looks.join_next_with_id() => {
                    self.remember(done);
                    continue;
                }
                () = self.shared.stop.cancelled() => return,
            }
            self.look().await;
        }
    }

    fn is_due(&self) -> bool {
        let now = self.shared.now();
        self.known.values().any(|polled| polled.look.is_none() && polled.due <= now)
    }

    /// The hooks in whose place somebody looks.
    async fn hooks(&self) -> Vec<HookRow> {
        let mut hooks = Vec::new();
        for state in [HookState::Polled, HookState::Failed] {
            let query = HookRow::of_state(state, POLLED_MAX);
            match self.shared.desk.store.list::<HookRow>(query).await {
                Ok(rows) => hooks.extend(rows),
                Err(cause) => tracing::warn!(%cause, "what is to be polled could not be listed"),
            }
        }
        hooks
    }

    async fn look(&mut self) {
        let (hooks, now) = (self.hooks().await, self.shared.now());
        let there: BTreeSet<_> = hooks.iter().map(|hook| hook.id.clone()).collect();
        self.known.retain(|id, _| there.contains(id));
        for hook in hooks {
            let due = first_due(&hook, now, self.period);
            let unknown = Polled { due, tag: None, look: None };
            let polled = self.known.entry(hook.id.clone()).or_insert(unknown);
            if now < polled.due || polled.look.is_some() {
                continue;
            }
            polled.due = now.plus_seconds(self.period);
            let (shared, performer) = (self.shared.clone(), self.performer.clone());
            let tag = polled.tag.take();
            let look = self.looks.spawn(async move {
                let host = performer.host_of_connection(&hook.account, &hook.connection).await;
                let _place = shared.looks.at(&host.ok().flatten().unwrap_or_default()).await;
                look_at(&shared, &performer, &hook, tag).await
            });
            polled.look = Some(look.id());
        }
    }

    fn remember(&mut self, done: Result<(Id, Option<String>), JoinError>) {
        let look = done.as_ref().map_or_else(JoinError::id, |(look, _)| *look);
        let polled = self.known.values_mut().find(|polled| polled.look == Some(look));
        if let Some(polled) = polled {
            polled.look = None;
            polled.tag = done.ok().and_then(|(_, tag)| tag);
        }
    }
}

/// A repository of which nothing is known is looked at at once, so that what is pushed next is news;
/// the others each at a moment of its own within the period.
fn first_due(hook: &HookRow, now: Timestamp, period: i64) -> Timestamp {
    if hook.heads_known.is_none() {
        return now;
    }
    let sum: i64 = hook.id.as_str().bytes().map(i64::from).sum();
    now.plus_seconds(sum % period)
}

/// Looks once; gives what the forge called its answer.
async fn look_at(
    shared: &Arc<Shared>,
    performer: &Performer,
    hook: &HookRow,
    tag: Option<String>,
) -> Option<String> {
    let looked = match hook.connection.is_source_action() {
        true => look_at_branch(shared, performer, hook, tag).await,
        false => look_at_all(shared, performer, hook).await.map(|()| None),
    };
    looked.unwrap_or_else(|cause| {
        tracing::warn!(repository = %hook.repository, cause = %format!("{cause:#}"), "not polled");
        None
    })
}

/// Keeps what a look came to with the hook, so that whoever asks how the source fares is told.
async fn keep(shared: &Shared, hook: &HookRow, vain: Option<(Vain, String)>) {
    let every_seconds = u32::try_from(shared.config.polling_seconds).unwrap_or(u32::MAX);
    let turn = Looked { hook: hook.id.clone(), every_seconds, vain };
    if !turn.is_news(hook) {
        return;
    }
    if let Err(cause) = shared.desk.take(&turn, shared.now()).await {
        tracing::warn!(repository = %hook.repository, %cause, "what a look came to was not kept");
    }
}

/// Every ref: pipelines may have filters for any of them.
async fn look_at_all(
    shared: &Arc<Shared>,
    performer: &Performer,
    hook: &HookRow,
) -> anyhow::Result<()> {
    if hook.heads_known.is_none() {
        return Ok(());
    }
    let asked = shared.now();
    for (git_ref, target) in performer.moved_heads(hook).await? {
        let what = Discovery::Ref { git_ref, target };
        finds::decide(shared, performer, hook, (what, asked)).await;
    }
    Ok(())
}

/// The one branch of a source action that brings a token of its own.
async fn look_at_branch(
    shared: &Arc<Shared>,
    performer: &Performer,
    hook: &HookRow,
    tag: Option<String>,
) -> anyhow::Result<Option<String>> {
    let Some(action) = action(shared, hook).await? else { return Ok(None) };
    let branch = GitRef::branch(action.branch());
    // What is not known yet cannot be as it was.
    let tag = tag.filter(|_| hook.heads_known.is_some());
    let asked = shared.now();
    let (target, tag) = match performer.look_at_branch(hook, &branch, tag.as_deref()).await? {
        BranchSeen::AsBefore => return Ok(tag),
        BranchSeen::At { target, tag } => (target, tag),
        BranchSeen::Unseen { why } => {
            keep(shared, hook, Some((Vain::NotThere, why))).await;
            return Ok(None);
        }
        BranchSeen::Unreached { why } => {
            tracing::warn!(repository = %hook.repository, why, "not polled");
            keep(shared, hook, Some((Vain::Unreached, why))).await;
            return Ok(None);
        }
        BranchSeen::TokenLost { generation } => {
            let (account, connection) = (hook.account.clone(), hook.connection.clone());
            let lost = TokenLost { account, connection, generation, lost: Lost::Revoked };
            shared.desk.take(&lost, shared.now()).await?;
            return Ok(None);
        }
    };
    let vain = || (Vain::NotThere, format!("there is no {branch} that its token may read"));
    keep(shared, hook, target.is_none().then(vain)).await;
    match target {
        target if hook.heads_known.is_none() => {
            let points_at = target.map(|it| it.points_at);
            let turn = FirstLook { hook: hook.id.clone(), branch, points_at };
            shared.desk.take(&turn, shared.now()).await?;
        }
        Some(target) => {
            let what = Discovery::Ref { git_ref: branch, target };
            finds::decide(shared, performer, hook, (what, asked)).await;
        }
        None => {}
    }
    Ok(tag)
}

/// The source action that a hook stands for, where it wants to be polled.
async fn action(shared: &Shared, hook: &HookRow) -> anyhow::Result<Option<ActionDeclaration>> {
    let mut parts = hook.connection.id().splitn(3, '/');
    let (Some(pipeline), Some(_), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let (store, pipeline) = (&shared.desk.store, PipelineName::new(pipeline));
    let key = PipelineRow::at(&hook.account, &pipeline);
    let Some(row) = store.get::<PipelineRow>(key).await? else { return Ok(None) };
    let action = row.declaration.sources().find(|action| action.name.as_str() == name).cloned();
    let webhooks = WebhookRow::of_pipeline(&hook.account, &pipeline, POLLED_MAX);
    let webhooks = store.list::<WebhookRow>(webhooks).await?;
    Ok(action.filter(|action| wants_looks(action, &webhooks)))
}
