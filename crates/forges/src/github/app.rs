//! A GitHub App of ours: registered from a manifest, speaking for itself with a signed token, and
//! for an organisation with the token of an installation (GitHub's documentation, "Registering a
//! GitHub App from a manifest" and "Authenticating as a GitHub App").
//!
//! An App has one hook for all its repositories, so no repository's own hook is needed beside it.

mod installation;
mod manifest;
mod token;

pub use installation::{Installation, Only, Purpose};
pub use manifest::{Manifest, NewApp};
pub use token::check_key;

use super::GitHub;
use crate::Error;
use crate::forge::{Asked, Deliveries};
use crate::path::number;
use domain::{Secret, Timestamp};
use egress::Method;

/// An App as it speaks for itself.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client id, or its number.
    pub issuer: String,
    /// Its RSA key in PEM, as GitHub gave it.
    pub private_key: Secret,
}

impl GitHub {
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
