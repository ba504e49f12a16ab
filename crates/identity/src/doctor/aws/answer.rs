//! What STS answers: by its own deciders, in the order in which it asks them.

use domain::{AccountId, Timestamp};

use super::{SESSION_SECONDS_MAX, asked, assumption, federated};
use crate::doctor::evidence::{Evidence, Role};
use crate::doctor::finding::{Finding, Weight};
use crate::doctor::presented::Presented;
use crate::policy::Attached;
use crate::trust::{self, Answer, Provider, bare_issuer, decide, role_of};

/// What STS answers; `None` where it takes the token, and where that hangs on what was not brought.
pub(in crate::doctor) fn answer(
    evidence: &Evidence,
    role: Option<&Role>,
    presented: &Presented,
    findings: &[Finding],
    at: Timestamp,
) -> Option<Answer> {
    // Before all else STS refuses such a number as it is written.
    if evidence.duration_seconds.is_some_and(|it| !(900..=SESSION_SECONDS_MAX).contains(&it)) {
        return None;
    }
    if role.and_then(|role| asked(evidence, role)).is_some_and(|arn| role_of(arn).is_none()) {
        return Some(Answer::no_arn());
    }
    let issuer = &presented.claims.issuer;
    let registered = evidence.provider.as_ref().filter(|_| presented.knows("iss"));
    if registered.is_some_and(|it| bare_issuer(&it.url) != bare_issuer(issuer)) {
        return Some(Answer::no_provider(issuer));
    }
    if !presented.is_whole() {
        return None;
    }
    if let Some(invalid) = presented.invalid(evidence.keys.as_ref(), at) {
        return Some(Answer::invalid(&invalid));
    }
    // Without a finding it hangs on what is not known of the request.
    findings.iter().find(|it| it.weight == Weight::Refused)?;
    let provider = provider(evidence, role, presented);
    match role {
        None => trust::audience(&presented.claims, &provider).err().map(|it| Answer::refused(&it)),
        Some(role) => of_role(evidence, role, presented, &provider, at),
    }
}

/// What STS says of the role, once the token is good.
fn of_role(
    evidence: &Evidence,
    role: &Role,
    presented: &Presented,
    provider: &Provider,
    at: Timestamp,
) -> Option<Answer> {
    let name = asked(evidence, role).unwrap_or(&role.name).to_owned();
    let account = account(&provider.arn);
    let trust = Attached { name: name.clone(), policy: role.trust.clone() };
    let assumption = assumption(&name, &account, evidence, at);
    if let Err(refused) = decide(&presented.claims, provider, &trust, &[], &assumption) {
        return Some(Answer::refused(&refused));
    }
    let most = role.session_seconds_max?;
    (u64::from(assumption.duration_seconds) > most).then(Answer::too_long)
}

/// The provider in the account of the role that is asked for. What it is registered for, where that was
/// not brought, is taken to be the token's audience.
fn provider(evidence: &Evidence, role: Option<&Role>, presented: &Presented) -> Provider {
    let issuer = presented.claims.issuer.clone();
    let bare = bare_issuer(&issuer);
    let named: Vec<&str> =
        role.iter().flat_map(|it| &it.trust.statements).flat_map(federated).collect();
    let of_role = role.and_then(|role| asked(evidence, role));
    let of_policy = named.iter().copied().find(|arn| arn.ends_with(bare));
    let from = of_role.or(of_policy).or(named.first().copied()).unwrap_or_default();
    let partition = from.split(':').nth(1).unwrap_or("aws");
    let arn = match bare {
        "accounts.google.com" => String::new(),
        _ => format!("arn:{partition}:iam::{}:oidc-provider/{bare}", account(from)),
    };
    let client_ids = match &evidence.provider {
        Some(registered) => registered.client_ids.clone(),
        None => presented.claims.effective_audiences().into_iter().map(str::to_owned).collect(),
    };
    Provider { arn, issuer, client_ids, ours: evidence.towpath }
}

fn account(arn: &str) -> AccountId {
    AccountId::new(arn.split(':').nth(4).unwrap_or_default())
}
