//! The permit: the proof that somebody was asked whether this caller may do this.
//!
//! A [`Permit`] can only be made here, and nothing that a caller asked for can be written without
//! one. Who the caller is (the signature) is left to `wire`, which policies stand on their side to
//! `operations`.

use std::sync::Arc;

use domain::{AccessKeyId, AccountId, Arn, Timestamp};

use crate::policy::{
    Decision, Explanation, Layer, Policies, Request, Value, evaluate, explain, message,
};
use crate::standing::{Ask, Standing, named};

/// Who calls, once the signature was verified.
#[derive(Clone, Debug)]
pub struct Principal {
    /// The account that the key belongs to.
    pub account: AccountId,
    /// The caller's own ARN, as `GetCallerIdentity` shows it.
    pub arn: Arn,
    /// The key that signed.
    pub access_key: AccessKeyId,
    /// Who that is to policies, and those on their side.
    pub standing: Arc<Standing>,
}

impl Principal {
    /// An account's root, below no organisation policy.
    pub fn root(account: &AccountId, access_key: AccessKeyId) -> Self {
        let arn = Arn::aws("iam", &domain::Region::new(""), account, "root");
        let standing = Arc::new(Standing::root(account));
        Self { account: account.clone(), arn, access_key, standing }
    }

    /// Whoever stands so; `None` where the caller is nobody who can sign.
    pub fn of(standing: Arc<Standing>, access_key: AccessKeyId) -> Option<Self> {
        let account = standing.caller.account()?.clone();
        let arn = Arn::parse(&standing.caller.said())?;
        Some(Self { account, arn, access_key, standing })
    }

    /// The same, in a session that somebody else began: what is done in it is told of both.
    pub fn led_by(mut self, who: &str) -> Self {
        let standing = Arc::make_mut(&mut self.standing);
        standing.keys.set("aws:SourceIdentity", [Value::from(who)]);
        self
    }

    /// Whether it is an account's root.
    pub fn is_root(&self) -> bool {
        matches!(self.standing.caller, crate::policy::Caller::Root { .. })
    }
}

/// What a server keeps of a key between calls; void once the account's generation is another.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Who the key stands for.
    pub principal: Principal,
    /// The account's generation when the key was read.
    pub generation: i64,
}

impl Authority {
    /// Whether it still holds under the account's present generation.
    pub fn holds(&self, generation: i64) -> bool {
        self.generation == generation
    }
}

/// That a principal may take an action on a resource. Made by [`judge`] only.
#[derive(Clone, Debug)]
pub struct Permit {
    principal: Principal,
    action: String,
    resource: String,
}

impl Permit {
    /// Who asked.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The account that is acted in: the caller's own.
    pub fn account(&self) -> &AccountId {
        &self.principal.account
    }

    /// The action, `codepipeline:StartPipelineExecution`.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The resource's ARN, or `*` for an action that names none.
    pub fn resource(&self) -> &str {
        &self.resource
    }
}

/// That a principal may not, with all that was looked at. It says IAM's own sentence ("Troubleshoot
/// access denied error messages", IAM user guide); the rest is for whoever may see it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Denial {
    /// The sentence.
    pub message: String,
    /// The decision with its path; across accounts as far as it is the caller's account's to see.
    pub explanation: Explanation,
    /// The condition keys of the request, with their values; across accounts without what they tell
    /// of the resource.
    pub keys: Vec<(String, Vec<String>)>,
    /// What the resource's account may see of it, where that is another one.
    pub there: Option<OtherSide>,
}

/// The other side of a denial across accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherSide {
    /// The resource's account.
    pub account: AccountId,
    /// The decision, with the path through that account's policies.
    pub explanation: Explanation,
    /// The condition keys of the request, with their values.
    pub keys: Vec<(String, Vec<String>)>,
}

impl Denial {
    fn of(policies: &Policies, request: &Request) -> Self {
        let keys = request.keys();
        let (explanation, keys, there) = match request.other_account() {
            None => (explain(policies, request), keys, None),
            Some(account) => {
                let of_caller = keys.iter().filter(|(key, _)| !tells_of_resource(key));
                let of_caller = of_caller.cloned().collect();
                let explanation = explain(policies, request).of_resource();
                let there = OtherSide { account: account.clone(), explanation, keys };
                (explain(&policies.of_caller(), request), of_caller, Some(there))
            }
        };
        let message = message(&explanation.decision, request).unwrap_or_default();
        Self { message, explanation, keys, there }
    }
}

/// Whether a condition key says how a resource is, not how it is asked for.
fn tells_of_resource(key: &str) -> bool {
    ["aws:resource", "resourcetag/", "existingobjecttag/"].iter().any(|word| key.contains(word))
}

/// Actions that need no permission, and that no policy takes away (API reference of STS).
const FREE: &[&str] = &["sts:GetCallerIdentity", "sts:GetSessionToken"];

/// Judges whether `caller` may do what is asked, at this moment.
///
/// A resource whose ARN names no account (a bucket) is of the owner that the question says, and of
/// the caller's own account where it says none: then the operation compares.
pub fn judge(caller: &Principal, ask: &Ask, at: Timestamp) -> Result<Permit, Box<Denial>> {
    let standing = &*caller.standing;
    let free = FREE.contains(&ask.action.as_str());
    let named = ask.owner.is_some() || named(&ask.resource).is_some();
    let nothing = ask.resource != "*" && !named;
    let request = standing.request(ask, at);
    let policies = standing.policies(ask);
    if free || !nothing && evaluate(&policies, &request).is_allowed() {
        let (action, resource) = (ask.action.clone(), ask.resource.clone());
        return Ok(Permit { principal: caller.clone(), action, resource });
    }
    let mut denial = Denial::of(&policies, &request);
    if nothing {
        denial.explanation.decision = Decision::NotAllowed(Layer::Identity);
        denial.message = message(&denial.explanation.decision, &request).unwrap_or_default();
    }
    Err(Box::new(denial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Attached, Caller, Kind, Policy};

    const ACTION: &str = "codepipeline:StartPipelineExecution";
    const AT: Timestamp = Timestamp(0);

    fn root() -> Principal {
        Principal::root(&"000000000000".into(), AccessKeyId::new("AKIATEST"))
    }

    fn user(policy: &str) -> Principal {
        let policy = Policy::read(policy, Kind::Inline).expect("a policy");
        let caller = Caller::User {
            account: "000000000000".into(),
            arn: "arn:aws:iam::000000000000:user/ann".to_owned(),
            name: "ann".to_owned(),
            id: "AIDA1".to_owned(),
        };
        let identity = vec![Arc::new(Attached { name: "p".to_owned(), policy })];
        let standing = Arc::new(Standing { identity, ..Standing::of(caller) });
        Principal::of(standing, AccessKeyId::new("AKIAUSER")).expect("a user signs")
    }

    #[test]
    fn a_root_may_do_everything_in_its_own_account_and_nothing_elsewhere() {
        fn check(resource: &str, expect: bool) {
            let judged = judge(&root(), &Ask::new(ACTION, resource), AT);
            assert_eq!(judged.is_ok(), expect, "{resource}");
        }
        check("arn:aws:codepipeline:us-east-1:000000000000:pipeline", true);
        check("arn:aws:s3:::bucket", true);
        check("*", true);
        check("arn:aws:codepipeline:us-east-1:111111111111:pipeline", false);
        check("pipeline", false);
        check("", false);
    }

    #[test]
    fn a_user_may_do_what_its_policies_allow() {
        let user = user(
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Action": "codepipeline:*", "Resource": "arn:aws:codepipeline:*:*:mine"}}"#,
        );
        let on = |name: &str| format!("arn:aws:codepipeline:us-east-1:000000000000:{name}");
        assert!(judge(&user, &Ask::new(ACTION, on("mine")), AT).is_ok());
        let denial = judge(&user, &Ask::new(ACTION, on("other")), AT).expect_err("not allowed");
        assert_eq!(
            denial.to_string(),
            "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: \
             codepipeline:StartPipelineExecution on resource: \
             arn:aws:codepipeline:us-east-1:000000000000:other because no identity-based policy \
             allows the codepipeline:StartPipelineExecution action"
        );
        assert_eq!(denial.explanation.policies[0].name, "p");
        assert!(denial.keys.contains(&("aws:username".to_owned(), vec!["ann".to_owned()])));
    }

    #[test]
    fn nobody_needs_a_permission_to_be_told_who_they_are_or_for_keys_of_their_own() {
        let nobody = user(
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*",
            "Resource": "*"}}"#,
        );
        assert!(judge(&nobody, &Ask::new("sts:GetCallerIdentity", "*"), AT).is_ok());
        assert!(judge(&nobody, &Ask::new("sts:GetSessionToken", "*"), AT).is_ok());
        assert!(judge(&nobody, &Ask::new("sts:AssumeRole", "*"), AT).is_err());
    }

    #[test]
    fn a_denial_across_accounts_names_the_side_that_does_not_allow() {
        let elsewhere = "arn:aws:codepipeline:us-east-1:111111111111:p";
        let nobody = user(
            r#"{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*",
            "Resource": "*"}}"#,
        );
        let denial = judge(&nobody, &Ask::new(ACTION, elsewhere), AT).expect_err("not allowed");
        assert_eq!(denial.explanation.decision, Decision::NotAllowed(Layer::Identity));
        let there = denial.there.expect("another account's");
        assert_eq!(
            (there.account.as_str(), &*there.explanation.policies),
            ("111111111111", &[][..])
        );
        let denial = judge(&root(), &Ask::new(ACTION, elsewhere), AT).expect_err("another's");
        let said = denial.to_string();
        assert!(said.ends_with("because no resource-based policy allows the codepipeline:StartPipelineExecution action"), "{said}");
    }

    #[test]
    fn an_authority_ends_with_its_generation() {
        let authority = Authority { principal: root(), generation: 3 };
        assert!(authority.holds(3) && !authority.holds(4));
    }
}
