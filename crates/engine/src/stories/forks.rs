//! A stranger's code: fetched, run and looked at, and given nothing that is not for it.

use crate::story::{Story, pipeline, proposal, push};
use domain::fork::ForkRule::{WithIdentity, WithoutIdentity};
use domain::reason::{End, Failure};
use serde_json::json;

/// The stories' pipeline, whose first step has a secret where that is wanted.
fn declared(with_secret: bool) -> domain::pipeline::PipelineDeclaration {
    let mut declaration = pipeline();
    if with_secret {
        let secret = json!([{"name": "TOKEN", "type": "SECRETS_MANAGER", "value": "prod/db"}]);
        let compile = &mut declaration.stages[1].actions[0];
        compile.environment_variables = serde_json::from_value(secret).expect("a variable");
    }
    declaration
}

/// Everything before the deployment.
fn until_deploy(story: &mut Story, id: &str) {
    story.build(id);
    story.answer(id, true).expect("it is approved");
}

fn withheld(end: &End) -> Option<&str> {
    match end {
        End::Failed { failure: Failure::WithheldFromFork { what }, .. } => Some(what),
        _ => None,
    }
}

#[test]
fn it_is_built_and_approved_and_not_deployed() {
    let mut story = Story::of(declared(false));
    story.must(proposal("e1", "b", WithoutIdentity));
    until_deploy(&mut story, "e1");
    assert_eq!(withheld(story.end("e1")), Some("Deploy/AWS/S3/1"));
    assert_eq!(story.handed_out(), [""; 0]);
    assert_eq!(story.replayed(), story.line);
}

#[test]
fn a_step_that_names_a_secret_is_not_handed_out() {
    let mut story = Story::of(declared(true));
    story.must(proposal("e1", "b", WithoutIdentity));
    story.succeed("e1", "Source", "Fetch");
    assert_eq!(story.handed_out(), ["Test#1"], "the one beside it names none");
    story.succeed("e1", "Build", "Test");
    assert_eq!(withheld(story.end("e1")), Some("environmentVariables.TOKEN"));
    assert!(story.attempt("e1", "Build", "Compile").work.secrets.is_empty());
}

#[test]
fn our_own_code_and_what_a_rule_lets_in_have_what_the_pipeline_has() {
    for event in [push("e1", "b"), proposal("e1", "b", WithIdentity)] {
        let mut story = Story::of(declared(true));
        story.must(event);
        until_deploy(&mut story, "e1");
        assert_eq!(story.handed_out(), ["Put#1"]);
        assert_eq!(story.attempt("e1", "Build", "Compile").work.secrets.len(), 1);
    }
}
