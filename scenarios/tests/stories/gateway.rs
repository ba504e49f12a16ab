//! A step without a network has one way out: its gateway, where it finds what it is entitled to and
//! nothing else of this machine.

use serde_json::{Value, json};
use testkit::declarations::{app, commands};
use testkit::{ACCOUNT, Scene, World};
use wire::Service;

use crate::federation::{element, role, session};

const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";

/// Asks for a further token, with the word that the step was given or another's.
const MINT: &str = "curl -sS -H \"Authorization: bearer ${WORD-$ACTIONS_ID_TOKEN_REQUEST_TOKEN}\" \
    \"$ACTIONS_ID_TOKEN_REQUEST_URL&audience=https://vault.example.com\"";

/// A world whose steps have no network; `None`, said aloud, where they have no curl either.
async fn world() -> Option<World> {
    if !std::path::Path::new("/usr/bin/curl").exists() {
        println!("skipped: steps have no curl here");
        return None;
    }
    Some(Scene::default().set("steps.network", "none").start().await)
}

/// A pipeline of this name whose one step asks who it is.
fn asking(name: &str, connection: &str, lines: &[&str]) -> Value {
    let mut step = commands("Step", lines);
    step["configuration"] = json!({ "Oidc": "true", "OidcRoleArn": ROLE });
    let mut pipeline = app(connection, step);
    pipeline["name"] = json!(name);
    pipeline
}

async fn log(world: &World, pipeline: &str) -> Vec<String> {
    let run = world.latest(pipeline).await;
    world.log(pipeline, &run.id, "Next", "Step").await
}

/// Runs a pipeline's one step to its end; its log.
async fn ran(world: &World, lines: &[&str]) -> Vec<String> {
    let connection = world.connect().await;
    world.create(&asking("app", &connection, lines)).await;
    world.begin("app").await;
    world.settle().await;
    log(world, "app").await
}

fn backwards(line: &str) -> String {
    line.chars().rev().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_without_a_network_mints_a_token_and_assumes_its_role() {
    let Some(world) = world().await else { return };
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition = json!({ "StringEquals": { format!("{issuer}:ref"): "refs/heads/main" } });
    role(&world, &issuer, condition).await;
    let assume = "curl -sS -d Action=AssumeRoleWithWebIdentity -d Version=2011-06-15 \
        -d RoleArn=$AWS_ROLE_ARN -d RoleSessionName=$AWS_ROLE_SESSION_NAME \
        --data-urlencode WebIdentityToken@$AWS_WEB_IDENTITY_TOKEN_FILE $AWS_ENDPOINT_URL | rev";
    // The shell writes what `rev` gives it in one piece.
    let one = format!("echo \"$({MINT} | rev)\"");
    let another = format!("echo \"$(bash -c '{MINT}' | rev)\"");
    let clear = format!("{MINT}; echo");
    let log = ran(&world, &[&one, &another, &clear, assume]).await;
    let masked = log.iter().any(|line| line.contains("\"value\":\"****\""));
    assert!(masked, "it is known before the step has it: {log:?}");
    let lines: Vec<String> = log.iter().map(|line| backwards(line)).collect();
    let minted = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let minted = minted.filter(|it| it["value"].as_str().is_some_and(|it| it.starts_with("eyJ")));
    assert_eq!(minted.count(), 2, "by the step and by a process of it: {log:?}");
    let xml = lines.iter().rfind(|line| line.contains("AssumedRoleUser"));
    let xml = xml.unwrap_or_else(|| panic!("no session: {log:?}"));
    let arn = element(xml, "Arn").unwrap_or_default();
    assert!(arn.starts_with(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/app-")), "{arn}");
    let session = session(&world, xml);
    session.call(Service::CodePipeline, "ListPipelines", &json!({})).await.expect("it may");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_a_step_gets_while_it_runs_are_masked_in_its_log_and_those_that_they_open() {
    let Some(world) = world().await else { return };
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition = json!({ "StringEquals": { format!("{issuer}:ref"): "refs/heads/main" } });
    role(&world, &issuer, condition).await;
    let trust = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": { "AWS": ROLE }, "Action": "sts:AssumeRole" } });
    let chained = [("RoleName", "chained"), ("AssumeRolePolicyDocument", &*trust.to_string())];
    world.caller.query(Service::Iam, "CreateRole", &chained).await.expect("a role");
    let web = "keys=$(curl -sS -d Action=AssumeRoleWithWebIdentity -d Version=2011-06-15 \
        -d RoleArn=$AWS_ROLE_ARN -d RoleSessionName=$AWS_ROLE_SESSION_NAME \
        --data-urlencode WebIdentityToken@$AWS_WEB_IDENTITY_TOKEN_FILE $AWS_ENDPOINT_URL)";
    let part = "part() { echo \"$keys\" | tr -d '\\n' | sed \"s:.*<$1>\\(.*\\)</$1>.*:\\1:\"; }";
    let show = "for name in AccessKeyId SecretAccessKey SessionToken; do echo \"$name=$(part $name)\"; done";
    let next = "keys=$(curl -sS --aws-sigv4 aws:amz:us-east-1:sts \
        --user \"$(part AccessKeyId):$(part SecretAccessKey)\" \
        -H \"x-amz-security-token: $(part SessionToken)\" -d Action=AssumeRole -d Version=2011-06-15 \
        -d RoleArn=arn:aws:iam::000000000000:role/chained -d RoleSessionName=next $AWS_ENDPOINT_URL)";
    let log = ran(&world, &[web, part, show, next, show]).await;
    let begin = |what: &str| log.iter().filter(|line| line.starts_with(what)).count();
    assert_eq!(begin("AccessKeyId=ASIA"), 2, "both were given: {log:#?}");
    for name in ["SecretAccessKey", "SessionToken"] {
        let masked = log.iter().filter(|line| **line == format!("{name}=****")).count();
        assert_eq!((masked, begin(name)), (2, 2), "{log:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_of_the_server_is_there_and_nothing_of_the_machine() {
    let Some(world) = world().await else { return };
    let status = "curl -sS -o /dev/null -w '%{url_effective} %{http_code}\\n'";
    let keys = format!("/oidc/{ACCOUNT}/keys.json");
    let other = ["/console/", "/healthz", "/metrics", "/hooks/x", "/oauth/callback/x", &keys];
    let mut lines: Vec<String> =
        other.iter().map(|path| format!("{status} $AWS_ENDPOINT_URL{path}")).collect();
    lines.push(format!("{status} -H 'Host: ci.example' $AWS_ENDPOINT_URL/by-another-name"));
    let address = world.shared().address.clone();
    lines.push(format!("curl -s {address}/healthz || echo the host is not there"));
    let log = ran(&world, &lines.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for path in other {
        let missing = log.iter().any(|line| line.ends_with(&format!("{path} 404")));
        assert!(missing, "{path}: {log:#?}");
    }
    assert!(log.iter().any(|line| line.ends_with("/by-another-name 421")), "{log:#?}");
    assert!(log.iter().any(|line| line == "the host is not there"), "{log:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_its_own_steps_alone() {
    let Some(world) = world().await else { return };
    let connection = world.connect().await;
    let lives = format!("while {MINT} >/dev/null; do sleep 0.1; done");
    let word = "echo \"word $ACTIONS_ID_TOKEN_REQUEST_TOKEN\" | rev";
    world.create(&asking("one", &connection, &[word, &lives])).await;
    let run = world.begin("one").await;
    world.reaches("one", "Next", "Step", "InProgress").await;
    world.until(async |world| word_of(&log(world, "one").await).is_some()).await;
    let word = word_of(&log(&world, "one").await).expect("it was said");

    let ask = format!("{MINT} -w ' %{{http_code}}\\n'");
    let mut other = asking("other", &connection, &[&ask]);
    let step = &mut other["stages"][1]["actions"][0];
    step["environmentVariables"] = json!([{ "name": "WORD", "value": word }]);
    world.must(Service::CodePipeline, "CreatePipeline", &json!({ "pipeline": other })).await;
    world.begin("other").await;
    world.reaches("other", "Next", "Step", "Succeeded").await;
    let refused = log(&world, "other").await;
    assert!(refused.iter().any(|line| line.ends_with(" 401")), "{refused:#?}");
    // Its own step is still given some.
    let url = format!("/oidc/{ACCOUNT}/token?audience=a");
    let bearer = [
        ("host".to_owned(), world.caller.host().to_owned()),
        ("authorization".to_owned(), format!("bearer {word}")),
    ];
    assert!(world.caller.post(&url, &bearer, Vec::new()).await.status.is_success());

    let stop = json!({ "pipelineName": "one", "pipelineExecutionId": run, "abandon": true });
    world.must(Service::CodePipeline, "StopPipelineExecution", &stop).await;
    world.settle().await;
    let over = world.caller.post(&url, &bearer, Vec::new()).await;
    assert_eq!(over.status.as_u16(), 401);
}

/// The word that a step printed backwards.
fn word_of(log: &[String]) -> Option<String> {
    log.iter().find_map(|line| backwards(line).strip_prefix("word ").map(str::to_owned))
}
