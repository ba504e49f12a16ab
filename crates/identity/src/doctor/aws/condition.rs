//! A condition that is false: which difference there is, and the narrowest change that mends it.

use super::super::cause::Cause;
use super::super::finding::{Compared, Finding};
use super::super::presented::Presented;
use super::super::subject;
use super::issuer;
use super::near_miss::NearMiss;
use crate::policy::{Condition, Context, FalseCondition, false_condition};
use crate::trust::{Provider, bare_issuer, is_exposed};

/// What is wrong with a condition that is false.
pub(super) fn judge(
    condition: &Condition,
    context: &Context,
    presented: &Presented,
    provider: &Provider,
) -> Option<Finding> {
    let wrong = false_condition(condition, context);
    let (prefix, claim) = wrong.key.rsplit_once(':').unwrap_or(("", &wrong.key));
    let issuer = bare_issuer(&provider.issuer);
    if ["aws", "sts", "iam"].iter().any(|own| prefix.split(':').next() == Some(own)) {
        return Some(of_the_request(&wrong, claim));
    }
    let operator = condition.operator.row;
    let compared = Compared::condition(&wrong, claim);
    if !prefix.eq_ignore_ascii_case(issuer) {
        let cause = issuer::cause(prefix, issuer).unwrap_or(Cause::Slash);
        let message = format!("STS has no key {}: this provider's begin with {issuer}", wrong.key);
        let fix = format!("write \"{issuer}:{claim}\"");
        return Some(Finding::refused(message, fix).of(cause).about(compared));
    }
    if wrong.found.is_empty() {
        return presented.knows(claim).then(|| missing(claim, presented, provider).about(compared));
    }
    Some(match operator.name {
        "Null" => unwanted(&wrong, claim).about(compared),
        _ if operator.negated => left_out(&wrong, claim).about(compared),
        _ => differs(&wrong, claim, presented).about(compared),
    })
}

/// A claim that must not be there.
fn unwanted(wrong: &FalseCondition, claim: &str) -> Finding {
    let message = format!("the condition is for tokens without `{claim}`, and this one has it");
    let fix =
        format!("write \"Null\": {{\"{}\": \"false\"}}, or take the condition out", wrong.key);
    Finding::refused(message, fix)
}

/// A value that the condition is for all but.
fn left_out(wrong: &FalseCondition, claim: &str) -> Finding {
    let message = format!("{} leaves out just this `{claim}`", wrong.operator);
    let wanted = wrong.beside().map(|it| it.wanted).unwrap_or_default();
    let fix = format!("take \"{wanted}\" out of the condition if this token is meant");
    Finding::refused(message, fix)
}

/// A key of the request, not of the token.
fn of_the_request(wrong: &FalseCondition, claim: &str) -> Finding {
    let compared = Compared::condition(wrong, claim);
    match wrong.found.is_empty() {
        true => {
            let message = format!("{} depends on the request, which is not known here", wrong.key);
            let fix = format!("make sure that it is {}", wrong.wanted.join(" or "));
            Finding::unknown(message, fix).about(compared)
        }
        false if claim.ends_with("Time") => {
            let message =
                format!("it is {}, and {} is false", wrong.found.join(", "), compared.condition);
            Finding::refused(
                message,
                "change the moment in the condition: no token can meet it now",
            )
            .about(compared)
        }
        false => {
            let fix = format!("ask with {}", wrong.wanted.join(" or "));
            Finding::refused(format!("the request's {} is another", wrong.key), fix).about(compared)
        }
    }
}

/// A key that STS makes nothing of.
fn missing(claim: &str, presented: &Presented, provider: &Provider) -> Finding {
    let issuer = bare_issuer(&provider.issuer);
    let narrow = subject::narrow(&presented.claims);
    if claim == "aud" {
        let fix = "ask for an audience where the token is made";
        return Finding::refused("the token has no audience", fix).of(Cause::NoAudience);
    }
    if !is_exposed(provider, claim) {
        let there = if presented.claims.all.contains_key(claim) { "has" } else { "may have" };
        let message = format!(
            "the token {there} `{claim}`, and STS makes no condition key of it for {issuer}"
        );
        let fix = format!(
            "say it by the subject: \"{}\": {{\"{issuer}:sub\": \"{}\"}}",
            narrow.operator, narrow.value
        );
        return Finding::refused(message, fix).of(Cause::UnknownClaim);
    }
    if provider.ours && claim == "protected" {
        return unprotected();
    }
    let names: Vec<&str> = presented.claims.all.keys().map(String::as_str).collect();
    let fix = format!("ask by what it has: {}", names.join(", "));
    Finding::refused(format!("the token has no claim `{claim}`"), fix)
}

/// Our own tokens say of a ref what its forge says, and it said nothing.
fn unprotected() -> Finding {
    let message =
        "the token has no claim `protected`: the forge did not say whether the ref is protected";
    let fix = "start the run by a push or from the branch, not by a commit that somebody names; at Bitbucket \
               give the connection's OAuth consumer the scope repository:admin; of GitHub's tags nothing is \
               known: use `ref` for them";
    Finding::refused(message, fix)
}

/// A text that is another than the condition's: nearly it, or not at all.
fn differs(wrong: &FalseCondition, claim: &str, presented: &Presented) -> Finding {
    let Some(beside) = wrong.beside() else {
        return Finding::refused(format!("`{claim}` is another"), "write what the token has");
    };
    let (wanted, found) = (&beside.wanted, &beside.found);
    let miss = NearMiss { operator: &wrong.operator, wanted, found, claim };
    if let Some(finding) = miss.finding() {
        return finding;
    }
    match claim {
        "aud" | "oaud" => {
            let cause = issuer::audience_cause(&wrong.wanted, &wrong.found);
            let fix = format!("write \"{found}\", or ask for a token for {wanted}");
            Finding::refused("the token is for another audience", fix).of(cause)
        }
        "sub" => {
            let narrow = subject::narrow(&presented.claims);
            let (cause, message) = subject::difference(wanted, found, presented);
            let (operator, value) = (narrow.operator, narrow.value);
            let fix = format!("if this token is meant, write `{operator}` with \"{value}\"");
            Finding::refused(message, fix).of(cause)
        }
        _ => {
            let fix = format!("if this token is meant, write \"{found}\"");
            Finding::refused(format!("`{claim}` has another value"), fix)
        }
    }
}
