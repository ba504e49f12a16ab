//! What was brought to the doctor: recognised by what it says, whichever tool wrote it.

mod kind;
mod read;

use std::collections::BTreeMap;

use domain::Secret;
use serde_json::Value as Json;

use super::finding::Finding;
use super::presented::Presented;
use super::step::Step;
use crate::federation::{azure, google, vault};
use crate::finding::Finding as Mistake;
use crate::limits::{EVIDENCE_BYTES_MAX, EVIDENCE_PIECES_MAX};
use crate::token::KeySet;

pub use kind::{Kind, recognise};
pub use read::{AwsProvider, Discovered, Role};
use read::{
    bearer, claims, credentials, key_set, misplaced_provider, parse, read, role, token_in,
    variables, vault_role,
};

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
    /// Pools themselves.
    pub pools_alone: Vec<google::Pool>,
    /// Who has which role on a service account.
    pub bindings: Vec<google::Binding>,
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
    /// Trust policies that IAM does not take, and why.
    pub unsaved: Vec<(String, Finding)>,
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
            Kind::Keys => self.keys = Some(key_set(text)?),
            Kind::Discovery => self.discovered = Some(read("a discovery document", text)?),
            Kind::Trust => match role(name, text) {
                Ok(role) => self.roles.push(role),
                Err(wrong) => {
                    let unsaved = misplaced_provider(&wrong).ok_or(wrong)?;
                    self.unsaved.push((name.to_owned(), unsaved));
                }
            },
            Kind::AwsProvider => self.provider = Some(read("an OIDC provider of AWS", text)?),
            Kind::FederatedCredential => self.credentials.extend(credentials(text)?),
            Kind::GoogleProvider => {
                self.pools.push((name.to_owned(), read("a provider of a pool", text)?));
            }
            Kind::GooglePool => self.pools_alone.push(read("a pool", text)?),
            Kind::GoogleCondition => self.conditions.push(text.trim().to_owned()),
            Kind::GoogleBinding => {
                let policy: google::ServiceAccount = read("a service account's policy", text)?;
                self.bindings.extend(policy.bindings);
            }
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
