//! Deliveries that hooks refused, written down once a second a hook however many come: those of the
//! second are counted, and the last of them is told.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::HookId;
use operations::refused_deliveries::RefusedDeliveries;

use crate::limits::REFUSALS_PERIOD;
use crate::shared::Shared;

/// The hooks of which some were written down a moment ago, with what came since.
#[derive(Default)]
pub struct Refusals(Mutex<HashMap<HookId, Option<RefusedDeliveries>>>);

impl Refusals {
    /// Takes what a hook refused; gives it back where it is to be written down at once.
    fn begin(&self, refused: RefusedDeliveries) -> Option<RefusedDeliveries> {
        match self.since().entry(refused.hook.clone()) {
            Entry::Vacant(unknown) => {
                unknown.insert(None);
                Some(refused)
            }
            Entry::Occupied(mut since) => {
                let known = since.get().as_ref().map_or(0, |it| it.count);
                let count = known.saturating_add(refused.count);
                since.insert(Some(RefusedDeliveries { count, ..refused }));
                None
            }
        }
    }

    /// What came of a hook since; where nothing did, the next one is written down at once again.
    fn next(&self, hook: &HookId) -> Option<RefusedDeliveries> {
        let mut since = self.since();
        let next = since.get_mut(hook).and_then(Option::take);
        if next.is_none() {
            since.remove(hook);
        }
        next
    }

    fn since(&self) -> MutexGuard<'_, HashMap<HookId, Option<RefusedDeliveries>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has a refusal written down, at once or with those that come in the same second. Whoever sent it and
/// hangs up keeps it from nothing.
pub async fn keep(shared: &Arc<Shared>, refused: RefusedDeliveries) {
    let Some(first) = shared.refusals.begin(refused) else { return };
    let shared = shared.clone();
    let first = tokio::spawn(async move {
        write(&shared, &first).await;
        tokio::spawn(follow(shared, first.hook));
    });
    let _ = first.await;
}

async fn follow(shared: Arc<Shared>, hook: HookId) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(REFUSALS_PERIOD) => {}
            () = shared.stop.cancelled() => {}
        }
        match shared.refusals.next(&hook) {
            Some(next) => write(&shared, &next).await,
            None => return,
        }
    }
}

async fn write(shared: &Shared, refused: &RefusedDeliveries) {
    if let Err(cause) = shared.desk.take(refused, shared.now()).await {
        tracing::warn!(hook = %refused.hook, %cause, "refused deliveries are not remembered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;

    #[test]
    fn of_a_flood_the_first_is_written_at_once_and_the_others_together() {
        let refusals = Refusals::default();
        let refused = |hook: &str, at: i64| RefusedDeliveries {
            account: "000000000000".into(),
            hook: hook.into(),
            connection: None,
            count: 1,
            last: Timestamp(at),
            why: "no signature".to_owned(),
            peer: "192.0.2.1".to_owned(),
        };
        assert!(refusals.begin(refused("a", 0)).is_some());
        for at in 1..=1000 {
            assert!(refusals.begin(refused("a", at)).is_none());
        }
        assert!(refusals.begin(refused("b", 0)).is_some(), "each hook by itself");
        let together = refusals.next(&"a".into()).expect("what came since");
        assert_eq!((together.count, together.last), (1000, Timestamp(1000)));
        assert!(refusals.next(&"a".into()).is_none());
        assert!(refusals.begin(refused("a", 2000)).is_some(), "the flood is over");
    }
}
