//! Each rule with a declaration that breaks it, and only it.

use super::*;
use crate::story;
use ViolationClass::{Action, Stage, Structure};
use domain::pipeline::InputArtifact;
use serde_json::{Value, json};

/// The stories' pipeline with one member set; `path` is a JSON pointer, `null` removes.
fn with(path: &str, value: Value) -> PipelineDeclaration {
    let mut whole = serde_json::to_value(story::pipeline()).expect("it is written");
    let (parent, member) = path.rsplit_once('/').expect("a pointer has a slash");
    match whole.pointer_mut(parent).expect("the parent is there") {
        Value::Object(members) if value.is_null() => drop(members.remove(member)),
        Value::Object(members) => drop(members.insert(member.to_owned(), value)),
        Value::Array(items) => items[member.parse::<usize>().expect("a number")] = value,
        other => panic!("{other} has no members"),
    }
    serde_json::from_value(whole).expect("it is read")
}

fn check(path: &str, value: Value, class: ViolationClass, at: &str, problem: &str) {
    let violations = validate(&with(path, value)).expect_err(path);
    let [violation] = &violations[..] else { panic!("{path}: {violations:?}") };
    assert_eq!((violation.class, violation.path.as_str()), (class, at), "{violation}");
    assert!(violation.problem.contains(problem), "{violation}");
}

#[test]
fn the_stories_pipeline_makes_sense() {
    assert_eq!(validate(&story::pipeline()), Ok(()));
}

#[test]
fn the_whole() {
    check("/roleArn", json!("admin"), Structure, "roleArn", "arn:aws:iam::ACCOUNT:role/NAME");
    let mode = "execution mode QUEUED is not supported yet";
    check("/executionMode", json!("QUEUED"), Structure, "executionMode", mode);
    check("/artifactStore", Value::Null, Structure, "artifactStore", "needs a place");
    let stores = json!({"us-east-1": {"type": "S3", "location": "bucket"}});
    check("/artifactStores", stores, Structure, "artifactStores", "not both");
    let twice = json!([{"name": "Greeting"}, {"name": "Greeting"}]);
    check("/variables", twice, Structure, "variables[1].name", "declared twice");
}

#[test]
fn what_only_v2_has_makes_a_pipeline_v2() {
    assert_eq!(pipeline_type(&with("/pipelineType", Value::Null)), PipelineType::V2);
    let violations = validate(&with("/pipelineType", json!("V1"))).expect_err("it is V1");
    let paths: Vec<_> = violations.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(paths[..2], ["variables", "stages[1].actions[0].actionTypeId"]);
}

#[test]
fn stages() {
    let build = serde_json::to_value(&story::pipeline().stages[1]).expect("it is written");
    let source = serde_json::to_value(&story::pipeline().stages[0]).expect("it is written");
    let only = "Pipeline has only 1 stage(s). There should be a minimum of 2 stages in a pipeline";
    check("/stages", json!([source]), Structure, "stages", only);
    check("/stages/2/name", json!("Build"), Stage, "stages[2].name", "declared twice");
    check("/stages/2/actions", json!([]), Stage, "stages[2].actions", "0 actions");
    let failing = json!({"result": "FAIL"});
    check("/stages/1/onFailure", failing, Stage, "stages[1].onFailure", "not supported yet");
    let violations = validate(&with("/stages", json!([build, source]))).expect_err("turned round");
    let said = sentence(&violations);
    for part in
        ["the first stage may hold source actions only", "source actions belong into the first"]
    {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn many_stages_and_actions() {
    let mut declaration = story::pipeline();
    let stage = declaration.stages[2].clone();
    for number in 0..60 {
        let mut stage = stage.clone();
        stage.name = format!("S{number}").as_str().into();
        stage.actions = vec![stage.actions[0].clone(); 51];
        declaration.stages.push(stage);
    }
    let said = sentence(&validate(&declaration).expect_err("it is too much"));
    for part in
        ["64 stages; at most 50", "actions; at most 1000", "51 actions; 1 to 50", "declared twice"]
    {
        assert!(said.contains(part), "{part}");
    }
}

#[test]
fn actions() {
    let test = "stages[1].actions[1]";
    let at = |member: &str| format!("{test}.{member}");
    check("/stages/1/actions/1/name", json!("Compile"), Action, &at("name"), "declared twice");
    check("/stages/1/actions/1/roleArn", json!("r"), Action, &at("roleArn"), "a role's ARN");
    let unknown = json!({"category": "Test", "owner": "AWS", "provider": "Magic", "version": "1"});
    let none =
        "no action provider Test/AWS/Magic/1; there are Source/AWS/CodeStarSourceConnection/1";
    let violations =
        validate(&with("/stages/1/actions/1/actionTypeId", unknown)).expect_err("magic");
    assert!(sentence(&violations).contains(none), "{violations:?}");
    check("/stages/1/actions/1/commands", Value::Null, Action, &at("commands"), "at least one");
    let out = json!([{"name": "x"}, {"name": "y"}]);
    let too_many = "2 artifacts; Compute/AWS/Commands/1 takes 0 to 1";
    check("/stages/1/actions/1/outputArtifacts", out, Action, &at("outputArtifacts"), too_many);
    let secret = json!([{"name": "A", "value": "a:b:c:d:e", "type": "SECRETS_MANAGER"}]);
    let path = at("environmentVariables[0].value");
    check("/stages/1/actions/1/environmentVariables", secret, Action, &path, "names no secret");
    let ask = "stages[2].actions[0].commands";
    check("/stages/2/actions/0/commands", json!(["ls"]), Action, ask, "does not read this");
}

#[test]
fn configurations() {
    let fetch = |key: &str, value: Value, at: &str, problem: &str| {
        let member = format!("/stages/0/actions/0/configuration/{key}");
        let at = format!("stages[0].actions[0].configuration{at}");
        check(&member, value, Action, &at, problem);
    };
    fetch("BranchName", Value::Null, "", "needs the key BranchName");
    fetch("BranchName", json!("-evil"), ".BranchName", "begins with `-`");
    fetch("Branch", json!("main"), ".Branch", "unknown key");
    fetch("BranchName", json!("a..b"), ".BranchName", "no two dots in a row");
    fetch("FullRepositoryId", json!("repo"), ".FullRepositoryId", "write owner/name");
    fetch("FullRepositoryId", json!("o/r.git"), ".FullRepositoryId", "leave out .git");
    fetch("ConnectionArn", json!("mine"), ".ConnectionArn", "arn:aws:codeconnections:REGION");
    fetch("DetectChanges", json!("no"), ".DetectChanges", "true or false");
    let format = json!("TAR");
    fetch("OutputArtifactFormat", format, ".OutputArtifactFormat", "CODEBUILD_CLONE_REF");
    fetch("GitCloneDepth", json!("-1"), ".GitCloneDepth", "0 for the whole history");
    fetch("FetchSubmodules", json!("yes"), ".FetchSubmodules", "true or false");
    fetch("FetchLfs", json!("yes"), ".FetchLfs", "true or false");
    let put = "stages[3].actions[0].configuration";
    check("/stages/3/actions/0/configuration/Extract", json!("false"), Action, put, "ObjectKey");
}

/// What could never match anything is refused where it is written, wherever that is.
#[test]
fn names_that_nothing_is_called_by() {
    let trigger = |member: &str, pattern: &str, problem: &str| {
        let at = format!("triggers[0].gitConfiguration.push[0].{member}.includes[0]");
        let mut filter = json!({member: {"includes": [pattern]}});
        if member == "filePaths" {
            filter["branches"] = json!({"includes": ["main"]});
        }
        let git = json!({"sourceActionName": "Fetch", "push": [filter]});
        let triggers =
            json!([{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]);
        check("/triggers", triggers, Structure, &at, problem);
    };
    trigger("branches", "refs/heads/main", "write the branch's own name, main,");
    trigger("branches", " main", "spaces");
    trigger("tags", "refs/tags/v*", "write the tag's own name, v*,");
    trigger("filePaths", "/src/**", "write src/**:");
    trigger("filePaths", "./src/**", "write src/**:");
    let mut declaration =
        with("/stages/0/actions/0/configuration/BranchName", json!("#{variables.Only}"));
    for (default, problem) in [("refs/heads/main", "without refs/heads/"), ("a b", "spaces")] {
        let variable = json!([{"name": "Only", "defaultValue": default}]);
        declaration.variables = serde_json::from_value(variable).expect("a variable");
        let said = sentence(&validate(&declaration).expect_err(default));
        assert!(said.contains("configuration.BranchName") && said.contains(problem), "{said}");
    }
}

#[test]
fn artifacts() {
    let input = "stages[1].actions[1].inputArtifacts[0].name";
    let take = |name: &str| json!([{"name": name}]);
    let member = "/stages/1/actions/1/inputArtifacts";
    check(member, take("nothing"), Action, input, "no action makes the artifact nothing");
    check(member, take("built"), Action, input, "built is made only later");
    let output = "stages[1].actions[1].outputArtifacts[0].name";
    let member = "/stages/1/actions/1/outputArtifacts";
    check(member, take("source"), Action, output, "another action makes source too");
}

#[test]
fn a_reference_to_clone_is_for_steps_only() {
    let format = "/stages/0/actions/0/configuration/OutputArtifactFormat";
    let mut declared = with(format, json!("CODEBUILD_CLONE_REF"));
    assert_eq!(validate(&declared), Ok(()), "its steps may clone");
    declared.stages[3].actions[0].input_artifacts =
        Some(vec![InputArtifact { name: "source".into() }]);
    let violations = validate(&declared).expect_err("a bucket holds files");
    let at = "stages[3].actions[0].inputArtifacts[0].name";
    assert_eq!((violations.len(), &*violations[0].path), (1, at));
    assert!(violations[0].problem.contains("set OutputArtifactFormat of its source to CODE_ZIP"));
}

#[test]
fn variables() {
    let command = |text: &str, problem: &str| {
        let at = "stages[1].actions[1].commands[0]";
        check("/stages/1/actions/1/commands", json!([text]), Action, at, problem);
    };
    command("echo #{variables.Nothing}", "declares no variable Nothing");
    command("echo #{Nowhere.X}", "no action has the namespace Nowhere");
    command("echo #{SourceVariables.Weather}", "Fetch gives no variable Weather");
    command("echo #{codepipeline.Name}", "has only PipelineExecutionId");
    command("echo #{x", "is not closed");
    let own = json!("#{SourceVariables.BranchName}");
    let at = "stages[0].actions[0].configuration.BranchName";
    check("/stages/0/actions/0/configuration/BranchName", own, Action, at, "nothing runs before");
    let namespace = |name: &str, problem: &str| {
        let at = "stages[1].actions[1].namespace";
        check("/stages/1/actions/1/namespace", json!(name), Action, at, problem);
    };
    namespace("variables", "the pipeline's own");
    namespace("built", "an artifact's name");
    namespace("SourceVariables", "another action has the namespace");
}

#[test]
fn a_variable_is_there_only_after_its_action() {
    let mut declaration = story::pipeline();
    let [compile, test, package] = &mut declaration.stages[1].actions[..] else {
        panic!("there are three")
    };
    compile.namespace = Some("C".into());
    compile.output_variables = Some(vec!["V".into()]);
    package.commands = Some(vec!["echo #{C.V}".into()]);
    test.commands = Some(vec!["echo #{C.V}".into()]);
    let said = sentence(&validate(&declaration).expect_err("Test runs beside Compile"));
    assert_eq!(said.matches("runs only later, or at the same time").count(), 1, "{said}");
}

#[test]
fn what_no_start_can_give_is_refused_and_what_one_can_is_not() {
    let check = |branch: &str, git: Option<Value>, key: &str, expect: Option<&str>| {
        let mut whole = serde_json::to_value(story::pipeline()).expect("it is written");
        whole["stages"][0]["actions"][0]["configuration"]["BranchName"] = json!(branch);
        whole["stages"][1]["actions"][1]["commands"] =
            json!([format!("echo #{{SourceVariables.{key}}}")]);
        let trigger = |mut git: Value| {
            git["sourceActionName"] = json!("Fetch");
            json!([{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}])
        };
        whole["triggers"] = git.map_or(json!([]), trigger);
        let declaration = serde_json::from_value(whole).expect("it is read");
        let said = validate(&declaration).err().map(|found| sentence(&found)).unwrap_or_default();
        assert_eq!(said.is_empty(), expect.is_none(), "{branch} {key}: {said}");
        assert!(said.contains(expect.unwrap_or_default()), "{branch} {key}: {said}");
    };
    let all = json!({"includes": ["**"]});
    let tags = || Some(json!({"push": [{"tags": all}]}));
    let both = || Some(json!({"push": [{"tags": all}, {"branches": all}]}));
    let requests = || Some(json!({"pullRequest": [{"branches": all}]}));
    check("main", tags(), "TagName", None);
    check("main", both(), "TagName", None);
    check("main", None, "TagName", Some("no trigger of Fetch has a filter on tags"));
    check("main", requests(), "TagName", Some("only a tag gives TagName"));
    check("main", requests(), "PullRequestId", None);
    check("main", tags(), "SourceBranchName", Some("no trigger of Fetch has a pullRequest filter"));
    check("main", tags(), "BranchName", None);
    check("release/*", both(), "BranchName", None);
    check("release/*", tags(), "BranchName", Some("write TagName here"));
}

#[test]
fn a_server_is_one_region() {
    let own = "us-east-1".into();
    let found = |path, value| elsewhere(&with(path, value), &own);
    assert_eq!(found("/stages/1/actions/1/region", json!("us-east-1")), []);
    let other = found("/stages/1/actions/1/region", json!("eu-west-1"));
    let [Violation { class: Action, path, problem }] = &other[..] else { panic!("{other:?}") };
    assert_eq!(path, "stages[1].actions[1].region");
    assert!(problem.contains("leave region out, or write us-east-1"), "{problem}");
    let store = json!({"type": "S3", "location": "bucket"});
    let stores = json!({"us-east-1": store, "eu-west-1": store});
    let other = found("/artifactStores", stores);
    let [Violation { class: Structure, path, .. }] = &other[..] else { panic!("{other:?}") };
    assert_eq!(path, "artifactStores.eu-west-1");
}

#[test]
fn what_has_no_effect_is_told_and_what_would_be_missed_is_refused() {
    let mut declaration = with("/stages/1/actions/1/timeoutInMinutes", json!(5));
    let store = declaration.artifact_store.as_mut().expect("a store");
    store.encryption_key =
        serde_json::from_value(json!({"id": "k", "type": "KMS"})).expect("a key");
    assert_eq!(validate(&declaration), Ok(()));
    let told: Vec<_> = without_effect(&declaration).into_iter().map(|it| it.path).collect();
    assert_eq!(told, ["artifactStore.encryptionKey", "stages[1].actions[1].timeoutInMinutes"]);
    assert_eq!(without_effect(&story::pipeline()), []);
    let refused = [
        ("CannedACL", "public-read", "buckets do not allow ACLs"),
        ("KMSEncryptionKeyARN", "x", "leave KMSEncryptionKeyARN out"),
    ];
    for (key, value, problem) in refused {
        let setting = format!("stages[3].actions[0].configuration.{key}");
        let pointer = format!("/stages/3/actions/0/configuration/{key}");
        check(&pointer, json!(value), Action, &setting, problem);
    }
    for (key, value) in [("CannedACL", "private"), ("CacheControl", "no-cache")] {
        let pointer = format!("/stages/3/actions/0/configuration/{key}");
        assert_eq!(validate(&with(&pointer, json!(value))), Ok(()), "{key}");
    }
}

#[test]
fn triggers() {
    let trigger = |name: &str, git: Value| {
        let mut git = git;
        git["sourceActionName"] = json!(name);
        json!({"providerType": "CodeStarSourceConnection", "gitConfiguration": git})
    };
    let one = |git: Value, at: &str, problem: &str| {
        let at = format!("triggers[0].gitConfiguration{at}");
        check("/triggers", json!([trigger("Fetch", git)]), Structure, &at, problem);
    };
    let main = json!({"includes": ["main"]});
    let valid = json!({"push": [{"branches": main, "filePaths": main}, {"tags": main}]});
    assert_eq!(validate(&with("/triggers", json!([trigger("Fetch", valid)]))), Ok(()));
    one(json!({"push": [{"branches": main, "tags": main}]}), ".push[0]", COMBINATION);
    one(json!({"push": [{"filePaths": main}]}), ".push[0]", COMBINATION);
    one(json!({"push": [{}]}), ".push[0]", COMBINATION);
    one(json!({}), "", "push or pullRequest");
    let valid = json!({"pullRequest": [{"branches": main, "filePaths": main, "events": ["OPEN"]}]});
    assert_eq!(validate(&with("/triggers", json!([trigger("Fetch", valid)]))), Ok(()));
    one(json!({"pullRequest": [{"events": ["OPEN"]}]}), ".pullRequest[0]", COMBINATION);
    one(json!({"pullRequest": [{"filePaths": main}]}), ".pullRequest[0]", COMBINATION);
    let twice = json!({"push": [{"tags": main}, {"branches": main}, {"tags": main}]});
    one(twice, ".push[2]", "the same filter stands at [0]");
    one(json!({"push": [{"tags": {}}]}), ".push[0].tags", "to include or to exclude");
    let broken = json!({"push": [{"tags": {"includes": ["[a"]}}]});
    one(broken, ".push[0].tags.includes[0]", "[");
    let push = json!({"push": [{"tags": main}]});
    let nobody = json!([trigger("Nobody", push.clone())]);
    let at = |number: usize| format!("triggers[{number}].gitConfiguration.sourceActionName");
    check("/triggers", nobody, Structure, &at(0), "no source action Nobody");
    let two = json!([trigger("Fetch", push.clone()), trigger("Fetch", push)]);
    check("/triggers", two, Structure, &at(1), "has a trigger already");
}

#[test]
fn triggers_have_a_size() {
    let patterns = json!(vec!["x".repeat(250); 8]);
    let criteria = json!({"includes": patterns, "excludes": patterns});
    let filter =
        |at: usize| json!({"branches": criteria, "filePaths": {"includes": [at.to_string()]}});
    let git = json!({"sourceActionName": "Fetch", "push": (0..60).map(filter).collect::<Vec<_>>()});
    let triggers = json!([{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]);
    check("/triggers", triggers, Structure, "triggers", "204800 are allowed");
}

/// The text that clients know (seen in an issue of the Terraform provider, #43105).
const COMBINATION: &str = "The trigger configuration for the source action is not valid. \
     Make sure to choose valid filter combinations.";

#[test]
fn a_pipeline_that_lets_forks_in_is_for_pull_requests_alone() {
    const AT: &str = "stages[0].actions[0].configuration.ForkPullRequests";
    let check = |rule: &str, git: Value, expect: Option<&str>| {
        let path = "/stages/0/actions/0/configuration/ForkPullRequests";
        let mut declaration = with(path, json!(rule));
        if let Some(members) = git.as_object() {
            let mut git = members.clone();
            git.insert("sourceActionName".to_owned(), json!("Fetch"));
            let trigger =
                json!([{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]);
            declaration.triggers = Some(serde_json::from_value(trigger).expect("triggers"));
        }
        match (validate(&declaration), expect) {
            (Ok(()), None) => {}
            (Err(found), Some(expect)) => {
                assert_eq!((found.len(), &*found[0].path), (1, AT), "{found:?}");
                assert!(found[0].problem.contains(expect), "{found:?}");
            }
            (other, _) => panic!("{rule} {git}: {other:?}"),
        }
    };
    let branches = json!([{"branches": {"includes": ["main"]}}]);
    let requests = json!({"pullRequest": branches});
    for rule in ["WithoutIdentity", "WithIdentity"] {
        check(rule, Value::Null, Some("needs a trigger of this source action"));
        check(rule, json!({"push": branches}), Some("needs pullRequest filters"));
        let both = json!({"push": branches, "pullRequest": branches});
        check(rule, both, Some("make a pipeline of its own"));
        check(rule, requests.clone(), None);
    }
    check("Hold", Value::Null, None);
    check("Hold", json!({"push": branches, "pullRequest": branches}), None);
    check("withidentity", requests, Some("write Hold, WithoutIdentity or WithIdentity"));
}

#[test]
fn steps_of_a_strangers_code_read_what_no_other_source_brings() {
    let mut whole = serde_json::to_value(story::pipeline()).expect("it is written");
    whole["stages"][0]["actions"][0]["configuration"]["ForkPullRequests"] =
        json!("WithoutIdentity");
    let mut second = whole["stages"][0]["actions"][0].clone();
    second["name"] = json!("Other");
    second["namespace"] = json!("Other");
    second["outputArtifacts"] = json!([{"name": "other"}]);
    second["configuration"].as_object_mut().expect("settings").remove("ForkPullRequests");
    whole["stages"][0]["actions"].as_array_mut().expect("actions").push(second);
    let git =
        json!({"sourceActionName": "Fetch", "pullRequest": [{"branches": {"includes": ["main"]}}]});
    whole["triggers"] =
        json!([{"providerType": "CodeStarSourceConnection", "gitConfiguration": git}]);
    let found =
        |whole: &Value| validate(&serde_json::from_value(whole.clone()).expect("it is read"));
    let said = sentence(&found(&whole).expect_err("a second source"));
    assert!(said.contains("could read what the other source actions bring"), "{said}");
    whole["stages"][0]["actions"][0]["configuration"]["ForkPullRequests"] = json!("WithIdentity");
    assert_eq!(found(&whole), Ok(()));
}
