//! A token that is shown as to Google's Security Token Service, and what is done with the one that it
//! gives out: who its bearer is under a provider, and whose service account they may act as.
//!
//! Tokens carry what they say, sealed; nothing of them is kept. The form of requests and answers is
//! left to `wire`.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::{AccountId, Secret, Timestamp};
use identity::audit::{Details, Entry};
use identity::federation::google::{self, Mapped, names};
use identity::federation::{Kind, Party};
use identity::token::Invalid;
use serde::{Deserialize, Serialize};
use store::{Changes, Place, Vault, View, Want};
use wire::AwsError;
use wire::google::{ApiError, Error, Impersonation};

use crate::caller::Sealer;
use crate::federation::{Doubt, Presented, Showing, Shown};
use crate::limits::GOOGLE_TOKEN_SECONDS;
use crate::refusal::Refused;
use crate::relying_parties::{key, pool_of, seen};
use crate::turn::{Now, Turn};

/// What an access token carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// In whose project.
    pub account: AccountId,
    /// Whose it is.
    pub bearer: Bearer,
    /// What was asked for.
    pub scope: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// Whose an access token is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bearer {
    /// Of whoever showed a token to a provider.
    Federated {
        /// The pool's full name.
        pool: String,
        /// What the provider mapped.
        mapped: Mapped,
    },
    /// A service account's.
    ServiceAccount(String),
}

/// What every token of Google's begins with.
const PREFIX: &str = "ya29.";
/// The scopes that `generateAccessToken` takes ("IAM Service Account Credentials API").
const IMPERSONATING: [&str; 2] =
    ["https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/iam"];
/// A token names its account itself, so its place does not.
static NOBODY: std::sync::LazyLock<AccountId> = std::sync::LazyLock::new(|| AccountId::new(""));

impl AccessToken {
    fn sealed(&self, sealer: &Sealer) -> Result<Secret, Refused> {
        let text = serde_json::to_string(self).map_err(|_| AwsError::internal())?;
        let sealed = sealer.seal(&Place::of_google_token(&NOBODY), &Secret::new(text));
        let sealed = sealed.map_err(|_| AwsError::internal())?;
        Ok(Secret::new(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(sealed))))
    }

    /// What a token carries, if it is one of ours and has not ended.
    pub fn open(unverified_token: &str, vault: &Vault, at: Timestamp) -> Option<Self> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(unverified_token.strip_prefix(PREFIX)?).ok()?;
        let text = vault.unseal(&Place::of_google_token(&NOBODY), &sealed).ok()?;
        let token: Self = serde_json::from_str(text.expose()).ok()?;
        (at < token.expires).then_some(token)
    }

    /// Whether it reaches the API that gives out service accounts' tokens.
    fn is_for_service_accounts(&self) -> bool {
        self.scope.split_ascii_whitespace().any(|scope| IMPERSONATING.contains(&scope))
    }

    /// What its bearer goes by in the bindings of service accounts.
    fn names(&self) -> Vec<String> {
        match &self.bearer {
            Bearer::Federated { pool, mapped } => names(pool, mapped),
            Bearer::ServiceAccount(address) => vec![member(address)],
        }
    }

    /// What its bearer is called.
    pub fn username(&self) -> String {
        match &self.bearer {
            Bearer::Federated { pool, mapped } => {
                names(pool, mapped).into_iter().next().unwrap_or_default()
            }
            Bearer::ServiceAccount(address) => address.clone(),
        }
    }
}

/// A token and when it ends.
pub type Given = (Secret, Timestamp);

/// A request to exchange a token, as a turn.
pub struct Exchange {
    account: AccountId,
    name: String,
    scope: String,
    presented: Presented,
    sealer: Sealer,
}

impl Exchange {
    /// Takes a request.
    ///
    /// # Errors
    /// There is no such project here, or what is shown is no token.
    pub fn new(
        request: wire::google::Exchange,
        public_url: &str,
        sealer: Sealer,
    ) -> Result<Self, Error> {
        let wire::google::Exchange { audience, scope, subject_token } = request;
        let digits = audience.project.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || audience.project.len() != 12 {
            return Err(said(&google::Refused::Target));
        }
        let presented = Presented::read(subject_token, public_url).map_err(|why| invalid(&why))?;
        let name = format!("{}/{}", audience.pool, audience.provider);
        Ok(Self { account: AccountId::new(audience.project), name, scope, presented, sealer })
    }

    fn provider<'a>(&self, seen_so_far: &'a View) -> Option<&'a google::Provider> {
        match seen(&self.account, Kind::GoogleProvider, &self.name, seen_so_far) {
            Some(Party::GoogleProvider(provider)) if !provider.disabled => Some(provider),
            _ => None,
        }
    }

    fn decided(&self, seen: &View, now: &Now) -> Result<Result<AccessToken, Error>, Doubt> {
        let Some(provider) = self.provider(seen) else {
            return Ok(Err(said(&google::Refused::Target)));
        };
        // Nobody's keys are fetched whom the provider does not name.
        let (found, expected) = (self.presented.unverified_issuer(), &provider.oidc.issuer_uri);
        if found != expected {
            let (found, expected) = (found.to_owned(), expected.clone());
            return Ok(Err(said(&google::Refused::Issuer { found, expected })));
        }
        let claims = self.presented.look(seen, now)?;
        let token = google::decide(&claims, provider, now.at).map(|mapped| AccessToken {
            account: self.account.clone(),
            bearer: Bearer::Federated { pool: pool_of(provider).to_owned(), mapped },
            scope: self.scope.clone(),
            // It lives no longer than the token that was shown.
            expires: now.at.plus_seconds(GOOGLE_TOKEN_SECONDS).min(claims.expires),
        });
        Ok(token.map_err(|why| said(&why)))
    }
}

impl Showing for Exchange {
    type Outcome = Result<Given, Error>;

    fn presented(&mut self) -> &mut Presented {
        &mut self.presented
    }
}

impl Turn for Exchange {
    type Answer = Shown<Result<Given, Error>>;

    fn wants(&self, _: &View) -> Vec<Want> {
        let mut wants = self.presented.wants(&self.account);
        wants.push(key(&self.account, Kind::GoogleProvider, &self.name).into());
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        let answered = |error| Ok((Changes::of_loop(), Shown::Answered(Err(error))));
        let token = match self.decided(seen, now) {
            Ok(Ok(token)) => token,
            Ok(Err(error)) => return answered(error),
            Err(Doubt::KeysUnknown) => return Ok(self.presented.ask(&self.account, seen, now)),
            Err(Doubt::NoKeys) => return answered(no_keys()),
            Err(Doubt::Invalid(why)) => return answered(invalid(&why)),
            Err(Doubt::StepEnded) => return answered(step_ended()),
        };
        let action = "towpath:ExchangeForGoogleToken";
        let changes = recorded(&token, action, self.name.clone(), now);
        let given = (token.sealed(&self.sealer)?, token.expires);
        Ok((changes, Shown::Answered(Ok(given))))
    }
}

fn recorded(token: &AccessToken, action: &str, resource: String, now: &Now) -> Changes {
    let mut changes = Changes::of_loop();
    changes.record(Entry {
        at: now.at,
        account: token.account.clone(),
        principal: token.username(),
        access_key: None,
        action: action.to_owned(),
        resource,
        details: Details::default(),
    });
    changes
}

/// A request for a service account's token, as a turn.
pub struct Impersonate {
    /// The token that it is made with.
    pub shown: AccessToken,
    /// The service account's address.
    pub address: String,
    /// What is asked for.
    pub asked: Impersonation,
    /// Seals the service account's token.
    pub sealer: Sealer,
}

impl Impersonate {
    /// The chain: the service accounts on the way, then the one that is meant.
    fn chain(&self) -> impl Iterator<Item = &String> {
        self.asked.delegates.iter().chain([&self.address])
    }

    /// Whether each of the chain is lent to the one before it, the first to the bearer.
    fn is_lent(&self, view: &View) -> bool {
        let mut holder = self.shown.names();
        self.chain().zip(1..).all(|(address, place)| {
            let party = seen(&self.shown.account, Kind::GoogleServiceAccount, address, view);
            let Some(Party::GoogleServiceAccount(policy)) = party else { return false };
            let is_last = place > self.asked.delegates.len();
            let names = std::mem::replace(&mut holder, vec![member(address)]);
            if is_last { policy.lets_in(&names) } else { policy.lets_through(&names) }
        })
    }
}

/// A service account as a member of another one's bindings.
fn member(address: &str) -> String {
    format!("serviceAccount:{address}")
}

impl Turn for Impersonate {
    type Answer = Result<Given, ApiError>;

    fn wants(&self, _: &View) -> Vec<Want> {
        let account = &self.shown.account;
        let key = |address: &String| key(account, Kind::GoogleServiceAccount, address).into();
        self.chain().map(key).collect()
    }

    fn decide(&self, view: &View, now: &Now) -> Result<(Changes, Self::Answer), Refused> {
        if !self.shown.is_for_service_accounts() {
            return Ok((Changes::of_loop(), Err(ApiError::Narrow)));
        }
        if !self.is_lent(view) {
            return Ok((Changes::of_loop(), Err(ApiError::Denied)));
        }
        let token = AccessToken {
            account: self.shown.account.clone(),
            bearer: Bearer::ServiceAccount(self.address.clone()),
            scope: self.asked.scope.clone(),
            expires: now.at.plus_seconds(self.asked.seconds),
        };
        let action = "towpath:ImpersonateGoogleServiceAccount";
        let changes = recorded(&self.shown, action, self.address.clone(), now);
        Ok((changes, Ok((token.sealed(&self.sealer)?, token.expires))))
    }
}

fn said(refused: &google::Refused) -> Error {
    Error::new(refused.error(), refused.to_string())
}

/// The issuer did not answer, or not in time.
pub fn no_keys() -> Error {
    Error::new("invalid_grant", "Error connecting to the given credential's issuer.")
}

fn step_ended() -> Error {
    let description = "The given credential is stale: the step that it was made for has ended.";
    Error::new("invalid_grant", description)
}

fn invalid(why: &Invalid) -> Error {
    Error::new("invalid_grant", format!("Invalid JWT: {why}"))
}
