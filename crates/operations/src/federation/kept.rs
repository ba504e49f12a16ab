//! Refused tokens: why they opened no session is kept, in bounds, for whoever may see the account's
//! roles.

use domain::Timestamp;
use identity::policy::Explanation;
use identity::token::Claims;
use identity::trust::{Provider, bare_issuer};
use store::{AccountRow, Changes, DenialRow, View};

use super::{Assume, Assumed, Doubt, Shown, refusal, why};
use crate::caller::request_id;
use crate::refusal::Refused;

/// What is known of a token that opened no session. Each kind has a measure of its own, so that what
/// anybody can write never takes the place of what an issuer signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Its issuer signed it.
    Signed,
    /// Its issuer did not, or that cannot be told.
    Unproven,
    /// Nobody registered its issuer.
    Unregistered,
}

/// Of which tokens it is kept why they opened no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeps {
    signed: bool,
    unproven: bool,
    unregistered: bool,
}

impl Keeps {
    /// Of all.
    pub const ALL: Self = Self { signed: true, unproven: true, unregistered: true };

    /// Of those that `is_kept` says.
    pub fn of(is_kept: impl Fn(Proof) -> bool) -> Self {
        let (signed, unproven) = (is_kept(Proof::Signed), is_kept(Proof::Unproven));
        Self { signed, unproven, unregistered: is_kept(Proof::Unregistered) }
    }

    fn has(self, proof: Proof) -> bool {
        match proof {
            Proof::Signed => self.signed,
            Proof::Unproven => self.unproven,
            Proof::Unregistered => self.unregistered,
        }
    }
}

/// A token that opened no session.
pub struct NotOpened {
    /// What is answered.
    pub refused: Refused,
    /// What is known of it.
    pub proof: Proof,
}

pub(super) fn not_opened(refused: Refused, proof: Proof) -> Shown<Assumed> {
    Shown::Answered(Err(NotOpened { refused, proof }))
}

impl Assume {
    /// Keeps why a good token's bearer is not trusted, with the keys that the request had.
    pub(super) fn keep(&self, why: Option<Explanation>, claims: &Claims, at: Timestamp) -> Changes {
        let bare = bare_issuer(self.issuer());
        let audiences = claims.effective_audiences().into_iter().map(str::to_owned).collect();
        let subject = vec![claims.subject.clone()];
        let keys = vec![(format!("{bare}:sub"), subject), (format!("{bare}:aud"), audiences)];
        self.kept(Proof::Signed, why, keys, at)
    }

    /// Refuses a token that does not count. What it says of itself is kept of none.
    pub(super) fn doubted(
        &self,
        doubt: &Doubt,
        provider: &Provider,
        at: Timestamp,
    ) -> (Changes, Shown<Assumed>) {
        let proof = match doubt.is_of_issuers_own() {
            true => Proof::Signed,
            false => Proof::Unproven,
        };
        let why = why::doubted(self.presented.told(doubt), &self.input.role_arn, provider);
        let changes = self.kept(proof, Some(why), Vec::new(), at);
        (changes, not_opened(refusal::doubted(doubt), proof))
    }

    /// That nobody registered the issuer, for whoever may see the account's providers. Nothing of the
    /// token was proven, so nothing else of it is kept.
    pub(super) fn keep_unregistered(&self, seen: &View, at: Timestamp) -> Changes {
        let account = &self.role.account;
        let is_there = seen.row::<AccountRow>(AccountRow::at(account)).is_some();
        let why = why::unregistered(&self.input.role_arn, account, self.issuer());
        self.kept(Proof::Unregistered, is_there.then_some(why), Vec::new(), at)
    }

    fn kept(
        &self,
        proof: Proof,
        why: Option<Explanation>,
        keys: Vec<(String, Vec<String>)>,
        at: Timestamp,
    ) -> Changes {
        let mut changes = Changes::of_loop();
        if let Some(explanation) = why.filter(|_| self.keeps.has(proof)) {
            let (account, id) = (self.role.account.clone(), request_id(&self.bearer.nonce));
            changes.insert(DenialRow { account, id, at, explanation, keys });
        }
        changes
    }
}
