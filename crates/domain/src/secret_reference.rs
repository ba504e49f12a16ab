//! Variables whose values are secrets kept elsewhere: `SECRETS_MANAGER` and `PARAMETER_STORE`, and
//! dynamic references `{{resolve:…}}` in a plain one.
//!
//! References are read from what was declared, before any variable is put in its place, so that a
//! commit message cannot name a secret.

use crate::pipeline::{EnvironmentVariable, EnvironmentVariableType};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Colons of a secret's ARN before the secret's name.
const ARN_COLONS: usize = 6;
const BEGIN: &str = "{{resolve:";
const END: &str = "}}";
/// What a pipeline's own variables begin with.
const VARIABLE: &str = "#{";

/// A variable that holds a secret, as it was declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretVariable {
    /// Its name.
    pub name: String,
    /// What its value is made of, one after another.
    pub parts: Vec<Part>,
}

/// A part of such a variable's value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// This text.
    Text(String),
    /// What is kept there.
    Secret(SecretReference),
}

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SecretReference {
    /// In Secrets Manager.
    Secret {
        /// The secret's name or ARN.
        id: String,
        /// Which member of it, where it is JSON; the whole where there is none.
        key: Option<String>,
        /// Which version, by its staging label.
        stage: Option<String>,
        /// Which version, by its id.
        version: Option<String>,
    },
    /// In Parameter Store: a name, with `:VERSION` or `:LABEL` where one is meant.
    Parameter {
        /// The parameter's name or ARN.
        name: String,
    },
}

/// Why a variable names no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misnamed {
    /// `{{resolve:` without `}}`.
    #[error("a reference begins with `{{{{resolve:` and is not closed with `}}}}`")]
    Unclosed,
    /// Something is to be put in its place within it.
    #[error(
        "`{{{{resolve:{0}` holds another reference or a variable: a reference is read as it was declared, \
         so write the secret's own name"
    )]
    Nested(String),
    /// Bytes.
    #[error(
        "`{{{{resolve:{0}}}}}` names a secret's bytes, and a variable is text: write `SecretString`"
    )]
    Binary(String),
    /// Another service.
    #[error(
        "`{{{{resolve:{0}}}}}` names no secret; write `{{{{resolve:secretsmanager:ID:SecretString:KEY}}}}` \
         or `{{{{resolve:ssm:NAME}}}}`"
    )]
    Unknown(String),
    /// Too many parts, or none.
    #[error(
        "`{0}` names no secret; write `ID:KEY:STAGE:VERSION`, of which all but ID may be left out"
    )]
    Parts(String),
    /// Both a label and an id.
    #[error("`{0}` names a version twice; write its staging label or its id")]
    Twice(String),
}

impl SecretVariable {
    /// Reads a declared variable; `None` where it is plain.
    ///
    /// # Errors
    /// It is meant to name a secret and does not.
    pub fn read(variable: &EnvironmentVariable) -> Result<Option<Self>, Misnamed> {
        let value = variable.value.as_str();
        let parts = match variable.r#type.unwrap_or_default() {
            EnvironmentVariableType::SecretsManager => vec![Part::Secret(secret(value)?)],
            EnvironmentVariableType::ParameterStore => {
                vec![Part::Secret(SecretReference::Parameter { name: value.to_owned() })]
            }
            EnvironmentVariableType::Plaintext if value.contains(BEGIN) => parts(value)?,
            EnvironmentVariableType::Plaintext => return Ok(None),
        };
        Ok(Some(Self { name: variable.name.clone(), parts }))
    }

    /// The same with every text changed, those that name a secret too.
    ///
    /// # Errors
    /// What the change says.
    pub fn changed<E>(&self, change: impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let option = |text: &Option<String>| text.as_deref().map(&change).transpose();
        let part = |part: &Part| {
            Ok(match part {
                Part::Text(text) => Part::Text(change(text)?),
                Part::Secret(SecretReference::Parameter { name }) => {
                    Part::Secret(SecretReference::Parameter { name: change(name)? })
                }
                Part::Secret(SecretReference::Secret { id, key, stage, version }) => {
                    Part::Secret(SecretReference::Secret {
                        id: change(id)?,
                        key: option(key)?,
                        stage: option(stage)?,
                        version: option(version)?,
                    })
                }
            })
        };
        let parts = self.parts.iter().map(part).collect::<Result<_, E>>()?;
        Ok(Self { name: self.name.clone(), parts })
    }

    /// The secrets that it names.
    pub fn secrets(&self) -> impl Iterator<Item = &SecretReference> {
        self.parts.iter().filter_map(|part| match part {
            Part::Secret(secret) => Some(secret),
            Part::Text(_) => None,
        })
    }
}

impl fmt::Display for SecretReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret { id, .. } => write!(f, "secret {id}"),
            Self::Parameter { name } => write!(f, "parameter {name}"),
        }
    }
}

/// Texts and references, one after another.
fn parts(value: &str) -> Result<Vec<Part>, Misnamed> {
    let (mut parts, mut rest) = (Vec::new(), value);
    while let Some((text, after)) = rest.split_once(BEGIN) {
        let (inner, next) = after.split_once(END).ok_or(Misnamed::Unclosed)?;
        if inner.contains(BEGIN) || inner.contains(VARIABLE) {
            return Err(Misnamed::Nested(inner.to_owned()));
        }
        parts.extend((!text.is_empty()).then(|| Part::Text(text.to_owned())));
        parts.push(Part::Secret(dynamic(inner)?));
        rest = next;
    }
    parts.extend((!rest.is_empty()).then(|| Part::Text(rest.to_owned())));
    Ok(parts)
}

/// What stands between `{{resolve:` and `}}`.
fn dynamic(inner: &str) -> Result<SecretReference, Misnamed> {
    let unknown = || Misnamed::Unknown(inner.to_owned());
    let (service, named) = inner.split_once(':').ok_or_else(unknown)?;
    match service {
        "ssm" | "ssm-secure" if !named.is_empty() => {
            Ok(SecretReference::Parameter { name: named.to_owned() })
        }
        "secretsmanager" => {
            let (id, rest) = split_id(named);
            if rest.split(':').next() == Some("SecretBinary") {
                return Err(Misnamed::Binary(inner.to_owned()));
            }
            // CloudFormation's form says which half of a secret is meant: there is one.
            let rest = rest.strip_prefix("SecretString").unwrap_or(rest);
            secret(&format!("{id}:{}", rest.strip_prefix(':').unwrap_or(rest)))
        }
        _ => Err(unknown()),
    }
}

/// A secret's name or ARN, and what follows the colon after it.
fn split_id(text: &str) -> (&str, &str) {
    let colons = if text.starts_with("arn:") { ARN_COLONS } else { 0 };
    match text.match_indices(':').nth(colons) {
        Some((at, _)) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}

/// `ID:KEY:STAGE:VERSION`.
fn secret(text: &str) -> Result<SecretReference, Misnamed> {
    let (id, rest) = split_id(text);
    let mut rest = rest.split(':').map(|part| Some(part.to_owned()).filter(|it| !it.is_empty()));
    let (key, stage, version) = (rest.next(), rest.next(), rest.next());
    if id.is_empty() || rest.next().is_some() {
        return Err(Misnamed::Parts(text.to_owned()));
    }
    let (key, stage, version) = (key.flatten(), stage.flatten(), version.flatten());
    match stage.is_some() && version.is_some() {
        true => Err(Misnamed::Twice(text.to_owned())),
        false => Ok(SecretReference::Secret { id: id.to_owned(), key, stage, version }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: EnvironmentVariableType, value: &str) -> Result<Option<Vec<Part>>, Misnamed> {
        let (name, value) = ("A".to_owned(), value.to_owned());
        let variable = EnvironmentVariable { name, value, r#type: Some(kind) };
        Ok(SecretVariable::read(&variable)?.map(|it| it.parts))
    }

    fn named(id: &str, key: &str, stage: &str, version: &str) -> Part {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (id, key, stage, version) = (id.to_owned(), some(key), some(stage), some(version));
        Part::Secret(SecretReference::Secret { id, key, stage, version })
    }

    #[test]
    fn a_secret_is_named_with_its_key_and_version() {
        let check = |value: &str, expect: Part| {
            let kind = EnvironmentVariableType::SecretsManager;
            assert_eq!(read(kind, value), Ok(Some(vec![expect])), "{value}");
        };
        let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-AbCdEf";
        check("prod/db", named("prod/db", "", "", ""));
        check("prod/db:password", named("prod/db", "password", "", ""));
        check("prod/db::AWSPREVIOUS", named("prod/db", "", "AWSPREVIOUS", ""));
        check("prod/db:::v1", named("prod/db", "", "", "v1"));
        check(arn, named(arn, "", "", ""));
        check(&format!("{arn}:password:AWSCURRENT:"), named(arn, "password", "AWSCURRENT", ""));
        for wrong in ["", "a:b:c:d:e", ":key", "a:b:c:d"] {
            assert!(read(EnvironmentVariableType::SecretsManager, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn plain_texts_hold_references_as_cloudformation_writes_them() {
        let check = |value: &str, expect: Vec<Part>| {
            let kind = EnvironmentVariableType::Plaintext;
            assert_eq!(read(kind, value), Ok(Some(expect)), "{value}");
        };
        let text = |text: &str| Part::Text(text.to_owned());
        check(
            "u:{{resolve:secretsmanager:prod/db:SecretString:password}}@h",
            vec![text("u:"), named("prod/db", "password", "", ""), text("@h")],
        );
        check("{{resolve:secretsmanager:prod/db}}", vec![named("prod/db", "", "", "")]);
        check(
            "{{resolve:secretsmanager:prod/db:SecretString:::v1}}",
            vec![named("prod/db", "", "", "v1")],
        );
        let name = "/prod/host:3".to_owned();
        check(
            "{{resolve:ssm:/prod/host:3}}",
            vec![Part::Secret(SecretReference::Parameter { name })],
        );
        let plain = |value: &str| read(EnvironmentVariableType::Plaintext, value);
        assert_eq!(plain("{{resolve"), Ok(None));
        assert_eq!(plain("{{resolve:ssm:x"), Err(Misnamed::Unclosed));
        assert!(plain("{{resolve:vault:x}}").is_err());
        let binary = plain("{{resolve:secretsmanager:plain:SecretBinary}}");
        assert_eq!(binary, Err(Misnamed::Binary("secretsmanager:plain:SecretBinary".to_owned())));
        for nested in [
            "{{resolve:secretsmanager:{{resolve:ssm:x}}}}",
            "{{resolve:secretsmanager:#{SourceVariables.BranchName}}}",
            "{{resolve:ssm:/#{variables.stage}/host}}",
        ] {
            assert!(matches!(plain(nested), Err(Misnamed::Nested(_))), "{nested}");
        }
    }
}
