//! Why a good token opened no session, for the account whose role was asked for. On the wire nobody
//! learns which roles there are; whoever may see the account's roles finds it under the request's id.

use domain::AccountId;
use identity::policy::{
    Decision, Effect, Explanation, FalseCondition, Layer, Look, PolicyLook, StatementLook,
};
use identity::trust::{Provider, Refused, bare_issuer};

use crate::limits::ISSUER_CHARS_MAX;

/// What is kept of a refusal; nothing where the answer itself says all of it.
pub(super) fn why(
    refused: Refused,
    role: &str,
    is_there: bool,
    provider: &Provider,
) -> Option<Explanation> {
    match refused {
        Refused::Denied(explanation) if is_there => Some(*explanation),
        Refused::Denied(explanation) => {
            let name = format!("{role}, which is not there,");
            let nothing = PolicyLook { layer: Layer::Resource, name, statements: Vec::new() };
            Some(Explanation { policies: vec![nothing], ..*explanation })
        }
        Refused::Audience { found, registered } => {
            Some(other_audience(role, provider, found, registered))
        }
        Refused::Claim { .. } | Refused::Tags(_) => None,
    }
}

/// What is kept where nobody registered the issuer, which is as long as one may be at most.
pub(super) fn unregistered(role: &str, account: &AccountId, issuer: &str) -> Explanation {
    let issuer: String = issuer.chars().take(ISSUER_CHARS_MAX).collect();
    let bare = bare_issuer(&issuer);
    let name = format!("arn:aws:iam::{account}:oidc-provider/{bare}, which is not registered,");
    let nothing = PolicyLook { layer: Layer::Resource, name, statements: Vec::new() };
    Explanation {
        caller: format!("a token of {issuer}"),
        action: "sts:AssumeRoleWithWebIdentity".to_owned(),
        resource: role.to_owned(),
        decision: Decision::NotAllowed(Layer::Resource),
        policies: vec![nothing],
    }
}

/// A token that does not count: no policy was looked at.
pub(super) fn doubted(told: String, role: &str, provider: &Provider) -> Explanation {
    refused_by(
        provider,
        role,
        StatementLook { sid: None, line: 1, effect: Effect::Allow, look: Look::Token(told) },
    )
}

/// The provider's list of audiences, as if it were a condition.
fn other_audience(
    role: &str,
    provider: &Provider,
    found: Vec<String>,
    registered: Vec<String>,
) -> Explanation {
    let key = format!("{}:aud", bare_issuer(&provider.issuer));
    let operator = "StringEquals".to_owned();
    let audience = FalseCondition { operator, key, line: 1, wanted: registered, found };
    refused_by(
        provider,
        role,
        StatementLook {
            sid: Some("ClientIDList".to_owned()),
            line: 1,
            effect: Effect::Allow,
            look: Look::FalseConditions(vec![audience]),
        },
    )
}

/// A refusal by what the account registered of a provider, as if that were a policy.
fn refused_by(provider: &Provider, role: &str, listed: StatementLook) -> Explanation {
    let (layer, name) = (Layer::Resource, provider.arn.clone());
    Explanation {
        caller: provider.arn.clone(),
        action: "sts:AssumeRoleWithWebIdentity".to_owned(),
        resource: role.to_owned(),
        decision: Decision::NotAllowed(Layer::Resource),
        policies: vec![PolicyLook { layer, name, statements: vec![listed] }],
    }
}
