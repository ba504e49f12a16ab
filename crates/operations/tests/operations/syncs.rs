//! Repository links, and pipelines that are kept in step with a file of a linked repository.

use domain::connection::HookState;
use domain::reason::Disposition;
use domain::{CommitSha, ConnectionArn};
use engine::{Effect, ReadSyncFile, SyncFile, Unread};
use operations::sync::Synced;
use serde_json::{Value, json};
use store::{EffectRow, HookRow, PipelineRow};
use wire::Service;

use crate::identity::done;
use crate::world::{ACCOUNT, CONNECTION, World, pipeline, with_pipeline};

const SERVICE: Service = Service::CodeConnections;
const ROLE: &str = "arn:aws:iam::000000000000:role/sync";

fn call(world: &mut World, operation: &str, input: Value) -> Value {
    let answer = world.ask(ACCOUNT, SERVICE, operation, &input.to_string());
    answer.unwrap_or_else(|refused| panic!("{operation} {input}: {refused}"))
}

fn check(world: &mut World, operation: &str, input: Value, code: &str, words: &str) {
    let refused = world.ask(ACCOUNT, SERVICE, operation, &input.to_string());
    let refused = refused.expect_err(operation);
    assert_eq!(refused.code, code, "{operation} {input}: {refused}");
    assert!(refused.message.contains(words), "{operation}: {refused}");
}

/// What Git sync's service role trusts, and the like of a pipeline's.
const GIT_SYNC: &str = "cloudformation.sync.codeconnections.amazonaws.com";
const CODEPIPELINE: &str = "codepipeline.amazonaws.com";

/// A role that may do everything, and that this service may assume.
fn make_role(world: &mut World, name: &str, service: &str) {
    let statement =
        json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}});
    let trust = json!({"Version": "2012-10-17", "Statement": [statement]});
    let made = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
    done(world, "CreateRole", &made);
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [everything]});
    let put = json!({"RoleName": name, "PolicyName": "all", "PolicyDocument": policy.to_string()});
    done(world, "PutRolePolicy", &put);
}

/// A link to `ada/engine`, and the roles of a sync and of its pipeline; the link's id.
fn linked(world: &mut World) -> String {
    make_role(world, "sync", GIT_SYNC);
    make_role(world, "r", CODEPIPELINE);
    link(world)
}

/// A link to `ada/engine`; its id.
fn link(world: &mut World) -> String {
    let asked = json!({"ConnectionArn": CONNECTION, "OwnerId": "ada", "RepositoryName": "engine"});
    let made = call(world, "CreateRepositoryLink", asked);
    made["RepositoryLinkInfo"]["RepositoryLinkId"].as_str().expect("an id").to_owned()
}

fn configuration(link: &str) -> Value {
    json!({
        "Branch": "main", "ConfigFile": "ci/pipeline.json", "RepositoryLinkId": link,
        "ResourceName": "p", "RoleArn": ROLE, "SyncType": "CODEPIPELINE_SYNC",
    })
}

fn of(resource: &str) -> Value {
    json!({"SyncType": "CODEPIPELINE_SYNC", "ResourceName": resource})
}

fn with(mut value: Value, member: &str, new: Value) -> Value {
    value[member] = new;
    value
}

/// The file that is asked for last, and the effect that asks.
fn asked(world: &World) -> Option<(ReadSyncFile, domain::EffectId)> {
    let open = world.list::<EffectRow>(EffectRow::of_holder(&"server".into(), 100));
    let read = open.into_iter().filter_map(|row| match row.effect {
        Effect::ReadSyncFile(read) => Some((row.created, *read, row.id)),
        _ => None,
    });
    read.max_by_key(|(at, ..)| *at).map(|(_, read, id)| (read, id))
}

/// The file that is asked for last is read, and holds this.
fn read(world: &mut World, commit: &str, content: &str) {
    let (asked, effect) = asked(world).expect("a file is to be read");
    let file = SyncFile {
        path: asked.path.clone(),
        commit: CommitSha::new(commit.repeat(40)),
        content: content.as_bytes().to_vec(),
    };
    let caller = world.caller(ACCOUNT, Service::CodePipeline);
    world.take(&Synced::new(&asked, effect, Ok(file), caller)).expect("it is taken");
}

fn declared() -> String {
    serde_json::to_string_pretty(&pipeline()).expect("it is JSON")
}

fn version(world: &World) -> Option<i64> {
    let rows = PipelineRow::of_account(&ACCOUNT.into(), &"".into(), 10);
    world.list::<PipelineRow>(rows).first().map(|row| row.number)
}

fn status(world: &mut World) -> (String, Vec<String>) {
    let status = call(world, "GetResourceSyncStatus", of("p"));
    let latest = &status["LatestSync"];
    let events = latest["Events"].as_array().expect("events").iter();
    let events = events.map(|it| it["Type"].as_str().unwrap_or_default().to_owned());
    (latest["Status"].as_str().unwrap_or_default().to_owned(), events.collect())
}

fn blockers(world: &mut World) -> Vec<Value> {
    let summary = call(world, "GetSyncBlockerSummary", of("p"));
    summary["SyncBlockerSummary"]["LatestBlockers"].as_array().expect("a list").clone()
}

#[test]
fn a_link_is_one_a_repository_and_stays_while_something_rests_on_it() {
    let world = &mut World::new();
    let id = linked(world);
    let again = json!({"ConnectionArn": CONNECTION, "OwnerId": "ada", "RepositoryName": "engine"});
    let exists = "ResourceAlreadyExistsException";
    check(world, "CreateRepositoryLink", again.clone(), exists, CONNECTION);
    let louder = with(again.clone(), "RepositoryName", json!("Engine"));
    check(world, "CreateRepositoryLink", louder, exists, CONNECTION);
    let nowhere = with(again.clone(), "ConnectionArn", json!(CONNECTION.replace("eeee", "ffff")));
    check(
        world,
        "CreateRepositoryLink",
        nowhere,
        "InvalidInputException",
        "There is no connection arn:",
    );
    let odd = with(again, "RepositoryName", json!("../x"));
    check(world, "CreateRepositoryLink", odd, "InvalidInputException", CONNECTION);

    let upper = json!({"RepositoryLinkId": id.to_uppercase()});
    let found = call(world, "GetRepositoryLink", upper);
    assert_eq!(found["RepositoryLinkInfo"]["OwnerId"], "ada");
    let arn = found["RepositoryLinkInfo"]["RepositoryLinkArn"].clone();
    let tags = json!([{"Key": "team", "Value": "canal"}]);
    call(world, "TagResource", json!({"ResourceArn": arn, "Tags": tags}));
    assert_eq!(call(world, "ListTagsForResource", json!({"ResourceArn": arn}))["Tags"], tags);

    call(world, "CreateSyncConfiguration", configuration(&id));
    let of_link = json!({"RepositoryLinkId": id});
    let still = "SyncConfigurationStillExistsException";
    check(world, "DeleteRepositoryLink", of_link.clone(), still, "CODEPIPELINE_SYNC p");
    let connection = json!({"ConnectionArn": CONNECTION});
    check(world, "DeleteConnection", connection.clone(), "ConflictException", CONNECTION);
    call(world, "DeleteSyncConfiguration", of("p"));
    call(world, "DeleteSyncConfiguration", of("p"));
    call(world, "DeleteRepositoryLink", of_link.clone());
    check(world, "DeleteRepositoryLink", of_link, "ResourceNotFoundException", &id);
    call(world, "DeleteConnection", connection);
}

#[test]
fn a_linked_repository_has_a_hook_and_loses_it_with_its_last_reason() {
    let state = |world: &World| {
        let hooks = HookRow::of_connection(&ACCOUNT.into(), &ConnectionArn::new(CONNECTION), 10);
        world.list::<HookRow>(hooks).first().map(|hook| hook.state)
    };
    let world = &mut World::new();
    let id = link(world);
    assert_eq!(state(world), Some(HookState::Wanted));
    call(world, "DeleteRepositoryLink", json!({"RepositoryLinkId": id}));
    assert_eq!(state(world), Some(HookState::Unwanted));

    let world = &mut with_pipeline();
    let id = link(world);
    call(world, "DeleteRepositoryLink", json!({"RepositoryLinkId": id}));
    assert_eq!(state(world), Some(HookState::Registered), "the pipeline still listens");
    link(world);
    world.call("DeletePipeline", &json!({"name": "p"})).expect("it is deleted");
    assert_eq!(state(world), Some(HookState::Registered), "the link still listens");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let world = &mut World::new();
    let id = linked(world);
    let good = configuration(&id);
    let mut wrong = |member: &str, value: Value, words: &str| {
        let input = with(good.clone(), member, value);
        check(world, "CreateSyncConfiguration", input, "InvalidInputException", words);
    };
    wrong("Branch", json!("a..b"), "Branch a..b");
    wrong("Branch", json!("refs/heads/main"), "write the branch's own name, main,");
    wrong("ConfigFile", json!("../pipeline.json"), "from the top of the repository");
    wrong("RoleArn", json!("arn:aws:iam::111111111111:role/r"), "no role of account 000000000000");
    wrong("ResourceName", json!("a\\b"), "backslash");
    wrong("PullRequestComment", json!("ENABLED"), "CODEPIPELINE_SYNC writes no comments");
    wrong("RepositoryLinkId", json!("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"), "no repository link");
    call(world, "CreateSyncConfiguration", good.clone());
    let exists = "ResourceAlreadyExistsException";
    check(world, "CreateSyncConfiguration", good, exists, "CODEPIPELINE_SYNC p");
    check(
        world,
        "GetSyncConfiguration",
        of("q"),
        "ResourceNotFoundException",
        "CODEPIPELINE_SYNC q",
    );
    let forged = json!({"RepositoryLinkId": id, "SyncType": "CODEPIPELINE_SYNC", "NextToken": "x"});
    check(world, "ListSyncConfigurations", forged, "InvalidInputException", "next token");
    let unknown = with(with(of("p"), "Id", json!("nobody")), "ResolvedReason", json!("r"));
    check(world, "UpdateSyncBlocker", unknown, "SyncBlockerDoesNotExistException", "nobody");
}

#[test]
fn pages_of_configurations_meet_without_a_gap() {
    let world = &mut World::new();
    let id = linked(world);
    for number in 0..5 {
        let input = with(configuration(&id), "ResourceName", json!(format!("p{number}")));
        call(world, "CreateSyncConfiguration", input);
    }
    let of_link = json!({"RepositoryLinkId": id, "SyncType": "CODEPIPELINE_SYNC", "MaxResults": 2});
    let (mut names, mut asked) = (Vec::new(), of_link.clone());
    loop {
        let page = call(world, "ListSyncConfigurations", asked);
        let rows = page["SyncConfigurations"].as_array().expect("a page").clone();
        names.extend(
            rows.iter().map(|row| row["ResourceName"].as_str().expect("a name").to_owned()),
        );
        match page.get("NextToken") {
            Some(token) => asked = with(of_link.clone(), "NextToken", token.clone()),
            None => break,
        }
    }
    assert_eq!(names, ["p0", "p1", "p2", "p3", "p4"]);
    let definitions = call(world, "ListRepositorySyncDefinitions", of_link);
    let definitions = definitions["RepositorySyncDefinitions"].as_array().expect("a list").clone();
    assert_eq!((definitions.len(), &definitions[0]["Directory"]), (5, &json!("ci")));
}

#[test]
fn a_pipeline_is_made_by_its_file_blocked_by_a_broken_one_and_mended() {
    let world = &mut World::new();
    let id = linked(world);
    call(world, "CreateSyncConfiguration", configuration(&id));
    assert_eq!(status(world), ("INITIATED".to_owned(), vec!["INITIATED".to_owned()]));
    read(world, "a", &declared());
    assert_eq!(version(world), Some(1));
    let events = ["INITIATED", "IN_PROGRESS", "SUCCEEDED"].map(str::to_owned).to_vec();
    assert_eq!(status(world), ("SUCCEEDED".to_owned(), events));

    let main = world.push("refs/heads/main", Some("b"));
    let became = world.deliver("1", "push", &main);
    let started = matches!(&became[..], [Disposition::Started { .. }]);
    assert!(started, "the pipeline it made is started by the same push: {became:?}");
    read(world, "b", &declared());
    assert_eq!(version(world), Some(1), "the file is as it was");

    for commit in ["c", "d"] {
        let main = world.push("refs/heads/main", Some(commit));
        world.deliver(commit, "push", &main);
        read(world, commit, &declared().replace("\"Approve\"", "\"Source\""));
    }
    assert_eq!((version(world), status(world).0), (Some(1), "FAILED".to_owned()));
    let [blocker] = &blockers(world)[..] else { panic!("two of one cause") };
    assert_eq!((&blocker["Type"], &blocker["Status"]), (&json!("AUTOMATED"), &json!("ACTIVE")));
    let reason = blocker["CreatedReason"].as_str().expect("a reason");
    assert!(reason.starts_with("ci/pipeline.json:") && reason.contains("Source"), "{reason}");
    let contexts = blocker["Contexts"].as_array().expect("contexts");
    assert!(contexts.iter().any(|it| it["Key"] == "Line"), "{contexts:?}");
    assert!(contexts.contains(&json!({"Key": "ConnectionArn", "Value": CONNECTION})));

    let main = world.push("refs/heads/main", Some("e"));
    world.deliver("e", "push", &main);
    read(world, "e", &declared().replace("\"Approve\"", "\"Review\""));
    assert_eq!((version(world), status(world).0), (Some(2), "SUCCEEDED".to_owned()));
    assert_eq!(blockers(world)[0]["Status"], "RESOLVED");
    let successful = call(world, "GetResourceSyncStatus", of("p"));
    assert_eq!(successful["LatestSuccessfulSync"]["TargetRevision"]["Sha"], "e".repeat(40));
    assert_eq!(successful["LatestSync"]["InitialRevision"]["Sha"], "b".repeat(40));
}

#[test]
fn a_push_that_starts_no_pipeline_says_what_it_is_applied_to() {
    let world = &mut World::new();
    let id = linked(world);
    call(world, "CreateSyncConfiguration", with(configuration(&id), "ResourceName", json!("q")));
    let main = world.push("refs/heads/main", Some("a"));
    let became = world.deliver("1", "push", &main);
    let [Disposition::Synced { resources, .. }] = &became[..] else { panic!("{became:?}") };
    assert_eq!(resources, &["q"]);
    let other = world.push("refs/heads/other", Some("b"));
    let became = world.deliver("2", "push", &other);
    assert!(matches!(&became[..], [Disposition::Filtered(_)]), "{became:?}");
}

#[test]
fn a_blocker_is_resolved_by_hand_and_tried_again() {
    let world = &mut World::new();
    let id = linked(world);
    call(world, "CreateSyncConfiguration", configuration(&id));
    let (of_file, effect) = asked(world).expect("a file is to be read");
    let reason = "ada/engine has no branch main".to_owned();
    let caller = world.caller(ACCOUNT, Service::CodePipeline);
    let unread = Err(Unread { commit: None, reason });
    world.take(&Synced::new(&of_file, effect, unread, caller)).expect("it is taken");
    let blocker = blockers(world).remove(0);
    assert_eq!(blocker["CreatedReason"], "ada/engine has no branch main");
    let resolve =
        with(with(of("p"), "Id", blocker["Id"].clone()), "ResolvedReason", json!("pushed"));
    let resolved = call(world, "UpdateSyncBlocker", resolve.clone());
    assert_eq!(resolved["SyncBlocker"]["Status"], "RESOLVED");
    assert_eq!(call(world, "UpdateSyncBlocker", resolve), resolved, "once");
    read(world, "a", &declared());
    assert_eq!(version(world), Some(1));
}

#[test]
fn what_an_older_attempt_brings_back_changes_nothing() {
    let world = &mut World::new();
    let id = linked(world);
    call(world, "CreateSyncConfiguration", configuration(&id));
    let (of_file, effect) = asked(world).expect("a file is to be read");
    call(world, "UpdateSyncConfiguration", with(of("p"), "Branch", json!("release")));
    let reason = "too late".to_owned();
    let caller = world.caller(ACCOUNT, Service::CodePipeline);
    let unread = Err(Unread { commit: None, reason });
    world.take(&Synced::new(&of_file, effect, unread, caller)).expect("it is taken");
    assert_eq!((blockers(world), status(world).0), (Vec::new(), "INITIATED".to_owned()));
}

#[test]
fn a_stack_is_taken_and_blocked() {
    let world = &mut World::new();
    let id = linked(world);
    let stack = with(configuration(&id), "SyncType", json!("CFN_STACK_SYNC"));
    let nobodys = with(stack.clone(), "RoleArn", json!("arn:aws:iam::000000000000:role/nobody"));
    check(world, "CreateSyncConfiguration", nobodys, "InvalidInputException", "There is no role");
    call(world, "CreateSyncConfiguration", with(stack, "PullRequestComment", json!("ENABLED")));
    let of_stack = with(of("p"), "SyncType", json!("CFN_STACK_SYNC"));
    let summary = call(world, "GetSyncBlockerSummary", of_stack.clone());
    let blocker = &summary["SyncBlockerSummary"]["LatestBlockers"][0];
    assert_eq!(blocker["Status"], "ACTIVE");
    assert!(asked(world).is_none(), "nothing is read");
    let nothing = "ResourceNotFoundException";
    check(world, "GetResourceSyncStatus", of_stack.clone(), nothing, "Nothing was synced");
    let again = with(with(of_stack, "Id", blocker["Id"].clone()), "ResolvedReason", json!("r"));
    let failed = "RetryLatestCommitFailedException";
    check(world, "UpdateSyncBlocker", again, failed, "CloudFormation");
}

/// A sync speaks for whoever pushes, so not even root names a role that is not there.
#[test]
fn a_role_must_be_there_and_trust_the_service_to_be_named_and_to_be_used() {
    let world = &mut World::new();
    let (id, wrong) = (linked(world), "InvalidInputException");
    let naming = |role: &str| {
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        with(configuration(&id), "RoleArn", json!(arn))
    };
    let update = |role: &str| with(of("p"), "RoleArn", naming(role)["RoleArn"].clone());
    make_role(world, "elsewhere", "ec2.amazonaws.com");
    check(world, "CreateSyncConfiguration", naming("nope"), wrong, "There is no role arn:");
    check(world, "CreateSyncConfiguration", naming("elsewhere"), wrong, GIT_SYNC);
    call(world, "CreateSyncConfiguration", configuration(&id));
    check(world, "UpdateSyncConfiguration", update("nope"), wrong, "role/nope");
    check(world, "UpdateSyncConfiguration", update("elsewhere"), wrong, "AssumeRole");

    done(world, "DeleteRolePolicy", &json!({"RoleName": "sync", "PolicyName": "all"}));
    done(world, "DeleteRole", &json!({"RoleName": "sync"}));
    read(world, "a", &declared());
    assert_eq!(version(world), None, "nothing is declared for a role that is gone");
    let reason = blockers(world)[0]["CreatedReason"].clone();
    assert!(reason.as_str().is_some_and(|it| it.contains("There is no role arn:")), "{reason}");
}
