//! Put in as a pipeline's declaration. The caller sees an exception of the documented class, and a
//! message with every path at which something is wrong.

use serde_json::{Value, json};
use testkit::World;
use testkit::declarations::{app, commands, on_push};
use wire::Service::CodePipeline;

use super::{Table, refusal};

const STRUCTURE: &str = "InvalidStructureException";
const STAGE: &str = "InvalidStageDeclarationException";
const ACTION: &str = "InvalidActionDeclarationException";
const VALIDATION: &str = "ValidationException";
const NEXT: &str = "/stages/1/actions/0";
const FETCH: &str = "/stages/0/actions/0";

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_breaks_a_rule_is_refused_by_the_rules_name() {
    let world = World::start().await;
    let connection = world.connect().await;
    let good = app(&connection, commands("Make", &["true"]));
    let many: Vec<Value> = (0..51).map(|_| good["stages"][1].clone()).collect();
    let artifact = |name: &str| json!([{ "name": name }]);
    let settings = format!("{FETCH}/configuration");
    let set = |name: &str| format!("{settings}/{name}");
    let next = |name: &str| format!("{NEXT}/{name}");
    let both = json!([{ "tags": { "includes": ["v*"] }, "branches": { "includes": ["main"] } }]);
    let rows: Vec<(&str, String, Value, &[&str])> = vec![
        ("no name", "/name".into(), json!(""), &[VALIDATION, "name"]),
        ("a name with a blank", "/name".into(), json!("a b"), &[VALIDATION, "name"]),
        ("a role that is none", "/roleArn".into(), json!("admin"), &[VALIDATION, "roleArn"]),
        (
            "a mode of tomorrow",
            "/executionMode".into(),
            json!("QUEUED"),
            &[STRUCTURE, "SUPERSEDED"],
        ),
        (
            "a mode that is none",
            "/executionMode".into(),
            json!("FAST"),
            &[VALIDATION, "executionMode"],
        ),
        (
            "one stage",
            "/stages".into(),
            json!([good["stages"][0]]),
            &[STRUCTURE, "minimum of 2 stages"],
        ),
        ("too many stages", "/stages".into(), json!(many), &[STRUCTURE, "stages"]),
        ("a stage twice", "/stages/1/name".into(), json!("Source"), &[STAGE, "declared twice"]),
        ("no actions", "/stages/1/actions".into(), json!([]), &[STAGE, "0 actions"]),
        (
            "no source",
            "/stages/0".into(),
            good["stages"][1].clone(),
            &[STAGE, "source actions only"],
        ),
        (
            "a provider of nobody's",
            next("actionTypeId/provider"),
            json!("Magic"),
            &[ACTION, "no action provider"],
        ),
        (
            "an action of another region",
            next("region"),
            json!("eu-west-1"),
            &[ACTION, "stages[1].actions[0].region", "leave region out, or write us-east-1"],
        ),
        (
            "a tag's name where no tag starts",
            next("commands"),
            json!(["echo #{SourceVariables.TagName}"]),
            &[ACTION, "no trigger of Fetch has a filter on tags"],
        ),
        ("no commands", next("commands"), Value::Null, &[ACTION, "at least one"]),
        (
            "an artifact of nobody's",
            next("inputArtifacts"),
            artifact("Nothing"),
            &[ACTION, "no action makes the artifact"],
        ),
        (
            "a ref for a branch",
            set("BranchName"),
            json!("refs/heads/main"),
            &[ACTION, "write the branch's own name, main, without refs/heads/"],
        ),
        ("HEAD for a branch", set("BranchName"), json!("HEAD"), &[ACTION, "this is no branch"]),
        (
            "a branch with a bell in it",
            set("BranchName"),
            json!("a\u{7}b"),
            &[ACTION, "configuration.BranchName", "no control characters"],
        ),
        (
            "a repository above all",
            set("FullRepositoryId"),
            json!("../app"),
            &[ACTION, "configuration.FullRepositoryId", "neither `.` nor `..`"],
        ),
        (
            "a connection that is a host",
            set("ConnectionArn"),
            json!("arn:aws:codeconnections:us-east-1:000000000000:host/ghes-1"),
            &[ACTION, "configuration.ConnectionArn", "a connection's ARN"],
        ),
        (
            "a connection of another region",
            set("ConnectionArn"),
            json!("arn:aws:codeconnections:eu-west-1:000000000000:connection/1-2"),
            &[ACTION, "connections are of region us-east-1"],
        ),
        ("perhaps for a boolean", set("DetectChanges"), json!("maybe"), &[ACTION, "true or false"]),
        (
            "a store that is a path",
            "/artifactStore/location".into(),
            json!("../artifacts"),
            &[VALIDATION, "artifactStore.location"],
        ),
        (
            "a store at one of the server's own paths",
            "/artifactStore/location".into(),
            json!("console"),
            &[STRUCTURE, "one of the server's own paths"],
        ),
        (
            "a store of another kind",
            "/artifactStore/type".into(),
            json!("GCS"),
            &[VALIDATION, "artifactStore.type", "[S3]"],
        ),
        (
            "stores in two regions",
            "/artifactStores".into(),
            json!({ "eu-west-1": { "type": "S3", "location": "artifacts" } }),
            &[STRUCTURE, "artifactStores.eu-west-1", "not both"],
        ),
        ("a name too long", "/name".into(), json!("a".repeat(101)), &[VALIDATION, "name", "100"]),
        ("a stage with a slash", "/stages/1/name".into(), json!("a/b"), &[VALIDATION, "name"]),
        (
            "a setting too long",
            set("BranchName"),
            json!("a".repeat(1001)),
            &[VALIDATION, "configuration.BranchName", "1000"],
        ),
        (
            "a pattern without its end",
            "/triggers".into(),
            on_push(json!([{ "branches": { "includes": ["[a"] } }])),
            &[STRUCTURE, "triggers[0].gitConfiguration.push[0].branches.includes[0]"],
        ),
        (
            "no pattern at all",
            "/triggers".into(),
            on_push(json!([{ "branches": { "includes": [] } }])),
            &[VALIDATION, "includes"],
        ),
        (
            "a trigger for V1",
            "/pipelineType".into(),
            json!("V1"),
            &[STRUCTURE, "stages[1].actions[0].actionTypeId", "set pipelineType to V2"],
        ),
        (
            "a variable with a blank",
            "/variables".into(),
            json!([{ "name": "a b" }]),
            &[VALIDATION, "variables"],
        ),
        (
            "a variable of nobody's",
            next("commands"),
            json!(["echo #{variables.X}"]),
            &[ACTION, "declares no variable X"],
        ),
        (
            "an unclosed reference",
            next("commands"),
            json!(["echo #{x"]),
            &[ACTION, "is not closed"],
        ),
        ("run order 0", next("runOrder"), json!(0), &[VALIDATION, "runOrder"]),
        (
            "a time-out for a week of weeks",
            next("timeoutInMinutes"),
            json!(99_999_999),
            &[VALIDATION, "timeoutInMinutes"],
        ),
        (
            "a branch called -evil",
            set("BranchName"),
            json!("-evil"),
            &[ACTION, "BranchName", "begins with `-`"],
        ),
        ("no branch", set("BranchName"), Value::Null, &[ACTION, "needs the key BranchName"]),
        ("a key of nobody's", set("Branch"), json!("main"), &[ACTION, "unknown key"]),
        (
            "a repository without an owner",
            set("FullRepositoryId"),
            json!("app"),
            &[ACTION, "write owner/name"],
        ),
        (
            "a connection that is no ARN",
            set("ConnectionArn"),
            json!("practice"),
            &[ACTION, "stages[0].actions[0].configuration.ConnectionArn", "a connection's ARN"],
        ),
        (
            "a connection of another account",
            set("ConnectionArn"),
            json!("arn:aws:codeconnections:us-east-1:111111111111:connection/1-2"),
            &["403 AccessDeniedException", "codeconnections:PassConnection"],
        ),
        (
            "a clone URL for a repository",
            set("FullRepositoryId"),
            json!("https://github.com/practice/app.git"),
            &[ACTION, "configuration.FullRepositoryId", "write owner/name"],
        ),
        (
            "a repository by a variable",
            set("FullRepositoryId"),
            json!("practice/#{variables.Name}"),
            &[ACTION, "configuration.FullRepositoryId", "only in BranchName"],
        ),
        (
            "a branch that git does not allow",
            set("BranchName"),
            json!("feature..x"),
            &[ACTION, "configuration.BranchName", "no two dots in a row"],
        ),
        (
            "a secret that nobody can name",
            next("environmentVariables"),
            json!([{ "name": "A", "value": "{{resolve:vault:s}}", "type": "PLAINTEXT" }]),
            &[ACTION, "names no secret", "{{resolve:secretsmanager:ID"],
        ),
        (
            "tags and branches at once",
            "/triggers".into(),
            on_push(both),
            &[STRUCTURE, "valid filter combinations"],
        ),
        (
            "a trigger of nobody's",
            "/triggers".into(),
            json!([{ "providerType": "CodeStarSourceConnection", "gitConfiguration": { "sourceActionName": "Nobody", "push": [{ "tags": { "includes": ["v*"] } }] } }]),
            &[STRUCTURE, "no source action Nobody"],
        ),
        (
            "a member that nobody knows",
            "/stages/1/actions/0/retry".into(),
            json!(3),
            &[VALIDATION, "retry"],
        ),
        ("text for a number", next("runOrder"), json!("first"), &["SerializationException"]),
    ];
    let mut table = Table::of("declarations");
    for (what, pointer, value, expect) in rows {
        let asked = json!({ "pipeline": spoiled(&good, &pointer, value) });
        let error = world.refused(CodePipeline, "CreatePipeline", &asked).await;
        table.row(what, &refusal(&error), expect);
    }
    table.end();
}

/// The declaration with one member set, or left out for null.
fn spoiled(good: &Value, pointer: &str, value: Value) -> Value {
    let mut declared = good.clone();
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    let parent = declared.pointer_mut(parent).expect("the parent is there");
    match (parent.as_object_mut(), value) {
        (Some(members), Value::Null) => drop(members.remove(member)),
        (Some(members), value) => drop(members.insert(member.to_owned(), value)),
        (None, value) => parent[member.parse::<usize>().expect("an index")] = value,
    }
    declared
}
