//! The world did not answer: what an effect waits for stands in its row, so that whoever asks why
//! something waits is told. When it is asked again is the performer's.

use domain::reason::Silence;
use domain::{AccountId, EffectId};
use store::{Changes, EffectRow, View, Want};

use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// A try at an effect came to nothing.
pub struct Silent {
    /// Whose effect.
    pub account: AccountId,
    /// Which.
    pub effect: EffectId,
    /// What came of it.
    pub silence: Silence,
}

impl Turn for Silent {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![EffectRow::at(&self.account, &self.effect).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<EffectRow>(EffectRow::at(&self.account, &self.effect));
        // Another process may have taken it over.
        if let Some(row) = row.filter(|row| row.holder == now.holder && row.epoch == now.epoch) {
            changes.put(seen, EffectRow { silence: Some(self.silence.clone()), ..row.clone() });
        }
        Ok((changes, ()))
    }
}
