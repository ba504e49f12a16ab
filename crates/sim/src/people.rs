//! What people ask of the API: real operations, decoded from real JSON.

use std::collections::BTreeMap;

use domain::{AccessKeyId, Arn, AttemptRef, PipelineName, Region};
use engine::{Attempt, Line};
use identity::Principal;
use operations::caller::Caller;
use operations::table;
use serde_json::{Value, json};
use wire::{Protocol, Request, Service};

use crate::declarations::{LONG, SHORT, declaration};
use crate::story::{Held, Story};
use crate::turns::{Call, Purpose};

/// What people remember of what they asked.
#[derive(Default)]
pub struct People {
    /// How many executions they meant to start.
    pub starts: usize,
    requests: u64,
    /// The approvals that they were asked for, with the token of each.
    asked: BTreeMap<AttemptRef, String>,
}

impl Story<'_> {
    /// Somebody asks for something.
    pub fn ask_something(&mut self) -> Held {
        let name = *self.random.pick(&[LONG, LONG, SHORT]).expect("there are some");
        match self.random.below(100) {
            0..25 => self.request_start(name, true),
            25..46 => self.answer_approvals(70),
            46..50 => self.answer_with_old_tokens(),
            50..60 => self.stop(name),
            60..67 => self.close_a_way(name),
            67..80 => self.open_ways(),
            80..90 => self.retry(name),
            _ if self.climate.churn => self.change(name),
            _ => {}
        }
        Ok(())
    }

    fn line(&self, name: &str) -> Option<&Line> {
        self.ledger.lines.get(&PipelineName::new(name))
    }

    /// Starts an execution; `meant` unless it is a repeat of a request that was meant once.
    pub fn request_start(&mut self, name: &str, meant: bool) {
        self.people.requests += 1;
        self.people.starts += usize::from(meant);
        let token = format!("token-{}", self.people.requests);
        let input = json!({"name": name, "clientRequestToken": token});
        self.request(&format!("start {token} {name}"), "StartPipelineExecution", &input);
    }

    /// Creates a pipeline.
    pub fn request_create(&mut self, name: &str, variant: usize) {
        let input = json!({"pipeline": declaration(name, variant)});
        self.request(&format!("create {name}"), "CreatePipeline", &input);
    }

    fn change(&mut self, name: &str) {
        let variant = self.random.below(3);
        match self.random.below(3) {
            0 => self.request_create(name, variant),
            1 => self.request(&format!("delete {name}"), "DeletePipeline", &json!({"name": name})),
            _ => {
                let input = json!({"pipeline": declaration(name, variant)});
                self.request(&format!("update {name}"), "UpdatePipeline", &input);
            }
        }
    }

    /// Answers every approval that is asked for: yes, with this chance in percent.
    pub fn answer_approvals(&mut self, yes: usize) {
        for (of, token) in self.approvals() {
            self.people.asked.insert(of.clone(), token.clone());
            let yes = self.random.percent(yes);
            self.put_result(&of, &token, yes);
        }
    }

    /// Answers again what was asked before, while the same action asks for another execution.
    pub fn answer_with_old_tokens(&mut self) {
        for (now, _) in self.approvals() {
            let same = |of: &AttemptRef| (&of.pipeline, &of.action) == (&now.pipeline, &now.action);
            let old = self.people.asked.iter().find(|(of, _)| same(of) && **of != now);
            if let Some((of, token)) = old.map(|(of, token)| (of.clone(), token.clone())) {
                self.put_result(&of, &token, true);
            }
        }
    }

    /// Every approval that is asked for, with its token.
    fn approvals(&self) -> Vec<(AttemptRef, String)> {
        let asked = self.ledger.lines.values().flat_map(Line::live_attempts);
        let token = |it: &Attempt| Some((it.of.clone(), it.token.as_ref()?.as_str().to_owned()));
        asked.filter_map(token).collect()
    }

    fn put_result(&mut self, of: &AttemptRef, token: &str, yes: bool) {
        let status = if yes { "Approved" } else { "Rejected" };
        let input = json!({
            "pipelineName": of.pipeline, "stageName": of.stage, "actionName": of.action,
            "token": token, "result": {"status": status, "summary": of.to_string()},
        });
        self.request(&format!("{status} {of}"), "PutApprovalResult", &input);
    }

    fn stop(&mut self, name: &str) {
        let live = self.line(name).map(|line| line.head.live.keys().cloned().collect::<Vec<_>>());
        let Some(id) = self.random.pick(&live.unwrap_or_default()).cloned() else { return };
        let abandon = self.random.percent(50);
        let input = json!({"pipelineName": name, "pipelineExecutionId": id, "abandon": abandon});
        self.request(&format!("stop {id}"), "StopPipelineExecution", &input);
    }

    fn close_a_way(&mut self, name: &str) {
        let stage = *self.random.pick(&["Build", "Deploy"]).expect("there are some");
        let input = json!({
            "pipelineName": name, "stageName": stage, "transitionType": "Inbound",
            "reason": "freeze",
        });
        self.request(&format!("close {name}/{stage}"), "DisableStageTransition", &input);
    }

    /// Opens every way that is closed.
    pub fn open_ways(&mut self) {
        let closed = self.ledger.lines.values().filter(|line| line.head.declaration().is_some());
        let closed = closed.flat_map(|line| {
            let stages = line.head.stages.iter().filter(|stage| !stage.transition.is_enabled());
            stages.map(|stage| (line.head.pipeline.clone(), stage.name.clone()))
        });
        for (name, stage) in closed.collect::<Vec<_>>() {
            let input = json!({
                "pipelineName": name, "stageName": stage, "transitionType": "Inbound",
            });
            self.request(&format!("open {name}/{stage}"), "EnableStageTransition", &input);
        }
    }

    fn retry(&mut self, name: &str) {
        let Some(line) = self.line(name) else { return };
        let latest = line.head.stages.iter().filter_map(|stage| {
            let latest = stage.latest.as_ref()?;
            Some((stage.name.clone(), latest.execution.clone()))
        });
        let latest: Vec<_> = latest.collect();
        let Some((stage, id)) = self.random.pick(&latest).cloned() else { return };
        let mode = if self.random.percent(50) { "ALL_ACTIONS" } else { "FAILED_ACTIONS" };
        let input = json!({
            "pipelineName": name, "stageName": stage, "pipelineExecutionId": id, "retryMode": mode,
        });
        self.request(&format!("retry {id}/{stage} {mode}"), "RetryStageExecution", &input);
    }

    fn request(&mut self, label: &str, operation: &str, input: &Value) {
        let service = Service::CodePipeline;
        let operation = service.operation(operation).expect("an operation that is spoken");
        let call = wire::Call { protocol: Protocol::AwsJson11, service, operation };
        let body = input.to_string();
        let request =
            Request { method: "POST", path: "/", query: "", headers: &[], body: body.as_bytes() };
        let begun = table::turn(&call, &request, self.caller());
        let turn = begun.unwrap_or_else(|refused| panic!("{label}: {refused}")).turn;
        self.begin(Purpose::Call(label.to_owned()), Call(turn));
    }

    fn caller(&mut self) -> Caller {
        let root = Principal::root(&"000000000000".into(), AccessKeyId::new("AKIASIMULATED"));
        let arn = Arn::parse("arn:aws:iam::000000000000:user/ada").expect("an ARN");
        Caller {
            principal: Principal { arn, ..root },
            region: Region::new("us-east-1"),
            prefix: "codeconnections",
            public_url: "http://127.0.0.1:1".to_owned(),
            endpoints: Default::default(),
            nonce: self.random.bytes(),
            pages: self.stage.pages.clone(),
            sealer: self.stage.sealer.clone(),
            keeps_denials: true,
            arrival: None,
        }
    }
}
