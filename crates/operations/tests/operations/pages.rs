//! Lists, page by page: nothing is lost or told twice, and a token that was not given out is refused
//! as the operation's model declares.

use std::path::{Path, PathBuf};
use std::process::Command;

use domain::connection::{HookState, ProviderType};
use operations::table::ROWS;
use serde_json::{Value, json};
use store::{HookRow, NewHook};
use wire::Service;

use crate::complete::recorded;
use crate::world::{ACCOUNT, CONNECTION, World, with_pipeline};

#[test]
fn the_actions_of_every_execution_are_reached_page_by_page() {
    let world = &mut with_pipeline();
    let started = (0..120).map(|_| {
        let started =
            world.call("StartPipelineExecution", &json!({"name": "p"})).expect("it starts");
        started["pipelineExecutionId"].as_str().expect("an id").to_owned()
    });
    let started: Vec<String> = started.collect();
    let mut listed = Vec::new();
    let mut input = json!({"pipelineName": "p", "maxResults": 7});
    loop {
        let page = world.call("ListActionExecutions", &input).expect("a page");
        let rows = page["actionExecutionDetails"].as_array().expect("rows");
        assert!(rows.len() <= 7);
        listed.extend(
            rows.iter()
                .map(|row| (row["pipelineExecutionId"].clone(), row["actionExecutionId"].clone())),
        );
        match page["nextToken"].as_str() {
            Some(token) => input["nextToken"] = json!(token),
            None => break,
        }
    }
    let of = |id: &String| listed.iter().filter(|(execution, _)| execution == id).count();
    let begun: Vec<&String> = started.iter().filter(|id| of(id) > 0).collect();
    assert!(begun.contains(&&started[0]), "the first is reached, behind a hundred others");
    let mut distinct = listed.clone();
    distinct.sort_by_key(|row| row.1.to_string());
    distinct.dedup();
    assert_eq!(distinct.len(), listed.len(), "nothing is listed twice");
    println!("{} actions of {} executions", listed.len(), begun.len());
}

#[test]
fn new_secrets_come_to_every_hook_and_to_each_once() {
    const HOOKS: usize = 2001;
    let mut world = World::new();
    for index in 0..HOOKS {
        let new = NewHook {
            id: format!("hook-{index}").as_str().into(),
            account: ACCOUNT.into(),
            connection: CONNECTION.into(),
            repository: format!("ada/{index}").as_str().into(),
            provider: ProviderType::GitHub,
            sealed_secret: vec![0],
            state: HookState::Registered,
        };
        world.put(HookRow {
            forge_hook_id: Some(index.to_string()),
            signs: Some(true),
            ..new.into()
        });
    }
    let (mut input, mut sizes) = (json!({"connectionArn": CONNECTION}), Vec::new());
    loop {
        let page = world.ask(ACCOUNT, Service::Towpath, "RotateHookSecrets", &input.to_string());
        let page = page.expect("a page");
        sizes.push(page["hooks"].as_array().map_or(0, Vec::len));
        match page["nextToken"].as_str() {
            Some(token) => input["nextToken"] = json!(token),
            None => break,
        }
    }
    assert_eq!(sizes, [1000, 1000, 1]);
    let hooks = HookRow::of_connection(&ACCOUNT.into(), &CONNECTION.into(), HOOKS as i64 + 1);
    let hooks = world.list::<HookRow>(hooks);
    assert!(hooks.iter().all(|hook| hook.sealed_previous == Some(vec![0])), "each has a new one");
}

#[test]
fn tags_come_in_pages_of_the_size_that_was_asked_for() {
    let world = &mut with_pipeline();
    let arn = format!("arn:aws:codepipeline:us-east-1:{ACCOUNT}:p");
    let tags: Vec<Value> =
        (0..50).map(|n| json!({"key": format!("k{n:02}"), "value": "v"})).collect();
    world.call("TagResource", &json!({"resourceArn": arn, "tags": tags})).expect("they fit");
    let (mut input, mut sizes, mut listed) =
        (json!({"resourceArn": arn, "maxResults": 20}), Vec::new(), Vec::new());
    loop {
        let page = world.call("ListTagsForResource", &input).expect("a page");
        let rows = page["tags"].as_array().expect("tags");
        sizes.push(rows.len());
        listed.extend(rows.iter().cloned());
        let Some(token) = page["nextToken"].as_str() else { break };
        input["nextToken"] = json!(token);
    }
    assert_eq!((sizes, listed), (vec![20, 20, 10], tags));
    let all = world.call("ListTagsForResource", &json!({"resourceArn": arn})).expect("one page");
    assert_eq!((all["tags"].as_array().map(Vec::len), all.get("nextToken")), (Some(50), None));
}

/// The services that have models, and where these lie.
const MODELS: [(Service, &str); 7] = [
    (Service::CodePipeline, "codepipeline/2015-07-09"),
    (Service::CodeConnections, "codeconnections/2023-12-01"),
    (Service::CodeStarConnections, "codestar-connections/2019-12-01"),
    (Service::Iam, "iam/2010-05-08"),
    (Service::Sts, "sts/2011-06-15"),
    (Service::SecretsManager, "secretsmanager/2017-10-17"),
    (Service::Ssm, "ssm/2014-11-06"),
];

/// Every service's answer to a value outside its constraints; no operation declares it.
const COMMON: &str = "ValidationException";

#[test]
fn a_token_that_was_not_given_out_is_refused_as_the_model_declares() {
    let Some(data) = std::env::var_os("TOWPATH_BOTOCORE").map(PathBuf::from) else {
        println!("skipped: TOWPATH_BOTOCORE (botocore's data folder) is not set");
        return;
    };
    let mut checked = 0;
    for (service, folder) in MODELS {
        let model = read(&data.join(folder).join("service-2.json.gz"));
        for row in ROWS.iter().filter(|row| row.service == service) {
            let operation = &model["operations"][row.name];
            let Some(member) = token_of(&model, operation) else { continue };
            let mut input = recorded(row);
            input[member] = json!("made up");
            if row.name == "BatchGetSecretValue" {
                // Only what filters find comes in pages.
                input = json!({"Filters": [{"Key": "name", "Values": ["db"]}], member: "made up"});
            }
            let body = match service {
                Service::Iam | Service::Sts => crate::complete::form_of(&input),
                _ => input.to_string(),
            };
            let refused = with_pipeline().ask(ACCOUNT, service, row.name, &body);
            let Err(refused) = refused else { panic!("{service:?} {} took it", row.name) };
            let declared = operation["errors"].as_array().into_iter().flatten();
            let declared: Vec<_> = declared.filter_map(|it| it["shape"].as_str()).collect();
            let has_own = declared.iter().any(|it| it.contains("NextToken"));
            let is_good = declared.contains(&&*refused.code) || !has_own && refused.code == COMMON;
            assert!(is_good, "{service:?} {}: {refused}, of {declared:?}", row.name);
            checked += 1;
        }
    }
    println!("{checked} operations refuse a token as their models declare");
    assert!(checked > 20);
}

/// The member of an operation's input that takes a token.
fn token_of(model: &Value, operation: &Value) -> Option<&'static str> {
    let members = &model["shapes"][operation["input"]["shape"].as_str()?]["members"];
    ["nextToken", "NextToken", "Marker"].into_iter().find(|name| members.get(name).is_some())
}

fn read(path: &Path) -> Value {
    let output = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs");
    assert!(output.status.success(), "{}", path.display());
    serde_json::from_slice(&output.stdout).expect("a model is JSON")
}
