//! Where an App is installed, and the tokens by which it speaks there.

use super::{App, token};
use crate::Error;
use crate::answer::read;
use crate::forge::Grant;
use crate::github::GitHub;
use crate::limits::PAGE_SIZE;
use crate::rest::{Page, Pages, linked, next_link};
use domain::{Secret, Timestamp};
use egress::{Method, Response};
use serde::Deserialize;
use serde_json::{Value, json};

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

impl GitHub {
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
        let found: InstallationAnswer = self.rest.get(&token, &path, &what).await?;
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
}
