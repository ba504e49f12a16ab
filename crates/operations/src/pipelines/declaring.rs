//! What creating and updating a pipeline have in common: what both look at, what both ask for, and what
//! follows from a declaration.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::pipeline::{ArtifactStore, PipelineDeclaration};
use domain::{Arn, BucketName, PipelineName};
use engine::{EventKind, ReachedBy};
use identity::Ask;
use store::{Changes, ConnectionRow, Key, LineRow, PipelineRow, PipelineVersionRow, View, Want};
use wire::error::AwsError;

use super::{arn, event, line};
use crate::caller::Caller;
use crate::keys::CODEPIPELINE;
use crate::line::advance;
use crate::refusal::{self, Refused};
use crate::turn::Now;
use crate::{buckets, handover, keys, service_role, shares, source_tokens, step_tokens, watches};

/// Everything that creating and updating look at: the line, the pipeline, its next version, its
/// buckets, and the hooks of what it watched and will watch.
pub(crate) fn wants_of_declaring(
    caller: &Caller,
    declaration: &PipelineDeclaration,
    view: &View,
) -> Vec<Want> {
    let mut wants = line(caller, &declaration.name).wants(view, &EventKind::Tick);
    wants.push(PipelineRow::at(caller.account(), &declaration.name).into());
    wants.push(next_version(caller, &declaration.name, view).into());
    wants.extend(service_role::wants(caller, &declaration.role_arn));
    wants.extend(watches::connections(declaration).iter().filter_map(shares::key).map(Want::from));
    wants.extend(bucket_names(declaration).iter().flat_map(|name| buckets::wants(name, view)));
    wants.extend(watches::wants(caller, &declaration.name, Some(declaration), view));
    wants.extend(source_tokens::wants(caller, &declaration.name, Some(declaration), view));
    wants.extend(handover::wants(caller, declaration, view));
    wants
}

/// The key of the version that comes next: a pipeline that was deleted begins anew with 1.
fn next_version(caller: &Caller, name: &PipelineName, view: &View) -> Key {
    let row = view.known::<LineRow>(LineRow::at(caller.account(), name));
    let current = row.filter(|row| !row.head.deleted).map_or(0, |row| row.head.version);
    PipelineVersionRow::at(caller.account(), name, &i64::from(current + 1))
}

/// Lets the engine take the declaration and writes what follows, but for the row itself, which is
/// returned with the tags and the beginning of the one before.
pub(crate) fn declare(
    operation: &str,
    caller: &Caller,
    declaration: &PipelineDeclaration,
    kind: impl FnOnce(Arc<PipelineDeclaration>) -> EventKind,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<PipelineRow, Refused> {
    let (account, name) = (caller.account(), &declaration.name);
    let elsewhere = engine::structure::elsewhere(declaration, &caller.region);
    let unusable = step_tokens::unusable(declaration);
    if !elsewhere.is_empty() || !unusable.is_empty() {
        let others = engine::validate(declaration).err().unwrap_or_default();
        let all = [elsewhere, others, unusable].concat();
        return Err(refusal::engine(operation, account, name, engine::Refused::Structure(all)));
    }
    check_regions(caller, declaration)?;
    let masked = source_tokens::masked(declaration);
    let event = event(caller, kind(Arc::new(masked)));
    let line = line(caller, name).load(view, &event.kind, now);
    let decided = advance(line, &event, view, now, changes)
        .map_err(|refused| refusal::engine(operation, account, name, refused))?;
    check_repositories(caller, declaration, view)?;
    let current = decided.line.head.declaration().expect("it was just declared");
    let runs_as = service_role::decide(caller, name, &current.role_arn, view, now)?;
    let (account, name, number) =
        (account.clone(), name.clone(), i64::from(decided.line.head.version));
    let (told, declaration) = (declaration, PipelineDeclaration::clone(current));
    make_buckets(caller, &declaration, view, now, changes)?;
    watches::change(caller, &name, Some(&declaration), view, now, changes)?;
    source_tokens::change(caller, &name, Some(told), view, now, changes)?;
    handover::change(caller, &declaration, view, now, changes);
    let version = PipelineVersionRow {
        account: account.clone(),
        name: name.clone(),
        number,
        declaration: declaration.clone(),
    };
    changes.put(view, version);
    let before = view.row::<PipelineRow>(PipelineRow::at(&account, &name));
    let (created, tags) =
        before.map_or((now.at, Default::default()), |row| (row.created, row.tags.clone()));
    let (updated, runs_as) = (now.at, Some(runs_as));
    Ok(PipelineRow { account, name, number, created, updated, declaration, tags, runs_as })
}

/// What a caller must be allowed who declares a pipeline: to pass its role on, and each connection
/// ("Grant permissions to pass a role" in the IAM user guide; CodeConnections, "PassConnection").
pub(crate) fn passed_on(
    caller: &Caller,
    declaration: &PipelineDeclaration,
    view: &View,
) -> Vec<Ask> {
    let mut keys = keys::of("iam:PassedToService", CODEPIPELINE);
    keys.extend(&keys::of("iam:AssociatedResourceArn", &arn(caller, &declaration.name)));
    let actions = declaration.stages.iter().flat_map(|stage| &stage.actions);
    let roles =
        actions.filter_map(|action| action.role_arn.as_ref()).chain([&declaration.role_arn]);
    let roles: BTreeSet<&String> = roles.collect();
    let roles = roles.into_iter().map(|role| Ask::new("iam:PassRole", role).with(keys.clone()));
    // What is no connection's ARN names nobody's resource; the engine says what it should be.
    let connections = watches::connections(declaration).into_iter().filter(|arn| arn.is_valid());
    let connections = connections.map(|arn| {
        let service = Arn::parse(arn.as_str()).map(|arn| arn.service).unwrap_or_default();
        let keys = keys::of("codeconnections:PassedToService", CODEPIPELINE);
        let policy = shares::policy(&caller.principal, &arn, view);
        Ask::new(format!("{service}:PassConnection"), arn.as_str()).with(keys).under(policy)
    });
    roles.chain(connections).collect()
}

/// What is judged must be what is used, and connections are found by their id.
fn check_regions(caller: &Caller, declaration: &PipelineDeclaration) -> Result<(), Refused> {
    for connection in watches::connections(declaration).iter().filter(|arn| arn.is_valid()) {
        let region = Arn::parse(connection.as_str()).map(|arn| arn.region);
        if region.is_some_and(|region| region != caller.region) {
            let message = format!("{connection}: connections are of region {}", caller.region);
            return Err(AwsError::refused("InvalidActionDeclarationException", message));
        }
    }
    Ok(())
}

/// Only GitLab has projects within groups within groups. A connection that is not there is of no kind:
/// it may be made later, and until then the pipeline says so.
fn check_repositories(
    caller: &Caller,
    declaration: &PipelineDeclaration,
    view: &View,
) -> Result<(), Refused> {
    for watch in engine::watches(declaration) {
        let ReachedBy::Connection { arn, .. } = &watch.by else { continue };
        let key = watches::connection_key(caller.account(), arn);
        let Some(connection) = view.known::<ConnectionRow>(key) else { continue };
        watch.repository.check_at(connection.provider).map_err(|why| {
            let (action, repository) = (&watch.source_action, &watch.repository);
            let message = format!(
                "FullRepositoryId {repository} of action {action} is no repository by {arn}, a \
                 connection to {}: {why}",
                connection.provider
            );
            AwsError::refused("InvalidActionDeclarationException", message)
        })?;
    }
    Ok(())
}

fn bucket_names(declaration: &PipelineDeclaration) -> BTreeSet<BucketName> {
    let stores = declaration.artifact_stores.iter().flat_map(|stores| stores.values());
    let stores = stores.chain(&declaration.artifact_store);
    stores.map(|ArtifactStore { location, .. }| location.clone()).collect()
}

/// A bucket that an artifact store names is made where it is missing.
fn make_buckets(
    caller: &Caller,
    declaration: &PipelineDeclaration,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<(), Refused> {
    for name in bucket_names(declaration) {
        buckets::ensure(caller, &name, view, now, changes)
            .map_err(|refused| AwsError::refused("InvalidStructureException", refused.message))?;
    }
    Ok(())
}
