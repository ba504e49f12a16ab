//! Who takes tokens here as Azure and Google do, as whoever sets one up writes it: with the names and
//! in the form that the vendors' own tools use, held against their rules before it is kept.

mod app;
mod pool;

use domain::reach::is_reachable;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::azure::App;
use super::google::{Provider, ServiceAccount};
use crate::limits::{CREDENTIAL_CHARS_MAX, RELYING_PARTY_BYTES_MAX};
use crate::lint::is_uuid;

use app::app;
use pool::{provider, service_account};

/// Which of the three it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An app of Entra, by its client id.
    AzureApp,
    /// A provider of a workload identity pool, `POOL/PROVIDER`.
    GoogleProvider,
    /// A service account of Google's, by its address.
    GoogleServiceAccount,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// An app of Entra with its federated credentials.
    AzureApp(App),
    /// A provider of a workload identity pool.
    GoogleProvider(Provider),
    /// Who may act as a service account.
    GoogleServiceAccount(ServiceAccount),
}

/// Why one cannot be set up as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Unusable {
    /// Where: the member, as the vendor calls it.
    pub path: String,
    /// What is wrong there, and what would be right.
    pub problem: String,
}

fn unusable(path: impl Into<String>, problem: impl Into<String>) -> Unusable {
    Unusable { path: path.into(), problem: problem.into() }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AzureApp, Self::GoogleProvider, Self::GoogleServiceAccount];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AzureApp => "azure-app",
            Self::GoogleProvider => "google-provider",
            Self::GoogleServiceAccount => "google-service-account",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether one may be called so.
    ///
    /// # Errors
    /// What its name must be.
    pub fn check_name(self, name: &str) -> Result<(), Unusable> {
        let id = |it: &str| {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            (4..=32).contains(&it.len()) && it.chars().all(plain)
        };
        let (good, right) = match self {
            Self::AzureApp => (is_uuid(name), "the app's client id, a UUID"),
            Self::GoogleProvider => (
                name.split_once('/').is_some_and(|(pool, provider)| id(pool) && id(provider)),
                "POOL/PROVIDER, each of 4 to 32 small letters, digits and hyphens",
            ),
            Self::GoogleServiceAccount => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
                let part = |it: &str| !it.is_empty() && it.chars().all(plain);
                let good = name.split_once('@').is_some_and(|(a, b)| part(a) && part(b));
                (good, "its address, NAME@PROJECT.iam.gserviceaccount.com")
            }
        };
        good.then_some(()).ok_or_else(|| unusable("name", format!("{name:?} must be {right}")))
    }
}

impl Party {
    /// Reads one of this kind and name, of the account whose number is its project's.
    ///
    /// # Errors
    /// The first thing that its vendor would not take, and what would be right.
    pub fn read(kind: Kind, project: &str, name: &str, text: &str) -> Result<Self, Unusable> {
        kind.check_name(name)?;
        if text.len() > RELYING_PARTY_BYTES_MAX {
            let problem =
                format!("{} bytes; at most {RELYING_PARTY_BYTES_MAX} are kept", text.len());
            return Err(unusable("document", problem));
        }
        let json: Json =
            serde_json::from_str(text).map_err(|why| unusable("document", why.to_string()))?;
        match kind {
            Kind::AzureApp => app(json).map(Self::AzureApp),
            Kind::GoogleProvider => provider(json, project, name).map(Self::GoogleProvider),
            Kind::GoogleServiceAccount => service_account(json).map(Self::GoogleServiceAccount),
        }
    }
}

fn written<T: serde::de::DeserializeOwned>(json: Json) -> Result<T, Unusable> {
    if !json.is_object() {
        return Err(unusable("document", "write a JSON object"));
    }
    serde_json::from_value(json).map_err(|why| unusable("document", why.to_string()))
}

/// https, or http on this machine.
fn check_issuer(issuer: &str, path: &str) -> Result<(), Unusable> {
    let here = !is_reachable(issuer, "https://elsewhere.example");
    let scheme = issuer.starts_with("https://") || issuer.starts_with("http://") && here;
    let host = issuer.split_once("://").is_some_and(|(_, rest)| !rest.is_empty());
    let plain = !issuer.contains(['?', '#', ' ']) && issuer.chars().count() <= CREDENTIAL_CHARS_MAX;
    (scheme && host && plain).then_some(()).ok_or_else(|| {
        unusable(
            path,
            "the issuer's URL as its tokens have it, https; http is for this machine only",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::federation::azure::{self, FLEXIBLE_ISSUERS};
    use crate::limits::FEDERATED_CREDENTIALS_MAX;
    use serde_json::json;

    const APP: &str = "6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b";

    fn credential(change: Json) -> Json {
        let mut credential = json!({
            "name": "deploy", "issuer": "https://ci.example", "subject": "s",
            "audiences": [azure::AUDIENCE],
        });
        for (name, value) in change.as_object().expect("changes") {
            credential[name] = value.clone();
        }
        credential
    }

    fn check_document(kind: Kind, name: &str, document: &Json, expect: Option<&str>) {
        let read = Party::read(kind, "000000000000", name, &document.to_string());
        let path = read.map_err(|unusable| unusable.path).err();
        assert_eq!(path.as_deref(), expect, "{document}");
    }

    #[test]
    fn an_app_has_credentials_that_entra_would_take() {
        fn check(document: Json, expect: Option<&str>) {
            check_document(Kind::AzureApp, APP, &document, expect);
        }
        check(credential(json!({})), None);
        check(json!([credential(json!({}))]), None);
        check(json!({"displayName": "d", "federatedCredentials": [credential(json!({}))]}), None);
        let (at, flexible) =
            ("federatedCredentials[0]", "federatedCredentials[0].claimsMatchingExpression");
        check(credential(json!({"name": "a b"})), Some(&format!("{at}.name")));
        check(credential(json!({"issuer": "http://ci.example"})), Some(&format!("{at}.issuer")));
        check(credential(json!({"audiences": ["a", "b"]})), Some(&format!("{at}.audiences")));
        check(credential(json!({"subject": null})), Some(&format!("{at}.subject")));
        let expression = json!({"value": "claims['sub'] matches 'x*'", "languageVersion": 1});
        check(credential(json!({"claimsMatchingExpression": expression})), Some(flexible));
        check(
            credential(json!({"subject": null, "claimsMatchingExpression": expression})),
            Some(flexible),
        );
        let github = FLEXIBLE_ISSUERS[0];
        check(
            credential(
                json!({"subject": null, "issuer": github, "claimsMatchingExpression": expression}),
            ),
            None,
        );
        let sql = json!({"value": "sub like 'x'", "languageVersion": 1});
        check(
            credential(json!({"subject": null, "issuer": github, "claimsMatchingExpression": sql})),
            Some(&format!("{flexible}.value")),
        );
        let many = |count: usize| -> Json {
            let one = |n| credential(json!({"name": format!("n-{n}"), "subject": format!("{n}")}));
            (0..count).map(one).collect()
        };
        check(many(FEDERATED_CREDENTIALS_MAX), None);
        check(many(FEDERATED_CREDENTIALS_MAX + 1), Some("federatedCredentials"));
        let twice = json!([credential(json!({})), credential(json!({"name": "other"}))]);
        check(twice, Some("federatedCredentials[1].subject"));
    }

    #[test]
    fn a_provider_maps_a_subject_and_its_expressions_can_be_read() {
        fn check(document: Json, expect: Option<&str>) {
            check_document(Kind::GoogleProvider, "towpath/steps", &document, expect);
        }
        let provider = |mapping: Json, condition: &str| {
            json!({"attributeMapping": mapping, "attributeCondition": condition,
                   "oidc": {"issuerUri": "https://ci.example"}})
        };
        let subject = json!({"google.subject": "assertion.sub"});
        check(provider(subject.clone(), "assertion.ref == 'x'"), None);
        check(provider(subject, "assertion.ref =="), Some("attributeCondition"));
        check(provider(json!({}), "true"), Some("attributeMapping"));
        let odd = json!({"google.subject": "assertion.sub", "attribute.A": "'x'"});
        check(provider(odd, "true"), Some("attributeMapping.attribute.A"));
        let subject = json!({"google.subject": "assertion.sub"});
        check(provider(subject.clone(), "assertion.ref"), Some("attributeCondition"));
        check(provider(subject, "assertion.ref.lowerAscii() == 'x'"), Some("attributeCondition"));
        let number = json!({"google.subject": "assertion.exp"});
        check(provider(number, "true"), Some("attributeMapping.google.subject"));
        let product = json!({"google.subject": "assertion.sub", "attribute.a": "'x' * 3"});
        check(provider(product, "true"), Some("attributeMapping.attribute.a"));
        check(json!([]), Some("document"));
    }

    #[test]
    fn names_are_the_vendors() {
        fn check(kind: Kind, name: &str, expect: bool) {
            assert_eq!(kind.check_name(name).is_ok(), expect, "{name}");
        }
        check(Kind::AzureApp, APP, true);
        check(Kind::AzureApp, "app", false);
        check(Kind::GoogleProvider, "towpath/steps", true);
        check(Kind::GoogleProvider, "towpath", false);
        check(Kind::GoogleProvider, "Towpath/steps", false);
        check(Kind::GoogleServiceAccount, "deploy@p.iam.gserviceaccount.com", true);
        check(Kind::GoogleServiceAccount, "deploy", false);
        check(Kind::GoogleServiceAccount, "a/b@c", false);
    }
}
