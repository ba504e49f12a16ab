//! Why a token is refused: everything that was brought, looked at together.
//!
//! Relying parties say little, and say it on purpose. Here the same comparisons are made again, by
//! the same deciders where they are ours, and each that fails is shown: the condition, the claim
//! beside it, what differs, the narrowest fix, and which of the known [`Cause`]s it is. Pure:
//! reading files and asking anybody is left to the command.

mod aws;
mod azure;
mod cause;
mod evidence;
mod finding;
mod google;
mod message;
mod presented;
mod step;
pub(crate) mod subject;
#[cfg(test)]
mod tests;
mod vault;

pub use cause::Cause;
pub use evidence::{
    AwsProvider, Discovered, Evidence, Kind, Mistakes, Role, Unreadable, recognise,
};
pub use finding::{Compared, Finding, Marks, Weight};
pub use presented::{Facts, Presented};
pub use step::Step;

use domain::Timestamp;
use serde::Serialize;

/// What was looked at, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether the token would be accepted, as far as can be told.
    pub accepted: bool,
    /// The token, without what would make it one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Facts>,
    /// Whether there was anything that a token is judged by: a role, a credential, a provider.
    pub judged: bool,
    /// Whether the token's signature was looked at.
    pub signature_checked: bool,
    /// One for the token itself, one for each thing that it was held against.
    pub verdicts: Vec<Verdict>,
}

/// What one thing says of the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What: the token, the step, an error message, a role of AWS, …
    pub of: String,
    /// What the service answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Looks at all of it.
pub fn diagnose(evidence: &Evidence, at: Timestamp) -> Diagnosis {
    let told: serde_json::Map<_, _> =
        evidence.errors.iter().flat_map(|it| message::claims(it)).collect();
    let partial = (!told.is_empty()).then(|| Presented::partly(told));
    let presented = match &evidence.token {
        Some(token) => token.as_ref().ok(),
        None => partial.as_ref(),
    };
    let mut verdicts = vec![Verdict::new("the token", token(evidence, at), None)];
    verdicts.extend(discovery(evidence, presented));
    verdicts.push(Verdict::new("the step", step::judge(evidence), None));
    for (index, error) in evidence.errors.iter().enumerate() {
        let of =
            if index == 0 { "the message".to_owned() } else { format!("message {}", index + 1) };
        verdicts.push(Verdict::new(&of, vec![message::judge(error)], None));
    }
    verdicts.extend(without_token(evidence));
    verdicts.extend(
        evidence
            .unsaved
            .iter()
            .map(|(name, wrong)| Verdict::new(&format!("AWS: {name}"), vec![wrong.clone()], None)),
    );
    let held = presented.map(|it| held_against(evidence, it, at)).unwrap_or_default();
    let judged = !held.is_empty() || !evidence.unsaved.is_empty();
    verdicts.extend(held);
    verdicts.retain(|verdict| !verdict.findings.is_empty() || verdict.is_of_a_rule());
    let refused =
        verdicts.iter().flat_map(|it| &it.findings).any(|it| it.weight == Weight::Refused);
    let token = evidence.token.as_ref().and_then(|it| it.as_ref().ok());
    Diagnosis {
        // Who brings an error message was refused already.
        accepted: !refused && evidence.errors.is_empty(),
        token: token.map(Presented::facts),
        judged,
        signature_checked: evidence.keys.is_some() && token.is_some_and(Presented::is_signed),
        verdicts,
    }
}

impl Verdict {
    fn new(of: &str, findings: Vec<Finding>, answer: Option<String>) -> Self {
        Self { of: of.to_owned(), answer, findings }
    }

    /// Whether it is worth telling that nothing was found.
    fn is_of_a_rule(&self) -> bool {
        !["the token", "the step"].contains(&self.of.as_str())
    }
}

/// The token by itself.
fn token(evidence: &Evidence, at: Timestamp) -> Vec<Finding> {
    let late = match evidence {
        it if !it.credentials.is_empty() => Cause::AssertionTime,
        it if !it.pools.is_empty() || !it.conditions.is_empty() => Cause::Stale,
        _ => Cause::Outlived,
    };
    match &evidence.token {
        Some(Ok(presented)) => presented.judge(evidence.keys.as_ref(), at, late),
        Some(Err(wrong)) => vec![wrong.clone()],
        None => vec![],
    }
}

/// Whether the issuer's own document calls it what the token does, byte for byte.
fn discovery(evidence: &Evidence, presented: Option<&Presented>) -> Option<Verdict> {
    let (discovered, presented) = (evidence.discovered.as_ref()?, presented?);
    let (own, said) = (&discovered.issuer, &presented.claims.issuer);
    let mut findings = Vec::new();
    if presented.knows("iss") && own != said {
        let message = "the discovery document calls the issuer something else than the token does";
        let fix = "serve at ISSUER/.well-known/openid-configuration a document with exactly the token's `iss`";
        let cause = if own.trim_end_matches('/') == said.trim_end_matches('/') {
            Cause::Slash
        } else {
            Cause::NoDiscovery
        };
        let compared = Compared::one("issuer", "iss", own, said);
        findings.push(Finding::refused(message, fix).of(cause).about(compared));
    }
    if !discovered.jwks_uri.starts_with("https://") {
        let message =
            format!("the keys are at {:?}, which clouds do not fetch", discovered.jwks_uri);
        findings.push(Finding::warning(message, "publish them by https").of(Cause::NoKey));
    }
    Some(Verdict::new("the issuer's discovery document", findings, None))
}

/// What can be seen without a token: a role's ARN, a configuration.
fn without_token(evidence: &Evidence) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let asked = evidence.role_arn.as_deref().or(evidence.variable("AWS_ROLE_ARN"));
    if let Some(arn) = asked.filter(|_| evidence.roles.is_empty()) {
        verdicts
            .extend(aws::arn_form(arn).map(|it| Verdict::new("the role's ARN", vec![it], None)));
    }
    for pool in &evidence.pools_alone {
        let found = google::off(&pool.name, pool.disabled, &pool.state);
        verdicts.push(Verdict::new("Google: the pool", found.into_iter().collect(), None));
    }
    // With a token beside it, its provider says this among what else is wrong.
    for (name, provider) in evidence.pools.iter().filter(|_| evidence.token.is_none()) {
        let found = google::off(&provider.name, provider.disabled, &provider.state);
        verdicts.extend(found.map(|it| Verdict::new(&format!("Google: {name}"), vec![it], None)));
    }
    if let Some(value) = &evidence.configuration {
        let found = google::configuration(value, evidence);
        verdicts.push(Verdict::new("Google's credential configuration", found, None));
    }
    verdicts
}

/// The token, held against each thing that it must satisfy.
fn held_against(evidence: &Evidence, presented: &Presented, at: Timestamp) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for role in &evidence.roles {
        let found = aws::judge(evidence, role, presented, at);
        let answer =
            aws::answer(evidence, Some(role), presented, &found, at).map(|it| it.to_string());
        verdicts.push(Verdict::new(&format!("AWS: {}", role.name), found, answer));
    }
    if evidence.roles.is_empty() && evidence.provider.is_some() {
        let found = aws::provider_of(evidence, presented);
        let answer = aws::answer(evidence, None, presented, &found, at).map(|it| it.to_string());
        verdicts.push(Verdict::new("AWS: the OIDC provider", found, answer));
    }
    if !evidence.credentials.is_empty() {
        let found = azure::judge(&evidence.credentials, presented);
        let answer = azure::answer(&evidence.credentials, presented, at);
        verdicts.push(Verdict::new("Azure: the federated credentials", found, answer));
    }
    if presented.is_whole() {
        verdicts.extend(evidence.pools.iter().map(|(name, provider)| {
            let found = google::judge(evidence, provider, presented, at);
            Verdict::new(&format!("Google: {name}"), found, google::answer(provider, presented, at))
        }));
        verdicts.extend(evidence.conditions.iter().map(|text| {
            let found = google::judge_condition(text, presented);
            Verdict::new("Google: the attribute condition", found, None)
        }));
        verdicts.extend(evidence.vaults.iter().map(|(name, role)| {
            let found = vault::judge(role, presented);
            Verdict::new(&format!("Vault: {name}"), found, vault::answer(role, presented))
        }));
    }
    verdicts
}
