//! What was brought to the doctor: recognised by what it says, whichever tool wrote it.

use std::collections::BTreeMap;

use domain::Secret;
use serde_json::{Map, Value as Json};

use super::finding::Finding;
use super::message;
use super::presented::Presented;
use super::step::Step;
use crate::federation::{azure, google, vault};
use crate::finding::{Finding as Mistake, Place};
use crate::limits::{EVIDENCE_BYTES_MAX, EVIDENCE_PIECES_MAX};
use crate::policy::{Kind as PolicyKind, Policy, document};
use crate::token::{KeySet, json};

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A token.
    Token,
    /// A token's claims as JSON.
    Claims,
    /// A key set.
    Keys,
    /// An issuer's discovery document.
    Discovery,
    /// A role's trust policy, or the role with it.
    Trust,
    /// An OIDC provider of an AWS account.
    AwsProvider,
    /// Federated credentials of Entra.
    FederatedCredential,
    /// A provider of a workload identity pool.
    GoogleProvider,
    /// An attribute condition of one.
    GoogleCondition,
    /// A policy of a service account: who may act as it.
    GoogleBinding,
    /// The credential configuration that Google's libraries read.
    GoogleConfiguration,
    /// A role of Vault's JWT method.
    Vault,
    /// Variables, `NAME=value` in lines.
    Environment,
    /// A bitbucket-pipelines.yml: its steps are read by whoever brought it.
    Pipelines,
    /// An error message.
    Error,
}

/// A role of AWS.
#[derive(Debug)]
pub struct Role {
    /// Where it came from, for the report.
    pub name: String,
    /// Its ARN, where that is known.
    pub arn: Option<String>,
    /// How long a session of it may last, where that is known.
    pub session_seconds_max: Option<u64>,
    /// Its trust policy.
    pub trust: Policy,
}

/// An OIDC provider as `aws iam get-open-id-connect-provider` shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AwsProvider {
    /// The issuer without its scheme.
    pub url: String,
    /// The audiences.
    #[serde(rename = "ClientIDList")]
    pub client_ids: Vec<String>,
}

/// An issuer's discovery document, as far as relying parties compare it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct Discovered {
    /// What it calls itself.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
}

/// Everything that was brought.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The token; what is wrong with it, where it is none.
    pub token: Option<Result<Presented, Finding>>,
    /// What the issuer's discovery document calls it.
    pub discovered: Option<Discovered>,
    /// The issuer's keys.
    pub keys: Option<KeySet>,
    /// Roles of AWS.
    pub roles: Vec<Role>,
    /// The account's OIDC provider.
    pub provider: Option<AwsProvider>,
    /// Federated credentials of one app or identity.
    pub credentials: Vec<azure::FederatedCredential>,
    /// Providers of Google's pools, each with where it came from.
    pub pools: Vec<(String, google::Provider)>,
    /// Conditions without a provider around them.
    pub conditions: Vec<String>,
    /// Who may act as a service account.
    pub bindings: Vec<String>,
    /// Google's credential configuration.
    pub configuration: Option<Json>,
    /// Roles of Vault.
    pub vaults: Vec<(String, vault::Role)>,
    /// The step's variables. Their values are not shown.
    pub environment: Option<BTreeMap<String, Secret>>,
    /// The steps of a pipeline.
    pub steps: Option<Vec<Step>>,
    /// The step that it is about.
    pub step: Option<String>,
    /// Error messages.
    pub errors: Vec<String>,
    /// The role that is asked for.
    pub role_arn: Option<String>,
    /// How long the session is to last.
    pub duration_seconds: Option<u64>,
    /// Whether roles are those of Towpath's own STS, which makes a condition key of every claim of its
    /// own issuer.
    pub towpath: bool,
    /// How many pieces were taken.
    pub pieces: usize,
}

/// Why a piece cannot be taken as evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is too long.
    #[error("it has {0} bytes; at most {EVIDENCE_BYTES_MAX} are read")]
    TooLong(usize),
    /// There are too many.
    #[error("there are more than {EVIDENCE_PIECES_MAX} pieces of evidence")]
    TooMany,
    /// It is not JSON.
    #[error("{0}")]
    Mistakes(Mistakes),
    /// It is JSON of no kind that is known.
    #[error(
        "this JSON is none that is known here: a token's claims have `iss`, a trust policy `Statement`, a federated \
         credential `issuer` and `subject`, a provider of Google's `attributeMapping`, a role of Vault's \
         `bound_audiences`, a key set `keys`"
    )]
    Unknown,
    /// A step is named, and no pipeline's steps were brought.
    #[error(
        "there is no step {0:?}, for no pipeline was brought: bring its bitbucket-pipelines.yml"
    )]
    NoSteps(String),
    /// No step of the pipeline has this name.
    #[error("there is no step {name:?}: the pipeline has {}", .names.join(", "))]
    NoStep {
        /// The step that was named.
        name: String,
        /// Those that there are.
        names: Vec<String>,
    },
    /// It is of a kind, but has a member of another form.
    #[error("it looks like {0}, but {1}")]
    Form(&'static str, String),
}

/// Mistakes with their places, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&said.join("; "))
    }
}

impl Evidence {
    /// Takes a piece, as what it looks like unless its kind is said; says what it was taken for.
    pub fn add(&mut self, name: &str, text: &str, kind: Option<Kind>) -> Result<Kind, Unreadable> {
        self.pieces += 1;
        if self.pieces > EVIDENCE_PIECES_MAX {
            return Err(Unreadable::TooMany);
        }
        if text.len() > EVIDENCE_BYTES_MAX {
            return Err(Unreadable::TooLong(text.len()));
        }
        let kind = match kind {
            Some(kind) => kind,
            None => recognise(text)?,
        };
        self.take(name, text, kind)?;
        Ok(kind)
    }

    /// Whether the step that it is about, where one is named, is among those that were brought.
    pub fn check_step(&self) -> Result<(), Unreadable> {
        let Some(name) = &self.step else { return Ok(()) };
        let Some(steps) = &self.steps else { return Err(Unreadable::NoSteps(name.clone())) };
        match steps.iter().any(|step| step.name == *name) {
            true => Ok(()),
            false => {
                let names = steps.iter().map(|step| format!("{:?}", step.name)).collect();
                Err(Unreadable::NoStep { name: name.clone(), names })
            }
        }
    }

    fn take(&mut self, name: &str, text: &str, kind: Kind) -> Result<(), Unreadable> {
        match kind {
            Kind::Token if text.trim_start().starts_with('{') => {
                self.token = Some(match token_in(&parse(text)?) {
                    Some(token) => Presented::read(token),
                    None => Ok(Presented::of_claims(claims(text)?)),
                });
            }
            Kind::Token => self.token = Some(Presented::read(bearer(text.trim()))),
            Kind::Claims => self.token = Some(Ok(Presented::of_claims(claims(text)?))),
            Kind::Keys => {
                let keys = KeySet::read(text.as_bytes());
                let wrong = |error: crate::token::UnusableKeySet| {
                    Unreadable::Form("a key set", error.to_string())
                };
                self.keys = Some(keys.map_err(wrong)?);
            }
            Kind::Discovery => self.discovered = Some(read("a discovery document", text)?),
            Kind::Trust => self.roles.push(role(name, text)?),
            Kind::AwsProvider => self.provider = Some(read("an OIDC provider of AWS", text)?),
            Kind::FederatedCredential => self.credentials.extend(credentials(text)?),
            Kind::GoogleProvider => {
                self.pools.push((name.to_owned(), read("a provider of a pool", text)?));
            }
            Kind::GoogleCondition => self.conditions.push(text.trim().to_owned()),
            Kind::GoogleBinding => self.bindings.extend(members(text)?),
            Kind::GoogleConfiguration => self.configuration = Some(parse(text)?),
            Kind::Vault => self.vaults.push((name.to_owned(), vault_role(text)?)),
            Kind::Environment => self.environment = Some(variables(text)),
            Kind::Pipelines => {}
            Kind::Error => self.errors.push(text.to_owned()),
        }
        Ok(())
    }

    /// A variable of the step, where the variables were brought.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        let variables = self.environment.as_ref()?;
        variables.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }
}

/// What a text is, by what it says.
pub fn recognise(text: &str) -> Result<Kind, Unreadable> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.starts_with(['{', '[']) {
        return match parse(trimmed) {
            Ok(value) => recognise_json(&value).ok_or(Unreadable::Unknown),
            // Logs begin with braces and brackets too.
            Err(_) if message::is_known(trimmed) => Ok(Kind::Error),
            Err(wrong) => Err(wrong),
        };
    }
    let trimmed = bearer(trimmed);
    let word = !trimmed.contains(char::is_whitespace);
    if trimmed.is_empty()
        || (word
            && (trimmed.starts_with("ey")
                || trimmed.matches('.').count() == 2 && trimmed.len() > 60))
    {
        return Ok(Kind::Token);
    }
    let lines = || trimmed.lines().map(str::trim).filter(|line| !line.is_empty());
    let section = |line: &str| line.starts_with("pipelines:") || line.starts_with("- step:");
    if lines().any(section) {
        return Ok(Kind::Pipelines);
    }
    let logged = |line: &str| line.contains(" msg=") || line.contains(" level=");
    if lines().all(|line| line.starts_with('#') || assignment(line).is_some()) {
        let log = lines().any(logged);
        return Ok(if log { Kind::Error } else { Kind::Environment });
    }
    let asked = ["assertion.", "assertion[", "attribute.", "google.subject"];
    let compares = ["==", " in ", "startsWith(", "endsWith(", "contains(", "matches(", "!="];
    let says = |words: &[&str]| words.iter().any(|word| trimmed.contains(word));
    Ok(if says(&asked) && says(&compares) { Kind::GoogleCondition } else { Kind::Error })
}

fn recognise_json(value: &Json) -> Option<Kind> {
    let has = |names: &[&str]| names.iter().any(|name| value.get(*name).is_some());
    let first =
        value.as_array().or_else(|| value.get("value")?.as_array()).and_then(|it| it.first());
    Some(match value {
        Json::Array(_) | Json::Object(_) if first.is_some() => recognise_json(first?)?,
        _ if has(&["Statement", "Role", "AssumeRolePolicyDocument", "PolicyDocument"]) => {
            Kind::Trust
        }
        _ if has(&["ClientIDList", "ThumbprintList"]) => Kind::AwsProvider,
        _ if has(&["keys"]) => Kind::Keys,
        _ if has(&["jwks_uri"]) => Kind::Discovery,
        _ if token_in(value).is_some() => Kind::Token,
        _ if has(&ERROR_MEMBERS) => Kind::Error,
        _ if has(&["attributeMapping", "attributeCondition", "oidc"]) => Kind::GoogleProvider,
        _ if has(&["bindings"]) => Kind::GoogleBinding,
        _ if value.get("type").is_some_and(|kind| kind == "external_account") => {
            Kind::GoogleConfiguration
        }
        _ if has(&["bound_audiences", "bound_claims", "bound_subject", "user_claim"]) => {
            Kind::Vault
        }
        _ if value.pointer("/data/user_claim").is_some() => Kind::Vault,
        _ if has(&["audiences", "claimsMatchingExpression"]) => Kind::FederatedCredential,
        _ if has(&["issuer"]) && has(&["subject"]) => Kind::FederatedCredential,
        _ if value.pointer("/properties/issuer").is_some() => Kind::FederatedCredential,
        _ if has(&["iss", "sub", "aud"]) => Kind::Claims,
        _ if has(&["message", "Message"]) => Kind::Error,
        _ => return None,
    })
}

/// Members that the errors of services have.
const ERROR_MEMBERS: [&str; 7] =
    ["error", "Error", "errors", "error_description", "errorMessage", "errorCode", "__type"];

/// The token in what an endpoint answers that makes tokens.
fn token_in(value: &Json) -> Option<&str> {
    let members = ["value", "id_token", "token", "access_token", "subject_token"];
    let mut texts = members.iter().filter_map(|name| value.get(*name)?.as_str());
    texts.find(|text| text.starts_with("ey") && text.contains('.'))
}

/// A token as it stands in a header of HTTP, without the words before it.
fn bearer(text: &str) -> &str {
    let folded = text.get(..22).unwrap_or(text).to_ascii_lowercase();
    let words = ["authorization: bearer ", "bearer "];
    let length = words.iter().find(|it| folded.starts_with(**it)).map_or(0, |it| it.len());
    let rest = text[length..].trim();
    if rest.contains(char::is_whitespace) { text } else { rest }
}

fn parse(text: &str) -> Result<Json, Unreadable> {
    serde_json::from_str(text).map_err(|error| {
        let short = |number| u32::try_from(number).unwrap_or(u32::MAX);
        let place = Place { line: short(error.line()), column: short(error.column()) };
        let said = error.to_string();
        let message = said.split(" at line ").next().unwrap_or_default().to_owned();
        Unreadable::Mistakes(Mistakes(vec![Mistake { place, message, fix: None }]))
    })
}

fn read<T: serde::de::DeserializeOwned>(kind: &'static str, text: &str) -> Result<T, Unreadable> {
    serde_json::from_value(parse(text)?).map_err(|error| Unreadable::Form(kind, error.to_string()))
}

fn claims(text: &str) -> Result<Map<String, Json>, Unreadable> {
    parse(text)?;
    let twice = || Unreadable::Form("a token's claims", "a name occurs twice in it".to_owned());
    json::object(text.trim().as_bytes()).ok_or_else(twice)
}

/// A trust policy, alone or in what `aws iam get-role` answers, at its place in the text.
fn role(name: &str, text: &str) -> Result<Role, Unreadable> {
    let mistakes = |found| Unreadable::Mistakes(Mistakes(found));
    let found = document::find(text).map_err(|mistake| mistakes(vec![mistake]))?;
    let trust =
        Policy::read(&found, PolicyKind::Trust).map_err(|wrong| mistakes(wrong.findings))?;
    let value = parse(text)?;
    let role = value.get("Role").unwrap_or(&value);
    let arn = role.get("Arn").and_then(Json::as_str).map(str::to_owned);
    let session_seconds_max = role.get("MaxSessionDuration").and_then(Json::as_u64);
    Ok(Role { name: name.to_owned(), arn, session_seconds_max, trust })
}

/// Federated credentials: one, a list, or a list as Microsoft Graph or Resource Manager answers it.
fn credentials(text: &str) -> Result<Vec<azure::FederatedCredential>, Unreadable> {
    let value = parse(text)?;
    let list = match value.as_array().or_else(|| value.get("value")?.as_array()) {
        Some(list) => list.clone(),
        None => vec![value],
    };
    let one = |value: Json| {
        let inner = value.get("properties").cloned().unwrap_or_else(|| value.clone());
        let read = serde_json::from_value::<azure::FederatedCredential>(inner);
        let name = value.get("name").and_then(Json::as_str).unwrap_or_default().to_owned();
        let wrong = |error: serde_json::Error| {
            Unreadable::Form("a federated credential", error.to_string())
        };
        read.map(|credential| azure::FederatedCredential { name, ..credential }).map_err(wrong)
    };
    list.into_iter().map(one).collect()
}

fn members(text: &str) -> Result<Vec<String>, Unreadable> {
    let value = parse(text)?;
    let bindings = value.get("bindings").and_then(Json::as_array).cloned().unwrap_or_default();
    let members = bindings.iter().filter_map(|it| it.get("members")?.as_array()).flatten();
    Ok(members.filter_map(Json::as_str).map(str::to_owned).collect())
}

/// A role as Vault answers it: under `data`, or by itself; one value may stand for a list.
fn vault_role(text: &str) -> Result<vault::Role, Unreadable> {
    let value = parse(text)?;
    let mut role = value.get("data").unwrap_or(&value).clone();
    if let Some(one) = role.get("bound_audiences").and_then(Json::as_str).map(str::to_owned) {
        role["bound_audiences"] = Json::from(vec![one]);
    }
    // What is not set is null.
    if let Some(members) = role.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let wrong = |error: serde_json::Error| Unreadable::Form("a role of Vault", error.to_string());
    serde_json::from_value(role).map_err(wrong)
}

/// The name and the value of `NAME=value`, `export NAME=value` or `declare -x NAME="value"`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").or(line.strip_prefix("declare -x ")).unwrap_or(line);
    let (name, value) = line.trim_start().split_once('=')?;
    let first = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_');
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let quoted = ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote).and_then(|it| it.strip_suffix(*quote)));
    (first && plain).then_some((name, quoted.unwrap_or(value)))
}

fn variables(text: &str) -> BTreeMap<String, Secret> {
    let lines = text.lines().map(str::trim).filter_map(assignment);
    lines.map(|(name, value)| (name.to_owned(), Secret::new(value))).collect()
}
