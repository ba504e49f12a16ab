//! What is shown to a forge for its tokens, and what it gives.

use domain::Secret;
use url::Url;

/// An OAuth client that was registered with the forge.
#[derive(Clone, Debug)]
pub struct ClientRegistration {
    /// Public.
    pub client_id: String,
    /// Ours and the forge's.
    pub client_secret: Secret,
}

/// What is handed in for a token.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// The code from the callback.
    pub code: &'a Secret,
    /// The verifier whose challenge was sent.
    pub verifier: &'a Secret,
    /// The redirect URI that was sent.
    pub redirect_uri: &'a Url,
}

/// What an exchange gives.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The access token.
    pub token: Secret,
    /// For the next one, where the forge has them.
    pub refresh_token: Option<Secret>,
    /// Seconds until the token expires; `None` where it does not.
    pub expires_in_seconds: Option<u64>,
    /// What was granted; people may take scopes away.
    pub scopes: Vec<String>,
}
