//! Deliveries and statuses to look at, and everything that can be made to go wrong.

use crate::PracticeForge;
use crate::deliver;
use crate::faults::{Misbehaviour, Trouble};
use crate::world::Status;
use crate::world::delivery::Delivery;
use anyhow::Context;

impl PracticeForge {
    /// Every delivery so far, oldest first; those that the forge did not even try are among them.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.world().deliveries.clone()
    }

    /// Waits until this many deliveries were answered or given up; gives all of them.
    pub async fn delivered(&self, count: usize) -> Vec<Delivery> {
        let mut counting = self.shared.delivered.subscribe();
        let _ = counting.wait_for(|recorded| *recorded >= count).await;
        self.deliveries()
    }

    /// Answers so far that said that nothing is new.
    pub fn unmodified(&self) -> usize {
        *self.shared.unmodified.borrow()
    }

    /// Waits until this many answers said that nothing is new.
    pub async fn said_unmodified(&self, count: usize) {
        let mut counting = self.shared.unmodified.subscribe();
        let _ = counting.wait_for(|said| *said >= count).await;
    }

    /// Sends a delivery again, as its button in the settings does.
    pub fn redeliver(&self, id: u64) -> anyhow::Result<()> {
        self.shared.redeliver(id).with_context(|| format!("there is no delivery {id}"))
    }

    /// Sends again what the forge sends again by itself and is due by now; gives how many those
    /// were. Whoever lets time pass calls it.
    pub async fn send_due(&self) -> usize {
        deliver::send_due(&self.shared).await
    }

    /// Every status that was set, oldest first; of one commit and context the Bitbuckets and
    /// GitLab keep the newest only.
    pub fn statuses(&self) -> Vec<Status> {
        self.shared.world().statuses.clone()
    }

    /// Does deliveries wrong from now on, or right again with `None`; what was held back is sent.
    pub fn misbehave(&self, how: Option<Misbehaviour>) {
        let mut world = self.shared.world();
        world.misbehaviour = how;
        let held = std::mem::take(&mut world.held);
        drop(world);
        deliver::send_all(&self.shared, held);
    }

    /// Answers wrongly from now on, besides what is wrong already.
    pub fn trouble(&self, trouble: impl Into<Trouble>) {
        self.shared.world().troubles.push(trouble.into());
    }

    /// Waits until this many refreshes were granted; gives how many were so far.
    pub async fn refreshed(&self, count: usize) -> usize {
        let mut counting = self.shared.refreshed.subscribe();
        let _ = counting.wait_for(|granted| *granted >= count).await;
        *counting.borrow()
    }

    /// Waits until this many answers have hung; gives how many did so far.
    pub async fn hung(&self, count: usize) -> usize {
        let mut counting = self.shared.hung.subscribe();
        let _ = counting.wait_for(|hung| *hung >= count).await;
        *counting.borrow()
    }

    /// Answers rightly again, also what hangs.
    pub fn calm(&self) {
        self.shared.world().troubles.clear();
        self.shared.calmed.notify_waiters();
    }

    /// Whether GitLab's hooks can be signed (its flag `webhook_signing_token`); they can unless it
    /// is said otherwise, and a signing token is silently ignored while they cannot.
    pub fn sign_hooks(&self, yes: bool) {
        self.shared.world().hooks_unsigned = !yes;
    }
}
