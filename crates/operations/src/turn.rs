//! Turns: the one way to change anything.
//!
//! A turn is one thing that happens (an API call, a delivery, a result, a timer). It says what it
//! wants to see, decides on what was seen, and what it decided is committed in one transaction
//! that checks every row it looked at. Where one of them changed meanwhile, it decides again.

use std::sync::Arc;

use domain::{AccessKeyId, HolderId, Timestamp};
use identity::Principal;
use store::{Changes, CommitError, EffectRow, Store, View, Want};

use crate::limits::{DECISIONS_MAX, LOADS_MAX};
use crate::refusal::Refused;
use crate::session::Session;
use crate::standing::Whose;
use crate::table::Answered;

/// One thing that happens. Pure but for its wishes.
pub trait Turn: Send + Sync {
    /// What the one who took the turn learns.
    type Answer: Send;

    /// What has to be seen, given what was seen already; asked again until it adds nothing.
    fn wants(&self, seen: &View) -> Vec<Want>;

    /// What happens now.
    ///
    /// # Errors
    /// [`Refused`] where the caller asked for something we do not do; nothing changes then.
    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused>;
}

/// The rules of a line: [`engine::decide()`], or in a simulator some that are broken on purpose.
pub type Rules =
    fn(&engine::Line, &engine::Event, Timestamp) -> Result<Vec<engine::Fact>, engine::Refused>;

/// When a decision is made, and by which process: effects and attempts are born held by it.
#[derive(Clone, Debug)]
pub struct Now {
    /// The moment.
    pub at: Timestamp,
    /// The process.
    pub holder: HolderId,
    /// The fence of this process's life.
    pub epoch: i64,
    /// The operator's limits.
    pub limits: engine::Limits,
    /// What a line's events lead to.
    pub rules: Rules,
}

/// Why a turn came to no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It was refused; nothing changed.
    #[error("{0}")]
    Refused(Refused),
    /// What is remembered could not be read.
    #[error("{0}")]
    Store(#[from] store::Error),
    /// The decision could not be written down; nothing changed.
    #[error("{0}")]
    Commit(CommitError),
    /// Others changed what it looked at, again and again.
    #[error("what this rests on changed {DECISIONS_MAX} times while it was decided; try again")]
    Contended,
}

/// What a process needs to take turns: the store, who it is, and who performs its effects.
#[derive(Clone)]
pub struct Desk {
    /// What is remembered.
    pub store: Store,
    /// The process.
    pub holder: HolderId,
    /// The fence of this process's life.
    pub epoch: i64,
    /// The operator's limits.
    pub limits: engine::Limits,
    /// Takes over what was committed, in memory; called after every commit, with or without
    /// effects, so it is also the bell that something changed.
    pub hand_over: Arc<dyn Fn(Vec<EffectRow>) + Send + Sync>,
}

/// Loads until nothing more is wanted.
///
/// # Errors
/// What is remembered could not be read.
pub async fn see(store: &Store, wants: impl Fn(&View) -> Vec<Want>) -> Result<View, store::Error> {
    let mut seen = View::new();
    loop {
        let missing = seen.missing(&wants(&seen));
        if missing.is_empty() {
            return Ok(seen);
        }
        store.load(&missing, &mut seen).await?;
    }
}

impl Desk {
    /// Takes one turn: load, decide, commit; decides again where a row was stale.
    ///
    /// # Errors
    /// [`Failure`]; after each of them nothing changed, but for an unknown commit, which a repeat
    /// under the same key makes harmless.
    pub async fn take<T: Turn + ?Sized>(
        &self,
        turn: &T,
        at: Timestamp,
    ) -> Result<T::Answer, Failure> {
        let (holder, epoch, limits) = (self.holder.clone(), self.epoch, self.limits);
        let now = Now { at, holder, epoch, limits, rules: engine::decide };
        for _ in 0..DECISIONS_MAX {
            let seen = self.look(turn).await?;
            let (mut changes, answer) = turn.decide(&seen, &now).map_err(Failure::Refused)?;
            if changes.is_empty() {
                return Ok(answer);
            }
            changes.saw(&seen);
            match self.store.commit(changes).await {
                Ok(committed) => {
                    (self.hand_over)(committed.effects);
                    return Ok(answer);
                }
                Err(CommitError::Stale) => {}
                Err(cause) => return Err(Failure::Commit(cause)),
            }
        }
        Err(Failure::Contended)
    }

    /// Takes the turn of a call.
    ///
    /// # Errors
    /// As [`Desk::take`]; a caller who may not is [`Failure::Refused`] too, and that is kept.
    pub async fn answer(
        &self,
        turn: &dyn Turn<Answer = Answered>,
        at: Timestamp,
    ) -> Result<serde_json::Value, Failure> {
        self.take(turn, at).await?.map_err(Failure::Refused)
    }

    /// Whoever it is, with every policy on their side; `None` where there is nobody of this name.
    ///
    /// # Errors
    /// What is remembered could not be read.
    pub async fn principal(
        &self,
        whose: &Whose,
        access_key: AccessKeyId,
    ) -> Result<Option<Principal>, store::Error> {
        let seen = see(&self.store, |seen| whose.wants(seen)).await?;
        let standing = whose.standing(&seen).map(Arc::new);
        Ok(standing.and_then(|standing| Principal::of(standing, access_key)))
    }

    /// Whoever a session is of, with every policy on their side; `None` where they are no more.
    ///
    /// # Errors
    /// What is remembered could not be read.
    pub async fn session(
        &self,
        session: &Session,
        access_key: AccessKeyId,
    ) -> Result<Option<Principal>, store::Error> {
        let seen = see(&self.store, |seen| session.wants(seen)).await?;
        let standing = session.standing(&seen).map(Arc::new);
        Ok(standing.and_then(|standing| Principal::of(standing, access_key)))
    }

    /// Loads until the turn wants nothing more.
    async fn look<T: Turn + ?Sized>(&self, turn: &T) -> Result<View, Failure> {
        let mut seen = View::new();
        for _ in 0..LOADS_MAX {
            let missing = seen.missing(&turn.wants(&seen));
            if missing.is_empty() {
                break;
            }
            self.store.load(&missing, &mut seen).await?;
        }
        Ok(seen)
    }
}
