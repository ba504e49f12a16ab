//! A GitHub App of ours: registered from a manifest, speaking for itself with a signed token, and
//! for an organisation with the token of an installation (GitHub's documentation, "Registering a
//! GitHub App from a manifest" and "Authenticating as a GitHub App").
//!
//! An App has one hook for all its repositories, so no repository's own hook is needed beside it.

mod token;

pub use token::check_key;

use super::GitHub;
use crate::Error;
use crate::answer::read;
use crate::forge::{Asked, Deliveries, Grant};
use crate::limits::PAGE_SIZE;
use crate::path::{number, segment};
use crate::rest::{Page, Pages, linked, next_link};
use domain::connection::ProviderType;
use domain::{Secret, Timestamp};
use egress::{Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// An App as it speaks for itself.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client id, or its number.
    pub issuer: String,
    /// Its RSA key in PEM, as GitHub gave it.
    pub private_key: Secret,
}

/// An App that GitHub has just registered. None of it is given a second time.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// Its number.
    pub id: u64,
    /// Its name in URLs.
    pub slug: String,
    /// Its OAuth client, by which people are known.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: Secret,
    /// What its hook signs with; `None` where GitHub made none.
    pub webhook_secret: Option<Secret>,
    /// Its key in PEM.
    pub private_key: Secret,
}

/// An App in the account of a person or an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Its number.
    pub id: u64,
    /// Whose account it is in, by login name.
    pub account: String,
    /// Whether it sees only repositories that were chosen for it.
    pub selected: bool,
    /// Whether its owner has suspended it: then it is given no tokens.
    pub suspended: bool,
}

#[derive(Deserialize)]
struct ConversionAnswer {
    id: u64,
    slug: String,
    client_id: String,
    client_secret: String,
    webhook_secret: Option<String>,
    pem: String,
}

#[derive(Deserialize)]
struct InstallationAnswer {
    id: u64,
    account: AccountAnswer,
    #[serde(default)]
    repository_selection: String,
    suspended_at: Option<String>,
}

/// An enterprise has a slug instead of a login name.
#[derive(Deserialize)]
struct AccountAnswer {
    #[serde(alias = "slug")]
    login: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    token: String,
    expires_at: String,
}

#[derive(Deserialize)]
struct InstallationsAnswer {
    installations: Vec<InstallationAnswer>,
}

/// A page of a list that stands in an object.
fn named(response: &Response, what: &str) -> Result<Page<InstallationAnswer>, Error> {
    let answer: InstallationsAnswer = read(response, what)?;
    Ok(Page { values: answer.installations, next: next_link(response) })
}

impl From<InstallationAnswer> for Installation {
    fn from(it: InstallationAnswer) -> Self {
        let (selected, suspended) =
            (it.repository_selection == "selected", it.suspended_at.is_some());
        Self { id: it.id, account: it.account.login, selected, suspended }
    }
}

/// An App as it is to be registered.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    /// What it is called; nobody else's App may be called so at this forge.
    pub name: &'a str,
    /// Where people read about it.
    pub home: &'a Url,
    /// Its one hook.
    pub hook: &'a Url,
    /// Where the browser goes once it is registered.
    pub redirect: &'a Url,
    /// Where people come back to each time that they authorise it.
    pub callback: &'a Url,
    /// Where people come back to once they have installed it.
    pub setup: &'a Url,
}

/// What a token of an installation is for: it is given no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Fetching code, and asking about the repository.
    Read,
    /// Saying how a commit fares.
    Report,
}

impl Purpose {
    fn permissions(self) -> Value {
        match self {
            Self::Read => json!({"contents": "read", "metadata": "read"}),
            Self::Report => json!({"metadata": "read", "statuses": "write"}),
        }
    }
}

/// The repository that a token of an installation is for.
#[derive(Clone, Copy, Debug)]
pub enum Only<'a> {
    /// By the forge's number, which a rename does not change.
    Number(u64),
    /// By name, without its owner.
    Name(&'a str),
}

impl Only<'_> {
    fn member(self) -> (&'static str, Value) {
        match self {
            Self::Number(number) => ("repository_ids", json!([number])),
            Self::Name(name) => ("repositories", json!([name])),
        }
    }
}

impl Manifest<'_> {
    /// What a pipeline needs of an App: code, statuses and pull requests, and the events of both.
    pub fn json(&self) -> Value {
        json!({
            "name": self.name,
            "url": self.home.as_str(),
            "hook_attributes": {"url": self.hook.as_str(), "active": true},
            "redirect_url": self.redirect.as_str(),
            "callback_urls": [self.callback.as_str()],
            "setup_url": self.setup.as_str(),
            "public": false,
            "default_events": ["push", "pull_request"],
            "default_permissions": {
                "contents": "read",
                "metadata": "read",
                "pull_requests": "read",
                "statuses": "write",
            },
        })
    }
}

impl GitHub {
    /// Where a browser posts a form whose field `manifest` is [`Manifest::json`]'s text. GitHub sends it
    /// back to the manifest's `redirect_url` with `state` and a code that is good for an hour.
    pub fn manifest_target(&self, organisation: Option<&str>, state: &str) -> Url {
        let mut url = self.web.clone();
        match organisation {
            Some(name) => {
                url.set_path(&format!("/organizations/{}/settings/apps/new", segment(name)));
            }
            None => url.set_path("/settings/apps/new"),
        }
        url.query_pairs_mut().append_pair("state", state);
        url
    }

    /// Where a person installs an App.
    pub fn installation_page(&self, slug: &str, state: &str) -> Url {
        let folder = match self.provider {
            ProviderType::GitHub => "apps",
            _ => "github-apps",
        };
        let mut url = self.web.clone();
        url.set_path(&format!("/{folder}/{}/installations/new", segment(slug)));
        url.query_pairs_mut().append_pair("state", state);
        url
    }

    /// Redeems the code of a manifest, once.
    pub async fn convert_manifest(&self, code: &Secret) -> Result<NewApp, Error> {
        let path = format!("app-manifests/{}/conversions", segment(code.expose()));
        let what = "the App's registration";
        let response = self.rest.call_anonymously(Method::POST, &path, what).await?;
        // The parser's message could quote the answer, and with it the key.
        let found: ConversionAnswer = serde_json::from_slice(&response.body).map_err(|_| {
            Error::Unexpected { what: what.to_owned(), why: "not the JSON of an App".to_owned() }
        })?;
        Ok(NewApp {
            id: found.id,
            slug: found.slug,
            client_id: found.client_id,
            client_secret: Secret::new(found.client_secret),
            webhook_secret: found.webhook_secret.map(Secret::new),
            private_key: Secret::new(found.pem),
        })
    }

    /// Every installation of an App.
    pub async fn installations(
        &self,
        app: &App,
        at: Timestamp,
    ) -> Result<Vec<Installation>, Error> {
        let (token, what) = (token::sign(app, at)?, "the App's installations");
        let pages = Pages { rest: &self.rest, token: &token, what };
        let first = format!("app/installations?per_page={PAGE_SIZE}");
        let found = pages.all(first, linked::<InstallationAnswer>).await?;
        Ok(found.into_iter().map(Installation::from).collect())
    }

    /// One installation. The number that a browser brings back is believed only after this.
    pub async fn installation(
        &self,
        app: &App,
        id: u64,
        at: Timestamp,
    ) -> Result<Installation, Error> {
        let (token, what) = (token::sign(app, at)?, format!("installation {id}"));
        let path = format!("app/installations/{id}");
        let found: InstallationAnswer =
            self.rest.ask(&token, Method::GET, &path, None, &what).await?;
        Ok(found.into())
    }

    /// The installations of an App that a person may use, by the token that they gave it.
    pub async fn installations_of_user(&self, token: &Secret) -> Result<Vec<Installation>, Error> {
        let pages = Pages { rest: &self.rest, token, what: "the installations that you may use" };
        let found = pages.all(format!("user/installations?per_page={PAGE_SIZE}"), named).await?;
        Ok(found.into_iter().map(Installation::from).collect())
    }

    /// Whether a token of an installation is taken at all.
    pub async fn honours(&self, token: &Secret) -> Result<(), Error> {
        let (path, what) = ("installation/repositories?per_page=1", "the App's repositories");
        self.rest.call(token, Method::GET, path, None, what).await.map(drop)
    }

    /// A token of an installation, good for about an hour, for one repository and one purpose. Not
    /// refreshed: asked for again.
    pub async fn installation_token(
        &self,
        app: &App,
        id: u64,
        (only, purpose): (Only<'_>, Purpose),
        at: Timestamp,
    ) -> Result<Grant, Error> {
        let (token, what) = (token::sign(app, at)?, format!("a token of installation {id}"));
        let path = format!("app/installations/{id}/access_tokens");
        let (member, repository) = only.member();
        let body = Some(json!({member: repository, "permissions": purpose.permissions()}));
        let response = self.rest.call(&token, Method::POST, &path, body, &what).await?;
        let unexpected =
            || Error::Unexpected { what: what.clone(), why: "not the JSON of a token".to_owned() };
        let found: TokenAnswer =
            serde_json::from_slice(&response.body).map_err(|_| unexpected())?;
        let ends = Timestamp::from_rfc3339(&found.expires_at).ok_or_else(unexpected)?;
        // By the forge's own clock where it says: ours may differ.
        let millis = ends.millis_since(egress::date(&response.headers).unwrap_or(at));
        Ok(Grant {
            token: Secret::new(found.token),
            refresh_token: None,
            expires_in_seconds: Some(u64::try_from(millis / 1000).unwrap_or(0)),
            scopes: Vec::new(),
        })
    }

    /// What GitHub delivered to the App's hook.
    pub async fn app_deliveries(
        &self,
        app: &App,
        since: Timestamp,
        at: Timestamp,
    ) -> Result<Deliveries, Error> {
        let (token, what) = (token::sign(app, at)?, "the deliveries of the App's hook");
        self.read_deliveries(&token, "app/hook/deliveries", what, since).await
    }

    /// Asks for a delivery to the App's hook once more.
    pub async fn app_redeliver(
        &self,
        app: &App,
        delivery_id: &str,
        at: Timestamp,
    ) -> Result<Asked, Error> {
        let token = token::sign(app, at)?;
        let what = format!("delivery {delivery_id} of the App's hook");
        let path = format!("app/hook/deliveries/{}/attempts", number(delivery_id, "delivery")?);
        self.rest.call(&token, Method::POST, &path, None, &what).await?;
        Ok(Asked::Taken)
    }
}
