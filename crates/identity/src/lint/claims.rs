//! Whether a statement, with the denying ones beside it, lets in fewer than all tokens of an issuer.

use super::deny::spares_only_named;
use super::width::{is_wide, leaves_open};
use super::{BITBUCKET, Lint, Rule, at, claim_key, holds_without_claim, on};
use crate::policy::{Condition, Named, Principals, Statement};
use crate::trust::{Provider, bare_issuer, is_exposed};

const ACTION: &str = "sts:assumerolewithwebidentity";

/// The claims that narrow a provider's tokens down to somebody's, as far as AWS makes keys of them:
/// the subject, and what tells whose it is by an id or a name that nobody else can have.
const NARROWING: [&str; 13] = [
    "sub",
    "repository",
    "repository_id",
    "repository_owner_id",
    "enterprise_id",
    "job_workflow_ref",
    "project_id",
    "namespace_id",
    "organization_slug",
    "organization_id",
    "pipeline_id",
    "cluster_id",
    "oidc.circleci.com/project-id",
];

/// Those of our own steps' tokens, beside them.
const NARROWING_OURS: [&str; 3] = ["repositoryUuid", "pipeline", "stepUuid"];

/// Whether not every token of the provider will do.
pub(super) fn is_narrow(statement: &Statement, provider: &Provider, denies: &[&Statement]) -> bool {
    let issuer = bare_issuer(&provider.issuer);
    let claims = narrowing_claims(provider);
    let web = Named::Federated(provider.arn.clone());
    let about = |it: &Principals| {
        it.negated != (it.named.contains(&web) || it.named.contains(&Named::Everyone))
    };
    let names = |it: &Condition| claims.iter().any(|claim| names_claim(it, issuer, claim));
    claims.iter().any(|claim| restricts(statement, issuer, claim))
        || denies.iter().any(|deny| spares_only_named(deny, ACTION, about, names))
}

/// Whether nobody gets by the statement's conditions who lacks this claim, or has any other.
pub(super) fn restricts(statement: &Statement, issuer: &str, claim: &str) -> bool {
    statement.conditions.iter().any(|condition| {
        !condition.operator.row.negated
            && names_claim(condition, issuer, claim)
            && !holds_without_claim(condition, statement)
    })
}

/// Whether a condition's values of this claim are somebody's, and not everybody's.
fn names_claim(condition: &Condition, issuer: &str, claim: &str) -> bool {
    let comparison = condition.operator.row.comparison;
    let wide = |text: &str| comparison.has_wildcards() && leaves_open(claim, text);
    comparison.is_text()
        && condition.folded_key == format!("{issuer}:{claim}").to_ascii_lowercase()
        && !condition.wanted.iter().any(|wanted| wide(&wanted.text))
}

fn narrowing_claims(provider: &Provider) -> Vec<&'static str> {
    // What AWS names itself serves everybody; there the documented policies name the app alone.
    if !provider.arn.starts_with("arn:") {
        return vec!["sub", "aud", "app_id"];
    }
    let listed = NARROWING.into_iter().filter(|claim| is_exposed(provider, claim));
    listed.chain(NARROWING_OURS.into_iter().filter(|_| provider.ours)).collect()
}

/// Says by which patterns every token of the issuer comes in, or that nothing is asked of them.
pub(super) fn lint_subject(statement: &Statement, provider: &Provider, lints: &mut Vec<Lint>) {
    let issuer = bare_issuer(&provider.issuer);
    let of_subject = |it: &&Condition| {
        it.operator.row.name == "StringLike"
            && !it.operator.if_exists
            && claim_key(it).is_some_and(|(_, claim)| claim.eq_ignore_ascii_case("sub"))
    };
    let before = lints.len();
    for condition in statement.conditions.iter().filter(of_subject) {
        for wide in condition.wanted.iter().map(|it| &it.text).filter(|it| is_wide(it)) {
            let message = format!("nearly every subject of {issuer} is of the form `{wide}`");
            let fix = format!("write out what it begins with: \"{}\"", example(issuer));
            lints.push(on(condition, Rule::WideSubject, message, fix));
        }
    }
    if lints.len() == before {
        let message = format!("every token of {issuer} will do: no condition on its subject");
        let fix = format!("add {}", narrowest(provider, issuer));
        lints.push(at(statement, Rule::NoSubject, &message, &fix));
    }
}

/// The condition that would let in whom the author most likely means.
fn narrowest(provider: &Provider, issuer: &str) -> String {
    match provider.ours {
        true => format!("\"StringEquals\": {{\"{issuer}:repository\": \"OWNER/REPOSITORY\"}}"),
        false => format!("\"StringLike\": {{\"{issuer}:sub\": \"{}\"}}", example(issuer)),
    }
}

/// What a subject of this issuer may look like.
fn example(issuer: &str) -> &'static str {
    match issuer {
        "token.actions.githubusercontent.com" => "repo:OWNER/REPOSITORY:ref:refs/heads/main",
        _ if issuer.starts_with(BITBUCKET) => "{REPOSITORY-UUID}:*",
        _ => "SUBJECT",
    }
}
