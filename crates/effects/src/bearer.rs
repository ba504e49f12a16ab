//! Who a step is, for the tokens that it asked for: taken from what the server decided, never from
//! what the step's own text says.

use domain::CommitSha;
use domain::forge_event::GitRef;
use domain::revision::Trigger;
use engine::StartAction;
use identity::step::{Asked, Environment, Step, Unusable};
use recipes::bitbucket::Run;
use recipes::bitbucket::variables::Ids;
use recipes::plan;

/// A step that asked for tokens.
#[derive(Clone, Debug)]
pub struct Bearer {
    /// What they say of it.
    pub step: Step,
    /// Their subject.
    pub subject: String,
    /// Which ones it asked for.
    pub asked: Asked,
}

/// What an attempt that began knows of its execution.
pub(crate) struct Began {
    /// The run, as its steps' variables tell it.
    pub(crate) run: Run,
    /// The branch or tag, or where the forge shows the pull request of a fork.
    pub(crate) git_ref: Option<GitRef>,
    /// Whether the forge protects it.
    pub(crate) protected: Option<bool>,
}

/// The bearer that a step of a run is. A role that the step's own variables name is as good as one
/// in the action's configuration.
///
/// # Errors
/// The subject that was asked for cannot be had.
pub(crate) fn bearer(
    start: &StartAction,
    (Began { run, git_ref, protected }, index): (&Began, usize),
    planned: &plan::Step,
    asked: Asked,
    seconds_max: u32,
) -> Result<Bearer, Unusable> {
    let ids = Ids::of(run, index, planned.deployment.as_deref());
    let pull_request = match &start.trigger {
        Trigger::WebhookV2(push) => push.pull_request.as_ref().map(|request| request.number),
        _ => None,
    };
    let step = Step {
        attempt: start.attempt.clone(),
        repository: run.repository.clone(),
        repository_uuid: ids.repository,
        workspace_uuid: ids.workspace,
        pipeline_uuid: ids.pipeline,
        step_uuid: ids.step,
        environment: ids.environment.map(|(slug, uuid)| Environment { slug, uuid }),
        git_ref: git_ref.clone(),
        protected: *protected,
        commit: Some(&run.commit).filter(|it| !it.is_empty()).map(CommitSha::new),
        pull_request,
        seconds_max: planned.max_seconds.unwrap_or(seconds_max),
    };
    let named = planned.environment.iter().rev().find(|(name, _)| name == "AWS_ROLE_ARN");
    let role_arn = asked.role_arn.or_else(|| named.map(|(_, value)| value.clone()));
    let asked = Asked { role_arn, ..asked };
    Ok(Bearer { subject: asked.subject_of(&step)?, step, asked })
}
