//! Pull requests from forks that a pipeline lets in: what their executions may have, and what the
//! audit log is told of it.

use domain::fork::{Code, ForkRule};
use domain::revision::{PullRequestTrigger, Trigger};
use domain::{ActionName, Arn, ConnectionArn, ExecutionId};
use identity::audit::{Details, Entry};
use serde_json::json;
use store::PipelineRow;
use wire::towpath as shapes;

use crate::turn::Now;

/// What an execution remembers of a pull request, with what the pipeline's source lets a fork's have.
pub(super) fn ruled(
    mut request: PullRequestTrigger,
    row: &PipelineRow,
    source: &ActionName,
) -> PullRequestTrigger {
    let source = row.declaration.sources().find(|it| it.name == *source);
    if let (Code::Fork { rule, .. }, Some(said)) =
        (&mut request.code, source.and_then(ForkRule::of))
    {
        *rule = said;
    }
    request
}

/// What the audit log is told of an execution that begins; nothing where its code is our own.
pub(super) fn told(
    row: &PipelineRow,
    trigger: &Trigger,
    execution: &ExecutionId,
    now: &Now,
) -> Option<Entry> {
    let Trigger::WebhookV2(push) = trigger else { return None };
    let (rule, request) = (push.fork_rule()?, push.pull_request.as_ref()?);
    let parameters = [
        ("forkPullRequests", json!(rule.as_str())),
        ("pipelineExecutionId", json!(execution)),
        ("pullRequest", json!(format!("{}#{}", push.repository, request.number))),
        ("commit", json!(push.commit)),
    ];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value)).into();
    Some(Entry {
        at: now.at,
        account: row.account.clone(),
        principal: "triggers".to_owned(),
        access_key: None,
        action: "towpath:StartForkPullRequest".to_owned(),
        resource: pipeline_arn(row, &push.connection),
        details: Details { source_identity: None, parameters },
    })
}

/// A pipeline lies in the region of its connections.
fn pipeline_arn(row: &PipelineRow, connection: &ConnectionArn) -> String {
    let region = Arn::parse(connection.as_str()).map(|arn| arn.region).unwrap_or_default();
    format!("arn:aws:codepipeline:{region}:{}:{}", row.account, row.name)
}

/// What whoever asks about an execution is told of its code; nothing where that is our own.
pub(crate) fn of_fork(doc: &engine::Execution) -> Option<shapes::Reason> {
    let sentence = match doc.trigger.fork_rule()? {
        ForkRule::WithoutIdentity => {
            "The code is that of a pull request from a fork: it gets no tokens, no secrets and no deployment \
             (ForkPullRequests of its source action is WithoutIdentity)"
        }
        ForkRule::WithIdentity => {
            "The code is that of a pull request from a fork, and has what the pipeline has \
             (ForkPullRequests of its source action is WithIdentity)"
        }
    };
    Some(shapes::Reason {
        code: "from-fork".to_owned(),
        sentence: sentence.to_owned(),
        next_step: None,
        at: Some(doc.started.into()),
    })
}
