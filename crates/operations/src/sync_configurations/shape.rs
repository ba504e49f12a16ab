//! A sync configuration in the wire's words.

use domain::sync::SyncType;
use store::{RepositoryLinkRow, SyncConfigurationRow};
use wire::codeconnections as shapes;

use crate::connections::provider;

/// Our word for the wire's type.
pub fn kind(sync_type: shapes::SyncType) -> SyncType {
    SyncType::parse(sync_type.as_str()).expect("the same values on both sides")
}

fn toggle(on: bool) -> shapes::Toggle {
    if on { shapes::Toggle::Enabled } else { shapes::Toggle::Disabled }
}

pub(super) fn is_on(toggle: shapes::Toggle) -> bool {
    toggle == shapes::Toggle::Enabled
}

pub(super) fn on_any_change(on: shapes::TriggerResourceUpdateOn) -> bool {
    on == shapes::TriggerResourceUpdateOn::AnyChange
}

pub(super) fn shape(
    row: &SyncConfigurationRow,
    link: &RepositoryLinkRow,
) -> shapes::SyncConfiguration {
    let sync_type = match row.sync_type {
        SyncType::CfnStackSync => shapes::SyncType::CfnStackSync,
        SyncType::CodePipelineSync => shapes::SyncType::CodePipelineSync,
    };
    let on = row.on_any_change.map(|any| match any {
        true => shapes::TriggerResourceUpdateOn::AnyChange,
        false => shapes::TriggerResourceUpdateOn::FileChange,
    });
    shapes::SyncConfiguration {
        branch: row.branch.clone(),
        owner_id: link.owner.clone(),
        provider_type: provider(link.provider),
        repository_link_id: link.id.clone(),
        repository_name: link.name.clone(),
        resource_name: row.resource.clone(),
        role_arn: row.role_arn.clone(),
        sync_type,
        config_file: Some(row.config_file.clone()),
        publish_deployment_status: row.publishes_status.map(toggle),
        trigger_resource_update_on: on,
        pull_request_comment: row.comments.map(toggle),
    }
}

/// The folder of a file; empty at the top of the repository.
pub fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_at_the_top_is_in_no_folder() {
        assert_eq!((directory("a/b/c.yml"), directory("c.yml")), ("a/b", ""));
    }
}
