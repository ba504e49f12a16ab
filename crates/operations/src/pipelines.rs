//! Pipelines: create, get, update, delete, list.

mod declaring;

pub(crate) use declaring::{declare, passed_on, wants_of_declaring};

use domain::PipelineName;
use engine::{Event, EventKind, Nonce};
use identity::policy::Context;
use store::{Key, PipelineRow, PipelineVersionRow, View};
use wire::codepipeline as shapes;
use wire::error::AwsError;

use crate::caller::Caller;
use crate::limits::{LIST_PIPELINES_MAX, PIPELINE_VERSIONS_MAX};
use crate::line::{Which, advance};
use crate::refusal::{self, Refused};
use crate::table::operation;
use crate::{keys, page, source_tokens, tags, watches};

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
