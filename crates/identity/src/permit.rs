//! The permit: the proof that somebody was asked whether this caller may do this.
//!
//! A [`Permit`] can only be made here, and nothing that a caller asked for can be written without
//! one. Until policies are evaluated, an account's access keys may do everything in their own
//! account and nothing in another. Who the caller is (the signature) is left to `wire`.

use domain::{AccessKeyId, AccountId, Arn};
use serde::{Deserialize, Serialize};

/// Who calls, once the signature was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The account that the key belongs to.
    pub account: AccountId,
    /// The caller's own ARN, as `GetCallerIdentity` shows it.
    pub arn: Arn,
    /// The key that signed.
    pub access_key: AccessKeyId,
}

/// What a server keeps of a key between calls; void once the account's generation is another.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// That a principal may not. The sentence is IAM's own ("Troubleshoot access denied error
/// messages", IAM user guide).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("User: {principal} is not authorized to perform: {action} on resource: {resource}")]
pub struct Denial {
    /// The caller's ARN.
    pub principal: String,
    /// `service:Action`.
    pub action: String,
    /// The resource's ARN as it was asked for.
    pub resource: String,
}

/// Judges whether `caller` may take `action` (`service:Action`) on `resource`, an ARN or `*`.
///
/// A resource whose ARN names no account (a bucket) is judged by the owner in its row, which the
/// operation compares: here it passes.
pub fn judge(caller: &Principal, action: &str, resource: &str) -> Result<Permit, Denial> {
    if is_own(caller, resource) {
        let (action, resource) = (action.to_owned(), resource.to_owned());
        return Ok(Permit { principal: caller.clone(), action, resource });
    }
    let (action, resource) = (action.to_owned(), resource.to_owned());
    Err(Denial { principal: caller.arn.to_string(), action, resource })
}

fn is_own(caller: &Principal, resource: &str) -> bool {
    let owner = Arn::parse(resource).map(|arn| arn.account);
    match owner {
        Some(account) => account.as_str().is_empty() || account == caller.account,
        None => resource == "*",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTION: &str = "codepipeline:StartPipelineExecution";

    fn caller() -> Principal {
        let arn = Arn::parse("arn:aws:iam::000000000000:root").expect("an ARN");
        Principal { account: arn.account.clone(), arn, access_key: AccessKeyId::new("AKIATEST") }
    }

    #[test]
    fn a_key_may_do_everything_in_its_own_account_and_nothing_elsewhere() {
        fn check(resource: &str, expect: bool) {
            assert_eq!(judge(&caller(), ACTION, resource).is_ok(), expect, "{resource}");
        }
        check("arn:aws:codepipeline:us-east-1:000000000000:pipeline", true);
        check("arn:aws:s3:::bucket", true);
        check("*", true);
        check("arn:aws:codepipeline:us-east-1:111111111111:pipeline", false);
        check("pipeline", false);
        check("", false);
    }

    #[test]
    fn a_denial_says_it_as_iam_does() {
        let elsewhere = "arn:aws:codepipeline:us-east-1:111111111111:p";
        let denial = judge(&caller(), ACTION, elsewhere).expect_err("another account's");
        assert_eq!(
            denial.to_string(),
            "User: arn:aws:iam::000000000000:root is not authorized to perform: \
             codepipeline:StartPipelineExecution on resource: \
             arn:aws:codepipeline:us-east-1:111111111111:p"
        );
    }

    #[test]
    fn an_authority_ends_with_its_generation() {
        let authority = Authority { principal: caller(), generation: 3 };
        assert!(authority.holds(3) && !authority.holds(4));
    }
}
