//! Sync configurations: which resource is kept in step with which file of a linked repository.

mod check;
mod list;
mod shape;

use store::{Key, Query, RepositoryLinkRow, SyncConfigurationRow, View, Want};
use wire::codeconnections as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::limits::SYNC_CONFIGURATIONS_MAX;
use crate::refusal::{Refused, invalid_input};
use crate::sync::{self, Occasion};
use crate::table::operation;
use crate::watches::connection_key;
use crate::{keys, repository_links, service_role};

use check::{check, check_role, within_quotas};
pub use list::{List, ListDefinitions, of_link, seen_of_link, wants_of_link};
pub use shape::{directory, kind};
use shape::{is_on, on_any_change, shape};

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
