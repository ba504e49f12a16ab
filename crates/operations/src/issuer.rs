//! The account's issuer: when its keys are made, when they give way to others, and who may see or
//! withdraw them. Making a key takes randomness: the process makes it, and here it is decided
//! whether it is wanted.

use domain::{AccountId, Timestamp};
use identity::audit::{Details, Entry};
use identity::keys::{self, Key, State};
use identity::limits::KEY_PUBLISHED_AHEAD_SECONDS;
use identity::token::Algorithm;
use store::{AccountRow, Changes, IssuerRow, SigningKeyRow, View, Want};
use wire::towpath as shapes;

use crate::limits::KEYS_LOOKED_AT_SECONDS;
use crate::refusal::Refused;
use crate::table::operation;
use crate::turn::{Now, Turn};

/// What an issuer signs with: RS256, which every relying party takes, and ES256.
pub const ALGORITHMS: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::Es256];

/// The URL of an account's issuer, byte for byte as tokens have it in `iss`.
pub fn url(public_url: &str, account: &AccountId) -> String {
    format!("{}/oidc/{account}", public_url.trim_end_matches('/'))
}

/// A key that a process made; kept where one is due.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Its id.
    pub kid: String,
    /// Its public half.
    pub jwk: serde_json::Value,
    /// Its private half, sealed for its place.
    pub sealed_private: Vec<u8>,
}

/// Which algorithms a key is to be made for.
pub fn wanted(keys: &[Key], at: Timestamp) -> Vec<Algorithm> {
    ALGORITHMS.into_iter().filter(|algorithm| keys::due(keys, *algorithm, at).is_some()).collect()
}

/// An issuer's keys are looked through: those that are due are taken from what was made, those of no
/// more use are deleted. The answer is the keys, or none for an account that is not there.
pub struct KeepKeys {
    /// Whose.
    pub account: AccountId,
    /// One for each algorithm that a key seemed due for.
    pub made: Vec<Made>,
}

impl Turn for KeepKeys {
    type Answer = Option<Vec<Key>>;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let row = IssuerRow::at(&self.account);
        let known = seen.known::<IssuerRow>(row.clone());
        let kids = known.into_iter().flat_map(|row| row.keys.iter().map(|key| &key.kid));
        let kids = kids.chain(self.made.iter().map(|made| &made.kid));
        let private: Vec<_> =
            kids.map(|kid| SigningKeyRow::at(&self.account, kid).into()).collect();
        [vec![AccountRow::at(&self.account).into(), row.into()], private].concat()
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        let (account, at) = (&self.account, now.at);
        let mut changes = Changes::of_loop();
        if seen.row::<AccountRow>(AccountRow::at(account)).is_none() {
            return Ok((changes, None));
        }
        let before = seen.row::<IssuerRow>(IssuerRow::at(account));
        let before = before.map(|row| row.keys.clone()).unwrap_or_default();
        let (mut kept, gone): (Vec<Key>, Vec<Key>) =
            before.iter().cloned().partition(|key| !is_of_no_use(key, at));
        for key in gone {
            changes.delete::<SigningKeyRow>(seen, SigningKeyRow::at(account, &key.kid));
        }
        for made in &self.made {
            if let Some(times) = keys::due(&kept, made.algorithm, at) {
                kept.push(made.key(times));
                changes.put(seen, made.row(account, at));
            }
        }
        // While one is wanted that nobody made, the keys are looked at again at once.
        let due = if wanted(&kept, at).is_empty() { next_look(&kept, at) } else { at };
        let row = IssuerRow { account: account.clone(), due, keys: kept.clone() };
        changes.put(seen, row);
        Ok((changes, Some(kept)))
    }
}

/// A key that was withdrawn stays as a name as long as a token of it could be about, so that whoever
/// asks what became of it is told.
fn is_of_no_use(key: &Key, at: Timestamp) -> bool {
    Key { revoked: false, ..key.clone() }.state(at) == State::Gone
}

fn next_look(kept: &[Key], at: Timestamp) -> Timestamp {
    let ends = kept.iter().filter(|key| !key.revoked).map(|key| key.not_after);
    let soon = ends.map(|ends| ends.plus_seconds(-2 * KEY_PUBLISHED_AHEAD_SECONDS)).min();
    let latest = at.plus_seconds(KEYS_LOOKED_AT_SECONDS);
    soon.filter(|soon| *soon > at).map_or(latest, |soon| soon.min(latest))
}

impl Made {
    fn key(&self, (not_before, not_after): (Timestamp, Timestamp)) -> Key {
        let (kid, algorithm, jwk) = (self.kid.clone(), self.algorithm, self.jwk.clone());
        Key { kid, algorithm, jwk, not_before, not_after, revoked: false }
    }

    fn row(&self, account: &AccountId, created: Timestamp) -> SigningKeyRow {
        let (account, kid) = (account.clone(), self.kid.clone());
        SigningKeyRow { account, kid, sealed_private: self.sealed_private.clone(), created }
    }
}

/// A step was given tokens: the audit log says so, or it gets none.
pub struct Minted {
    /// The account whose issuer signed them.
    pub account: AccountId,
    /// Their subject.
    pub subject: String,
    /// What each is for, and its `jti`.
    pub tokens: Vec<(String, String)>,
}

impl Turn for Minted {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        Vec::new()
    }

    fn decide(&self, _: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        for (audience, id) in &self.tokens {
            changes.record(Entry {
                at: now.at,
                account: self.account.clone(),
                principal: self.subject.clone(),
                access_key: None,
                action: "towpath:MintStepToken".to_owned(),
                resource: format!("{audience} {id}"),
                details: Details::default(),
            });
        }
        Ok((changes, ()))
    }
}

operation! {
    /// `towpath:ListSigningKeys`: the process makes those that are due, and shows them too.
    List: shapes::ListSigningKeysInput => shapes::ListSigningKeysOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![IssuerRow::at(caller.account()).into()] }
    decide(caller, _, view, now, changes) {
        let row = view.row::<IssuerRow>(IssuerRow::at(caller.account()));
        let keys = row.map(|row| row.keys.as_slice()).unwrap_or_default();
        let issuer = url(&caller.public_url, caller.account());
        Ok((changes, shown(issuer, keys, now.at)))
    }
}

operation! {
    /// `towpath:RotateSigningKeys`: here the present keys are given an end; the process makes those
    /// that come after them.
    Rotate: shapes::RotateSigningKeysInput => shapes::ListSigningKeysOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![IssuerRow::at(caller.account()).into()] }
    decide(caller, input, view, now, mut changes) {
        let row = view.row::<IssuerRow>(IssuerRow::at(caller.account()));
        let end = |key: &Key| ended(key, input.revoke.unwrap_or(false), now.at);
        let keys: Vec<Key> = row.map(|row| row.keys.iter().map(end).collect()).unwrap_or_default();
        let output = shown(url(&caller.public_url, caller.account()), &keys, now.at);
        changes.put(view, IssuerRow { account: caller.account().clone(), due: now.at, keys });
        Ok((changes, output))
    }
}

/// A key that is to give way: at once, or when its successor has been published long enough. One
/// that is published and does not sign yet is the successor, unless all are withdrawn.
fn ended(key: &Key, revoke: bool, at: Timestamp) -> Key {
    if revoke {
        return Key { revoked: true, ..key.clone() };
    }
    let not_after = match key.state(at) {
        State::Signing => key.not_after.min(at.plus_seconds(2 * KEY_PUBLISHED_AHEAD_SECONDS)),
        _ => key.not_after,
    };
    Key { not_after, ..key.clone() }
}

/// An issuer's keys as whoever may see them sees them.
pub fn shown(issuer: String, keys: &[Key], at: Timestamp) -> shapes::ListSigningKeysOutput {
    let key = |key: &Key| shapes::SigningKey {
        key_id: key.kid.clone(),
        algorithm: key.algorithm.name().to_owned(),
        state: match key.state(at) {
            State::Next => shapes::KeyState::Next,
            State::Signing => shapes::KeyState::Signing,
            State::Retired => shapes::KeyState::Retired,
            State::Gone => shapes::KeyState::Gone,
            State::Revoked => shapes::KeyState::Revoked,
        },
        not_before: key.not_before.into(),
        not_after: key.not_after.into(),
    };
    shapes::ListSigningKeysOutput { issuer, keys: keys.iter().map(key).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(kid: &str, begins: i64, ends: i64) -> Key {
        let (not_before, not_after) = (Timestamp(begins * 1000), Timestamp(ends * 1000));
        let (kid, jwk) = (kid.to_owned(), json!({ "kid": kid }));
        Key { kid, algorithm: Algorithm::Es256, jwk, not_before, not_after, revoked: false }
    }

    #[test]
    fn a_rotation_makes_the_next_key_due_and_lets_the_present_one_sign_until_then() {
        let (at, present) = (Timestamp(0), key("a", 0, 1_000_000));
        assert_eq!(keys::due(std::slice::from_ref(&present), Algorithm::Es256, at), None);
        let ended = ended(&present, false, at);
        let (begins, _) =
            keys::due(std::slice::from_ref(&ended), Algorithm::Es256, at).expect("due");
        assert_eq!(begins, at.plus_seconds(KEY_PUBLISHED_AHEAD_SECONDS));
        assert!(ended.not_after >= begins, "one of them signs at any time");
    }

    #[test]
    fn a_second_rotation_in_the_same_hour_ends_nothing_sooner() {
        let at = Timestamp(0);
        let once = ended(&key("a", 0, 1_000_000), false, at);
        let next = key("b", KEY_PUBLISHED_AHEAD_SECONDS, 1_000_000);
        let later = at.plus_seconds(60);
        assert_eq!(ended(&once, false, later), once);
        assert_eq!(ended(&next, false, later), next);
    }

    #[test]
    fn a_withdrawn_key_signs_nothing_more_and_another_is_wanted_at_once() {
        let (at, present) = (Timestamp(0), key("a", 0, 1_000_000));
        let withdrawn = [ended(&present, true, at)];
        assert_eq!(keys::signing(&withdrawn, Algorithm::Es256, at), None);
        assert_eq!(wanted(&withdrawn, at), ALGORITHMS);
    }

    #[test]
    fn an_issuer_is_named_after_its_account_whatever_slash_ends_the_public_url() {
        let account = AccountId::new("000000000000");
        for base in ["https://ci.example.com", "https://ci.example.com/"] {
            assert_eq!(url(base, &account), "https://ci.example.com/oidc/000000000000");
        }
    }
}
