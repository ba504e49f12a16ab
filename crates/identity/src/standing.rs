//! Everything that stands on a caller's side of a decision: who they are, and their policies,
//! read once and kept while their account's generation lasts.

use std::sync::Arc;

use domain::{AccountId, Timestamp};

use crate::policy::{Attached, Caller, Context, Policies, Request};

/// A caller with all that bears on what they may do.
#[derive(Clone, Debug)]
pub struct Standing {
    /// Who.
    pub caller: Caller,
    /// Their policies, those of their groups too.
    pub identity: Vec<Arc<Attached>>,
    /// Their permissions boundary.
    pub boundary: Option<Arc<Attached>>,
    /// What their session was narrowed by, where it was.
    pub session: Option<Vec<Arc<Attached>>>,
    /// Service control policies above their account, level by level.
    pub service_control: Vec<Vec<Arc<Attached>>>,
    /// Resource control policies above their account, level by level.
    pub resource_control: Vec<Vec<Arc<Attached>>>,
    /// Condition keys that are theirs: `aws:PrincipalTag/…`, those of a session.
    pub keys: Context,
}

/// One thing that somebody wants to do.
#[derive(Clone, Debug)]
pub struct Ask {
    /// `service:Action`.
    pub action: String,
    /// An ARN, or `*` where the action names no resource.
    pub resource: String,
    /// The resource's account, where its ARN names none: a bucket's.
    pub owner: Option<AccountId>,
    /// The policy on the resource.
    pub policy: Option<Arc<Attached>>,
    /// Whether that policy is a role's trust policy: then it must allow.
    pub trust: bool,
    /// Resource control policies above the resource's account, level by level, where that is
    /// another than the caller's.
    pub resource_control: Vec<Vec<Arc<Attached>>>,
    /// The action's condition keys.
    pub keys: Context,
}

impl Ask {
    /// To take `action` on `resource`; no more is known.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        let (action, resource) = (action.into(), resource.into());
        Self {
            action,
            resource,
            owner: None,
            policy: None,
            trust: false,
            resource_control: Vec::new(),
            keys: Context::default(),
        }
    }

    /// The same on this resource.
    pub fn on(self, resource: impl Into<String>) -> Self {
        Self { resource: resource.into(), ..self }
    }

    /// The same of a resource of this account.
    pub fn of(self, owner: AccountId) -> Self {
        Self { owner: Some(owner), ..self }
    }

    /// The same below resource control policies of the resource's account.
    pub fn below(self, resource_control: Vec<Vec<Arc<Attached>>>) -> Self {
        Self { resource_control, ..self }
    }

    /// The same with condition keys.
    pub fn with(self, keys: Context) -> Self {
        Self { keys, ..self }
    }

    /// The same with the policy on the resource.
    pub fn under(self, policy: Option<Arc<Attached>>) -> Self {
        Self { policy, ..self }
    }

    /// The same of a role, under its trust policy.
    pub fn trusting(self, trust: Arc<Attached>) -> Self {
        Self { policy: Some(trust), trust: true, ..self }
    }

    /// The account that the resource is of; none of a policy of AWS's, which everybody has.
    pub fn owner(&self) -> Option<AccountId> {
        if self.owner.is_some() {
            return self.owner.clone();
        }
        named(&self.resource).filter(|owner| !owner.as_str().is_empty())
    }
}

impl Standing {
    /// A caller without any policy.
    pub fn of(caller: Caller) -> Self {
        Self {
            caller,
            identity: Vec::new(),
            boundary: None,
            session: None,
            service_control: Vec::new(),
            resource_control: Vec::new(),
            keys: Context::default(),
        }
    }

    /// An account's root.
    pub fn root(account: &AccountId) -> Self {
        Self::of(Caller::Root { account: account.clone() })
    }

    /// Who began the chain of sessions that this one ends, where somebody said so.
    pub fn source_identity(&self) -> Option<String> {
        let mut found = self.keys.entries().filter(|(key, _)| *key == "aws:sourceidentity");
        found.next().and_then(|(_, values)| Some(values.first()?.text().into_owned()))
    }

    /// Every policy that bears on what is asked. Resource control policies are those of the
    /// resource's account: the caller's own, or those that came with the question.
    pub fn policies<'a>(&'a self, ask: &'a Ask) -> Policies<'a> {
        fn plain(policies: &[Arc<Attached>]) -> Vec<&Attached> {
            policies.iter().map(|policy| &**policy).collect()
        }
        let levels = |levels: &'a [Vec<Arc<Attached>>]| levels.iter().map(|it| plain(it)).collect();
        let own = ask.owner().is_none_or(|owner| Some(&owner) == self.caller.account());
        Policies {
            service_control: levels(&self.service_control),
            resource_control: levels(match own {
                true => &self.resource_control,
                false => &ask.resource_control,
            }),
            resource: ask.policy.as_deref(),
            trust: ask.trust,
            identity: plain(&self.identity),
            boundary: self.boundary.as_deref(),
            session: self.session.as_deref().map(plain),
        }
    }

    /// The question as policies see it.
    pub fn request(&self, ask: &Ask, at: Timestamp) -> Request {
        let mut context = ask.keys.clone();
        context.extend(&self.keys);
        let (caller, owner) = (self.caller.clone(), ask.owner());
        Request::new(caller, &ask.action, &ask.resource, owner.as_ref(), context, at)
    }
}
/// The account that an ARN names, whatever letters follow: who asks for what no name can be is told
/// that by the operation, and not that they may not. AWS's own policies are nobody's.
pub(crate) fn named(resource: &str) -> Option<AccountId> {
    let (colon, _) = resource.match_indices(':').nth(4)?;
    let (head, rest) = resource.split_at(colon + 1);
    let arn = domain::Arn::parse(&format!("{head}x")).filter(|_| !rest.is_empty())?;
    let of_aws = arn.service == "iam" && arn.account.as_str() == "aws";
    Some(if of_aws { AccountId::new("") } else { arn.account })
}
