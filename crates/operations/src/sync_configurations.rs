//! Sync configurations: which resource is kept in step with which file of a linked repository.

use domain::forge_event::{GitRef, own_branch};
use domain::sync::SyncType;
use domain::{AccountId, Arn};
use store::{Key, Query, RepositoryLinkRow, SyncConfigurationRow, View, Want};
use wire::codeconnections as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::connections::provider;
use crate::limits::{
    CONFIG_FILE_BYTES_MAX, LIST_MAX, SYNC_CONFIGURATIONS_MAX, SYNC_CONFIGURATIONS_OF_BRANCH_MAX,
};
use crate::refusal::{Refused, invalid_input};
use crate::sync::{self, Occasion};
use crate::table::operation;
use crate::turn::Now;
use crate::watches::connection_key;
use crate::{keys, page, repository_links, service_role};

/// Our word for the wire's type.
pub fn kind(sync_type: shapes::SyncType) -> SyncType {
    SyncType::parse(sync_type.as_str()).expect("the same values on both sides")
}

/// The key of a resource's configuration.
pub fn key(caller: &Caller, sync_type: shapes::SyncType, resource: &str) -> Key {
    SyncConfigurationRow::at(caller.account(), &kind(sync_type), &resource.to_owned())
}

/// The configuration as it was seen.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn seen<'a>(
    caller: &Caller,
    sync_type: shapes::SyncType,
    resource: &str,
    view: &'a View,
) -> Result<&'a SyncConfigurationRow, Refused> {
    view.row(key(caller, sync_type, resource)).ok_or_else(|| {
        let message = format!("There is no sync configuration of {sync_type} {resource}.");
        AwsError::refused("ResourceNotFoundException", message)
    })
}

/// The key of the link that a configuration rests on.
pub fn link_key(row: &SyncConfigurationRow) -> Key {
    RepositoryLinkRow::at(&row.account, &row.link)
}

/// The configuration's link; it cannot be deleted before.
pub fn link<'a>(row: &SyncConfigurationRow, view: &'a View) -> &'a RepositoryLinkRow {
    view.row(link_key(row)).expect("a link outlives what rests on it")
}

/// What a call that shows one configuration looks at: it, its link, the link's connection.
pub fn wants_one(key: Key, view: &View) -> Vec<Want> {
    let link = view.known::<SyncConfigurationRow>(key.clone()).map(link_key);
    let linked = link.clone().and_then(|key| view.known::<RepositoryLinkRow>(key));
    let connection = linked.map(|row| connection_key(&row.account, &row.connection).into());
    [Want::from(key)].into_iter().chain(link.map(Want::from)).chain(connection).collect()
}

fn toggle(on: bool) -> shapes::Toggle {
    if on { shapes::Toggle::Enabled } else { shapes::Toggle::Disabled }
}

fn is_on(toggle: shapes::Toggle) -> bool {
    toggle == shapes::Toggle::Enabled
}

fn on_any_change(on: shapes::TriggerResourceUpdateOn) -> bool {
    on == shapes::TriggerResourceUpdateOn::AnyChange
}

fn shape(row: &SyncConfigurationRow, link: &RepositoryLinkRow) -> shapes::SyncConfiguration {
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

fn of_account(caller: &Caller) -> Query {
    SyncConfigurationRow::of_account(caller.account(), SYNC_CONFIGURATIONS_MAX)
}

/// What declaring looks at: the configuration, the link before and the one that is named now.
fn wants_of_declaring(caller: &Caller, key: Key, link: Option<&String>, view: &View) -> Vec<Want> {
    let mut wants = wants_one(key, view);
    wants.push(of_account(caller).into());
    wants.extend(link.map(|id| repository_links::key(caller, id).into()));
    wants
}

operation! {
    /// `codeconnections:CreateSyncConfiguration`: the resource is brought to what the file says now,
    /// and then with every push that changes it.
    Create: shapes::CreateSyncConfigurationInput => shapes::CreateSyncConfigurationOutput;
    resource(caller, input) { repository_links::arn(caller, &input.repository_link_id) }
    ask(_, input, _, ask) { ask.with(keys::of("codeconnections:Branch", &input.branch)) }
    also(caller, input, _) {
        service_role::sync::passed(caller, &input.role_arn).into_iter().collect()
    }
    wants(caller, input, view) {
        let key = key(caller, input.sync_type, &input.resource_name);
        let mut wants = wants_of_declaring(caller, key, Some(&input.repository_link_id), view);
        wants.extend(service_role::wants(caller, &input.role_arn));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let link = view.row::<RepositoryLinkRow>(repository_links::key(caller, &input.repository_link_id));
        let link = link.ok_or_else(|| {
            let arn = repository_links::arn(caller, &input.repository_link_id);
            invalid_input(format!("There is no repository link {arn} in this account."))
        })?;
        if view.row::<SyncConfigurationRow>(key(caller, input.sync_type, &input.resource_name)).is_some() {
            let message = format!("{} {} has a sync configuration already.", input.sync_type, input.resource_name);
            return Err(AwsError::refused("ResourceAlreadyExistsException", message));
        }
        let row = SyncConfigurationRow {
            account: caller.account().clone(),
            sync_type: kind(input.sync_type),
            resource: input.resource_name.clone(),
            link: link.id.clone(),
            branch: input.branch.clone(),
            created: now.at,
            config_file: input.config_file.clone(),
            role_arn: input.role_arn.clone(),
            publishes_status: input.publish_deployment_status.map(is_on),
            on_any_change: input.trigger_resource_update_on.map(on_any_change),
            comments: input.pull_request_comment.map(is_on),
            latest: None,
            succeeded: None,
            blockers: Vec::new(),
        };
        check(&row)?;
        check_role(&row, link, view, now)?;
        within_quotas(&row, view.list::<SyncConfigurationRow>(&of_account(caller)))?;
        let declared = sync::begin(row, link, asked(caller), now, &mut changes);
        // Of two who declare at once, or declare and delete the link, the second sees the first.
        changes.put(view, link.clone());
        changes.put(view, declared.clone());
        Ok((changes, shapes::CreateSyncConfigurationOutput { sync_configuration: shape(&declared, link) }))
    }
}

/// An occasion that a call makes.
pub fn asked(caller: &Caller) -> Occasion {
    Occasion { name: caller.uuid("sync"), commit: None }
}

/// What the model's constraints do not say.
fn check(row: &SyncConfigurationRow) -> Result<(), Refused> {
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

/// The role is there, and may be assumed for the link's files. A stack's is never used.
fn check_role(
    row: &SyncConfigurationRow,
    link: &RepositoryLinkRow,
    view: &View,
    now: &Now,
) -> Result<(), Refused> {
    if row.sync_type != SyncType::CodePipelineSync {
        return Ok(());
    }
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
fn within_quotas(
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

operation! {
    /// `codeconnections:GetSyncConfiguration`.
    Get: shapes::GetSyncConfigurationInput => shapes::GetSyncConfigurationOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) { wants_one(key(caller, input.sync_type, &input.resource_name), view) }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, input.sync_type, &input.resource_name, view)?;
        let sync_configuration = shape(row, link(row, view));
        Ok((changes, shapes::GetSyncConfigurationOutput { sync_configuration }))
    }
}

operation! {
    /// `codeconnections:UpdateSyncConfiguration`; where it names another file, or another place of
    /// one, or another role, the resource is brought to that.
    Update: shapes::UpdateSyncConfigurationInput => shapes::UpdateSyncConfigurationOutput;
    resource(_, _) { "*".to_owned() }
    also(caller, input, view) {
        // Another file under the role that is named already acts for that role as well.
        let row = key(caller, input.sync_type, &input.resource_name);
        let row = view.known::<SyncConfigurationRow>(row);
        let role = input.role_arn.as_ref().or(row.map(|row| &row.role_arn));
        role.and_then(|role| service_role::sync::passed(caller, role)).into_iter().collect()
    }
    wants(caller, input, view) {
        let key = key(caller, input.sync_type, &input.resource_name);
        let row = view.known::<SyncConfigurationRow>(key.clone());
        let role = input.role_arn.as_ref().or(row.map(|row| &row.role_arn));
        let role = role.map(|role| service_role::wants(caller, role)).unwrap_or_default();
        let mut wants = wants_of_declaring(caller, key, input.repository_link_id.as_ref(), view);
        wants.extend(role);
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let before = seen(caller, input.sync_type, &input.resource_name, view)?;
        let link = match &input.repository_link_id {
            Some(id) => repository_links::seen(caller, id, view)?,
            None => link(before, view),
        };
        let mut row = changed(before, input, link);
        check(&row)?;
        check_role(&row, link, view, now)?;
        let place = |row: &SyncConfigurationRow| {
            [&row.link, &row.branch, &row.config_file, &row.role_arn].map(String::clone)
        };
        if place(&row) != place(before) {
            row = sync::begin(row, link, asked(caller), now, &mut changes);
        }
        changes.put(view, link.clone());
        changes.put(view, row.clone());
        Ok((changes, shapes::UpdateSyncConfigurationOutput { sync_configuration: shape(&row, link) }))
    }
}

fn changed(
    before: &SyncConfigurationRow,
    input: &shapes::UpdateSyncConfigurationInput,
    link: &RepositoryLinkRow,
) -> SyncConfigurationRow {
    let text = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
    let status = input.publish_deployment_status.map(is_on);
    let on = input.trigger_resource_update_on.map(on_any_change);
    SyncConfigurationRow {
        link: link.id.clone(),
        branch: text(&input.branch, &before.branch),
        config_file: text(&input.config_file, &before.config_file),
        role_arn: text(&input.role_arn, &before.role_arn),
        publishes_status: status.or(before.publishes_status),
        on_any_change: on.or(before.on_any_change),
        comments: input.pull_request_comment.map(is_on).or(before.comments),
        ..before.clone()
    }
}

operation! {
    /// `codeconnections:DeleteSyncConfiguration`: the resource stays as it is. One that is not there
    /// is no error: none is declared.
    Delete: shapes::DeleteSyncConfigurationInput => shapes::Nothing;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { vec![key(caller, input.sync_type, &input.resource_name).into()] }
    decide(caller, input, view, _, mut changes) {
        let key = key(caller, input.sync_type, &input.resource_name);
        if view.row::<SyncConfigurationRow>(key.clone()).is_some() {
            changes.delete::<SyncConfigurationRow>(view, key);
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

/// The configurations of a link and type, by resource.
pub fn of_link(account: &AccountId, id: &str) -> Query {
    SyncConfigurationRow::of_link(account, &id.to_ascii_lowercase(), SYNC_CONFIGURATIONS_MAX)
}

/// What a call about a link's configurations looks at.
pub fn wants_of_link(caller: &Caller, id: &str) -> Vec<Want> {
    vec![repository_links::key(caller, id).into(), of_link(caller.account(), id).into()]
}

/// The link's configurations of a type.
pub fn seen_of_link<'a>(
    caller: &Caller,
    id: &str,
    sync_type: shapes::SyncType,
    view: &'a View,
) -> Vec<&'a SyncConfigurationRow> {
    let mut rows = view.list::<SyncConfigurationRow>(&of_link(caller.account(), id));
    rows.retain(|row| row.sync_type == kind(sync_type));
    rows
}

const LIST: &str = "codeconnections:ListSyncConfigurations";

operation! {
    /// `codeconnections:ListSyncConfigurations`, of a link and type, by resource.
    List: shapes::ListSyncConfigurationsInput => shapes::ListSyncConfigurationsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { wants_of_link(caller, &input.repository_link_id) }
    decide(caller, input, view, _, changes) {
        let link = repository_links::seen(caller, &input.repository_link_id, view)?;
        let filter = format!("{} {}", link.id, input.sync_type);
        let after = page::cursor(caller, LIST, &filter, input.next_token.as_ref());
        let after = after.map_err(|refused| invalid_input(refused.message))?.unwrap_or_default();
        let mut rows = seen_of_link(caller, &link.id, input.sync_type, view);
        rows.retain(|row| row.resource > after);
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, &filter, rows, size, |row| row.resource.clone());
        let sync_configurations = rows.into_iter().map(|row| shape(row, link)).collect();
        Ok((changes, shapes::ListSyncConfigurationsOutput { sync_configurations, next_token }))
    }
}

operation! {
    /// `codeconnections:ListRepositorySyncDefinitions`: which folder of which branch leads to which
    /// resource. A link has few enough for one page, and the call takes no token.
    ListDefinitions: shapes::ListRepositorySyncDefinitionsInput => shapes::ListRepositorySyncDefinitionsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { wants_of_link(caller, &input.repository_link_id) }
    decide(caller, input, view, _, changes) {
        let link = repository_links::seen(caller, &input.repository_link_id, view)?;
        let definition = |row: &SyncConfigurationRow| shapes::RepositorySyncDefinition {
            branch: row.branch.clone(),
            directory: directory(&row.config_file).to_owned(),
            parent: row.resource.clone(),
            target: row.resource.clone(),
        };
        let rows = seen_of_link(caller, &link.id, input.sync_type, view);
        let repository_sync_definitions = rows.into_iter().map(definition).collect();
        Ok((changes, shapes::ListRepositorySyncDefinitionsOutput {
            repository_sync_definitions,
            next_token: None,
        }))
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
        assert_eq!((directory("a/b/c.yml"), directory("c.yml")), ("a/b", ""));
    }
}
