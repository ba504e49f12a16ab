//! Who asks, as policies see it: what `Principal` elements compare, and the keys that follow from it.

use domain::AccountId;

use super::context::{Context, Value};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// An account's root.
    Root {
        /// The account.
        account: AccountId,
    },
    /// A user.
    User {
        /// Its account.
        account: AccountId,
        /// `arn:aws:iam::…:user/…`, path included.
        arn: String,
        /// Its name.
        name: String,
        /// `AIDA…`.
        id: String,
    },
    /// A role, assumed.
    Session {
        /// The role's account.
        account: AccountId,
        /// The role's ARN, path included.
        role: String,
        /// `arn:aws:sts::…:assumed-role/ROLE/SESSION`.
        arn: String,
        /// `AROA…:session`.
        id: String,
    },
    /// Whoever a provider vouches for, before a role is assumed.
    WebIdentity {
        /// The provider's ARN, or its name where it is built in.
        provider: String,
    },
    /// A service that acts by itself.
    Service {
        /// `codepipeline.amazonaws.com`.
        name: String,
    },
    /// Nobody: a request without a signature.
    Anonymous,
}

impl Caller {
    /// The session `session` of the role `name`, whose ARN and unique id these are.
    pub fn session(account: &str, name: &str, role: &str, id: &str, session: &str) -> Self {
        Self::Session {
            account: AccountId::new(account),
            role: role.to_owned(),
            arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session}"),
            id: format!("{id}:{session}"),
        }
    }

    /// The account whose policies stand on the caller's side; `None` where there is none.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Root { account } | Self::User { account, .. } | Self::Session { account, .. } => {
                Some(account)
            }
            Self::WebIdentity { .. } | Self::Service { .. } | Self::Anonymous => None,
        }
    }

    /// As messages name it: the session's ARN for a session.
    pub fn said(&self) -> String {
        match self {
            Self::Root { account } => format!("arn:aws:iam::{account}:root"),
            Self::User { arn, .. } | Self::Session { arn, .. } => arn.clone(),
            Self::WebIdentity { provider } => provider.clone(),
            Self::Service { name } => name.clone(),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }

    /// Sets the keys that follow from who asks ("AWS global condition context keys", IAM user
    /// guide), in place of whatever the context says. A session's principal is its role.
    pub(super) fn tell(&self, context: &mut Context) {
        let account = self.account().map(AccountId::as_str);
        let (arn, name, id, kind) = match self {
            Self::Root { account } => (Some(self.said()), None, Some(account.as_str()), "Account"),
            Self::User { arn, name, id, .. } => {
                (Some(arn.clone()), Some(name), Some(&**id), "User")
            }
            Self::Session { role, id, .. } => {
                (Some(role.clone()), None, Some(&**id), "AssumedRole")
            }
            Self::WebIdentity { .. } => (None, None, None, "FederatedUser"),
            Self::Service { .. } => (None, None, None, "Service"),
            Self::Anonymous => (None, None, Some("anonymous"), "Anonymous"),
        };
        context.set("aws:PrincipalArn", arn.map(Value::Text));
        context.set("aws:PrincipalAccount", account.map(Value::from));
        context.set("aws:PrincipalType", [Value::from(kind)]);
        context.set("aws:userid", id.map(Value::from));
        context.set("aws:username", name.map(|name| Value::from(name.as_str())));
        context
            .set("aws:PrincipalIsAWSService", [Value::Flag(matches!(self, Self::Service { .. }))]);
    }
}
