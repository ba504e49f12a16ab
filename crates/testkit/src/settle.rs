//! What is still on its way, and waiting until nothing is.
//!
//! Waiting is for bells: the server's own, which every commit rings, and the forge's, for every
//! delivery. The limit is for a test that hangs.

use std::time::Duration;

use domain::Clock;
use domain::connection::HookState;
use practice_forge::Kind;
use serde_json::Value;
use store::{ConnectionRow, DeliveryRow, EffectRow, HookRow, LineRow};

use crate::world::{ACCOUNT, World};

/// How long a story may hang before it is ended.
const PATIENCE: Duration = Duration::from_secs(120);
/// What one look lists at most.
const ROWS_MAX: i64 = 10;

impl World {
    /// Waits until nothing is on its way any more.
    ///
    /// # Panics
    /// Where that takes too long; it says what is left.
    pub async fn settle(&self) {
        let left = self.rest().await;
        assert!(left.is_empty(), "the world does not settle; on its way are {left:#?}");
    }

    /// Waits until nothing is on its way any more, or long enough; gives what is left.
    pub(crate) async fn rest(&self) -> Vec<String> {
        let settled = self.until(async |world| world.work_left().await.is_empty());
        match tokio::time::timeout(PATIENCE, settled).await {
            Ok(()) => Vec::new(),
            Err(_) => self.work_left().await,
        }
    }

    /// Waits until an action's latest execution has this status.
    ///
    /// # Panics
    /// Where that takes too long.
    pub async fn reaches(&self, pipeline: &str, stage: &str, action: &str, status: &str) -> Value {
        let there = self.until(async |world: &World| {
            world.action(pipeline, stage, action).await["status"] == status
        });
        let reached = tokio::time::timeout(PATIENCE, there).await;
        let whole = if reached.is_err() { self.state(pipeline).await } else { Value::Null };
        assert!(reached.is_ok(), "{action} does not become {status}: {whole}");
        self.action(pipeline, stage, action).await
    }

    /// Looks again after every bell until something is so.
    pub async fn until(&self, so: impl AsyncFn(&World) -> bool) {
        let mut changed = self.shared().changed.subscribe();
        loop {
            changed.mark_unchanged();
            let deliveries = self.forge.deliveries().len();
            if so(self).await {
                return;
            }
            tokio::select! {
                _ = changed.changed() => {}
                _ = self.forge.delivered(deliveries + 1) => {}
            }
        }
    }

    /// Everything on its way, in words. What one look misses has moved on to where the second finds
    /// it: an effect registers a hook, and the hook's ping is a delivery again.
    pub async fn work_left(&self) -> Vec<String> {
        let left = self.look().await;
        if left.is_empty() { self.look().await } else { left }
    }

    /// Each kind of work before that which it turns into: what is decided meanwhile is seen as what
    /// came of it.
    async fn look(&self) -> Vec<String> {
        let mut left = self.pings_left().await;
        let store = &self.shared().desk.store;
        let deliveries = store.list::<DeliveryRow>(DeliveryRow::waiting(ROWS_MAX)).await;
        let deliveries = deliveries.expect("the store answers");
        left.extend(deliveries.iter().map(|row| format!("delivery {} undecided", row.id)));
        let lines = store.list::<LineRow>(LineRow::due(self.clock.now(), ROWS_MAX)).await;
        let lines = lines.expect("the store answers");
        left.extend(lines.iter().map(|row| format!("{} overdue", row.pipeline)));
        let effects = store.list::<EffectRow>(EffectRow::not_of(&"".into(), ROWS_MAX)).await;
        let effects = effects.expect("the store answers");
        left.extend(effects.iter().map(|row| format!("{:?}", row.effect)));
        left
    }

    /// GitHub pings every new hook; until it was answered the ping is on its way. One of another forge
    /// than the world's is known by its answer alone.
    async fn pings_left(&self) -> Vec<String> {
        if self.forge.kind() != Kind::GitHub {
            return Vec::new();
        }
        let sent = self.forge.deliveries();
        let pinged = |hook: &HookRow| {
            let id = hook.forge_hook_id.clone().unwrap_or_default();
            sent.iter().any(|it| it.event == "ping" && it.hook_id.to_string() == id)
        };
        let hooks = self.hooks().await.into_iter();
        let registered = hooks.filter(|hook| hook.state == HookState::Registered);
        // What an App's one hook tells has none of its own.
        let registered = registered.filter(|hook| hook.forge_hook_id.is_some());
        let unanswered = registered.filter(|hook| hook.verified.is_none() && !pinged(hook));
        unanswered.map(|hook| format!("ping of {}", hook.id)).collect()
    }

    /// The hooks that the server keeps.
    pub async fn hooks(&self) -> Vec<HookRow> {
        let (store, account) = (&self.shared().desk.store, ACCOUNT.into());
        let reached_by = [
            ConnectionRow::of_account(&account, "", ROWS_MAX),
            ConnectionRow::of_source_actions(&account, "", ROWS_MAX),
        ];
        let mut connections = Vec::new();
        for query in reached_by {
            connections
                .extend(store.list::<ConnectionRow>(query).await.expect("the store answers"));
        }
        let mut hooks = Vec::new();
        for connection in connections {
            let query = HookRow::of_connection(&account, &connection.arn, ROWS_MAX);
            hooks.extend(store.list::<HookRow>(query).await.expect("the store answers"));
        }
        hooks
    }
}
