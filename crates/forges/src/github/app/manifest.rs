//! How an App of ours comes to be: from a manifest that a browser takes to GitHub.

use crate::Error;
use crate::github::GitHub;
use crate::path::segment;
use domain::Secret;
use domain::connection::ProviderType;
use egress::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

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

#[derive(Deserialize)]
struct ConversionAnswer {
    id: u64,
    slug: String,
    client_id: String,
    client_secret: String,
    webhook_secret: Option<String>,
    pem: String,
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
}
