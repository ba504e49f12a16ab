//! A declaration and what became of it, as the picture of stages and actions.

use super::words::{asks, of_attempt, of_stage, why, why_of_attempt};
use crate::href::Href;
use crate::moment::{Moment, Span};
use crate::view::Why;
use crate::view::picture::{Action, Approval, Gate, Order, Passenger, Revision, Stage, Waiting};
use domain::pipeline::{ActionCategory, ActionDeclaration, PipelineDeclaration, StageDeclaration};
use domain::reason::{Pending, Reason, Wait};
use domain::revision::SourceRevision;
use domain::{ActionExecutionId, ExecutionId, PipelineName};
use engine::{Attempt, AttemptState, Execution, ExecutionStatus, StageHead, StageRun, Transition};
use std::collections::BTreeMap;

/// An execution with its attempts.
#[derive(Clone, Debug)]
pub struct Run {
    /// The execution.
    pub execution: Execution,
    /// All its attempts.
    pub attempts: Vec<Attempt>,
    /// The forges that they wait for.
    pub awaited: BTreeMap<ActionExecutionId, Pending>,
}

impl Run {
    /// The attempts, borrowed.
    pub fn attempts(&self) -> Vec<&Attempt> {
        self.attempts.iter().collect()
    }

    /// Why an attempt stands as it does; nothing where the status says it all.
    fn why(&self, attempt: &Attempt) -> Option<Why> {
        let awaited = self.awaited.get(&attempt.id).map(|forge| why(Reason::Pending(forge)));
        awaited.or_else(|| why_of_attempt(attempt))
    }

    fn latest(&self, stage: &StageDeclaration, action: &ActionDeclaration) -> Option<&Attempt> {
        let of = |it: &&Attempt| it.of.stage == stage.name && it.of.action == action.name;
        self.attempts.iter().filter(of).max_by_key(|it| it.of.attempt)
    }
}

/// An execution's page.
pub fn execution_href(pipeline: &PipelineName, execution: &ExecutionId) -> Href {
    Href::inside(&["pipelines", pipeline.as_str(), "executions", execution.as_str()])
}

/// The execution as a link with what it carries.
pub fn passenger(pipeline: &PipelineName, execution: &Execution) -> Passenger {
    Passenger {
        id: execution.id.to_string(),
        href: execution_href(pipeline, &execution.id),
        revision: execution.known_revisions().first().map(revision),
    }
}

/// A source's revision.
pub fn revision(of: &SourceRevision) -> Revision {
    let author = Some(of.info.author_name.clone()).filter(|name| !name.is_empty());
    Revision {
        action: of.action.to_string(),
        id: of.commit.to_string(),
        summary: of.summary(),
        author,
        reference: of.git_ref.as_ref().map(|it| it.name.clone()),
        repository: Some(of.repository.to_string()),
        href: of.url.as_deref().and_then(Href::outside),
    }
}

/// One execution's way through the pipeline.
pub fn of_run(declaration: &PipelineDeclaration, run: &Run) -> Vec<Stage> {
    let one = |stage| with_run(declaration, stage, Some(run));
    declaration.stages.iter().map(one).collect()
}

/// The pipeline as it stands: in each stage whoever is inside or was last, with its gate and door.
pub fn of_pipeline(
    declaration: &PipelineDeclaration,
    heads: &[StageHead],
    runs: &BTreeMap<ExecutionId, Run>,
) -> Vec<Stage> {
    let one = |(index, stage): (usize, &StageDeclaration)| {
        let head = heads.iter().find(|head| head.name == stage.name);
        let latest = head.and_then(|head| head.latest.as_ref()).map(|it| &it.execution);
        let inside = head.and_then(|head| head.occupant.as_ref()).or(latest);
        let run = inside.and_then(|id| runs.get(id));
        let waiting = head.and_then(|head| runs.get(head.waiting.as_ref()?));
        Stage {
            gate: head.filter(|_| index > 0).map(|head| gate(&head.transition)),
            occupant: run.map(|run| passenger(&declaration.name, &run.execution)),
            at_the_door: waiting.and_then(|run| at_the_door(&declaration.name, &run.execution)),
            ..with_run(declaration, stage, run)
        }
    };
    declaration.stages.iter().enumerate().map(one).collect()
}

fn at_the_door(pipeline: &PipelineName, execution: &Execution) -> Option<Waiting> {
    let ExecutionStatus::Waiting(wait) = &execution.status else { return None };
    Some(Waiting { who: passenger(pipeline, execution), why: why(Reason::Wait(wait)) })
}

fn gate(transition: &Transition) -> Gate {
    match transition {
        Transition::Untouched => Gate { open: true, ..Gate::default() },
        Transition::Enabled { by, at } => {
            Gate { open: true, by: Some(by.clone()), at: Some(Moment(*at)), reason: None }
        }
        Transition::Disabled { by, at, comment } => {
            let reason = Some(comment.clone()).filter(|text| !text.is_empty());
            Gate { open: false, by: Some(by.clone()), at: Some(Moment(*at)), reason }
        }
    }
}

fn with_run(
    declaration: &PipelineDeclaration,
    stage: &StageDeclaration,
    run: Option<&Run>,
) -> Stage {
    let entered = run.and_then(|run| run.execution.stage(&stage.name));
    let attempts = run.map(Run::attempts).unwrap_or_default();
    let status = match run {
        Some(run) => of_stage(&run.execution, entered, &attempts),
        None => super::words::status("NotStarted"),
    };
    let run = run.filter(|_| entered.is_some());
    let orders = orders(&declaration.name, stage, run, entered);
    Stage { name: stage.name.to_string(), status, orders, ..Stage::default() }
}

fn orders(
    pipeline: &PipelineName,
    stage: &StageDeclaration,
    run: Option<&Run>,
    entered: Option<&StageRun>,
) -> Vec<Order> {
    let mut orders: BTreeMap<u32, Vec<Action>> = BTreeMap::new();
    for declared in &stage.actions {
        let begun =
            entered.and_then(|it| it.action(&declared.name)).is_some_and(|it| it.attempts > 0);
        let attempt = run.filter(|_| begun).and_then(|run| run.latest(stage, declared));
        let shown = action(pipeline, declared, run, attempt);
        orders.entry(declared.run_order()).or_default().push(shown);
    }
    orders.into_iter().map(|(run_order, actions)| Order { run_order, actions }).collect()
}

fn action(
    pipeline: &PipelineName,
    declared: &ActionDeclaration,
    run: Option<&Run>,
    attempt: Option<&Attempt>,
) -> Action {
    let produced = attempt.and_then(Attempt::produced);
    Action {
        name: declared.name.to_string(),
        category: declared.action_type_id.category.to_string(),
        provider: declared.action_type_id.provider.clone(),
        status: of_attempt(attempt),
        attempt: attempt.map_or(0, |it| it.of.attempt),
        started: attempt.map(|it| Moment(it.began)),
        took: attempt.and_then(took),
        summary: produced.and_then(|it| it.summary.clone()),
        why: attempt.zip(run).and_then(|(it, run)| run.why(it)),
        log: attempt.filter(|it| writes_log(it)).map(|it| log_href(pipeline, it)),
        elsewhere: produced.and_then(|it| Href::outside(it.external_url.as_deref()?)),
        approval: attempt.zip(run).and_then(|(it, run)| approval(pipeline, &run.execution, it)),
    }
}

fn took(attempt: &Attempt) -> Option<Span> {
    match &attempt.state {
        AttemptState::Ended { at, .. } => Some(Span::between(attempt.began, *at)),
        AttemptState::Waiting(_) | AttemptState::Running { .. } => None,
    }
}

/// Whether a runner performs the attempt: those are the ones that write logs.
pub fn writes_log(attempt: &Attempt) -> bool {
    use ActionCategory::{Build, Compute, Test};
    matches!(attempt.work.action_type.category, Build | Compute | Test)
}

/// The execution's page with this attempt's log open.
pub fn log_href(pipeline: &PipelineName, attempt: &Attempt) -> Href {
    let of = &attempt.of;
    let page = execution_href(pipeline, &of.execution);
    page.with("log", &format!("{}/{}/{}", of.stage, of.action, of.attempt))
}

/// The question that an attempt asks, if it asks one.
pub fn approval(
    pipeline: &PipelineName,
    execution: &Execution,
    attempt: &Attempt,
) -> Option<Approval> {
    let (AttemptState::Waiting(Wait::Approval { expires, .. }), Some(token)) =
        (&attempt.state, &attempt.token)
    else {
        return None;
    };
    let id = execution.id.as_str();
    let setting = |name: &str| attempt.work.configuration.get(name);
    Some(Approval {
        key: format!("approval-{}", attempt.id),
        submit: Href::inside(&["pipelines", pipeline.as_str(), "executions", id, "approval"]),
        stage: attempt.of.stage.to_string(),
        action: attempt.of.action.to_string(),
        token: token.as_str().to_owned(),
        revision: execution.known_revisions().first().map(revision),
        asks: setting("CustomData").filter(|text| !text.is_empty()).cloned(),
        review: setting("ExternalEntityLink").and_then(|text| Href::outside(text)),
        until: Some(Moment(*expires)),
    })
}

/// Every question that a run asks now.
pub fn approvals(pipeline: &PipelineName, run: &Run) -> Vec<Approval> {
    let questions = run.attempts.iter().filter(|it| asks(it));
    questions.filter_map(|it| approval(pipeline, &run.execution, it)).collect()
}
