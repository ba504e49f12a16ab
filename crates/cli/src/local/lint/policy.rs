//! IAM policies: their grammar, and what their authors hardly meant.

use super::Kind;
use identity::finding::Finding;
use identity::lint::{Lint, lint as lint_trust, lint_permissions};
use identity::policy::{Kind as PolicyKind, Policy, document};
use recipes::diagnostic::Place;
use recipes::{Diagnostic, Severity, Source};
use serde_json::Value;

/// What kind of policy a text is; `None` where it is none.
///
/// A trust policy names principals and no resource; one on a resource names both.
pub(super) fn recognise(text: &str) -> Option<Kind> {
    let Ok(found) = document::find(text) else {
        // What cannot be read is told from a pipeline by the word that every policy has.
        let has = |word: &str| text.contains(&format!("\"{word}\""));
        let kind =
            if has("Principal") && !has("Resource") { Kind::TrustPolicy } else { Kind::Policy };
        return (has("Statement") && !has("stages")).then_some(kind);
    };
    let value: Value = serde_json::from_str(&found).ok()?;
    let statement = value.get("Statement")?;
    let has = |names: [&str; 2]| {
        let of = |it: &Value| names.iter().any(|name| it.get(name).is_some());
        of(statement) || statement.as_array().is_some_and(|list| list.iter().any(of))
    };
    let (principal, resource) =
        (has(["Principal", "NotPrincipal"]), has(["Resource", "NotResource"]));
    Some(match (principal, resource) {
        (true, false) => Kind::TrustPolicy,
        (true, true) => Kind::ResourcePolicy,
        (false, _) => Kind::Policy,
    })
}

/// All that is wrong with a policy, or better otherwise.
pub(super) fn lint(source: Source<'_>, kind: Kind) -> Vec<Diagnostic> {
    let wrong = |finding: &Finding, severity| diagnostic(source, finding, severity);
    let kind = grammar(kind);
    let found = match document::find(source.text) {
        Ok(found) => found,
        Err(finding) => return vec![wrong(&finding, Severity::Error)],
    };
    match Policy::read(&found, kind) {
        Err(malformed) => malformed.findings.iter().map(|it| wrong(it, Severity::Error)).collect(),
        Ok(policy) => {
            let lints = match kind {
                PolicyKind::Trust => lint_trust(&policy, &[]),
                PolicyKind::Inline | PolicyKind::Managed => lint_permissions(&policy),
                _ => vec![],
            };
            lints.iter().map(|it: &Lint| wrong(&it.finding, severity(it))).collect()
        }
    }
}

fn severity(lint: &Lint) -> Severity {
    if lint.rule.is_mistake() { Severity::Error } else { Severity::Warning }
}

fn grammar(kind: Kind) -> PolicyKind {
    match kind {
        Kind::ManagedPolicy => PolicyKind::Managed,
        Kind::TrustPolicy => PolicyKind::Trust,
        Kind::ResourcePolicy => PolicyKind::Resource,
        Kind::SessionPolicy => PolicyKind::Session,
        Kind::ServiceControlPolicy => PolicyKind::ServiceControl,
        Kind::Policy | Kind::Pipeline | Kind::BitbucketPipelines => PolicyKind::Inline,
    }
}

fn diagnostic(source: Source<'_>, finding: &Finding, severity: Severity) -> Diagnostic {
    let place = Place { line: finding.place.line, column: finding.place.column, width: 1 };
    source.diagnostic(severity, place, finding.message.clone(), finding.fix.clone())
}
