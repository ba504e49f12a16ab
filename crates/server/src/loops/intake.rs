//! Decides deliveries: those of one hook in the order in which they came, several hooks at once.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{DeliveryId, HookId};
use operations::intake::{Answer, Intake, Outcome};
use store::{DeliveryBodyRow, DeliveryRow};
use tokio::sync::{Semaphore, mpsc};

use crate::limits::{INBOX_ROWS_MAX, INTAKE_CONCURRENCY_MAX, QUESTION_WAIT_MAX};
use crate::shared::Shared;

/// Starts the loop and hands it what the inbox still holds from before.
pub fn start(shared: &Arc<Shared>, mut deliveries: mpsc::UnboundedReceiver<DeliveryRow>) {
    let lanes = Arc::new(Lanes {
        shared: shared.clone(),
        places: Semaphore::new(INTAKE_CONCURRENCY_MAX),
        waiting: Mutex::default(),
        silent: Mutex::default(),
    });
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut net = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                delivery = deliveries.recv() => {
                    delivery.into_iter().for_each(|delivery| lanes.line_up(delivery));
                }
                _ = net.tick() => lanes.take_up(waiting(&shared).await),
                () = shared.stop.cancelled() => return,
            }
        }
    });
}

/// What the inbox holds: after a start, and where a message was lost. A delivery that is taken
/// twice is known the second time.
async fn waiting(shared: &Shared) -> Vec<DeliveryRow> {
    let waiting = shared.desk.store.list(DeliveryRow::waiting(INBOX_ROWS_MAX)).await;
    let mut rows: Vec<DeliveryRow> = waiting.unwrap_or_default();
    let old = shared.now().plus_seconds(-1);
    rows.retain(|row| row.received < old);
    rows
}

/// A lane a hook, as long as there is something in it: a delivery that waits for the forge or for
/// git holds up those of its own repository and no others.
struct Lanes {
    shared: Arc<Shared>,
    /// To decide takes a place, to wait takes none.
    places: Semaphore,
    waiting: Mutex<HashMap<HookId, Lane>>,
    /// Those for which the forge's word was waited for once already.
    silent: Mutex<HashSet<DeliveryId>>,
}

/// The deliveries of one hook: one that is being decided, and those after it.
#[derive(Default)]
struct Lane {
    next: VecDeque<DeliveryRow>,
    /// All of them: the net finds them in the inbox again and again as long as they wait here.
    known: HashSet<DeliveryId>,
}

impl Lane {
    fn add(&mut self, delivery: DeliveryRow) {
        if self.known.insert(delivery.id.clone()) {
            self.next.push_back(delivery);
        }
    }

    /// The one after `done`.
    fn after(&mut self, done: Option<&DeliveryId>) -> Option<DeliveryRow> {
        if let Some(done) = done {
            self.known.remove(done);
        }
        self.next.pop_front()
    }
}

impl Lanes {
    /// What the inbox still holds. Of what it holds no more nothing needs to be known.
    fn take_up(self: &Arc<Self>, found: Vec<DeliveryRow>) {
        let ids: HashSet<_> = found.iter().map(|delivery| &delivery.id).collect();
        self.silent().retain(|id| ids.contains(id));
        found.into_iter().for_each(|delivery| self.line_up(delivery));
    }

    fn line_up(self: &Arc<Self>, delivery: DeliveryRow) {
        let hook = delivery.hook.clone();
        match self.waiting().entry(hook.clone()) {
            Entry::Occupied(mut lane) => return lane.get_mut().add(delivery),
            Entry::Vacant(lane) => lane.insert(Lane::default()).add(delivery),
        }
        let lanes = self.clone();
        tokio::spawn(async move {
            let mut done = None;
            while let Some(delivery) = lanes.next(&hook, done.as_ref()) {
                done = Some(delivery.id.clone());
                lanes.take(delivery).await;
            }
        });
    }

    /// The next in a lane; one that is empty goes.
    fn next(&self, hook: &HookId, done: Option<&DeliveryId>) -> Option<DeliveryRow> {
        let mut waiting = self.waiting();
        let next = waiting.get_mut(hook)?.after(done);
        if next.is_none() {
            waiting.remove(hook);
        }
        next
    }

    async fn take(&self, delivery: DeliveryRow) {
        let (account, id) = (delivery.account.clone(), delivery.id.clone());
        let deciding = self.shared.clone();
        let place = self.places.acquire().await;
        // A bug that panics costs its own delivery, not the lane: that one stays in the inbox.
        let decided =
            tokio::spawn(async move { decide(&deciding, delivery, BTreeMap::new()).await }).await;
        drop(place);
        match decided {
            // Once: a forge that stays silent would else be waited for at every look of the net.
            Ok(Some(Outcome::Asked)) if self.silent().insert(id.clone()) => {
                until_decided(&self.shared, DeliveryRow::at(&account, &id)).await
            }
            Ok(_) => {}
            Err(cause) => tracing::error!(delivery = %id, %cause, "deciding a delivery panicked"),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<HookId, Lane>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn silent(&self) -> MutexGuard<'_, HashSet<DeliveryId>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery that waits for the forge's word keeps its place before those that came after it: a
/// chain of changes can only be followed in its order. A forge that stays silent does not hold
/// them up for ever.
async fn until_decided(shared: &Shared, key: store::Key) {
    let mut changed = shared.changed.subscribe();
    let decided = async {
        loop {
            let row = shared.desk.store.get::<DeliveryRow>(key.clone()).await;
            if row.ok().flatten().is_none_or(|row| row.state == store::inbox::DONE) {
                return;
            }
            if changed.changed().await.is_err() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(QUESTION_WAIT_MAX, decided).await;
}

/// Read only now: a body in memory for each delivery that waits could be very much.
async fn said(shared: &Shared, delivery: &DeliveryRow) -> Option<DeliveryBodyRow> {
    let said = shared.desk.store.get::<DeliveryBodyRow>(delivery.body_key()).await;
    if let Err(cause) = &said {
        tracing::error!(delivery = %delivery.id, %cause, "what a delivery said could not be read");
    }
    said.ok().flatten()
}

/// Decides one delivery, with what was answered so far.
pub async fn decide(
    shared: &Shared,
    delivery: DeliveryRow,
    answers: BTreeMap<u32, Answer>,
) -> Option<Outcome> {
    let id = delivery.id.clone();
    let said = said(shared, &delivery).await?;
    let turn = Intake::new(delivery, &said, answers, shared.event_nonce());
    match shared.desk.take(&turn, shared.now()).await {
        Ok(outcome) => {
            tracing::debug!(delivery = %id, ?outcome, "delivery decided");
            Some(outcome)
        }
        // It stays in the inbox: the net takes it up again.
        Err(cause) => {
            tracing::error!(delivery = %id, %cause, "a delivery could not be decided");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(id: &str) -> DeliveryRow {
        DeliveryRow {
            account: "000000000000".into(),
            id: id.into(),
            hook: "hook".into(),
            forge_delivery: String::new(),
            received: domain::Timestamp(0),
            state: store::NEW.to_owned(),
            digest: String::new(),
            provider: "GitHub".to_owned(),
            event: "push".to_owned(),
            verdict: String::new(),
        }
    }

    #[test]
    fn what_the_net_finds_again_stands_in_its_lane_once() {
        let mut lane = Lane::default();
        ["a", "b"].map(delivery).into_iter().for_each(|it| lane.add(it));
        let first = lane.after(None).expect("the first");
        // It is being decided, and the other one waits: both are in the inbox still.
        ["a", "b"].map(delivery).into_iter().for_each(|it| lane.add(it));
        let second = lane.after(Some(&first.id)).expect("the second");
        assert_eq!((first.id.as_str(), second.id.as_str()), ("a", "b"));
        // The first could not be decided, and is found once more.
        lane.add(delivery("a"));
        assert_eq!(lane.after(Some(&second.id)).map(|it| it.id), Some("a".into()));
        assert_eq!(lane.after(Some(&"a".into())).map(|it| it.id), None);
        assert!(lane.known.is_empty());
    }
}
