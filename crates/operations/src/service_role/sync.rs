//! The role as which a repository's file changes a resource. Whoever may push writes that file, long
//! after the sync was declared: the role has to be there and to trust the service, for an account's
//! root too, and it is asked again each time before the file is applied.

use domain::AccountId;
use identity::Ask;
use store::View;

use super::{role_name, row, trusts};
use crate::caller::Caller;
use crate::keys::{self, CODEPIPELINE};
use crate::standing::Whose;
use crate::turn::Now;

/// The service that such a role is passed to ("Git sync service role", CloudFormation user guide).
const SYNC: &str = "cloudformation.sync.codeconnections.amazonaws.com";

/// What whoever names a role for a sync configuration must be allowed besides; a role of another
/// account is refused for what it is.
pub fn passed(caller: &Caller, role_arn: &str) -> Option<Ask> {
    role_name(caller.account(), role_arn)?;
    Some(Ask::new("iam:PassRole", role_arn).with(keys::of("iam:PassedToService", SYNC)))
}

/// Whether the role may be assumed for files of a repository link. One that trusts CodePipeline may:
/// AWS names no service of its own for the syncs of pipelines.
///
/// # Errors
/// The role that is missing or does not trust the service, and what would be right.
pub fn check(
    account: &AccountId,
    role_arn: &str,
    link: &str,
    seen: &View,
    now: &Now,
) -> Result<(), String> {
    let Some(row) = row(account, role_arn, seen) else {
        return Err(format!("There is no role {role_arn}: create it, or name another as RoleArn."));
    };
    match [SYNC, CODEPIPELINE].into_iter().any(|service| trusts(row, service, link, now)) {
        true => Ok(()),
        false => Err(format!(
            "The service is not authorized to perform AssumeRole on role {role_arn}: its trust policy \
             must allow {SYNC} or {CODEPIPELINE} sts:AssumeRole."
        )),
    }
}

/// Whose policies decide what a file may change.
pub fn whose(account: &AccountId, role_arn: &str) -> Option<Whose> {
    let (account, folded) = (account.clone(), role_name(account, role_arn)?);
    Some(Whose::Role { account, folded, session: "RepositorySync".to_owned() })
}
