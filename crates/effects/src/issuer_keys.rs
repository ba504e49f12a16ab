//! The keys of another's issuer, found as OpenID Connect Discovery 1.0 says: its configuration under
//! its own URL, and in that where the keys are.

use egress::{Client, Method, Request, Url};
use identity::limits::KEY_SET_BYTES_MAX;
use identity::token::KeySet;
use serde::Deserialize;

use crate::limits::ISSUER_CONFIGURATION_BYTES_MAX;
use crate::perform::{Performed, Performer};

/// What was found of an issuer.
#[derive(Debug)]
pub struct IssuerKeys {
    /// Its URL, as tokens have it in `iss`.
    pub issuer: String,
    /// Its keys, or why they cannot be had.
    pub keys: Result<KeySet, String>,
}

/// What counts of a configuration.
#[derive(Deserialize)]
struct Configuration {
    issuer: String,
    jwks_uri: String,
}

/// Asks an issuer. One that does not answer is an answer: whoever waits may try again.
pub async fn fetch(performer: &Performer, issuer: &str) -> Performed {
    let keys = found(&performer.client, issuer).await;
    if let Err(cause) = &keys {
        tracing::warn!(issuer, cause, "an issuer's keys cannot be had");
    }
    Performed::Keys(Box::new(IssuerKeys { issuer: issuer.to_owned(), keys }))
}

async fn found(client: &Client, issuer: &str) -> Result<KeySet, String> {
    let place = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let configuration = get(client, &place, ISSUER_CONFIGURATION_BYTES_MAX).await?;
    let configuration: Configuration = serde_json::from_slice(&configuration)
        .map_err(|why| format!("{place} is no configuration of an issuer: {why}"))?;
    if configuration.issuer != issuer {
        let named = configuration.issuer;
        return Err(format!("{place} is the configuration of {named:?}, not of {issuer:?}"));
    }
    let keys = get(client, &configuration.jwks_uri, KEY_SET_BYTES_MAX).await?;
    KeySet::read(&keys).map_err(|why| format!("{}: {why}", configuration.jwks_uri))
}

async fn get(client: &Client, place: &str, bytes_max: usize) -> Result<Vec<u8>, String> {
    let url = Url::parse(place).map_err(|why| format!("{place:?} is no URL: {why}"))?;
    let mut request = Request::new(Method::GET, url);
    request.response_bytes_max = bytes_max;
    let response = client.send(request).await.map_err(|why| why.to_string())?;
    match response.status.is_success() {
        true => Ok(response.body),
        false => Err(format!("{place} answered {}", response.status)),
    }
}
