//! What Entra takes of an app and its federated credentials.

use serde_json::Value as Json;

use super::{Unusable, check_issuer, unusable, written};
use crate::federation::azure::{self, App, FLEXIBLE_ISSUERS, FederatedCredential};
use crate::limits::{CREDENTIAL_CHARS_MAX, FEDERATED_CREDENTIALS_MAX};

/// An app; a credential alone, or a list of them, as `az ad app federated-credential` has them.
pub(super) fn app(json: Json) -> Result<App, Unusable> {
    let app = match &json {
        Json::Array(list) => {
            let credentials: Result<_, _> = list.iter().cloned().map(written).collect();
            App { federated_credentials: credentials?, ..App::default() }
        }
        Json::Object(members) if members.contains_key("issuer") => {
            App { federated_credentials: vec![written(json)?], ..App::default() }
        }
        _ => written(json)?,
    };
    let credentials = &app.federated_credentials;
    if credentials.len() > FEDERATED_CREDENTIALS_MAX {
        let problem = format!(
            "{} credentials; an app has at most {FEDERATED_CREDENTIALS_MAX}",
            credentials.len()
        );
        return Err(unusable("federatedCredentials", problem));
    }
    for (index, credential) in credentials.iter().enumerate() {
        let path = format!("federatedCredentials[{index}]");
        check_credential(credential, &path)?;
        let of = |it: &FederatedCredential| (it.issuer.clone(), it.subject.clone());
        let earlier = &credentials[..index];
        if earlier.iter().any(|it| it.name == credential.name) {
            return Err(unusable(format!("{path}.name"), "another credential has this name"));
        }
        if credential.subject.is_some() && earlier.iter().any(|it| of(it) == of(credential)) {
            let problem = "another credential has this issuer and subject";
            return Err(unusable(format!("{path}.subject"), problem));
        }
    }
    Ok(app)
}

fn check_credential(credential: &FederatedCredential, path: &str) -> Result<(), Unusable> {
    let at = |member: &str| format!("{path}.{member}");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let name = &credential.name;
    if !(3..=120).contains(&name.len()) || !name.chars().all(plain) {
        let problem = "3 to 120 letters, digits, hyphens and underscores";
        return Err(unusable(at("name"), problem));
    }
    check_issuer(&credential.issuer, &at("issuer"))?;
    let long = |text: &str| text.chars().count() > CREDENTIAL_CHARS_MAX;
    match (&credential.subject, &credential.claims_matching_expression) {
        (Some(_), Some(_)) => {
            let problem = "a credential has a subject or an expression, never both";
            return Err(unusable(at("claimsMatchingExpression"), problem));
        }
        (None, None) => {
            return Err(unusable(at("subject"), "write the subject that tokens must have"));
        }
        (Some(subject), None) if subject.is_empty() || long(subject) => {
            let problem = format!("1 to {CREDENTIAL_CHARS_MAX} characters");
            return Err(unusable(at("subject"), problem));
        }
        (Some(_), None) => {}
        (None, Some(expression)) => {
            if !FLEXIBLE_ISSUERS.contains(&credential.issuer.trim_end_matches('/')) {
                let problem = format!("expressions are for {} only", FLEXIBLE_ISSUERS.join(", "));
                return Err(unusable(at("claimsMatchingExpression"), problem));
            }
            if expression.language_version != 1 || !expression.is_readable() {
                let problem = "claims['sub'] eq 'VALUE', or matches 'PATTERN', joined by `and`; languageVersion 1";
                return Err(unusable(at("claimsMatchingExpression.value"), problem));
            }
        }
    }
    match &credential.audiences[..] {
        [audience] if !audience.is_empty() && !long(audience) => Ok(()),
        _ => Err(unusable(at("audiences"), format!("exactly one, usually {}", azure::AUDIENCE))),
    }
}
