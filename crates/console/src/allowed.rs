//! Who may see what: a page is shown to whoever the API would tell the same.

use crate::asking::{Question, check, may};
use crate::load::Shelf;
use crate::place::{Page, Place};
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::ConsoleState;
use crate::view::Frame;
use crate::view::log::Log;
use domain::{ExecutionId, PipelineName};
use serde_json::{Value, json};
use wire::service::Service::{self, CodeConnections, CodePipeline, Towpath};

/// Loads a page for whoever is signed in, without what they may not see of it.
///
/// # Errors
/// They may not see it, there is no such page, or it could not be loaded.
pub async fn load(
    state: &ConsoleState,
    session: &Session,
    place: &Place,
    frame: Frame,
) -> Result<Page, Refusal> {
    for question in questions(place) {
        check(state, session, &question).await?;
    }
    let (store, account, at) = (&state.desk.store, &session.row.account, state.now());
    let shelf = Shelf { store, blobs: &state.blobs, account, at };
    let mut page = place.load(shelf, frame).await?;
    match (&mut page, place) {
        (Page::Pipelines(page), _) => {
            let mut seen = Vec::new();
            for line in std::mem::take(&mut page.pipelines) {
                if may(state, session, &runs(&line.name.as_str().into())).await? {
                    seen.push(line);
                }
            }
            page.pipelines = seen;
        }
        (Page::Execution(page), Place::Execution(pipeline, id, _)) => {
            if let Some(log) = &page.log
                && !may(state, session, &log_of(pipeline, id, log)).await?
            {
                page.log = None;
            }
        }
        _ => {}
    }
    Ok(page)
}

/// The operations that tell what a page shows.
fn questions(place: &Place) -> Vec<Question> {
    match place {
        Place::Pipelines(_) => vec![question(CodePipeline, "ListPipelines", json!({}))],
        Place::Pipeline(name) => {
            let state = question(CodePipeline, "GetPipelineState", json!({ "name": name }));
            vec![state, runs(name)]
        }
        Place::Executions(name, _) => vec![runs(name)],
        Place::Execution(name, id, _) => vec![execution(name, id), actions(name)],
        Place::Connections => vec![
            question(CodeConnections, "ListConnections", json!({})),
            question(CodeConnections, "ListHosts", json!({})),
        ],
        Place::Syncs => vec![question(CodeConnections, "ListRepositoryLinks", json!({}))],
        Place::Deliveries(_) => vec![question(Towpath, "ListDeliveries", json!({}))],
        Place::Delivery(id) => {
            vec![question(Towpath, "GetDelivery", json!({ "deliveryId": id }))]
        }
    }
}

fn question(service: Service, name: &'static str, input: Value) -> Question {
    Question { service, name, input }
}

fn runs(pipeline: &PipelineName) -> Question {
    let input = json!({ "pipelineName": pipeline, "maxResults": 1 });
    question(CodePipeline, "ListPipelineExecutions", input)
}

fn actions(pipeline: &PipelineName) -> Question {
    let input = json!({ "pipelineName": pipeline, "maxResults": 1 });
    question(CodePipeline, "ListActionExecutions", input)
}

/// Asks for one execution.
pub fn execution(pipeline: &PipelineName, id: &ExecutionId) -> Question {
    let input = json!({ "pipelineName": pipeline, "pipelineExecutionId": id });
    question(CodePipeline, "GetPipelineExecution", input)
}

/// Asks for an artifact of an execution.
pub fn artifact(pipeline: &PipelineName, id: &ExecutionId, name: &str) -> Question {
    let input =
        json!({ "pipelineName": pipeline, "pipelineExecutionId": id, "artifactName": name });
    question(Towpath, "GetArtifact", input)
}

/// Asks for a log by its name, `Stage/Action/2`.
pub fn named_log(pipeline: &PipelineName, id: &ExecutionId, name: &str) -> Question {
    let mut words = name.split('/');
    let mut word = || words.next().unwrap_or_default();
    let input = json!({ "pipelineName": pipeline, "pipelineExecutionId": id,
        "stageName": word(), "actionName": word() });
    question(Towpath, "GetActionLog", input)
}

fn log_of(pipeline: &PipelineName, id: &ExecutionId, log: &Log) -> Question {
    named_log(pipeline, id, &format!("{}/{}", log.stage, log.action))
}
