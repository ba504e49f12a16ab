//! A resource is brought to what a file of a linked repository says: when its configuration is
//! declared, when a push moves its branch, and when somebody has it tried again.
//!
//! Reading the file is an effect; what it brings back is decided here, by the rules and on the rows
//! by which `UpdatePipeline` is.

mod definition;
mod outcome;

use domain::forge_event::{GitRef, RefKind};
use domain::reason::FactId;
use domain::sync::{Resolved, SyncAttempt, SyncBlocker, SyncEvent, SyncState, SyncType};
use domain::{CommitSha, EffectId, derived_uuid};
use engine::{CommitState, Effect, ReadSyncFile, ReportStatus};
use store::{Changes, HookRow, Query, Record, RepositoryLinkRow, SyncConfigurationRow, View, Want};

use crate::limits::{SYNC_BLOCKERS_MAX, SYNC_CONFIGURATIONS_MAX};
use crate::line::new_effect;
use crate::turn::Now;

pub use outcome::Synced;

/// Why no stack is synced.
pub const CLOUDFORMATION_MISSING: &str =
    "CloudFormation is not spoken here yet, so no stack can be brought to what the file says";

/// Characters of a blocker's resolved reason (CodeConnections' limit).
const RESOLVED_REASON_CHARACTERS_MAX: usize = 250;

/// Why a sync begins.
pub struct Occasion {
    /// What no other occasion is called.
    pub name: String,
    /// The commit that was pushed; `None` where somebody asked, for the one that the branch is at.
    pub commit: Option<CommitSha>,
}

/// Begins a sync: the configuration with its new attempt, to be written by the caller.
pub fn begin(
    row: SyncConfigurationRow,
    link: &RepositoryLinkRow,
    occasion: Occasion,
    now: &Now,
    changes: &mut Changes,
) -> SyncConfigurationRow {
    if row.sync_type == SyncType::CfnStackSync {
        return blocked(row, CLOUDFORMATION_MISSING.to_owned(), Vec::new(), now);
    }
    let number = row.latest.as_ref().map_or(1, |latest| latest.number + 1);
    let parts = [row.account.as_str(), &row.resource, &number.to_string(), &occasion.name];
    let effect = derived_uuid(&["sync", parts[0], parts[1], parts[2], parts[3]]);
    let effect = EffectId::new(format!("eff-sync-{effect}"));
    let text = match &occasion.commit {
        Some(commit) => format!("{} is at {} now", row.branch, commit.short()),
        None => format!("{} on {} is to be applied", row.config_file, row.branch),
    };
    let attempt = SyncAttempt {
        number,
        effect: effect.clone(),
        asked: occasion.commit.is_none(),
        commit: occasion.commit.clone(),
        before: row.succeeded.as_ref().and_then(|it| it.commit.clone()),
        digest: None,
        started: now.at,
        state: SyncState::Initiated,
        events: vec![SyncEvent { at: now.at, kind: SyncState::Initiated, text }],
    };
    let read = ReadSyncFile {
        account: row.account.clone(),
        sync_type: row.sync_type,
        resource: row.resource.clone(),
        connection: link.connection.clone(),
        repository: link.repository.clone(),
        branch: row.branch.clone(),
        path: row.config_file.clone(),
        commit: occasion.commit,
    };
    let effect = new_effect(&row.account, effect, Effect::ReadSyncFile(Box::new(read)), now);
    changes.effect(effect);
    SyncConfigurationRow { latest: Some(attempt), ..row }
}

/// The configuration with a blocker that stands; one that says the same stays the one that it was.
fn blocked(
    mut row: SyncConfigurationRow,
    reason: String,
    contexts: Vec<(String, String)>,
    now: &Now,
) -> SyncConfigurationRow {
    let stands = |it: &SyncBlocker| it.resolved.is_none() && it.reason == reason;
    if row.blockers.iter().any(stands) {
        return row;
    }
    row = unblocked(row, "Another cause took its place.", now);
    let count = row.blockers.len().to_string();
    let parts = [row.account.as_str(), row.sync_type.as_str(), &row.resource, &reason];
    let id = [parts[0], parts[1], parts[2], parts[3], &now.at.0.to_string(), &count];
    let id = derived_uuid(&id);
    row.blockers.insert(0, SyncBlocker { id, reason, contexts, created: now.at, resolved: None });
    row.blockers.truncate(SYNC_BLOCKERS_MAX);
    row
}

/// The configuration without a blocker that stands.
fn unblocked(mut row: SyncConfigurationRow, why: &str, now: &Now) -> SyncConfigurationRow {
    let reason: String = why.chars().take(RESOLVED_REASON_CHARACTERS_MAX).collect();
    for blocker in row.blockers.iter_mut().filter(|it| it.resolved.is_none()) {
        blocker.resolved = Some(Resolved { reason: reason.clone(), at: now.at });
    }
    row
}

/// Tells the forge how a sync went, where the configuration says so.
fn publish(
    row: &SyncConfigurationRow,
    link: &RepositoryLinkRow,
    state: CommitState,
    description: &str,
    now: &Now,
    changes: &mut Changes,
) {
    let attempt = row.latest.as_ref().filter(|_| row.publishes_status == Some(true));
    let Some((attempt, commit)) = attempt.and_then(|it| Some((it, it.commit.clone()?))) else {
        return;
    };
    let report = ReportStatus {
        account: row.account.clone(),
        connection: link.connection.clone(),
        repository: link.repository.clone(),
        commit,
        git_ref: Some(GitRef::branch(row.branch.as_str())),
        context: format!("towpath/sync/{}", row.resource),
        state,
        description: description.to_owned(),
        pipeline: row.resource.as_str().into(),
        execution: None,
        attempt: None,
        fact: FactId(attempt.number),
    };
    let id = EffectId::new(format!("{}-status", attempt.effect));
    changes.effect(new_effect(&row.account, id, Effect::ReportStatus(Box::new(report)), now));
}

fn links(hook: &HookRow) -> Query {
    RepositoryLinkRow::of_repository(&hook.account, &hook.connection, &hook.repository)
}

fn configurations(link: &RepositoryLinkRow) -> Query {
    SyncConfigurationRow::of_link(&link.account, &link.id, SYNC_CONFIGURATIONS_MAX)
}

/// What [`push`] and [`again`] look at: the links of the hook's repository, and what rests on them.
pub fn wants_of_push(hook: &HookRow, seen: &View) -> Vec<Want> {
    let mut wants: Vec<Want> = vec![links(hook).into()];
    for link in seen.known_list::<RepositoryLinkRow>(&links(hook)) {
        wants.push(configurations(link).into());
        for row in seen.known_list::<SyncConfigurationRow>(&configurations(link)) {
            wants.push(row.key().into());
        }
    }
    wants
}

/// Begins a sync of everything that is kept in step with a file of a branch that moved, or is gone;
/// gives the resources. `name` is what makes it this move and no other.
pub fn push(
    hook: &HookRow,
    git_ref: &GitRef,
    commit: Option<&CommitSha>,
    name: &[String; 3],
    seen: &View,
    now: &Now,
    changes: &mut Changes,
) -> Vec<String> {
    if git_ref.kind != RefKind::Branch {
        return Vec::new();
    }
    let mut begun = Vec::new();
    for (row, link) in resting(hook, seen) {
        if row.branch == git_ref.name {
            let occasion = Occasion { name: name.join(" "), commit: commit.cloned() };
            let row = begin(row.clone(), link, occasion, now, changes);
            begun.push(row.resource.clone());
            changes.put(seen, row);
        }
    }
    begun
}

/// Tries again what failed before the repository had its hook: by then nobody may have authorised
/// its connection. `name` is what no other occasion is called.
pub fn again(hook: &HookRow, name: &str, seen: &View, now: &Now, changes: &mut Changes) {
    for (row, link) in resting(hook, seen) {
        if row.latest.as_ref().is_some_and(|latest| latest.state == SyncState::Failed) {
            let occasion = Occasion { name: name.to_owned(), commit: None };
            let row = begin(row.clone(), link, occasion, now, changes);
            changes.put(seen, row);
        }
    }
}

/// What rests on the links of the hook's repository, each with its link.
fn resting<'a>(
    hook: &HookRow,
    seen: &'a View,
) -> Vec<(&'a SyncConfigurationRow, &'a RepositoryLinkRow)> {
    let rows = |link: &'a RepositoryLinkRow| {
        let listed = seen.list::<SyncConfigurationRow>(&configurations(link)).into_iter();
        let rows = listed.filter_map(|row| seen.row::<SyncConfigurationRow>(row.key()));
        rows.map(move |row| (row, link))
    };
    seen.list::<RepositoryLinkRow>(&links(hook)).into_iter().flat_map(rows).collect()
}
