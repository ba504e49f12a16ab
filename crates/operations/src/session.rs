//! Sessions: a role that somebody assumed, or a user or root who asked for keys that end by
//! themselves. Nothing of a session is stored: its token carries all of it, sealed, and the caller
//! brings it along. What the role may do is looked up anew at every change of its account, so a role
//! that is deleted, or made anew, ends its sessions.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{AccessKeyId, AccountId, Secret, Timestamp};
use identity::policy::{Caller, Context, Kind, Value};
use identity::{Principal, Standing};
use serde::{Deserialize, Serialize};
use store::{Place, Vault, View, Want};
use wire::error::AwsError;
use wire::{Service, sts};

use crate::caller::Sealer;
use crate::narrowing;
use crate::refusal::Refused;
use crate::standing::{Whose, managed_policy, read};

/// The key under which a session's standing has the names of the tags that it hands on.
pub const TRANSITIVE_KEYS: &str = "towpath:TransitiveTagKeys";

/// A session, as its token carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The account that it acts in.
    pub account: AccountId,
    /// Whose rights it has.
    pub holder: Holder,
    /// When it began.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// What it was narrowed by; `None` where it was not.
    pub policies: Option<Vec<Narrowing>>,
    /// Its tags, over those of its role.
    pub tags: BTreeMap<String, String>,
    /// Those of them that stay with sessions that it opens.
    pub transitive: Vec<String>,
    /// Who began the chain.
    pub source_identity: Option<String>,
    /// Condition keys that last as long as it does: the provider, and what its token said.
    pub keys: Vec<(String, Vec<String>)>,
}

/// Whose rights a session has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// The account's own.
    Root,
    /// A user's.
    User {
        /// Its name in small letters.
        folded: String,
        /// `AIDA…`.
        id: String,
    },
    /// A role's.
    Role {
        /// Its name in small letters.
        folded: String,
        /// `AROA…`.
        id: String,
        /// What the session is called.
        name: String,
    },
}

/// A policy that a session was narrowed by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Narrowing {
    /// Its text.
    Text(String),
    /// The ARN of a managed one; as it stands when it is judged by.
    Managed(String),
}

impl Session {
    fn whose(&self) -> Whose {
        let account = self.account.clone();
        match &self.holder {
            Holder::Root => Whose::Root(account),
            Holder::User { folded, .. } => Whose::User(account, folded.clone()),
            Holder::Role { folded, name, .. } => {
                Whose::Role { account, folded: folded.clone(), session: name.clone() }
            }
        }
    }

    /// The rows that its standing is made of, given what was seen already.
    pub fn wants(&self, seen: &View) -> Vec<Want> {
        let narrowed = narrowing::wants(self.policies.as_ref(), &self.account);
        self.whose().wants(seen).into_iter().chain(narrowed).collect()
    }

    /// What stands on its side; `None` where whoever it is of is no more, or was made anew.
    pub fn standing(&self, seen: &View) -> Option<Standing> {
        let standing = self.whose().standing(seen).filter(|it| self.is_of(&it.caller))?;
        let policy = |policy: &Narrowing| match policy {
            Narrowing::Text(text) => read("session policy", text, Kind::Session),
            Narrowing::Managed(arn) => managed_policy(&self.account, arn, seen),
        };
        let session = self.policies.as_ref().map(|all| all.iter().map(policy).collect());
        let mut keys = standing.keys;
        keys.extend(&self.condition_keys());
        Some(Standing { session, keys, ..standing })
    }

    fn is_of(&self, caller: &Caller) -> bool {
        match (&self.holder, caller) {
            (Holder::Root, Caller::Root { .. }) => true,
            (Holder::User { id, .. }, Caller::User { id: known, .. }) => id == known,
            (Holder::Role { id, name, .. }, Caller::Session { id: known, .. }) => {
                *known == format!("{id}:{name}")
            }
            _ => false,
        }
    }

    fn condition_keys(&self) -> Context {
        let mut keys = Context::default();
        let texts = |all: &[String]| -> Vec<Value> {
            all.iter().map(|text| Value::from(text.as_str())).collect()
        };
        for (key, values) in &self.keys {
            keys.set(key, texts(values));
        }
        for (key, value) in &self.tags {
            keys.set(&format!("aws:PrincipalTag/{key}"), [Value::from(value.as_str())]);
        }
        keys.set(TRANSITIVE_KEYS, texts(&self.transitive));
        let source = self.source_identity.iter().map(|text| Value::from(text.as_str()));
        keys.set("aws:SourceIdentity", source);
        keys.set("aws:TokenIssueTime", [Value::Moment(self.issued)]);
        // Nobody has a second factor here; of keys that do not end by themselves nothing is said.
        keys.set("aws:MultiFactorAuthPresent", [Value::Flag(false)]);
        keys
    }
}

/// Begins the ids of keys that end by themselves.
const KEY_PREFIX: &str = "ASIA";

/// What keys of GetSessionToken reach at STS ("GetSessionToken", API reference of STS), and that
/// operation itself, which says why not. IAM they do not reach at all: that takes a second factor,
/// which nobody has here.
const REACHED: &[&str] = &["AssumeRole", "GetCallerIdentity", "GetSessionToken"];

/// What would outlast such keys.
const LASTING: &[&str] = &["CreateAccessKey", "CreateConsoleLink"];

/// Whether the caller signed with keys of a session.
pub(crate) fn is_in_session(caller: &Principal) -> bool {
    caller.access_key.as_str().starts_with(KEY_PREFIX)
}

/// Keys that a user or a root took from their own must not make lasting ones, nor renew themselves.
///
/// # Errors
/// `InvalidClientTokenId`, in the words of a token that is not good; `AccessDenied` of our own.
pub(crate) fn check_reach(
    caller: &Principal,
    service: Service,
    operation: &str,
) -> Result<(), Refused> {
    let of_role = matches!(caller.standing.caller, Caller::Session { .. });
    let reached = match service {
        Service::Iam => false,
        Service::Sts => REACHED.contains(&operation),
        Service::Towpath => !LASTING.contains(&operation),
        _ => true,
    };
    if reached || of_role || !is_in_session(caller) {
        return Ok(());
    }
    if service == Service::Towpath {
        let message = format!("{operation} cannot be called with session credentials.");
        return Err(AwsError::access_denied(message));
    }
    let message = Unusable::Invalid.to_string();
    Err(AwsError { status: 403, ..AwsError::refused("InvalidClientTokenId", message) })
}

/// What a session token holds.
#[derive(Serialize, Deserialize)]
struct Carried {
    secret: String,
    session: Session,
    /// Makes the token as long as its caller wants it to be at least.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    padding: String,
}

/// Why a session token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// Not ours, altered, or brought with the key of another one.
    #[error("The security token included in the request is invalid.")]
    Invalid,
    /// It has ended.
    #[error("The security token included in the request is expired")]
    Expired,
}

/// Keys for a session: `ASIA…`, its secret, and the token that both are good with, of at least
/// `token_bytes_min` bytes. `word` gives unguessable hex digits for a purpose.
///
/// # Errors
/// The token cannot be sealed.
pub fn keys(
    session: Session,
    word: impl Fn(&str) -> String,
    sealer: &Sealer,
    token_bytes_min: u32,
) -> Result<sts::Credentials, Refused> {
    let access_key_id =
        AccessKeyId::new(format!("{KEY_PREFIX}{}", &word("session key").to_uppercase()[..16]));
    let secret = format!("{}{}", word("session secret one"), &word("session secret two")[..8]);
    let expiration = session.expires.into();
    let mut carried = Carried { secret: secret.clone(), session, padding: String::new() };
    let mut session_token = carried.sealed(&access_key_id, sealer)?;
    let missing = (token_bytes_min as usize).saturating_sub(session_token.len());
    if missing > 0 {
        // Four characters of a token carry three bytes.
        carried.padding = "=".repeat(missing.div_ceil(4) * 3);
        session_token = carried.sealed(&access_key_id, sealer)?;
    }
    let session_token = Secret::new(session_token);
    let secret_access_key = Secret::new(secret);
    Ok(sts::Credentials { access_key_id, secret_access_key, session_token, expiration })
}

impl Carried {
    fn sealed(&self, key: &AccessKeyId, sealer: &Sealer) -> Result<String, Refused> {
        let text = serde_json::to_string(self).map_err(|_| AwsError::internal())?;
        let sealed = sealer.seal(&Place::of_session(key, &NOBODY), &Secret::new(text));
        sealed.map(|sealed| STANDARD.encode(sealed)).map_err(|_| AwsError::internal())
    }
}

/// A token names its account itself, so its place does not.
static NOBODY: std::sync::LazyLock<AccountId> = std::sync::LazyLock::new(|| AccountId::new(""));

/// The session that a token carries for this key, and its secret.
///
/// # Errors
/// [`Unusable`]; nothing tells how a token that is not ours differs from one that is.
pub fn open(
    access_key: &AccessKeyId,
    unverified_token: &str,
    vault: &Vault,
    at: Timestamp,
) -> Result<(Session, Secret), Unusable> {
    let sealed = STANDARD.decode(unverified_token).map_err(|_| Unusable::Invalid)?;
    let place = Place::of_session(access_key, &NOBODY);
    let text = vault.unseal(&place, &sealed).map_err(|_| Unusable::Invalid)?;
    let carried: Carried = serde_json::from_str(text.expose()).map_err(|_| Unusable::Invalid)?;
    if at >= carried.session.expires {
        return Err(Unusable::Expired);
    }
    Ok((carried.session, Secret::new(carried.secret)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn session() -> Session {
        let holder =
            Holder::Role { folded: "r".to_owned(), id: "AROA1".to_owned(), name: "s".to_owned() };
        Session {
            account: "000000000000".into(),
            holder,
            issued: Timestamp(0),
            expires: Timestamp(1000),
            policies: None,
            tags: BTreeMap::new(),
            transitive: Vec::new(),
            source_identity: None,
            keys: Vec::new(),
        }
    }

    fn word(purpose: &str) -> String {
        domain::derived_uuid(&[purpose]).replace('-', "")
    }

    #[test]
    fn a_token_opens_with_its_own_key_until_it_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = Arc::new(Vault::open(&folder.path().join("key")).expect("a key"));
        let made = keys(session(), word, &Sealer::of(vault.clone()), 0).expect("keys");
        assert!(
            made.access_key_id.as_str().starts_with("ASIA")
                && made.access_key_id.as_str().len() == 20
        );
        let token = made.session_token.expose();
        let open = |key: &AccessKeyId, token: &str, at| open(key, token, &vault, Timestamp(at));
        let (opened, secret) = open(&made.access_key_id, token, 999).expect("it is good");
        assert_eq!((opened, &secret), (session(), &made.secret_access_key));
        assert_eq!(open(&made.access_key_id, token, 1000), Err(Unusable::Expired));
        let other = AccessKeyId::new("ASIA0000000000000000");
        assert_eq!(open(&other, token, 0), Err(Unusable::Invalid));
        for altered in ["", "x", &token[..token.len() - 4], &format!("B{}", &token[1..])] {
            assert_eq!(open(&made.access_key_id, altered, 0), Err(Unusable::Invalid));
        }
    }

    #[test]
    fn a_token_is_at_least_as_long_as_its_caller_wants_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let vault = Arc::new(Vault::open(&folder.path().join("key")).expect("a key"));
        let length = |min| {
            let made = keys(session(), word, &Sealer::of(vault.clone()), min).expect("keys");
            let token = made.session_token.expose();
            open(&made.access_key_id, token, &vault, Timestamp(0)).expect("it is good");
            token.len()
        };
        let plain = length(0);
        assert_eq!(length(100), plain);
        for min in [plain as u32 + 1, 2_000, 4_096] {
            let long = length(min);
            assert!((min as usize..min as usize + 64).contains(&long), "{min} {long}");
        }
    }
}
