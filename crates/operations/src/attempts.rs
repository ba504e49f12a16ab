//! What performers report: an attempt was begun, went well or not, or its performer is gone.
//! Each is an event on the line; the effect that asked for it goes with the answer.

use domain::{AttemptRef, EffectId, Timestamp};
use engine::{Event, EventKind, Nonce, Refused as Engine, StoredArtifact};
use store::{ArtifactRow, AttemptRow, Changes, EffectRow, Key, View, Want};

use crate::line::{Which, advance};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// A word about an attempt.
pub struct Report {
    /// Which.
    pub attempt: AttemptRef,
    /// What happened.
    pub kind: EventKind,
    /// The effect that is done with it; none for a word in between.
    pub effect: Option<EffectId>,
    /// The artifacts that came of it.
    pub artifacts: Vec<StoredArtifact>,
    /// The fence: the holder's epoch when it took the attempt.
    pub epoch: i64,
    /// Randomness for what must not be guessed.
    pub nonce: [u8; 16],
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was an event of the line.
    Yes,
    /// The attempt is over, or another holder's: the report changes nothing.
    TooLate,
}

impl Report {
    fn which(&self) -> Which {
        Which::of(&self.attempt)
    }

    fn attempt_key(&self) -> Key {
        let AttemptRef { account, pipeline, execution, stage, action, attempt } = &self.attempt;
        AttemptRow::at(account, pipeline, execution, stage, action, attempt)
    }

    fn effect_key(&self) -> Option<Key> {
        self.effect.as_ref().map(|id| EffectRow::at(&self.attempt.account, id))
    }

    fn artifact_row(&self, stored: &StoredArtifact, at: Timestamp) -> ArtifactRow {
        let AttemptRef { account, pipeline, execution, stage, action, attempt } =
            self.attempt.clone();
        ArtifactRow {
            account,
            pipeline,
            execution,
            stage,
            action,
            attempt,
            name: stored.name.clone(),
            artifact: stored.artifact.clone(),
            bucket: stored.bucket.clone(),
            object_key: stored.object_key.clone(),
            created: at,
        }
    }
}

impl Turn for Report {
    type Answer = Taken;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants = self.which().wants(seen, &self.kind);
        wants.push(self.attempt_key().into());
        wants.extend(self.effect_key().map(Want::from));
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Taken), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<AttemptRow>(self.attempt_key());
        let live = row.filter(|row| row.live);
        if live.is_some_and(|row| row.epoch != self.epoch) {
            // Another life performs it; what asked for it is that life's to clear away.
            return Ok((changes, Taken::TooLate));
        }
        if let Some(key) = self.effect_key() {
            changes.delete::<EffectRow>(seen, key);
        }
        if live.is_none() {
            return Ok((changes, Taken::TooLate));
        }
        let event = Event { nonce: Nonce(self.nonce), kind: self.kind.clone() };
        let line = self.which().load(seen, &event.kind, now);
        match advance(line, &event, seen, now, &mut changes) {
            Ok(_) => {
                let rows = self.artifacts.iter().map(|stored| self.artifact_row(stored, now.at));
                rows.for_each(|row| changes.insert(row));
                Ok((changes, Taken::Yes))
            }
            Err(Engine::Stale { .. }) => Ok((changes, Taken::TooLate)),
            Err(refused) => unreachable!("a report about a live attempt was refused: {refused}"),
        }
    }
}

/// Takes attempts over from a process that is dead: they are this one's from now on, under its
/// epoch.
pub struct TakeOver {
    /// Which attempt.
    pub attempt: AttemptRef,
}

impl Turn for TakeOver {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![self.key().into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        if let Some(row) = seen.row::<AttemptRow>(self.key()) {
            let (holder, epoch) = (now.holder.clone(), now.epoch);
            changes.put(seen, AttemptRow { holder, epoch, ..row.clone() });
        }
        Ok((changes, ()))
    }
}

impl TakeOver {
    fn key(&self) -> Key {
        let AttemptRef { account, pipeline, execution, stage, action, attempt } = &self.attempt;
        AttemptRow::at(account, pipeline, execution, stage, action, attempt)
    }
}

/// An effect whose outcome nobody waits for is done.
pub struct Done {
    /// Whose.
    pub account: domain::AccountId,
    /// Which.
    pub effect: EffectId,
}

impl Turn for Done {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![EffectRow::at(&self.account, &self.effect).into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let key = EffectRow::at(&self.account, &self.effect);
        if seen.row::<EffectRow>(key.clone()).is_some() {
            changes.delete::<EffectRow>(seen, key);
        }
        Ok((changes, ()))
    }
}
