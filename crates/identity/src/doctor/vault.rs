//! Why Vault lets nobody in.

use super::cause::Cause;
use super::finding::{Compared, Finding};
use super::presented::Presented;
use super::subject;
use crate::federation::vault::{Refused, Role, decide, failures};

/// What stands between a token and a role.
pub(super) fn judge(role: &Role, presented: &Presented) -> Vec<Finding> {
    let wrong = failures(&presented.claims, role);
    let mut findings: Vec<Finding> =
        wrong.iter().map(|refused| finding(refused, role, presented)).collect();
    if role.bound_subject.is_empty() && role.bound_claims.is_empty() {
        let message = "the role is bound to an audience alone: every token of the issuer that is for it lets in";
        let narrow = subject::narrow(&presented.claims).value;
        let fix = format!("set bound_claims={{\"sub\": \"{narrow}\"}} and bound_claims_type=glob");
        findings.push(Finding::warning(message, fix).of(Cause::Open));
    }
    findings
}

/// What Vault answers.
pub(super) fn answer(role: &Role, presented: &Presented) -> Option<String> {
    decide(&presented.claims, role).err().map(|refused| refused.to_string())
}

fn finding(refused: &Refused, role: &Role, presented: &Presented) -> Finding {
    let claims = &presented.claims;
    let narrow = subject::narrow(claims).value;
    let said = refused.to_string();
    match refused {
        Refused::Issuer => Finding::refused(said, format!("set bound_issuer={}", claims.issuer))
            .about(Compared::one("bound_issuer", "iss", &role.bound_issuer, &claims.issuer)),
        Refused::NoAudience | Refused::Audience => {
            let fix = format!("set bound_audiences={}", claims.audiences.join(","));
            Finding::refused(said, fix).of(Cause::Audience).about(Compared::new(
                "bound_audiences",
                "aud",
                &role.bound_audiences,
                &claims.audiences,
            ))
        }
        Refused::Subject if subject::is_per_step(claims) => {
            let fix = format!(
                "unset bound_subject, and set bound_claims={{\"sub\": \"{narrow}\"}} and bound_claims_type=glob"
            );
            let stable = |text: &str| text.rsplit_once(':').map(|(stable, _)| stable.to_owned());
            let (cause, message) = match stable(&role.bound_subject) == stable(&claims.subject) {
                true => {
                    let why =
                        "bound_subject is one run's: the subject's last part is new in every run";
                    (Some(Cause::StepSubject), why.to_owned())
                }
                false => (None, said),
            };
            Finding::refused(message, fix).of(cause).about(Compared::one(
                "bound_subject",
                "sub",
                &role.bound_subject,
                &claims.subject,
            ))
        }
        Refused::Subject => {
            let cased = role.bound_subject.eq_ignore_ascii_case(&claims.subject);
            Finding::refused(said, format!("set bound_subject={}", claims.subject))
                .of(cased.then_some(Cause::Case))
                .about(Compared::one("bound_subject", "sub", &role.bound_subject, &claims.subject))
        }
        Refused::Missing(_) | Refused::NoUser(_) => {
            let names: Vec<&str> = claims.all.keys().map(String::as_str).collect();
            Finding::refused(said, format!("ask by what the token has: {}", names.join(", ")))
        }
        Refused::Claim { claim, wanted, found } => {
            let compared = Compared::new(&format!("bound_claims.{claim}"), claim, wanted, found);
            let bare = |text: &String| text.replace(['{', '}'], "");
            let same = |with: fn(&String, &String) -> bool| {
                wanted.iter().any(|one| found.iter().any(|other| with(one, other)))
            };
            let literal =
                role.bound_claims_type != "glob" && wanted.iter().any(|it| it.contains('*'));
            let (cause, fix) = if literal {
                (Some(Cause::LiteralWildcard), as_glob(refused, role, presented))
            } else if wanted.iter().any(|one| found.iter().any(|other| bare(one) == bare(other))) {
                (Some(Cause::Braces), format!("write \"{}\"", found.join("\", \"")))
            } else if same(|one, other| one.eq_ignore_ascii_case(other)) {
                (Some(Cause::Case), format!("write \"{}\"", found.join("\", \"")))
            } else {
                (None, format!("if this token is meant, write \"{}\"", found.join("\", \"")))
            };
            Finding::refused(said, fix).of(cause).about(compared)
        }
    }
}

/// What makes a role with a wildcard in a plain value take the token: that its values are patterns,
/// and other values where they would not fit as such either.
fn as_glob(refused: &Refused, role: &Role, presented: &Presented) -> String {
    let claims = &presented.claims;
    let globs = Role { bound_claims_type: "glob".to_owned(), ..role.clone() };
    let name = |it: &Refused| match it {
        Refused::Claim { claim, .. } => Some(claim.clone()),
        _ => None,
    };
    let Some(claim) = name(refused) else { return String::new() };
    if !failures(claims, &globs).iter().any(|it| name(it).as_ref() == Some(&claim)) {
        return "set bound_claims_type=glob".to_owned();
    }
    let right = match (claim.as_str(), refused) {
        ("sub", _) => subject::narrow(claims).value,
        (_, Refused::Claim { found, .. }) => found.join("\", \""),
        _ => String::new(),
    };
    format!("set bound_claims_type=glob and bound_claims={{\"{claim}\": \"{right}\"}}")
}
