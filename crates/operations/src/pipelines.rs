//! Pipelines: create, get, update, delete, list.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::pipeline::{ArtifactStore, PipelineDeclaration};
use domain::{Arn, BucketName, PipelineName};
use engine::{Event, EventKind, Nonce, ReachedBy};
use identity::Ask;
use identity::policy::Context;
use store::{Changes, ConnectionRow, Key, LineRow, PipelineRow, PipelineVersionRow, View, Want};
use wire::codepipeline as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::keys::CODEPIPELINE;
use crate::limits::{LIST_PIPELINES_MAX, PIPELINE_VERSIONS_MAX};
use crate::line::{Which, advance};
use crate::refusal::{self, Refused};
use crate::table::operation;
use crate::turn::Now;
use crate::{
    buckets, handover, keys, page, service_role, shares, source_tokens, step_tokens, tags, watches,
};

/// The ARN of a pipeline in the caller's account.
pub fn arn(caller: &Caller, name: &PipelineName) -> String {
    caller.arn("codepipeline", name.as_str())
}

/// An event on a line, with the call's randomness.
pub fn event(caller: &Caller, kind: EventKind) -> Event {
    let mut nonce = [0; 16];
    nonce.copy_from_slice(&caller.nonce[..16]);
    Event { nonce: Nonce(nonce), kind }
}

/// The line of a pipeline in the caller's account.
pub fn line(caller: &Caller, name: &PipelineName) -> Which {
    Which { account: caller.account().clone(), pipeline: name.clone() }
}

/// The pipeline as it was seen.
///
/// # Errors
/// `PipelineNotFoundException`.
pub fn seen<'a>(
    caller: &Caller,
    name: &PipelineName,
    seen: &'a View,
) -> Result<&'a PipelineRow, Refused> {
    let row = seen.row::<PipelineRow>(PipelineRow::at(caller.account(), name));
    row.ok_or_else(|| refusal::no_pipeline(caller.account(), name))
}

operation! {
    /// `codepipeline:CreatePipeline`. It starts nothing: the first push or
    /// `StartPipelineExecution` does (decision 0003).
    Create: shapes::CreatePipelineInput => shapes::CreatePipelineOutput;
    resource(caller, input) { arn(caller, &input.pipeline.name) }
    ask(_, input, _, ask) { ask.with(keys::of_request_tags(tags::of_pipeline(input.tags.as_ref()))) }
    also(caller, input, view) { passed_on(caller, &input.pipeline, view) }
    wants(caller, input, view) { wants_of_declaring(caller, &input.pipeline, view) }
    decide(caller, input, view, now, mut changes) {
        let mut all = Default::default();
        let new = tags::of_pipeline(input.tags.as_ref());
        tags::add(&mut all, new, &arn(caller, &input.pipeline.name))?;
        let kind = |declaration| EventKind::Created { declaration, by: caller.principal.arn.to_string() };
        let row = declare("CreatePipeline", caller, &input.pipeline, kind, view, now, &mut changes)?;
        let row = PipelineRow { tags: all, created: now.at, ..row };
        changes.put(view, row.clone());
        Ok((changes, shapes::CreatePipelineOutput { pipeline: row.declaration, tags: input.tags.clone() }))
    }
}

operation! {
    /// `codepipeline:UpdatePipeline`. Where stages or actions change, running executions are
    /// cancelled; otherwise they finish on the version they began with.
    Update: shapes::UpdatePipelineInput => shapes::UpdatePipelineOutput;
    resource(caller, input) { arn(caller, &input.pipeline.name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.pipeline.name, view)) }
    also(caller, input, view) { passed_on(caller, &input.pipeline, view) }
    wants(caller, input, view) { wants_of_declaring(caller, &input.pipeline, view) }
    decide(caller, input, view, now, mut changes) {
        let kind = |declaration| EventKind::Updated { declaration, by: caller.principal.arn.to_string() };
        let row = declare("UpdatePipeline", caller, &input.pipeline, kind, view, now, &mut changes)?;
        changes.put(view, row.clone());
        Ok((changes, shapes::UpdatePipelineOutput { pipeline: row.declaration }))
    }
}

/// The condition keys that a pipeline has by its tags.
pub(crate) fn tag_keys(caller: &Caller, name: &PipelineName, view: &View) -> Context {
    let row = view.known::<PipelineRow>(PipelineRow::at(caller.account(), name));
    row.map(|row| keys::of_resource_tags(&row.tags)).unwrap_or_default()
}

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

operation! {
    /// `codepipeline:GetPipeline`, of the current version or of an earlier one.
    Get: shapes::GetPipelineInput => shapes::GetPipelineOutput;
    resource(caller, input) { arn(caller, &input.name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.name, view)) }
    wants(caller, input, _) {
        let version = input.version.map(|version| version_key(caller, &input.name, version).into());
        let pipeline = PipelineRow::at(caller.account(), &input.name).into();
        [pipeline].into_iter().chain(version).collect()
    }
    decide(caller, input, view, _, changes) {
        let row = seen(caller, &input.name, view)?;
        let earlier = match input.version {
            Some(version) => Some(seen_version(caller, &input.name, version, view)?),
            None => None,
        };
        let pipeline = earlier.map_or(&row.declaration, |version| &version.declaration).clone();
        let metadata = shapes::PipelineMetadata {
            pipeline_arn: arn(caller, &input.name),
            created: row.created.into(),
            updated: row.updated.into(),
            polling_disabled_at: None,
        };
        Ok((changes, shapes::GetPipelineOutput { pipeline, metadata }))
    }
}

/// Where a version of a pipeline lies.
pub fn version_key(caller: &Caller, name: &PipelineName, version: u32) -> Key {
    PipelineVersionRow::at(caller.account(), name, &i64::from(version))
}

fn seen_version<'a>(
    caller: &Caller,
    name: &PipelineName,
    version: u32,
    view: &'a View,
) -> Result<&'a PipelineVersionRow, Refused> {
    view.row::<PipelineVersionRow>(version_key(caller, name, version)).ok_or_else(|| {
        let message = format!("Pipeline '{name}' has no version {version}.");
        AwsError::refused("PipelineVersionNotFoundException", message)
    })
}

operation! {
    /// `codepipeline:DeletePipeline`; deleting what is not there succeeds.
    Delete: shapes::DeletePipelineInput => shapes::Nothing;
    resource(caller, input) { arn(caller, &input.name) }
    ask(caller, input, view, ask) { ask.with(tag_keys(caller, &input.name, view)) }
    wants(caller, input, view) {
        let mut wants = line(caller, &input.name).wants(view, &EventKind::Tick);
        wants.push(PipelineRow::at(caller.account(), &input.name).into());
        wants.push(versions(caller, &input.name).into());
        let known = view.known_list::<PipelineVersionRow>(&versions(caller, &input.name));
        wants.extend(known.into_iter().map(|row| store::Record::key(row).into()));
        wants.extend(watches::wants(caller, &input.name, None, view));
        wants.extend(source_tokens::wants(caller, &input.name, None, view));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let key = PipelineRow::at(caller.account(), &input.name);
        if view.row::<PipelineRow>(key.clone()).is_none() {
            return Ok((changes, shapes::Nothing::default()));
        }
        let event = event(caller, EventKind::Deleted { by: caller.principal.arn.to_string() });
        let line = line(caller, &input.name).load(view, &event.kind, now);
        advance(line, &event, view, now, &mut changes)
            .map_err(|refused| refusal::engine("DeletePipeline", caller.account(), &input.name, refused))?;
        changes.delete::<PipelineRow>(view, key);
        for version in view.list::<PipelineVersionRow>(&versions(caller, &input.name)) {
            changes.delete::<PipelineVersionRow>(view, store::Record::key(version));
        }
        watches::change(caller, &input.name, None, view, now, &mut changes)?;
        source_tokens::change(caller, &input.name, None, view, now, &mut changes)?;
        Ok((changes, shapes::Nothing::default()))
    }
}

fn versions(caller: &Caller, name: &PipelineName) -> store::Query {
    PipelineVersionRow::of_pipeline(caller.account(), name, PIPELINE_VERSIONS_MAX)
}

const LIST: &str = "codepipeline:ListPipelines";

operation! {
    /// `codepipeline:ListPipelines`, by name.
    List: shapes::ListPipelinesInput => shapes::ListPipelinesOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, _) {
        list_query(caller, input).map(|query| vec![query.into()]).unwrap_or_default()
    }
    decide(caller, input, view, _, changes) {
        let rows = view.list::<PipelineRow>(&list_query(caller, input)?);
        let size = page::size(input.max_results, LIST_PIPELINES_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.name.to_string());
        let pipelines = rows.into_iter().map(summary).collect();
        Ok((changes, shapes::ListPipelinesOutput { pipelines, next_token }))
    }
}

fn list_query(
    caller: &Caller,
    input: &shapes::ListPipelinesInput,
) -> Result<store::Query, Refused> {
    let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?.unwrap_or_default();
    let size = page::size(input.max_results, LIST_PIPELINES_MAX) as i64;
    Ok(PipelineRow::of_account(caller.account(), &PipelineName::new(after), size + 1))
}

fn summary(row: &PipelineRow) -> shapes::PipelineSummary {
    shapes::PipelineSummary {
        name: row.name.clone(),
        version: row.number as u32,
        pipeline_type: engine::structure::pipeline_type(&row.declaration),
        execution_mode: row.declaration.execution_mode.unwrap_or_default(),
        created: row.created.into(),
        updated: row.updated.into(),
    }
}
