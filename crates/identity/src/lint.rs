//! What a trust policy says and its author hardly meant: doors that stand open, and conditions that
//! nothing can ever meet.
//!
//! A lint does not decide. It finds, with the line and the narrowest change that would mend it;
//! whoever saves a policy asks [`is_open`] and refuses unless told otherwise.

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::policy::{Condition, Effect, Named, Policy, Quantifier, Statement};
use crate::trust::{Provider, bare_issuer, is_exposed};
use claims::{is_narrow, lint_subject, restricts};
use width::is_wide;

mod claims;
mod deny;
mod everyone;
mod permissions;
#[cfg(test)]
mod tests;
mod width;

use everyone::is_for_everyone;
pub use permissions::lint_permissions;

const BITBUCKET: &str = "api.bitbucket.org/";

/// What is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Everyone may assume the role.
    Everyone,
    /// Every token of the issuer will do: no condition on the subject must be met.
    NoSubject,
    /// A pattern that every subject is of, or nearly.
    WideSubject,
    /// No condition on the audience.
    NoAudience,
    /// A condition that holds where its claim is missing.
    HoldsWithoutClaim,
    /// A wildcard where none counts.
    WildcardInEquals,
    /// A key with the issuer's scheme, or with a slash too many.
    KeyOfNoIssuer,
    /// A claim that STS makes no key of.
    UnknownClaim,
    /// A UUID without its braces, or with braces where there are none.
    Braces,
    /// A name where the token has a UUID.
    Slug,
    /// The statement's action is not the one that shows a token.
    OtherAction,
    /// The issuer is not reached by https.
    PlainHttp,
    /// Every action on everything.
    Everything,
    /// Any role may be passed to any service.
    AnyRole,
    /// All actions, or all resources, but those that are named.
    AllBut,
}

impl Rule {
    /// Whether the policy does what nobody means: it lets strangers in, or nobody at all.
    pub fn is_mistake(self) -> bool {
        !matches!(
            self,
            Self::NoAudience
                | Self::HoldsWithoutClaim
                | Self::Everything
                | Self::AnyRole
                | Self::AllBut
        )
    }

    /// Whether strangers could come in by it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Everyone | Self::NoSubject | Self::WideSubject | Self::PlainHttp)
    }
}

/// One thing found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lint {
    /// What.
    pub rule: Rule,
    /// Where, in words, and how to mend it.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Whether strangers could come in: such a policy is saved only by who insists.
pub fn is_open(lints: &[Lint]) -> bool {
    lints.iter().any(|lint| lint.rule.is_open())
}

/// Looks at a role's trust policy. `providers` are those of its account; one that is not among them
/// is taken to be as its ARN says.
pub fn lint(trust: &Policy, providers: &[Provider]) -> Vec<Lint> {
    let mut lints = Vec::new();
    let (allows, denies): (Vec<_>, Vec<_>) =
        trust.statements.iter().partition(|it| it.effect == Effect::Allow);
    for statement in allows {
        if is_for_everyone(statement, &denies) {
            let fix = "name the account, the role or the provider that it is for";
            lints.push(at(statement, Rule::Everyone, "everyone may assume this role", fix));
        }
        for provider in named_providers(statement, providers) {
            lint_statement(statement, &provider, &denies, &mut lints);
        }
    }
    lints
}

fn at(statement: &Statement, rule: Rule, message: &str, fix: &str) -> Lint {
    let (message, fix) = (message.to_owned(), Some(fix.to_owned()));
    Lint { rule, finding: Finding { place: statement.place, message, fix } }
}

fn on(condition: &Condition, rule: Rule, message: String, fix: String) -> Lint {
    Lint { rule, finding: Finding { place: condition.place, message, fix: Some(fix) } }
}

/// The OIDC providers that a statement names.
fn named_providers(statement: &Statement, known: &[Provider]) -> Vec<Provider> {
    let named = statement.principals.iter().flat_map(|principals| &principals.named);
    named
        .filter_map(|named| match named {
            Named::Federated(arn) => {
                let bare = arn.split_once(":oidc-provider/").map(|(_, bare)| bare);
                let made = || {
                    let issuer = format!("https://{}", bare_issuer(bare.unwrap_or(arn)));
                    let arn = arn.clone();
                    Provider { arn, issuer, client_ids: vec![], ours: false }
                };
                // SAML providers have other keys; nothing is known of them here.
                let oidc = bare.is_some() || !arn.starts_with("arn:");
                oidc.then(|| known.iter().find(|it| it.arn == *arn).cloned().unwrap_or_else(made))
            }
            _ => None,
        })
        .collect()
}

fn lint_statement(
    statement: &Statement,
    provider: &Provider,
    denies: &[&Statement],
    lints: &mut Vec<Lint>,
) {
    let issuer = bare_issuer(&provider.issuer);
    let host = issuer.split(['/', ':']).next().unwrap_or_default();
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[");
    if provider.issuer.starts_with("http://") && !loopback {
        let message =
            "the issuer's keys are fetched without TLS: whoever is on the way can forge them";
        lints.push(at(statement, Rule::PlainHttp, message, "register the issuer's https:// URL"));
    }
    let action = "sts:assumerolewithwebidentity";
    if !statement.actions.names(|glob| glob.matches(action)) {
        let message = "a token is shown by another action than this statement allows";
        let fix = "allow `sts:AssumeRoleWithWebIdentity`";
        lints.push(at(statement, Rule::OtherAction, message, fix));
    }
    for condition in &statement.conditions {
        lint_key(condition, statement, provider, lints);
        lint_values(condition, issuer, lints);
    }
    if !is_narrow(statement, provider, denies) {
        lint_subject(statement, provider, lints);
    }
    if !restricts(statement, issuer, "aud") {
        let message = format!("no condition on the audience of {issuer}'s tokens");
        let audience = provider.client_ids.first().map_or("…", String::as_str);
        let fix = format!("add \"StringEquals\": {{\"{issuer}:aud\": \"{audience}\"}}");
        lints.push(at(statement, Rule::NoAudience, &message, &fix));
    }
}

/// Whether a condition holds where its claim is missing, and no `Null` beside it says that it must
/// not be.
fn holds_without_claim(condition: &Condition, statement: &Statement) -> bool {
    let required = statement.conditions.iter().any(|it| {
        it.operator.row.name == "Null"
            && it.folded_key == condition.folded_key
            && it.wanted.iter().all(|wanted| wanted.text.eq_ignore_ascii_case("false"))
    });
    condition.operator.holds_without_key() && !required
}

/// The issuer and the claim that a key is made of; `None` for keys of AWS's own.
fn claim_key(condition: &Condition) -> Option<(&str, &str)> {
    let (issuer, claim) = condition.key.rsplit_once(':')?;
    let own = ["aws", "sts", "iam"].iter().any(|vendor| issuer.eq_ignore_ascii_case(vendor));
    (!own).then_some((issuer, claim))
}

fn lint_key(
    condition: &Condition,
    statement: &Statement,
    provider: &Provider,
    lints: &mut Vec<Lint>,
) {
    let Some((found, claim)) = claim_key(condition) else { return };
    let (issuer, key) = (bare_issuer(&provider.issuer), &condition.key);
    if !found.eq_ignore_ascii_case(issuer) {
        let message = format!("`{key}` is never there: this provider's keys begin with {issuer}");
        let fix = format!("write \"{issuer}:{claim}\"");
        lints.push(on(condition, Rule::KeyOfNoIssuer, message, fix));
    } else if !is_exposed(provider, claim) {
        let message = format!("STS makes no key of the claim `{claim}` of {issuer}");
        let fix = format!("say it by \"{issuer}:sub\"");
        lints.push(on(condition, Rule::UnknownClaim, message, fix));
    }
    let set = condition.operator.quantifier == Quantifier::All;
    if holds_without_claim(condition, statement) && (set || condition.operator.if_exists) {
        let message = format!("{} holds for a token without `{claim}`", condition.operator);
        let fix = format!("write `{}`", condition.operator.row.name);
        lints.push(on(condition, Rule::HoldsWithoutClaim, message, fix));
    }
}

fn lint_values(condition: &Condition, issuer: &str, lints: &mut Vec<Lint>) {
    let Some((_, claim)) = claim_key(condition) else { return };
    let claim = &*claim.to_ascii_lowercase();
    let name = condition.operator.row.name;
    if !name.starts_with("String") {
        return;
    }
    let bitbucket = issuer.starts_with(BITBUCKET);
    for value in condition.wanted.iter().map(|wanted| wanted.text.as_str()) {
        let wild = value.contains(['*', '?']) && !value.contains("${");
        if wild && name.starts_with("StringEquals") {
            let message = format!("{name} takes `{value}` literally");
            let fix = "write `StringLike`".to_owned();
            lints.push(on(condition, Rule::WildcardInEquals, message, fix));
        }
        if bitbucket && claim == "sub" && !is_wide(value) {
            lints.extend(bitbucket_subject(condition, value));
        }
        if bitbucket && claim == "aud" && value.contains(['{', '}']) {
            let message = format!("the audience `{value}` has braces, and the token's has none");
            let fix = format!("write \"{}\"", value.replace(['{', '}'], ""));
            lints.push(on(condition, Rule::Braces, message, fix));
        }
    }
}

/// Bitbucket's subjects begin with the repository's UUID in braces.
fn bitbucket_subject(condition: &Condition, value: &str) -> Option<Lint> {
    let first = value.split([':', '*', '?']).next().unwrap_or_default();
    let bare = first.trim_matches(['{', '}']);
    let braced = format!("{{{bare}}}");
    if !is_uuid(bare) {
        let message = format!("Bitbucket's subject has the repository's UUID, not `{first}`");
        let fix = "write \"{REPOSITORY-UUID}:*\", from the repository's OpenID Connect settings";
        return Some(on(condition, Rule::Slug, message, fix.to_owned()));
    }
    (first != braced).then(|| {
        let message = format!("the token's subject has its UUIDs in braces, `{first}` has none");
        let fix = format!("write \"{}\"", value.replacen(first, &braced, 1));
        on(condition, Rule::Braces, message, fix)
    })
}

/// Whether a text is a UUID without braces.
pub fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}
