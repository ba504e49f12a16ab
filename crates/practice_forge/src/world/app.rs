//! GitHub Apps: what they are, where they are installed, and the tokens by which they speak for
//! themselves.

use crate::world::repository::Repository;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// What an App may do, by the forge's names: `contents` is `read` or `write`.
pub(crate) type Permissions = BTreeMap<String, String>;

/// An App.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) number: u64,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) owner: String,
    pub(crate) client_id: String,
    /// DER of its public key's modulus and exponent.
    pub(crate) public_key: Vec<u8>,
    /// The number of its one hook.
    pub(crate) hook: u64,
    pub(crate) permissions: Permissions,
    pub(crate) events: Vec<String>,
    /// Where a browser goes after an installation.
    pub(crate) setup_url: Option<String>,
}

/// An App that was made from a manifest and whose secrets nobody has fetched yet.
#[derive(Clone, Debug)]
pub(crate) struct Unconverted {
    pub(crate) app: u64,
    pub(crate) client_secret: String,
    pub(crate) webhook_secret: String,
    pub(crate) pem: String,
    pub(crate) made_at: Timestamp,
}

/// An App in somebody's account.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub(crate) number: u64,
    pub(crate) app: u64,
    /// Whose account.
    pub(crate) owner: String,
    /// By number; `None` for all that the owner has.
    pub(crate) repositories: Option<Vec<u64>>,
    pub(crate) suspended_at: Option<String>,
    pub(crate) permissions: Permissions,
}

impl Installation {
    /// Whether it sees a repository.
    pub(crate) fn covers(&self, repository: &Repository) -> bool {
        self.owner == repository.owner
            && self.repositories.as_ref().is_none_or(|chosen| chosen.contains(&repository.id))
    }
}

/// What a token of an installation is for.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    pub(crate) installation: u64,
    /// By number; `None` for all that the installation sees.
    pub(crate) repositories: Option<Vec<u64>>,
    pub(crate) permissions: Permissions,
}

impl Installed {
    /// Whether it lets do this much with that.
    pub(crate) fn permits(&self, what: &str, write: bool) -> bool {
        let right = self.permissions.get(what).map(String::as_str);
        right == Some("write") || (right == Some("read") && !write)
    }
}

/// Seconds that an App's own token may last, and that clocks may differ by.
const LIFE_SECONDS_MAX: i64 = 600;

/// Why an App's own token is not taken, in GitHub's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoApp {
    Undecodable,
    Expired,
    TooFar,
    IssuedLater,
    Unknown,
}

impl NoApp {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Undecodable => "A JSON web token could not be decoded",
            Self::Expired => {
                "'Expiration time' claim ('exp') must be a numeric value representing the future \
                 time at which the assertion expires"
            }
            Self::TooFar => "'Expiration time' claim ('exp') is too far in the future",
            Self::IssuedLater => {
                "'Issued at' claim ('iat') must be an Integer representing the time that the \
                 assertion was issued"
            }
            Self::Unknown => "Integration not found",
        }
    }
}

/// Which App a token (RFC 7519, RS256) is of: its issuer names the App, whose key must have signed
/// it, and it must be good now.
pub(crate) fn verify<'a>(apps: &'a [App], token: &str, at: Timestamp) -> Result<&'a App, NoApp> {
    let (signed, signature) = token.rsplit_once('.').ok_or(NoApp::Undecodable)?;
    let (header, claims) = signed.split_once('.').ok_or(NoApp::Undecodable)?;
    let (header, claims) = (part(header)?, part(claims)?);
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NoApp::Undecodable)?;
    if header["alg"] != "RS256" {
        return Err(NoApp::Undecodable);
    }
    let named = |app: &&App| {
        claims["iss"] == app.client_id.as_str()
            || claims["iss"] == app.number
            || claims["iss"] == app.number.to_string().as_str()
    };
    let app = apps.iter().find(named).ok_or(NoApp::Unknown)?;
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &app.public_key);
    key.verify(signed.as_bytes(), &signature).map_err(|_| NoApp::Undecodable)?;
    let now = at.0 / 1000;
    match (claims["iat"].as_i64(), claims["exp"].as_i64()) {
        (_, None) => Err(NoApp::Expired),
        (_, Some(expires)) if expires <= now => Err(NoApp::Expired),
        (_, Some(expires)) if expires > now + LIFE_SECONDS_MAX => Err(NoApp::TooFar),
        (Some(issued), Some(_)) if issued <= now => Ok(app),
        _ => Err(NoApp::IssuedLater),
    }
}

fn part(text: &str) -> Result<Value, NoApp> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoApp::Undecodable)?;
    serde_json::from_slice(&bytes).map_err(|_| NoApp::Undecodable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
    use serde_json::json;

    fn app(pair: &KeyPair) -> App {
        App {
            number: 7,
            slug: "towpath".to_owned(),
            name: "Towpath".to_owned(),
            owner: "ada".to_owned(),
            client_id: "Iv1.a".to_owned(),
            public_key: pair.public_key().as_ref().to_vec(),
            hook: 1,
            permissions: Permissions::new(),
            events: Vec::new(),
            setup_url: None,
        }
    }

    fn signed(pair: &KeyPair, header: Value, claims: Value) -> String {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; pair.public_modulus_len()];
        let random = SystemRandom::new();
        pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).expect("signed");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn an_app_is_known_by_a_token_that_its_key_signed_for_the_next_minutes() {
        let (own, other) =
            (KeyPair::generate(KeySize::Rsa2048), KeyPair::generate(KeySize::Rsa2048));
        let (own, other) = (own.expect("a key"), other.expect("a key"));
        let (apps, at) = ([app(&own)], Timestamp(1_000_000_000));
        let check = |pair: &KeyPair, alg: &str, claims: Value, expect: Result<u64, NoApp>| {
            let token = signed(pair, json!({"alg": alg}), claims.clone());
            assert_eq!(verify(&apps, &token, at).map(|app| app.number), expect, "{claims}");
        };
        let claims = |iss: Value, iat: i64, exp: i64| json!({"iss": iss, "iat": 1_000_000 + iat, "exp": 1_000_000 + exp});
        check(&own, "RS256", claims(json!("Iv1.a"), -60, 540), Ok(7));
        check(&own, "RS256", claims(json!(7), 0, 600), Ok(7));
        check(&own, "RS256", claims(json!("7"), 0, 1), Ok(7));
        check(&own, "RS256", claims(json!("Iv1.a"), -60, 0), Err(NoApp::Expired));
        check(&own, "RS256", claims(json!("Iv1.a"), -60, 601), Err(NoApp::TooFar));
        check(&own, "RS256", claims(json!("Iv1.a"), 1, 540), Err(NoApp::IssuedLater));
        check(&own, "RS256", claims(json!("Iv1.b"), -60, 540), Err(NoApp::Unknown));
        check(&other, "RS256", claims(json!("Iv1.a"), -60, 540), Err(NoApp::Undecodable));
        check(&own, "none", claims(json!("Iv1.a"), -60, 540), Err(NoApp::Undecodable));
        for broken in ["", "a.b", "a.b.c", "e30.e30.", "gho_1"] {
            assert!(verify(&apps, broken, at).is_err(), "{broken}");
        }
    }
}
