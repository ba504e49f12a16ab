//! How syncs went: of a branch, of a resource, and what keeps a resource from being as its file says.

use domain::CommitSha;
use domain::connection::ConnectionStatus;
use domain::sync::{Resolved, SyncAttempt, SyncBlocker, SyncState, SyncType};
use store::{ConnectionRow, RepositoryLinkRow, SyncConfigurationRow, View};
use wire::codeconnections as shapes;
use wire::error::AwsError;

use crate::connections::provider;
use crate::refusal::Refused;
use crate::repository_links;
use crate::sync::{self, CLOUDFORMATION_MISSING};
use crate::sync_configurations::{
    asked, directory, key, link, seen, seen_of_link, wants_of_link, wants_one,
};
use crate::table::operation;
use crate::watches::connection_key;

fn never(what: &str) -> Refused {
    let message = format!("Nothing was synced to {what} yet.");
    AwsError::refused("ResourceNotFoundException", message)
}

operation! {
    /// `codeconnections:GetRepositorySyncStatus`: the latest sync of anything on the branch.
    OfRepository: shapes::GetRepositorySyncStatusInput => shapes::GetRepositorySyncStatusOutput;
    resource(caller, input) { repository_links::arn(caller, &input.repository_link_id) }
    wants(caller, input, _) { wants_of_link(caller, &input.repository_link_id) }
    decide(caller, input, view, _, changes) {
        let link = repository_links::seen(caller, &input.repository_link_id, view)?;
        let rows = seen_of_link(caller, &link.id, input.sync_type, view);
        let on_branch = rows.into_iter().filter(|row| row.branch == input.branch);
        let latest = on_branch.filter_map(|row| row.latest.as_ref()).max_by_key(|it| it.started);
        let from = || never(&format!("a resource from branch {} of {}", input.branch, link.repository));
        let latest = latest.ok_or_else(from)?;
        let status = match latest.state {
            SyncState::Initiated => shapes::RepositorySyncStatus::Initiated,
            SyncState::InProgress => shapes::RepositorySyncStatus::InProgress,
            SyncState::Succeeded => shapes::RepositorySyncStatus::Succeeded,
            SyncState::Failed => shapes::RepositorySyncStatus::Failed,
        };
        let latest_sync = shapes::RepositorySyncAttempt {
            started_at: latest.started.into(),
            status,
            events: events(latest),
        };
        Ok((changes, shapes::GetRepositorySyncStatusOutput { latest_sync }))
    }
}

fn events(attempt: &SyncAttempt) -> Vec<shapes::SyncEvent> {
    let event = |it: &domain::sync::SyncEvent| shapes::SyncEvent {
        event: it.text.clone(),
        time: it.at.into(),
        r#type: it.kind.as_str().to_owned(),
        external_id: attempt.commit.as_ref().map(CommitSha::to_string),
    };
    attempt.events.iter().map(event).collect()
}

operation! {
    /// `codeconnections:GetResourceSyncStatus`.
    OfResource: shapes::GetResourceSyncStatusInput => shapes::GetResourceSyncStatusOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) { wants_one(key(caller, input.sync_type, &input.resource_name), view) }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, input.sync_type, &input.resource_name, view)?;
        let link = link(row, view);
        let never = || never(&format!("{} {}", input.sync_type, input.resource_name));
        let latest = row.latest.as_ref().ok_or_else(never)?;
        let desired = latest.commit.as_ref().map(|commit| revision(row, link, Some(commit)));
        Ok((changes, shapes::GetResourceSyncStatusOutput {
            latest_sync: attempt(row, link, latest),
            desired_state: desired,
            latest_successful_sync: row.succeeded.as_ref().map(|it| attempt(row, link, it)),
        }))
    }
}

fn attempt(
    row: &SyncConfigurationRow,
    link: &RepositoryLinkRow,
    of: &SyncAttempt,
) -> shapes::ResourceSyncAttempt {
    let status = match of.state {
        SyncState::Initiated => shapes::ResourceSyncStatus::Initiated,
        SyncState::InProgress => shapes::ResourceSyncStatus::InProgress,
        SyncState::Succeeded => shapes::ResourceSyncStatus::Succeeded,
        SyncState::Failed => shapes::ResourceSyncStatus::Failed,
    };
    shapes::ResourceSyncAttempt {
        events: events(of),
        initial_revision: revision(row, link, of.before.as_ref()),
        started_at: of.started.into(),
        status,
        target_revision: revision(row, link, of.commit.as_ref()),
        target: row.resource.clone(),
    }
}

/// A revision has a hash always: forty zeros, git's word for none, where no commit is known.
fn revision(
    row: &SyncConfigurationRow,
    link: &RepositoryLinkRow,
    commit: Option<&CommitSha>,
) -> shapes::Revision {
    shapes::Revision {
        branch: row.branch.clone(),
        directory: directory(&row.config_file).to_owned(),
        owner_id: link.owner.clone(),
        repository_name: link.name.clone(),
        provider_type: provider(link.provider),
        sha: commit.map_or_else(|| "0".repeat(40), CommitSha::to_string),
    }
}

operation! {
    /// `codeconnections:GetSyncBlockerSummary`, the newest first.
    Blockers: shapes::GetSyncBlockerSummaryInput => shapes::GetSyncBlockerSummaryOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) { vec![key(caller, input.sync_type, &input.resource_name).into()] }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, input.sync_type, &input.resource_name, view)?;
        let sync_blocker_summary = shapes::SyncBlockerSummary {
            resource_name: row.resource.clone(),
            parent_resource_name: None,
            latest_blockers: Some(row.blockers.iter().map(blocker).collect()),
        };
        Ok((changes, shapes::GetSyncBlockerSummaryOutput { sync_blocker_summary }))
    }
}

fn blocker(of: &SyncBlocker) -> shapes::SyncBlocker {
    let context = |(key, value): &(String, String)| shapes::SyncBlockerContext {
        key: key.clone(),
        value: value.clone(),
    };
    shapes::SyncBlocker {
        id: of.id.clone(),
        r#type: shapes::SyncBlockerType::Automated,
        status: match of.resolved {
            Some(_) => shapes::SyncBlockerStatus::Resolved,
            None => shapes::SyncBlockerStatus::Active,
        },
        created_reason: of.reason.clone(),
        created_at: of.created.into(),
        contexts: Some(of.contexts.iter().map(context).collect()),
        resolved_reason: of.resolved.as_ref().map(|it| it.reason.clone()),
        resolved_at: of.resolved.as_ref().map(|it| it.at.into()),
    }
}

operation! {
    /// `codeconnections:UpdateSyncBlocker`: the blocker is resolved and the branch's latest commit is
    /// tried again. One that is resolved stays as it is.
    Resolve: shapes::UpdateSyncBlockerInput => shapes::UpdateSyncBlockerOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) { wants_one(key(caller, input.sync_type, &input.resource_name), view) }
    decide(caller, input, view, now, mut changes) {
        let row = seen(caller, input.sync_type, &input.resource_name, view)?;
        let link = link(row, view);
        let found = row.blockers.iter().position(|it| it.id == input.id).ok_or_else(|| {
            let message = format!("{} {} has no sync blocker {}.", input.sync_type, input.resource_name, input.id);
            AwsError::refused("SyncBlockerDoesNotExistException", message)
        })?;
        let mut resolved = row.clone();
        if row.blockers[found].resolved.is_none() {
            can_be_tried(row, link, view)?;
            let (reason, at) = (input.resolved_reason.clone(), now.at);
            resolved.blockers[found].resolved = Some(Resolved { reason, at });
            resolved = sync::begin(resolved, link, asked(caller), now, &mut changes);
            changes.put(view, resolved.clone());
        }
        Ok((changes, shapes::UpdateSyncBlockerOutput {
            resource_name: row.resource.clone(),
            sync_blocker: blocker(&resolved.blockers[found]),
            parent_resource_name: None,
        }))
    }
}

/// What would fail again at once is not tried.
fn can_be_tried(
    row: &SyncConfigurationRow,
    link: &RepositoryLinkRow,
    view: &View,
) -> Result<(), Refused> {
    let connection = view.row::<ConnectionRow>(connection_key(&link.account, &link.connection));
    let why = match (row.sync_type, connection.map(|row| row.status)) {
        (SyncType::CfnStackSync, _) => CLOUDFORMATION_MISSING.to_owned(),
        (SyncType::CodePipelineSync, Some(ConnectionStatus::Available)) => return Ok(()),
        (SyncType::CodePipelineSync, Some(status)) => {
            let missing = status.missing().map(|it| it.sentence()).unwrap_or_default();
            format!("{} is {}: {missing}", link.connection, status.as_str())
        }
        (SyncType::CodePipelineSync, None) => format!("There is no connection {}", link.connection),
    };
    let message = format!("The latest commit cannot be tried again. {why}.");
    Err(AwsError::refused("RetryLatestCommitFailedException", message))
}
