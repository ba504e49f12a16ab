//! Why Entra finds no federated credential for a token.

use domain::Timestamp;

use super::cause::Cause;
use super::finding::{Compared, Finding};
use super::presented::Presented;
use super::subject;
use crate::federation::azure::{FLEXIBLE_ISSUERS, FederatedCredential, Mismatch, decide};

/// Federated credentials that an app or an identity can have.
const CREDENTIALS_MAX: usize = 20;

/// What stands between a token and the nearest of the credentials.
pub(super) fn judge(credentials: &[FederatedCredential], presented: &Presented) -> Vec<Finding> {
    let known = |mismatch: &Mismatch| match mismatch {
        Mismatch::Issuer => presented.knows("iss"),
        Mismatch::Audience => presented.knows("aud"),
        Mismatch::Subject | Mismatch::SubjectCase => presented.knows("sub"),
        Mismatch::Expression => presented.is_whole(),
    };
    let looked = credentials.iter().map(|credential| {
        let wrong: Vec<_> =
            credential.mismatches(&presented.claims).into_iter().filter(known).collect();
        (credential, wrong)
    });
    // Of two that differ in one thing each, the one that differs in the later comparison is nearer.
    let near =
        |(_, wrong): &(_, Vec<Mismatch>)| (wrong.len(), std::cmp::Reverse(wrong.first().copied()));
    let Some((credential, wrong)) = looked.min_by_key(near) else { return vec![] };
    let mut findings: Vec<Finding> =
        wrong.iter().map(|mismatch| finding(*mismatch, credential, presented)).collect();
    if wrong.is_empty() && presented.is_whole() && subject::is_per_step(&presented.claims) {
        let message =
            "the credential is for this one run: the subject's last part is new in every run";
        findings.push(Finding::warning(message, stable()).of(Cause::StepSubject));
    }
    if credential.audiences.len() != 1 {
        let message =
            format!("a credential has one audience, and this has {}", credential.audiences.len());
        findings.push(Finding::warning(message, "write one").of(Cause::IssuerOrAudience));
    }
    if credentials.len() > CREDENTIALS_MAX {
        let message = format!("an app has at most {CREDENTIALS_MAX} federated credentials");
        findings.push(Finding::warning(message, "use a second app or identity"));
    }
    findings
}

/// What Entra answers.
pub(super) fn answer(
    credentials: &[FederatedCredential],
    presented: &Presented,
    at: Timestamp,
) -> Option<String> {
    let refused = decide(&presented.claims, credentials, at).err()?;
    presented.is_whole().then(|| refused.to_string())
}

fn stable() -> String {
    "let the issuer make a subject that stays (Towpath's subject template), or exchange the token at a broker; \
     flexible credentials are not for this issuer"
        .to_owned()
}

fn finding(mismatch: Mismatch, credential: &FederatedCredential, presented: &Presented) -> Finding {
    let claims = &presented.claims;
    let subject = credential.subject.as_deref().unwrap_or_default();
    match mismatch {
        Mismatch::Issuer => {
            let (wanted, found) = (&credential.issuer, &claims.issuer);
            let message = match wanted.trim_end_matches('/') == found.trim_end_matches('/') {
                true => "the issuers differ by a closing slash",
                false => "the credential is for another issuer",
            };
            Finding::refused(message, format!("write \"issuer\": \"{found}\""))
                .of(Cause::IssuerOrAudience)
                .about(Compared::one("issuer", "iss", wanted, found))
        }
        Mismatch::SubjectCase => {
            let message =
                "the subject differs in its case alone, and Entra compares that since August 2024";
            Finding::refused(message, format!("write \"subject\": \"{}\"", claims.subject))
                .of(Cause::SubjectCase)
                .about(Compared::one("subject", "sub", subject, &claims.subject))
        }
        Mismatch::Subject => other_subject(subject, presented),
        Mismatch::Expression => expression(credential, presented),
        Mismatch::Audience => {
            let found = claims.audiences.join(", ");
            let wanted = credential.audiences.first().map_or("", String::as_str);
            let message = "the credential is for another audience";
            Finding::refused(message, format!("ask for a token for {wanted}"))
                .of(Cause::IssuerOrAudience)
                .about(Compared::new("audiences", "aud", &credential.audiences, &[found]))
        }
    }
}

fn other_subject(wanted: &str, presented: &Presented) -> Finding {
    let claims = &presented.claims;
    let compared = Compared::one("subject", "sub", wanted, &claims.subject);
    if subject::is_per_step(claims) {
        let message = "the subject ends in the step's UUID, so no credential can ever have it";
        return Finding::refused(message, stable()).of(Cause::StepSubject).about(compared);
    }
    let message = match wanted.contains('*') {
        true => "`subject` takes a wildcard literally",
        false => "the credential is for another subject",
    };
    Finding::refused(message, format!("write \"subject\": \"{}\"", claims.subject))
        .of(Cause::Subject)
        .about(compared)
}

fn expression(credential: &FederatedCredential, presented: &Presented) -> Finding {
    let claims = &presented.claims;
    let expression = credential.claims_matching_expression.clone().unwrap_or_default();
    let compared =
        Compared::one("claimsMatchingExpression", "sub", &expression.value, &claims.subject);
    if !FLEXIBLE_ISSUERS.contains(&credential.issuer.trim_end_matches('/')) {
        let message = "expressions are for the tokens of GitHub, GitLab and Terraform Cloud alone";
        let (cause, fix) = match subject::is_per_step(claims) {
            true => (Cause::StepSubject, stable()),
            false => (Cause::Subject, format!("write \"subject\": \"{}\"", claims.subject)),
        };
        return Finding::refused(message, fix).of(cause).about(compared);
    }
    let message = match expression.holds(claims) {
        None => "the expression cannot be read",
        Some(_) => "the expression is false for this token",
    };
    let fix = format!("write claims['sub'] eq '{}'", claims.subject);
    Finding::refused(message, fix).of(Cause::Subject).about(compared)
}
