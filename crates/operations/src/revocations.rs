//! A token that nobody uses any more, another being in its place or nobody having kept it, is worth as
//! much as ever to whoever comes by it: it is written down with the decision, and its forge is asked to
//! revoke it after that. What a forge does not revoke is told as what a deleted connection leaves there.

use domain::{AccountId, ConnectionArn, EffectId};
use engine::Effect;
use store::{Changes, EffectRow, Key, RevocationRow, TokenRow, View, Want};

use crate::departures::left_behind;
use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// Has a token revoked.
pub(crate) fn begin(token: &TokenRow, now: &Now, changes: &mut Changes) {
    changes.insert(RevocationRow::of(token));
    let (account, connection) = (token.account.clone(), token.connection.clone());
    let id = EffectId::new(format!("eff-revoke-{}-{}", connection.id(), token.generation));
    let effect = Effect::RevokeToken { account, connection, generation: token.generation };
    changes.effect(new_effect(&token.account, id, effect, now));
}

/// A forge gave a token that nobody keeps.
pub struct NotKept {
    /// The token.
    pub token: TokenRow,
}

impl Turn for NotKept {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        Vec::new()
    }

    fn decide(&self, _: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        begin(&self.token, now, &mut changes);
        Ok((changes, ()))
    }
}

/// A token is revoked, or let go all the same.
pub struct Revoked {
    /// The account.
    pub account: AccountId,
    /// The connection that it was given to.
    pub connection: ConnectionArn,
    /// Which of its tokens.
    pub generation: i64,
    /// The effect.
    pub effect: EffectId,
    /// What the forge still takes, and why.
    pub left: Option<String>,
}

impl Revoked {
    fn rows(&self) -> [Key; 2] {
        let effect = EffectRow::at(&self.account, &self.effect);
        [effect, RevocationRow::at(&self.account, &self.connection, &self.generation)]
    }
}

impl Turn for Revoked {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        self.rows().map(Want::from).into()
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let [effect, revocation] = self.rows();
        changes.delete::<EffectRow>(seen, effect);
        changes.delete::<RevocationRow>(seen, revocation);
        if let Some(left) = &self.left {
            changes.record(left_behind(&self.account, &self.connection, left, now));
        }
        Ok((changes, ()))
    }
}
