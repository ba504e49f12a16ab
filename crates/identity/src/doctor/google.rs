//! Why Google exchanges no token, or lets its bearer act as no service account.

mod bindings;

use domain::Timestamp;
use serde_json::Value as Json;

use super::cause::Cause;
use super::evidence::Evidence;
use super::finding::{Compared, Finding};
use super::presented::Presented;
use crate::federation::Condition;
use crate::federation::google::{Mapped, Provider, Refused, decide, failures, is_deleted, roots};
use crate::limits::{MAPPED_SUBJECT_BYTES_MAX, TOKEN_HOURS_MAX};

const POOLS: &str = "//iam.googleapis.com/";

/// What stands between a token and a provider of a pool.
pub(super) fn judge(
    evidence: &Evidence,
    provider: &Provider,
    presented: &Presented,
    at: Timestamp,
) -> Vec<Finding> {
    let (mapped, wrong) = failures(&presented.claims, provider, at);
    let mut findings: Vec<Finding> =
        wrong.iter().flat_map(|refused| refusal(refused, provider, presented, &mapped)).collect();
    if provider.attribute_condition.is_none() {
        let message =
            "the provider has no attribute condition: every token of the issuer is exchanged";
        let claim = ["repositoryUuid", "repository_id", "sub"];
        let there =
            claim.iter().find_map(|it| Some((it, presented.claims.all.get(*it)?.as_str()?)));
        let fix = there.map_or("add an attribute condition".to_owned(), |(claim, value)| {
            format!("add the attribute condition assertion.{claim} == '{value}'")
        });
        findings.push(Finding::warning(message, fix).of(Cause::Open));
    }
    if !evidence.bindings.is_empty() && !provider.name.is_empty() {
        findings.extend(bindings::judge(&evidence.bindings, provider, &mapped));
    }
    findings
}

/// A condition that was brought alone: only the claims are known to it.
pub(super) fn judge_condition(text: &str, presented: &Presented) -> Vec<Finding> {
    condition(text, presented, &Mapped::default())
}

/// What Google answers.
pub(super) fn answer(provider: &Provider, presented: &Presented, at: Timestamp) -> Option<String> {
    let refused = decide(&presented.claims, provider, at).err()?;
    Some(format!("{}: {refused}", refused.error()))
}

fn refusal(
    refused: &Refused,
    provider: &Provider,
    presented: &Presented,
    mapped: &Mapped,
) -> Vec<Finding> {
    let one = match refused {
        Refused::Target => {
            return off(&provider.name, provider.disabled, &provider.state).into_iter().collect();
        }
        Refused::Issuer { found, expected } => {
            let message = match expected.trim_end_matches('/') == found.trim_end_matches('/') {
                true => "the issuers differ by a closing slash",
                false => "the provider is for another issuer",
            };
            Finding::refused(message, format!("set --issuer-uri={found}"))
                .of(Cause::GoogleClaims)
                .about(Compared::one("oidc.issuerUri", "iss", expected, found))
        }
        Refused::Audience { found, expected } => {
            let first = found.first().map_or("", String::as_str);
            Finding::refused(
                "the provider takes tokens for other audiences",
                format!(
                    "set --allowed-audiences={first}, or ask for a token for {}",
                    expected.join(" or ")
                ),
            )
            .of(Cause::GoogleClaims)
            .about(Compared::new("oidc.allowedAudiences", "aud", expected, found))
        }
        // The token's own judgement has said it.
        Refused::Stale(_) => return vec![],
        Refused::Lifetime => Finding::refused(
            "the token has no `iat`, or lives too long for Google",
            format!(
                "have it issued with `iat`, and with `exp` less than {TOKEN_HOURS_MAX} hours later"
            ),
        )
        .of(Cause::GoogleLimit),
        Refused::Mapping { attribute, why } => {
            let expression = provider.attribute_mapping.get(attribute).cloned().unwrap_or_default();
            let message = format!("{attribute} cannot be made of {expression}: {why}");
            Finding::refused(message, "map it to a claim that every token has: assertion.sub")
                .of(Cause::Impersonation)
        }
        Refused::LongSubject => {
            let message = format!(
                "google.subject has {} bytes, and {MAPPED_SUBJECT_BYTES_MAX} are taken",
                mapped.subject.len()
            );
            Finding::refused(
                message,
                "map it to something shorter, as the pipeline's and the step's id",
            )
            .of(Cause::GoogleLimit)
        }
        Refused::Condition => {
            let text = provider.attribute_condition.as_deref().unwrap_or_default();
            return condition(text, presented, mapped);
        }
    };
    vec![one]
}

/// Which part of a condition is false, and by which values.
fn condition(text: &str, presented: &Presented, mapped: &Mapped) -> Vec<Finding> {
    let roots = roots(&presented.claims, mapped);
    let refused = |message: String, fix: &str| Finding::refused(message, fix).of(Cause::Condition);
    let parsed = match Condition::read(text) {
        Ok(parsed) => parsed,
        Err(why) => return vec![refused(why.to_string(), "write it in CEL: assertion.sub == '…'")],
    };
    let mut findings = Vec::new();
    for part in parsed.conjuncts(&roots) {
        let values = part.compared.clone().map(|(left, right)| match part.text.find("assertion") {
            // The claim stands on the right where the text begins with the value.
            Some(at) if at > 0 && part.text[..at].contains("==") => (right, left),
            _ => (left, right),
        });
        let finding = match &part.holds {
            Ok(true) => continue,
            Ok(false) => match &values {
                Some((found, wanted)) => {
                    let (cause, message) = compare(wanted, found, &part.text);
                    let fix = format!("if this token is meant, write '{found}'");
                    let compared = Compared::one(&part.text, "assertion", wanted, found);
                    Finding::refused(message, fix).of(cause).about(compared)
                }
                None => refused(format!("{} is false", part.text), "write what the token has"),
            },
            Err(why) => refused(
                format!("{} has no value: {why}", part.text),
                "ask has(assertion.…) first, or by a claim that every token has",
            ),
        };
        findings.push(finding);
    }
    findings
}

fn compare(wanted: &str, found: &str, text: &str) -> (Cause, String) {
    let bare = |text: &str| text.replace(['{', '}'], "");
    if bare(wanted) == bare(found) {
        return (Cause::Braces, format!("{text} is false: the claim's UUID has its braces"));
    }
    let cased = wanted.eq_ignore_ascii_case(found);
    let why = if cased { "it differs in its case alone" } else { "the claim is another" };
    (Cause::Condition, format!("{text} is false: {why}"))
}

/// What is switched off or deleted, which Google's answer does not tell from what never was.
pub(super) fn off(name: &str, disabled: bool, state: &str) -> Option<Finding> {
    let (command, id) = match name.rsplit_once("/providers/") {
        Some((_, id)) => ("gcloud iam workload-identity-pools providers", id),
        None => ("gcloud iam workload-identity-pools", name.rsplit('/').next().unwrap_or(name)),
    };
    let (what, fix) = match (is_deleted(state), disabled) {
        (true, _) => {
            let fix =
                format!("{command} undelete {id} …, within thirty days; its id is not free before");
            ("was deleted", fix)
        }
        (false, true) if command.ends_with("providers") => {
            ("is disabled", format!("enable it: {command} update-oidc {id} … --no-disabled"))
        }
        (false, true) => {
            ("is disabled", format!("enable it: {command} update {id} … --no-disabled"))
        }
        (false, false) => return None,
    };
    let kind = if command.ends_with("providers") { "provider" } else { "pool" };
    Some(Finding::refused(format!("the {kind} {id} {what}"), fix).of(Cause::NoTarget))
}

/// What is wrong with the configuration that Google's libraries read.
pub(super) fn configuration(value: &Json, evidence: &Evidence) -> Vec<Finding> {
    let audience = value.get("audience").and_then(Json::as_str).unwrap_or_default();
    let mut findings: Vec<Finding> = resource(audience).into_iter().collect();
    if let Some((_, provider)) = evidence.pools.first()
        && findings.is_empty()
        && audience.strip_prefix(POOLS) != Some(&provider.name)
    {
        let wanted = format!("{POOLS}{}", provider.name);
        let compared = Compared::one("audience", "audience", &wanted, audience);
        let fix = format!("write \"audience\": \"{wanted}\"");
        let message = "the configuration names another provider";
        findings.push(Finding::refused(message, fix).of(Cause::NoTarget).about(compared));
    }
    findings
}

/// Whether an audience is a provider's full name, by its project's number.
fn resource(audience: &str) -> Option<Finding> {
    let right = format!(
        "{POOLS}projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER"
    );
    let refused = |message: String, cause| {
        let compared = Compared::one("audience", "audience", &right, audience);
        Some(Finding::refused(message, format!("write {right}")).of(cause).about(compared))
    };
    let Some(name) = audience.strip_prefix(POOLS) else {
        return refused(
            format!("the audience begins with {POOLS}, without a scheme"),
            Cause::AudienceForm,
        );
    };
    let parts: Vec<&str> = name.split('/').collect();
    let ["projects", project, "locations", "global", "workloadIdentityPools", _, "providers", _] =
        parts[..]
    else {
        return refused(
            "the audience is not a provider's full name".to_owned(),
            Cause::AudienceForm,
        );
    };
    if audience.contains(['$', '{', ' ']) {
        return refused("a variable was left in the audience".to_owned(), Cause::AudienceForm);
    }
    let digits = project.bytes().all(|byte| byte.is_ascii_digit());
    (!digits).then(|| {
        refused(format!("{project} is the project's id; its number is asked for"), Cause::NoTarget)
    })?
}
