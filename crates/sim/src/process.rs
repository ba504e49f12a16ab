//! One life of a server: what it keeps in memory, and loses when it dies.

use std::collections::{BTreeSet, VecDeque};

use domain::{DeliveryId, EffectId, HolderId};
use engine::StartAction;
use operations::turn::{Now, Rules};
use store::{DeliveryRow, EffectRow};

use crate::turns::Underway;

/// A server's memory.
pub struct Process {
    /// Which life this is: the fence.
    pub epoch: i64,
    /// Turns between two of their steps.
    pub underway: Vec<Underway>,
    /// Effects that nobody began to perform.
    pub in_hand: Vec<EffectRow>,
    /// Every effect that it was handed, so that none is taken up twice.
    pub known: BTreeSet<EffectId>,
    /// Actions of the dead process, until their attempts are taken over.
    pub orphans: Vec<EffectRow>,
    /// Deliveries in the order in which they came.
    pub waiting: VecDeque<DeliveryRow>,
    /// The delivery that is being decided, or waits for the forge; the next one waits for it.
    pub deciding: Option<DeliveryId>,
    /// Whether a commit came to no answer, so that effects may be held unknowingly.
    pub unsure: bool,
}

/// An action that somebody performs.
#[derive(Clone, Debug)]
pub struct Performance {
    pub id: u64,
    pub start: StartAction,
    pub effect: EffectId,
    pub epoch: i64,
    pub state: Progress,
}

/// How far a performance has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It will begin.
    Due,
    /// It was said that it began.
    Announced,
    /// It is at it.
    Running,
    /// It was said how it went.
    Finished,
}

impl Process {
    pub fn new(epoch: i64) -> Self {
        Self {
            epoch,
            underway: Vec::new(),
            in_hand: Vec::new(),
            known: BTreeSet::new(),
            orphans: Vec::new(),
            waiting: VecDeque::new(),
            deciding: None,
            unsure: false,
        }
    }

    pub fn holder(&self) -> HolderId {
        HolderId::new(format!("server-{}", self.epoch))
    }

    pub fn now(&self, at: domain::Timestamp, rules: Rules) -> Now {
        let limits = engine::Limits::default();
        Now { at, holder: self.holder(), epoch: self.epoch, limits, rules }
    }

    /// Whether it has nothing more to do by itself.
    pub fn is_idle(&self) -> bool {
        self.underway.is_empty()
            && self.in_hand.is_empty()
            && self.orphans.is_empty()
            && self.waiting.is_empty()
            && self.deciding.is_none()
            && !self.unsure
    }
}
