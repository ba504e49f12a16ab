//! Whether whoever shows a token may assume a role: AssumeRoleWithWebIdentity's decision.
//!
//! The token was verified before (`token`); here its audience is compared with what the account's
//! provider lists, and the role's trust policy is judged with the keys that STS makes of the claims
//! ("Available keys for AWS OIDC federation", IAM user guide). On the wire all denials of a trust
//! policy read the same; the [`Explanation`] in them is for whoever may see the role.

mod answer;
mod keys;
mod session;
#[cfg(test)]
mod tests;

use domain::{AccountId, Timestamp};

use crate::policy::{Attached, Caller, Context, Explanation, Policies, Request, evaluate, explain};
use crate::token::Claims;

pub use answer::{Answer, Code};
pub(crate) use keys::context;
pub use keys::is_exposed;
pub(crate) use session::{SOURCE_IDENTITY_CLAIM, TAGS_CLAIM, tags};
pub use session::{Tag, UnfitTags, check_tags};

pub(crate) const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
pub(crate) const TAG_SESSION: &str = "sts:TagSession";
pub(crate) const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

/// An OIDC provider as an account registered it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its ARN, `arn:aws:iam::…:oidc-provider/HOST/PATH`.
    pub arn: String,
    /// The issuer's URL, as the token has it in `iss`.
    pub issuer: String,
    /// The audiences that it is registered for.
    pub client_ids: Vec<String>,
    /// Whether the issuer is ours: then all of its claims become keys.
    pub ours: bool,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Assumption<'a> {
    /// The role's ARN.
    pub role: &'a str,
    /// The role's account.
    pub account: &'a AccountId,
    /// The name that the session shall have.
    pub session_name: &'a str,
    /// How long it shall last.
    pub duration_seconds: u32,
    /// What else is known of the request, as `aws:SourceIp`.
    pub context: Context,
    /// Now.
    pub at: Timestamp,
}

/// A session, granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// The token's `sub`.
    pub subject: String,
    /// The audience that the provider is registered for.
    pub audience: String,
    /// Tags that the token gives the session.
    pub tags: Vec<Tag>,
    /// Who began the chain, where the token says so.
    pub source_identity: Option<String>,
}

/// A session, refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The provider is not registered for what the token is for.
    #[error("Incorrect token audience")]
    Audience {
        /// What the token is for.
        found: Vec<String>,
        /// What the provider is registered for.
        registered: Vec<String>,
    },
    /// The token asks for tags or a source identity in a form that STS does not take.
    #[error("the token's claim {claim} is not {right}")]
    Claim {
        /// Which.
        claim: &'static str,
        /// What it must be.
        right: &'static str,
    },
    /// The token asks for tags that no session can have.
    #[error(transparent)]
    Tags(#[from] UnfitTags),
    /// The trust policy does not allow it: this is why.
    #[error("Not authorized to perform {ACTION}")]
    Denied(Box<Explanation>),
}

/// Decides by the role's trust policy and the resource control policies above its account.
pub fn decide(
    claims: &Claims,
    provider: &Provider,
    trust: &Attached,
    resource_control: &[Vec<&Attached>],
    assumption: &Assumption,
) -> Result<Granted, Refused> {
    let audience = audience(claims, provider)?;
    let tags = session::tags(claims)?;
    let source_identity = session::source_identity(claims)?;
    let context = keys::context(claims, provider, assumption, &tags, source_identity.as_deref());
    let policies = Policies {
        resource: Some(trust),
        trust: true,
        resource_control: resource_control.to_vec(),
        ..Policies::default()
    };
    let asked = [
        Some(ACTION),
        (!tags.is_empty()).then_some(TAG_SESSION),
        source_identity.is_some().then_some(SET_SOURCE_IDENTITY),
    ];
    for action in asked.into_iter().flatten() {
        let caller = Caller::WebIdentity { provider: named(provider) };
        let owner = Some(assumption.account);
        let (role, at) = (assumption.role, assumption.at);
        let request = Request::new(caller, action, role, owner, context.clone(), at);
        if !evaluate(&policies, &request).is_allowed() {
            return Err(Refused::Denied(Box::new(explain(&policies, &request))));
        }
    }
    let subject = claims.subject.clone();
    Ok(Granted { subject, audience, tags, source_identity })
}

/// The account and the name in a role's ARN; `None` where it is none, as where a blank, a backslash or an
/// unset variable is in its name.
pub fn role_of(arn: &str) -> Option<(AccountId, &str)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", _, "iam", "", account, resource] = &parts[..] else { return None };
    let name = resource.strip_prefix("role/")?.rsplit('/').next()?;
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let good = digits && !name.is_empty() && name.bytes().all(plain);
    good.then(|| (AccountId::new(account), name))
}

/// An issuer without its scheme, as providers' ARNs and condition keys have it.
pub fn bare_issuer(issuer: &str) -> &str {
    issuer.split_once("://").map_or(issuer, |(_, bare)| bare)
}

/// What trust policies call the provider: Google by its name, which needs no registration, all
/// others by their ARN.
fn named(provider: &Provider) -> String {
    match bare_issuer(&provider.issuer) {
        "accounts.google.com" if provider.arn.is_empty() => "accounts.google.com".to_owned(),
        _ => provider.arn.clone(),
    }
}

pub(crate) fn audience(claims: &Claims, provider: &Provider) -> Result<String, Refused> {
    let found = claims.effective_audiences();
    let good = found.iter().find(|audience| provider.client_ids.iter().any(|id| id == *audience));
    good.map(|audience| (*audience).to_owned()).ok_or_else(|| Refused::Audience {
        found: found.into_iter().map(str::to_owned).collect(),
        registered: provider.client_ids.clone(),
    })
}
