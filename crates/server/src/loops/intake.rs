//! Decides deliveries: those of one hook in the order in which they came, several hooks at once.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::HookId;
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
    });
    let shared = shared.clone();
    tokio::spawn(async move {
        let mut net = tokio::time::interval(Duration::from_secs(1));
        loop {
            let waiting = tokio::select! {
                delivery = deliveries.recv() => delivery.into_iter().collect(),
                _ = net.tick() => waiting(&shared).await,
                () = shared.stop.cancelled() => return,
            };
            waiting.into_iter().for_each(|delivery| lanes.line_up(delivery));
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
    waiting: Mutex<HashMap<HookId, VecDeque<DeliveryRow>>>,
}

impl Lanes {
    fn line_up(self: &Arc<Self>, delivery: DeliveryRow) {
        match self.waiting().entry(delivery.hook.clone()) {
            Entry::Occupied(mut lane) => return lane.get_mut().push_back(delivery),
            Entry::Vacant(lane) => drop(lane.insert(VecDeque::new())),
        }
        let lanes = self.clone();
        tokio::spawn(async move {
            let hook = delivery.hook.clone();
            let mut next = Some(delivery);
            while let Some(delivery) = next {
                lanes.take(delivery).await;
                next = lanes.next(&hook);
            }
        });
    }

    /// The next in a lane; one that is empty goes.
    fn next(&self, hook: &HookId) -> Option<DeliveryRow> {
        let mut waiting = self.waiting();
        let next = waiting.get_mut(hook)?.pop_front();
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
            Ok(Some(Outcome::Asked)) => {
                until_decided(&self.shared, DeliveryRow::at(&account, &id)).await
            }
            Ok(_) => {}
            Err(cause) => tracing::error!(delivery = %id, %cause, "deciding a delivery panicked"),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<HookId, VecDeque<DeliveryRow>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
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
