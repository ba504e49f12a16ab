//! What makes a sync configuration one that can be kept, beyond what the model's constraints say.

use domain::Arn;
use domain::forge_event::{GitRef, own_branch};
use domain::sync::SyncType;
use store::{RepositoryLinkRow, SyncConfigurationRow, View};
use wire::error::AwsError;

use crate::limits::{
    CONFIG_FILE_BYTES_MAX, SYNC_CONFIGURATIONS_MAX, SYNC_CONFIGURATIONS_OF_BRANCH_MAX,
};
use crate::refusal::{Refused, invalid_input};
use crate::service_role;
use crate::turn::Now;

/// What the model's constraints do not say.
pub(super) fn check(row: &SyncConfigurationRow) -> Result<(), Refused> {
    own_branch(&row.branch)
        .map_err(|why| invalid_input(format!("Branch {}: {why}.", row.branch)))?;
    GitRef::branch(&*row.branch)
        .check()
        .map_err(|why| invalid_input(format!("Branch {}: {why}.", row.branch)))?;
    check_file(&row.config_file)?;
    let role = Arn::parse(&row.role_arn).map(|arn| arn.account);
    if role.as_ref() != Some(&row.account) {
        let message = format!("RoleArn {} is no role of account {}.", row.role_arn, row.account);
        return Err(invalid_input(message));
    }
    if row.sync_type == SyncType::CodePipelineSync {
        check_ours(row)?;
    }
    Ok(())
}

/// The role is there, and may be assumed for the link's files; a stack's, too, which is used by nobody yet.
pub(super) fn check_role(
    row: &SyncConfigurationRow,
    link: &RepositoryLinkRow,
    view: &View,
    now: &Now,
) -> Result<(), Refused> {
    let assumed = service_role::sync::check(&row.account, &row.role_arn, &link.arn, view, now);
    assumed.map_err(invalid_input)
}

/// A path in a repository, as git has it: parts with a `/` between them.
fn check_file(path: &str) -> Result<(), Refused> {
    let part = |part: &str| !part.is_empty() && !matches!(part, "." | ".." | ".git");
    let plain = path.len() <= CONFIG_FILE_BYTES_MAX && !path.chars().any(char::is_control);
    match plain && path.split('/').all(part) {
        true => Ok(()),
        false => Err(invalid_input(format!(
            "ConfigFile must be a file's path from the top of the repository, such as ci/pipeline.yml, \
             of at most {CONFIG_FILE_BYTES_MAX} bytes, without `.`, `..` and empty parts."
        ))),
    }
}

fn check_ours(row: &SyncConfigurationRow) -> Result<(), Refused> {
    if row.resource.contains('\\') {
        let message =
            format!("ResourceName {} is no pipeline's name: it has a backslash.", row.resource);
        return Err(invalid_input(message));
    }
    if row.comments == Some(true) {
        let message = "CODEPIPELINE_SYNC writes no comments on pull requests: leave PullRequestComment \
                       out, or give DISABLED.";
        return Err(invalid_input(message.to_owned()));
    }
    Ok(())
}

/// The account's quota, and that of a branch.
pub(super) fn within_quotas(
    row: &SyncConfigurationRow,
    others: Vec<&SyncConfigurationRow>,
) -> Result<(), Refused> {
    let full = |message: String| Err(AwsError::refused("LimitExceededException", message));
    if others.len() >= SYNC_CONFIGURATIONS_MAX as usize {
        return full(format!(
            "The account has {SYNC_CONFIGURATIONS_MAX} sync configurations, the most there may be."
        ));
    }
    let same = |it: &&&SyncConfigurationRow| it.link == row.link && it.branch == row.branch;
    if others.iter().filter(same).count() >= SYNC_CONFIGURATIONS_OF_BRANCH_MAX {
        return full(format!(
            "The branch {} has {SYNC_CONFIGURATIONS_OF_BRANCH_MAX} sync configurations, the most there may be.",
            row.branch
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_path_inside_the_repository() {
        fn check(path: &str, expect: bool) {
            assert_eq!(check_file(path).is_ok(), expect, "{path:?}");
        }
        check("pipeline.json", true);
        check("ci/the pipeline.yml", true);
        check("-x:y", true);
        for wrong in
            ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\nb", ".git/config"]
        {
            check(wrong, false);
        }
        check(&"a".repeat(1025), false);
    }
}
