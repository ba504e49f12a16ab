//! How a connection's tokens follow one another.
//!
//! Many forges end a refresh token with its first use, and a whole family of tokens with the
//! second. So a renewal is an effect, one at a time for each generation of tokens: it is written
//! down before the forge is asked, held by one process, and taken over when that one is dead. What
//! it brings replaces the generation that it was asked for and no other.

use domain::connection::{ConnectionStatus, Lost, Missing};
use domain::{AccountId, ConnectionArn, EffectId, Timestamp};
use engine::Effect;
use store::{Changes, ConnectionRow, EffectRow, Key, NewTokens, TokenRow, View, Want};

use crate::limits::RENEWAL_SECONDS;
use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use crate::watches::connection_key;

/// When tokens are to be renewed: some minutes before they end, and never in the first two thirds
/// of their life. `None` for those that do not end or cannot be renewed.
pub fn renewal_due(row: &TokenRow) -> Option<Timestamp> {
    let expires = row.expires.filter(|_| row.sealed_refresh.is_some())?;
    let margin = (expires.millis_since(row.granted) / 3).clamp(0, RENEWAL_SECONDS * 1000);
    Some(Timestamp(expires.0 - margin))
}

/// Wants newer tokens than those of a generation.
pub struct WantNewer {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// The tokens that are about to end, or that the forge does not take.
    pub generation: i64,
}

/// What is to be hoped for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// There are newer ones already.
    Newer,
    /// The forge is being asked.
    UnderWay,
    /// These cannot be renewed.
    Hopeless,
    /// The connection itself is not AVAILABLE; it says why.
    NotAvailable,
}

impl WantNewer {
    fn effect(&self) -> EffectId {
        renewal_id(&self.connection, self.generation)
    }
}

fn renewal_id(connection: &ConnectionArn, generation: i64) -> EffectId {
    EffectId::new(format!("eff-renew-{}-{generation}", connection.id()))
}

impl Turn for WantNewer {
    type Answer = Prospect;

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![
            connection_key(&self.account, &self.connection).into(),
            TokenRow::at(&self.account, &self.connection).into(),
            EffectRow::at(&self.account, &self.effect()).into(),
        ]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Prospect), Refused> {
        let mut changes = Changes::of_loop();
        let Some(row) = available(&self.account, &self.connection, seen) else {
            return Ok((changes, Prospect::NotAvailable));
        };
        if row.generation != self.generation {
            return Ok((changes, Prospect::Newer));
        }
        if row.sealed_refresh.is_none() {
            return Ok((changes, Prospect::Hopeless));
        }
        let (account, connection) = (self.account.clone(), self.connection.clone());
        let known = seen.row::<EffectRow>(EffectRow::at(&self.account, &self.effect()));
        if known.is_none() {
            let generation = self.generation;
            let effect = Effect::RenewToken { account, connection, generation };
            changes.effect(new_effect(&self.account, self.effect(), effect, now));
        }
        Ok((changes, Prospect::UnderWay))
    }
}

/// The tokens of a connection that is AVAILABLE.
fn available<'a>(
    account: &AccountId,
    connection: &ConnectionArn,
    seen: &'a View,
) -> Option<&'a TokenRow> {
    let status = seen.row::<ConnectionRow>(connection_key(account, connection))?.status;
    let row = seen.row::<TokenRow>(TokenRow::at(account, connection));
    row.filter(|_| status == ConnectionStatus::Available)
}

/// A renewal came to its end.
pub struct Renewed {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// The tokens that were to be replaced.
    pub generation: i64,
    /// New ones, or why there are none.
    pub outcome: Result<NewTokens, Lost>,
}

impl Renewed {
    fn effect(&self) -> Key {
        EffectRow::at(&self.account, &renewal_id(&self.connection, self.generation))
    }
}

impl Turn for Renewed {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![
            connection_key(&self.account, &self.connection).into(),
            TokenRow::at(&self.account, &self.connection).into(),
            self.effect().into(),
        ]
    }

    /// The generation is the fence, not the holder: whoever holds the newer tokens is right, even
    /// one that was taken for dead while it asked.
    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        if seen.row::<EffectRow>(self.effect()).is_some() {
            changes.delete::<EffectRow>(seen, self.effect());
        }
        let row = seen.row::<TokenRow>(TokenRow::at(&self.account, &self.connection));
        let Some(row) = row.filter(|row| row.generation == self.generation) else {
            return Ok((changes, ()));
        };
        match &self.outcome {
            Ok(new) => changes.put(seen, new.instead_of(row, now.at)),
            Err(lost) => turn_to_error(&self.account, &self.connection, *lost, seen, &mut changes),
        }
        Ok((changes, ()))
    }
}

/// The forge no longer accepts a connection's token: the connection turns to ERROR, unless it has
/// newer ones.
pub struct TokenLost {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// Which of its tokens.
    pub generation: i64,
    /// Why.
    pub lost: Lost,
}

impl Turn for TokenLost {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![
            connection_key(&self.account, &self.connection).into(),
            TokenRow::at(&self.account, &self.connection).into(),
        ]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = available(&self.account, &self.connection, seen);
        if row.is_some_and(|row| row.generation == self.generation) {
            turn_to_error(&self.account, &self.connection, self.lost, seen, &mut changes);
        }
        Ok((changes, ()))
    }
}

/// The connection turns to ERROR. Nothing renews its tokens then, so what renews them is forgotten.
fn turn_to_error(
    account: &AccountId,
    connection: &ConnectionArn,
    lost: Lost,
    seen: &View,
    changes: &mut Changes,
) {
    let row = seen.row::<ConnectionRow>(connection_key(account, connection));
    if let Some(row) = row.filter(|row| row.status == ConnectionStatus::Available) {
        let status = ConnectionStatus::Error(Missing::of_lost(connection, lost));
        changes.put(seen, ConnectionRow { status, ..row.clone() });
        let tokens = seen.row::<TokenRow>(TokenRow::at(account, connection));
        tokens.into_iter().for_each(|tokens| {
            changes.put(seen, TokenRow { sealed_refresh: None, ..tokens.clone() });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::RegistrationId;

    #[test]
    fn tokens_are_renewed_before_they_end_and_short_lived_ones_not_at_once() {
        fn check(lives_seconds: Option<i64>, renewable: bool, due_seconds: Option<i64>) {
            let row = TokenRow {
                account: AccountId::new("000000000000"),
                connection: ConnectionArn::new("arn:c"),
                sealed_access: Vec::new(),
                sealed_refresh: renewable.then(Vec::new),
                expires: lives_seconds.map(|seconds| Timestamp(1000).plus_seconds(seconds)),
                scopes: Vec::new(),
                generation: 1,
                granted: Timestamp(1000),
                registration: RegistrationId::new("reg"),
                endpoint: None,
            };
            let due = due_seconds.map(|seconds| Timestamp(1000).plus_seconds(seconds));
            assert_eq!(renewal_due(&row), due, "{lives_seconds:?} {renewable}");
        }
        check(Some(7200), true, Some(6900));
        check(Some(60), true, Some(40));
        check(Some(0), true, Some(0));
        check(None, true, None);
        check(Some(7200), false, None);
    }
}
