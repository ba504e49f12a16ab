//! A token that is shown to an app's token endpoint as to Microsoft Entra's: whether one of the app's
//! federated credentials is for it, and what the app's own token then says. Signing that is left to
//! the process, the form of requests and answers to `wire`.

use domain::{AccountId, Timestamp};
use identity::audit::{Details, Entry};
use identity::federation::azure::{self, FederatedCredential};
use identity::federation::{Kind, Party};
use identity::token::{Claims, Invalid};
use serde_json::{Map, Value, json};
use store::{AccountRow, Changes, View, Want};
use wire::entra::{Error, TokenRequest};

use crate::federation::{Doubt, Presented, Showing, Shown};
use crate::limits::ENTRA_TOKEN_SECONDS;
use crate::refusal::Refused;
use crate::relying_parties::{account_of, authority, key, seen, tenant};
use crate::turn::{Now, Turn};

/// A request for a token, as a turn.
pub struct Exchange {
    account: AccountId,
    client_id: String,
    resource: String,
    presented: Presented,
    public_url: String,
    /// A UUID for the token, new for each request.
    id: String,
}

/// What the app's token says, to be signed by the account's issuer.
pub type Exchanged = Result<Map<String, Value>, Error>;

impl Exchange {
    /// Takes a request to a tenant.
    ///
    /// # Errors
    /// There is no such tenant, or what is shown is no token.
    pub fn new(
        tenant: &str,
        request: TokenRequest,
        public_url: &str,
        id: String,
    ) -> Result<Self, Error> {
        let account = account_of(tenant).ok_or_else(|| no_tenant(tenant))?;
        let TokenRequest { client_id, resource, assertion } = request;
        let presented = Presented::read(assertion, public_url).map_err(|why| invalid(&why))?;
        let client_id = client_id.to_ascii_lowercase();
        Ok(Self { account, client_id, resource, presented, public_url: public_url.to_owned(), id })
    }

    /// The account whose tenant it is, which signs the answer.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    fn credentials<'a>(&self, seen_so_far: &'a View) -> Option<&'a [FederatedCredential]> {
        match seen(&self.account, Kind::AzureApp, &self.client_id, seen_so_far) {
            Some(Party::AzureApp(app)) => Some(&app.federated_credentials),
            _ => None,
        }
    }

    /// The claims of the app's own token ("Access tokens in the Microsoft identity platform").
    fn claims(&self, at: Timestamp) -> Map<String, Value> {
        let tenant = tenant(&self.account);
        let seconds = at.0 / 1000;
        let object = domain::derived_uuid(&["service principal", &tenant, &self.client_id]);
        let claims = json!({
            "aud": self.resource,
            "iss": format!("{}/{tenant}/v2.0", authority(&self.public_url)),
            "iat": seconds, "nbf": seconds, "exp": seconds + ENTRA_TOKEN_SECONDS,
            "azp": self.client_id, "azpacr": "2", "idtyp": "app", "oid": object, "sub": object,
            "tid": tenant, "uti": self.id, "ver": "2.0",
        });
        claims.as_object().cloned().unwrap_or_default()
    }

    fn decided(&self, seen: &View, now: &Now) -> Result<Result<(Claims, String), Error>, Doubt> {
        if seen.row::<AccountRow>(AccountRow::at(&self.account)).is_none() {
            return Ok(Err(no_tenant(&tenant(&self.account))));
        }
        let Some(credentials) = self.credentials(seen) else { return Ok(Err(self.no_app())) };
        // Nobody's keys are fetched whom no credential names.
        let issuer = self.presented.unverified_issuer();
        if !credentials.iter().any(|it| it.issuer == issuer) {
            return Ok(Err(said(&azure::Refused::Issuer(issuer.to_owned()))));
        }
        let claims = self.presented.look(seen, now)?;
        let credential = azure::decide(&claims, credentials, now.at);
        Ok(credential.map(|it| (claims.clone(), it.name.clone())).map_err(|why| said(&why)))
    }

    fn no_app(&self) -> Error {
        let sentence = format!(
            "Application with identifier '{}' was not found in the directory '{}'. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user \
             in the tenant. You may have sent your authentication request to the wrong tenant.",
            self.client_id,
            tenant(&self.account)
        );
        Error::new(700_016, "unauthorized_client", sentence)
    }
}

impl Showing for Exchange {
    type Outcome = Exchanged;

    fn presented(&mut self) -> &mut Presented {
        &mut self.presented
    }
}

impl Turn for Exchange {
    type Answer = Shown<Exchanged>;

    fn wants(&self, _: &View) -> Vec<Want> {
        let app = key(&self.account, Kind::AzureApp, &self.client_id);
        let mut wants = self.presented.wants(&self.account);
        wants.extend([app.into(), AccountRow::at(&self.account).into()]);
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Shown<Exchanged>), Refused> {
        let answered = |error| Ok((Changes::of_loop(), Shown::Answered(Err(error))));
        let (claims, credential) = match self.decided(seen, now) {
            Ok(Ok(decided)) => decided,
            Ok(Err(error)) => return answered(error),
            Err(Doubt::KeysUnknown) => return Ok(self.presented.ask(&self.account, seen, now)),
            Err(Doubt::NoKeys) => return answered(no_keys()),
            Err(Doubt::Invalid(why)) => return answered(invalid(&why)),
            Err(Doubt::StepEnded) => return answered(step_ended()),
        };
        let mut changes = Changes::of_loop();
        changes.record(Entry {
            at: now.at,
            account: self.account.clone(),
            principal: format!("{} {}", claims.issuer, claims.subject),
            access_key: None,
            action: "towpath:ExchangeForAzureToken".to_owned(),
            resource: format!("{} {credential} {}", self.client_id, self.id),
            details: Details::default(),
        });
        Ok((changes, Shown::Answered(Ok(self.claims(now.at)))))
    }
}

/// There is no such tenant.
pub fn no_tenant(tenant: &str) -> Error {
    let sentence = format!(
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into \
         the correct cloud. Check with your subscription administrator, this may happen if there are no active \
         subscriptions for the tenant."
    );
    Error::new(90_002, "invalid_request", sentence)
}

/// The issuer did not answer, or not in time.
pub fn no_keys() -> Error {
    Error::new(90_061, "invalid_request", "Request to External OIDC endpoint failed.")
}

fn step_ended() -> Error {
    let sentence = "Client assertion is not within its valid time range: the step that it was made for has ended.";
    Error::new(700_024, "invalid_client", sentence)
}

fn said(refused: &azure::Refused) -> Error {
    Error { code: refused.code(), error: refused.error(), message: refused.to_string() }
}

fn invalid(why: &Invalid) -> Error {
    match why {
        Invalid::Signature
        | Invalid::UnknownKey(_)
        | Invalid::UnfitKey { .. }
        | Invalid::OtherAlgorithm { .. } => {
            let sentence = format!("Client assertion failed signature validation: {why}");
            Error::new(700_027, "invalid_client", sentence)
        }
        Invalid::Expired { .. } | Invalid::NotYet { .. } => {
            let sentence = format!("Client assertion is not within its valid time range: {why}");
            Error::new(700_024, "invalid_client", sentence)
        }
        other => {
            let sentence = format!("JWT token is invalid or malformed: {other}");
            Error::new(50_027, "invalid_request", sentence)
        }
    }
}
