//! A line that stories in tests happen to, with everything that must hold after each event.

mod checks;
mod events;

pub(crate) use events::{answer, commit, failure, proposal, push, start, stop, success};

use crate::*;
use checks::{check_facts, check_line, check_touched};
use domain::pipeline::{PipelineDeclaration, RetryMode};
use domain::reason::{End, Wait};
use domain::{AttemptRef, ExecutionId, Timestamp};
use std::sync::Arc;

pub(crate) const BY: &str = "arn:aws:iam::000000000000:user/ada";
pub(crate) const CONNECTION: &str = "arn:aws:codeconnections:us-east-1:000000000000:connection/c";

/// Source, then Build (two actions side by side, a third after them), Approve, Deploy.
pub(crate) fn pipeline() -> PipelineDeclaration {
    let commands = |name: &str, order: u32, command: &str, out: &str| {
        serde_json::json!({
            "name": name, "runOrder": order, "commands": [command],
            "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands",
                "version": "1"},
            "inputArtifacts": [{"name": "source"}],
            "outputArtifacts": if out.is_empty() { vec![] } else {
                vec![serde_json::json!({"name": out, "files": ["**/*"]})]
            },
        })
    };
    serde_json::from_value(serde_json::json!({
        "name": "p", "roleArn": "arn:aws:iam::000000000000:role/r", "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": "bucket"},
        "variables": [{"name": "Greeting", "defaultValue": "hello"}],
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Fetch", "namespace": "SourceVariables",
                "actionTypeId": {"category": "Source", "owner": "AWS",
                    "provider": "CodeStarSourceConnection", "version": "1"},
                "configuration": {"ConnectionArn": CONNECTION, "FullRepositoryId": "o/r",
                    "BranchName": "main"},
                "outputArtifacts": [{"name": "source"}],
            }]},
            {"name": "Build", "actions": [
                commands("Compile", 1, "make #{SourceVariables.CommitId}", "built"),
                commands("Test", 1, "echo #{variables.Greeting}", ""),
                commands("Package", 2, "echo #{codepipeline.PipelineExecutionId}", ""),
            ]},
            {"name": "Approve", "actions": [{
                "name": "Ask", "timeoutInMinutes": 60,
                "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual",
                    "version": "1"},
            }]},
            {"name": "Deploy", "actions": [{
                "name": "Put",
                "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "S3",
                    "version": "1"},
                "configuration": {"BucketName": "site", "Extract": "true"},
                "inputArtifacts": [{"name": "built"}],
            }]},
        ],
    }))
    .expect("the pipeline of the stories reads")
}

pub(crate) struct Story {
    pub(crate) line: Line,
    pub(crate) facts: Vec<Fact>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) at: Timestamp,
    nonces: u8,
}

impl Story {
    /// A story that begins with the pipeline's declaration.
    pub(crate) fn of(declaration: PipelineDeclaration) -> Self {
        let head = LineHead::new("000000000000".into(), "p".into());
        let (line, at) = (Line::new(head, [], []), Timestamp(1_000_000));
        let mut story = Self { line, facts: vec![], effects: vec![], at, nonces: 0 };
        let declaration = Arc::new(declaration);
        story.must(EventKind::Created { declaration, by: BY.into() });
        story
    }

    /// An event, a second after the one before. Checks everything that must hold after it.
    pub(crate) fn happens(&mut self, kind: EventKind) -> Result<Vec<Fact>, Refused> {
        self.at = self.at.plus_seconds(1);
        self.nonces = self.nonces.wrapping_add(1);
        let event = Event { nonce: Nonce([self.nonces; 16]), kind };
        let decided = decide(&self.line, &event, self.at);
        let seen = self.as_loaded(&event.kind);
        assert_eq!(decide(&seen, &event, self.at), decided, "the rows that `needs` names suffice");
        let facts = decided?;
        let before = self.line.clone();
        self.effects = carry_out(&mut self.line, &facts);
        check_touched(&before, &self.line, &facts);
        check_facts(&before, &facts);
        check_line(&self.line);
        self.facts.extend(facts.iter().cloned());
        Ok(facts)
    }

    pub(crate) fn must(&mut self, kind: EventKind) -> Vec<Fact> {
        self.happens(kind).unwrap_or_else(|refused| panic!("{refused}"))
    }

    /// The line as a store would load it for an event.
    fn as_loaded(&self, event: &EventKind) -> Line {
        let needed = self.line.head.needs(event);
        let mut seen = self.line.clone();
        seen.executions.retain(|id, _| needed.contains(id));
        seen.attempts.retain(|of, _| needed.contains(&of.execution));
        seen
    }

    /// The line as its facts alone make it, each one written and read again.
    pub(crate) fn replayed(&self) -> Line {
        let head = LineHead::new("000000000000".into(), "p".into());
        let mut line = Line::new(head, [], []);
        for fact in &self.facts {
            let text = serde_json::to_string(fact).expect("a fact is written");
            apply(&mut line, &serde_json::from_str(&text).expect("a fact is read"));
        }
        line
    }

    pub(crate) fn start(&mut self, id: &str) -> Vec<Fact> {
        self.must(start(id))
    }

    pub(crate) fn run(&self, id: &str) -> &Execution {
        &self.line.executions[&ExecutionId::from(id)]
    }

    pub(crate) fn status(&self, id: &str) -> &'static str {
        self.run(id).status_word()
    }

    pub(crate) fn end(&self, id: &str) -> &End {
        match &self.run(id).status {
            ExecutionStatus::Ended(end) => end,
            other => panic!("{id} has not ended: {other:?}"),
        }
    }

    pub(crate) fn waits(&self, id: &str) -> Vec<Wait> {
        self.line.waits(&id.into())
    }

    /// The latest attempt at an action.
    pub(crate) fn attempt(&self, id: &str, stage: &str, action: &str) -> &Attempt {
        let attempt = self.line.latest_attempt(&id.into(), &stage.into(), &action.into());
        attempt.unwrap_or_else(|| panic!("no attempt at {action} of {id}"))
    }

    pub(crate) fn stage(&self, stage: &str) -> &StageHead {
        self.line.head.stage(&stage.into()).expect("the stage is there")
    }

    pub(crate) fn succeed(&mut self, id: &str, stage: &str, action: &str) -> Vec<Fact> {
        let attempt = self.attempt(id, stage, action);
        let (attempt, result) = (attempt.of.clone(), success(attempt));
        self.must(EventKind::AttemptEnded { attempt, result })
    }

    pub(crate) fn fail(&mut self, id: &str, stage: &str, action: &str) -> Vec<Fact> {
        let attempt = self.attempt(id, stage, action).of.clone();
        self.must(EventKind::AttemptEnded { attempt, result: failure() })
    }

    pub(crate) fn lose(&mut self, id: &str, stage: &str, action: &str) -> Vec<Fact> {
        let attempt = self.attempt(id, stage, action).of.clone();
        self.must(EventKind::AttemptLost { attempt })
    }

    /// Runs an execution through its first two stages.
    pub(crate) fn build(&mut self, id: &str) {
        self.succeed(id, "Source", "Fetch");
        for action in ["Compile", "Test", "Package"] {
            self.succeed(id, "Build", action);
        }
    }

    pub(crate) fn answer(&mut self, id: &str, approved: bool) -> Result<Vec<Fact>, Refused> {
        let token = self.attempt(id, "Approve", "Ask").token.clone().expect("it has a token");
        self.happens(answer(token.as_str(), approved))
    }

    pub(crate) fn transition(&mut self, stage: &str, enabled: bool) -> Vec<Fact> {
        let (stage, comment) = (stage.into(), "freeze".to_owned());
        self.must(EventKind::SetTransition { stage, enabled, comment, by: BY.into() })
    }

    pub(crate) fn stop(&mut self, id: &str, abandon: bool) -> Result<Vec<Fact>, Refused> {
        self.happens(stop(id, abandon))
    }

    pub(crate) fn retry(
        &mut self,
        id: &str,
        stage: &str,
        mode: RetryMode,
    ) -> Result<Vec<Fact>, Refused> {
        let (execution, stage) = (id.into(), stage.into());
        self.happens(EventKind::RetryStage { execution, stage, mode, by: BY.into() })
    }

    pub(crate) fn update(&mut self, declaration: PipelineDeclaration) -> Vec<Fact> {
        let declaration = Arc::new(declaration);
        self.must(EventKind::Updated { declaration, by: BY.into() })
    }

    /// What was handed out by the last event, `action#attempt`.
    pub(crate) fn handed_out(&self) -> Vec<String> {
        let name = |of: &AttemptRef| format!("{}#{}", of.action, of.attempt);
        let started = self.effects.iter().filter_map(|effect| match effect {
            Effect::StartAction(start) => Some(name(&start.attempt)),
            _ => None,
        });
        started.collect()
    }

    /// What was given up by the last event.
    pub(crate) fn given_up(&self) -> Vec<String> {
        let names = self.effects.iter().filter_map(|effect| match effect {
            Effect::AbandonAction { attempt } => Some(attempt.action.to_string()),
            _ => None,
        });
        names.collect()
    }

    /// What was reported to the forge by the last event.
    pub(crate) fn reported(&self) -> Vec<(CommitState, String)> {
        let reports = self.effects.iter().filter_map(|effect| match effect {
            Effect::ReportStatus(report) => Some((report.state, report.commit.to_string())),
            _ => None,
        });
        reports.collect()
    }
}
