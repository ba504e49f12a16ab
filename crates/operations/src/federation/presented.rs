//! A token as somebody showed it, until it was verified: whose it says it is, the keys that this is
//! checked with, and whether the step that one of ours was made for still runs.
//!
//! Our own issuers' keys are rows like any other. Those of others only the world knows: the turn
//! ends with a question, and is taken again with the answer.

use std::sync::Arc;

use domain::{AccountId, AttemptRef, EffectId, Secret, Timestamp};
use engine::Effect;
use identity::keys::published;
use identity::token::{Algorithm, Claims, Expected, Invalid, KeySet, unverified_claims, verify};
use serde_json::{Map, Value};
use store::{AttemptRow, Changes, EffectRow, IssuerRow, Key, View, Want};

use crate::issuer;
use crate::limits::ISSUER_KEYS_COOLDOWN_SECONDS;
use crate::line::new_effect;
use crate::turn::{Now, Turn};

/// Keys of another's issuer as they were found, or that they could not be had.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// When.
    pub at: Timestamp,
    /// The keys, or what came instead of them.
    pub keys: Result<Arc<KeySet>, String>,
}

/// A token that was shown, and by whom issuers are named here.
pub struct Presented {
    token: Secret,
    issuer: String,
    own: Option<Own>,
    /// The keys of the token's issuer, where it is none of ours and they are known.
    pub keys: Option<Fetched>,
}

/// Whose a token of one of our issuers says it is.
struct Own {
    account: AccountId,
    /// The step that it names, whose attempt is to be looked at beside its keys. It counts once the
    /// signature was found good, and not before.
    unverified_step: Option<NamedStep>,
}

/// A step, as its token names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStep {
    /// The attempt that it is of.
    pub attempt: AttemptRef,
    /// `stepUuid`.
    pub uuid: String,
}

/// Why a token does not count, or not yet.
pub enum Doubt {
    /// The keys of its issuer must be known first.
    KeysUnknown,
    /// They cannot be had.
    NoKeys,
    /// It is not good.
    Invalid(Invalid),
    /// The step that it was made for is over.
    StepEnded,
}

impl Doubt {
    /// Whether its issuer signed the token all the same: what is wrong came to light after that.
    pub fn is_of_issuers_own(&self) -> bool {
        match self {
            Self::KeysUnknown | Self::NoKeys => false,
            Self::StepEnded => true,
            Self::Invalid(invalid) => matches!(
                invalid,
                Invalid::Expired { .. }
                    | Invalid::NotYet { .. }
                    | Invalid::Missing(_)
                    | Invalid::Claim { .. }
                    | Invalid::Issuer { .. }
            ),
        }
    }
}

/// What came of showing a token.
pub enum Shown<O> {
    /// It was looked at.
    Answered(O),
    /// The keys of its issuer must be known first: this effect fetches them.
    Unknown(EffectId),
}

/// A turn that rests on a token that somebody showed.
pub trait Showing: Turn<Answer = Shown<Self::Outcome>> {
    /// What comes of it once the token was looked at.
    type Outcome: Send;

    /// The token.
    fn presented(&mut self) -> &mut Presented;
}

impl Presented {
    /// Looks at a token for the first time. Issuers here are named by `public_url`.
    ///
    /// # Errors
    /// It is none at all.
    pub fn read(token: Secret, public_url: &str) -> Result<Self, Invalid> {
        let claims = unverified_claims(token.expose())?;
        let issuer = claims.get("iss").and_then(Value::as_str).ok_or(Invalid::Missing("iss"))?;
        let account = AccountId::new(issuer.rsplit('/').next().unwrap_or_default());
        let is_own = issuer::url(public_url, &account) == issuer;
        let issuer = issuer.to_owned();
        let unverified_step = NamedStep::of(&account, &claims).filter(|_| is_own);
        let own = is_own.then_some(Own { account, unverified_step });
        Ok(Self { token, issuer, own, keys: None })
    }

    /// The issuer that the token names, whose keys are to be looked up.
    pub fn unverified_issuer(&self) -> &str {
        &self.issuer
    }

    /// The account whose issuer here the token names, if it is one of ours.
    pub fn own(&self) -> Option<&AccountId> {
        self.own.as_ref().map(|own| &own.account)
    }

    /// The step here that the token names, if it is of one of ours.
    pub fn unverified_step(&self) -> Option<&NamedStep> {
        self.own.as_ref()?.unverified_step.as_ref()
    }

    /// What has to be seen to look at it on behalf of an account.
    pub fn wants(&self, account: &AccountId) -> Vec<Want> {
        let Some(own) = &self.own else {
            return vec![EffectRow::at(account, &self.question()).into()];
        };
        let attempt = own.unverified_step.as_ref().map(|step| Want::from(step.key()));
        attempt.into_iter().chain([IssuerRow::at(&own.account).into()]).collect()
    }

    /// What it says, once all of it was found good.
    ///
    /// # Errors
    /// [`Doubt`].
    pub fn look(&self, seen: &View, now: &Now) -> Result<Claims, Doubt> {
        let Some(own) = &self.own else { return self.look_at_anothers(now) };
        let row = seen.row::<IssuerRow>(IssuerRow::at(&own.account)).ok_or(Doubt::NoKeys)?;
        let keys = KeySet::of(published(&row.keys, now.at)).map_err(|_| Doubt::NoKeys)?;
        let claims = self.verify(&keys, now.at).map_err(Doubt::Invalid)?;
        let attempt = own.unverified_step.as_ref().map(NamedStep::key);
        match attempt.and_then(|key| seen.row::<AttemptRow>(key)).is_some_and(|row| row.live) {
            true => Ok(claims),
            false => Err(Doubt::StepEnded),
        }
    }

    fn look_at_anothers(&self, now: &Now) -> Result<Claims, Doubt> {
        let fetched = self.keys.as_ref().ok_or(Doubt::KeysUnknown)?;
        let is_old = now.at >= fetched.at.plus_seconds(ISSUER_KEYS_COOLDOWN_SECONDS);
        match fetched.keys.as_deref().map(|keys| self.verify(keys, now.at)) {
            // A key may have come since, or the issuer come back.
            Err(_) | Ok(Err(Invalid::UnknownKey(_) | Invalid::UnfitKey { .. })) if is_old => {
                Err(Doubt::KeysUnknown)
            }
            Err(_) => Err(Doubt::NoKeys),
            Ok(verified) => verified.map_err(Doubt::Invalid),
        }
    }

    /// Why the token does not count, for whoever registered its issuer: what came instead of keys, and
    /// when they are asked for again.
    pub fn told(&self, doubt: &Doubt) -> String {
        let again = self.keys.as_ref().map_or(String::new(), |fetched| {
            let again = fetched.at.plus_seconds(ISSUER_KEYS_COOLDOWN_SECONDS);
            let (at, again) = (fetched.at.rfc3339(), again.rfc3339());
            format!(
                "; they were asked for at {at}, and are again with the first token after {again}"
            )
        });
        let trouble = self.keys.as_ref().and_then(|fetched| fetched.keys.as_ref().err());
        match doubt {
            Doubt::KeysUnknown | Doubt::NoKeys => {
                let trouble = trouble.map_or("it has none", String::as_str);
                format!("the keys of {} cannot be had: {trouble}{again}", self.issuer)
            }
            Doubt::Invalid(invalid @ Invalid::UnknownKey(_)) => format!("{invalid}{again}"),
            Doubt::Invalid(invalid) => invalid.to_string(),
            Doubt::StepEnded => "the step that the token was made for has ended".to_owned(),
        }
    }

    fn verify(&self, keys: &KeySet, at: Timestamp) -> Result<Claims, Invalid> {
        let expected = Expected { issuer: &self.issuer, algorithms: &Algorithm::ALL, at };
        verify(self.token.expose(), &expected, keys)
    }

    fn question(&self) -> EffectId {
        EffectId::new(format!("eff-keys-{}", domain::derived_uuid(&[&self.issuer])))
    }

    /// Has the issuer's keys fetched in an account's name, unless that is under way.
    pub fn ask<O>(&self, account: &AccountId, seen: &View, now: &Now) -> (Changes, Shown<O>) {
        let (id, mut changes) = (self.question(), Changes::of_loop());
        if seen.row::<EffectRow>(EffectRow::at(account, &id)).is_none() {
            let effect =
                Effect::FetchKeys { account: account.clone(), issuer: self.issuer.clone() };
            changes.effect(new_effect(account, id.clone(), effect, now));
        }
        (changes, Shown::Unknown(id))
    }
}

impl NamedStep {
    /// The step that a token of ours is of.
    fn of(issued_by: &AccountId, claims: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| claims.get(name)?.as_str().map(str::to_owned);
        let attempt = AttemptRef {
            account: issued_by.clone(),
            pipeline: text("pipeline")?.as_str().into(),
            execution: text("execution")?.as_str().into(),
            stage: text("stage")?.as_str().into(),
            action: text("action")?.as_str().into(),
            attempt: text("attempt")?.parse().ok()?,
        };
        Some(Self { attempt, uuid: text("stepUuid").unwrap_or_default() })
    }

    /// The row of its attempt.
    fn key(&self) -> Key {
        let AttemptRef { account, pipeline, execution, stage, action, attempt } = &self.attempt;
        AttemptRow::at(account, pipeline, execution, stage, action, attempt)
    }
}
