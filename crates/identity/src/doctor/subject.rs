//! The subjects that issuers make: their forms, and the narrowest condition that a token's meets.

use super::cause::Cause;
use super::presented::Presented;
use crate::lint::is_uuid;
use crate::token::Claims;

const BITBUCKET: &str = "https://api.bitbucket.org/";

/// A condition on a subject: an operator of IAM's and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Narrow {
    pub operator: &'static str,
    pub value: String,
}

/// Whether the last part of this subject is the step's own UUID, new in every run.
pub(super) fn is_per_step(claims: &Claims) -> bool {
    let step = claims.all.get("stepUuid").and_then(|it| it.as_str());
    let ends = step.is_some_and(|step| claims.subject.ends_with(step));
    ends || (claims.issuer.starts_with(BITBUCKET) && claims.subject.starts_with('{'))
}

/// The narrowest condition that this token meets, and the next of the same step too.
pub(crate) fn narrow(claims: &Claims) -> Narrow {
    match claims.subject.rsplit_once(':').filter(|_| is_per_step(claims)) {
        Some((stable, _)) => Narrow { operator: "StringLike", value: format!("{stable}:*") },
        None => Narrow { operator: "StringEquals", value: claims.subject.clone() },
    }
}

/// The pattern in the letters of the text that it meets but for their case.
pub(super) fn in_the_case_of(pattern: &str, text: &str) -> String {
    let same: String = pattern
        .chars()
        .zip(text.chars())
        .take_while(|(one, other)| one.eq_ignore_ascii_case(other))
        .map(|(_, other)| other)
        .collect();
    let rest: String = pattern.chars().skip(same.chars().count()).collect();
    same + &rest
}

/// A subject's pattern with braces around every part that has them in the text.
pub(super) fn braced(pattern: &str, text: &str) -> String {
    let part = |part: &str| match format!("{{{part}}}") {
        braced if is_uuid(part) || text.split(':').any(|it| it == braced) => braced,
        _ => part.to_owned(),
    };
    pattern.split(':').map(part).collect::<Vec<_>>().join(":")
}

/// What two subjects differ in.
pub(super) fn difference(
    wanted: &str,
    found: &str,
    presented: &Presented,
) -> (Option<Cause>, String) {
    let (wants, has): (Vec<&str>, Vec<&str>) =
        (wanted.split(':').collect(), found.split(':').collect());
    let first = wants[0].trim_matches(['{', '}']);
    if presented.claims.issuer.starts_with(BITBUCKET) {
        let named = wants[0] == first && !is_uuid(first) && !first.contains('*');
        if named && has[0].starts_with('{') {
            let message = format!(
                "Bitbucket's subject has the repository's UUID, and the condition has {first:?}"
            );
            return (Some(Cause::Shape), message);
        }
        if wants[0] == has[0] && wants.len() != has.len() {
            let message = match has.len() {
                3 => "the step is a deployment's: its subject is {repository}:{environment}:{step}",
                _ => "the step is no deployment's: its subject is {repository}:{step}",
            };
            return (Some(Cause::Shape), message.to_owned());
        }
        let last = |parts: &[&str]| parts[..parts.len() - 1].join(":");
        if wants.len() == has.len() && last(&wants) == last(&has) {
            let message =
                "the condition has another run's step in it: the last part is new in every run";
            return (Some(Cause::StepSubject), message.to_owned());
        }
    }
    if has[0] == "repo" && wants[0] == "repo" && wants.len() > 1 && has.len() > 1 {
        let name = |part: &str| {
            part.split('/')
                .map(|it| it.split('@').next().unwrap_or(it).to_owned())
                .collect::<Vec<_>>()
                .join("/")
        };
        if wants[1] != has[1] && name(wants[1]) == name(has[1]) {
            let message = "one subject names the repository with numbers, `owner@id/name@id`, the other without";
            return (Some(Cause::Shape), message.to_owned());
        }
        if wants[1] == has[1] && wants.get(2) != has.get(2) {
            let kind = |parts: &[&str]| parts.get(2).map_or("none", |it| it).to_owned();
            let message = format!(
                "the condition is for {:?} and the token for {:?}",
                kind(&wants),
                kind(&has)
            );
            return (Some(Cause::Shape), message);
        }
    }
    (None, "the token's subject is another".to_owned())
}
