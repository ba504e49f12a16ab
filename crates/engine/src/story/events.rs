//! Events of stories.

use super::{BY, CONNECTION};
use crate::*;
use domain::forge_event::GitRef;
use domain::fork::{Code, ForkRule};
use domain::pipeline::PullRequestEventType;
use domain::reason::{FailureCode, Stop};
use domain::revision::{PullRequestTrigger, PushTrigger, Seen, SourceRevision, Trigger};
use domain::{ArtifactRef, CommitSha, Digest};

pub(crate) fn start(id: &str) -> EventKind {
    EventKind::Start(Start {
        execution: id.into(),
        trigger: Trigger::StartPipelineExecution { by: BY.into() },
        variables: Default::default(),
        revisions: vec![],
    })
}

pub(crate) fn push(id: &str, digit: &str) -> EventKind {
    let push = PushTrigger {
        source_action: "Fetch".into(),
        connection: CONNECTION.into(),
        repository: "o/r".into(),
        git_ref: GitRef::branch("main"),
        commit: commit(digit),
        pull_request: None,
        webhook: None,
        seen: Seen::Delivery("dlv-1".into()),
    };
    let trigger = Trigger::WebhookV2(push);
    let (variables, revisions) = Default::default();
    EventKind::Start(Start { execution: id.into(), trigger, variables, revisions })
}

/// The same of a pull request from a fork, whose source says this of such.
pub(crate) fn proposal(id: &str, digit: &str, rule: ForkRule) -> EventKind {
    let EventKind::Start(mut start) = push(id, digit) else { unreachable!("a push is a start") };
    let Trigger::WebhookV2(push) = &mut start.trigger else { unreachable!("of a push") };
    push.pull_request = Some(PullRequestTrigger {
        number: 7,
        title: "Let me in".to_owned(),
        target: "main".to_owned(),
        event: PullRequestEventType::Open,
        code: Code::Fork { rule, branch: "main".to_owned() },
    });
    EventKind::Start(start)
}

pub(crate) fn stop(id: &str, abandon: bool) -> EventKind {
    let stop = Stop { by: BY.into(), comment: "enough".into(), abandon };
    EventKind::Stop { execution: id.into(), stop }
}

pub(crate) fn answer(token: &str, approved: bool) -> EventKind {
    EventKind::Approve(Approve {
        stage: "Approve".into(),
        action: "Ask".into(),
        token: token.into(),
        approved,
        summary: "looked at it".into(),
        by: BY.into(),
    })
}

pub(crate) fn commit(digit: &str) -> CommitSha {
    CommitSha::new(digit.repeat(40))
}

/// Everything that an attempt was to bring.
pub(crate) fn success(attempt: &Attempt) -> AttemptResult {
    let artifact = ArtifactRef { digest: Digest("d".repeat(64)), size: 1, store: "local".into() };
    let outputs = attempt.work.outputs.iter().map(|it| (it.name.clone(), artifact.clone()));
    let mut produced = Produced { outputs: outputs.collect(), ..Produced::default() };
    if attempt.of.stage.as_str() == "Source" {
        let wanted = attempt.work.revision.as_ref().map(|it| it.commit.clone());
        let commit = wanted.unwrap_or_else(|| commit("a"));
        produced.variables.insert("CommitId".into(), commit.to_string());
        produced.revision = Some(SourceRevision {
            action: attempt.of.action.clone(),
            connection: CONNECTION.into(),
            repository: "o/r".into(),
            git_ref: Some(GitRef::branch("main")),
            commit,
            info: Default::default(),
            url: None,
            protected: None,
        });
    }
    AttemptResult::Succeeded(Box::new(produced))
}

pub(crate) fn failure() -> AttemptResult {
    AttemptResult::Failed { code: FailureCode::JobFailed, message: "exit 1".into() }
}
