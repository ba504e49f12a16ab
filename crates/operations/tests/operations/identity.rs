//! Who may do what: users, groups, roles and policies over the API, and every row of the table asked
//! by somebody who has no policy, and by somebody who has just the one that it takes.

use std::sync::Arc;

use domain::AccessKeyId;
use identity::policy::{Attached, Caller as Who, Kind, Policy};
use identity::{Principal, Standing};
use operations::standing::Whose;
use operations::table::ROWS;
use serde_json::{Value, json};
use store::{DenialRow, View};
use wire::Service;

use crate::complete::spoken;
use crate::world::{ACCOUNT, CONNECTION, World, pipeline, with_pipeline};

const IAM: Service = Service::Iam;

/// A user of the first account with one policy, or none.
pub fn user(policy: Option<&Value>) -> Principal {
    let who = Who::User {
        account: ACCOUNT.into(),
        arn: format!("arn:aws:iam::{ACCOUNT}:user/ann"),
        name: "ann".to_owned(),
        id: "AIDA1".to_owned(),
    };
    let read = |policy: &Value| {
        let policy = Policy::read(&policy.to_string(), Kind::Managed).expect("a policy");
        Arc::new(Attached { name: "p".to_owned(), policy })
    };
    let identity = policy.into_iter().map(read).collect();
    let standing = Arc::new(Standing { identity, ..Standing::of(who) });
    Principal::of(standing, AccessKeyId::new("AKIAANN")).expect("a user signs")
}

pub fn allowing(actions: &[String]) -> Value {
    let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": statement})
}

/// What an operation asks besides its own action.
const ALSO: &[(&str, &[&str])] = &[
    ("CreatePipeline", &["iam:PassRole", "codeconnections:PassConnection"]),
    ("UpdatePipeline", &["iam:PassRole", "codeconnections:PassConnection"]),
    ("CopyObject", &["s3:GetObject"]),
    ("UploadPartCopy", &["s3:GetObject"]),
    ("GetObjectAttributes", &["s3:GetObject"]),
    ("CreateSyncConfiguration", &["iam:PassRole"]),
    ("UpdateSyncConfiguration", &["iam:PassRole"]),
];

/// What the resource must allow too, and does not here: `sts.rs` has it where it does.
const TRUSTED: &[&str] = &["AssumeRole"];

/// No permission is needed.
const FREE: &[&str] = &["GetCallerIdentity", "GetSessionToken"];

fn is_denied(answer: &Result<Value, operations::refusal::Refused>) -> bool {
    let said = |refused: &operations::refusal::Refused| {
        refused.code == "AccessDeniedException" && refused.message.contains("is not authorized")
    };
    answer.as_ref().is_err_and(said)
}

#[test]
fn whoever_has_no_policy_may_do_nothing_but_what_is_free() {
    for row in ROWS {
        let mut world = with_pipeline();
        let answer = world.ask_by(&user(None), row.service, row.name, &spoken(row).0);
        let free = FREE.contains(&row.name);
        assert_eq!(is_denied(&answer), !free, "{:?} {}: {answer:?}", row.service, row.name);
    }
}

#[test]
fn whoever_has_the_documented_action_is_let_in() {
    for row in ROWS.iter().filter(|row| !TRUSTED.contains(&row.name)) {
        let also = ALSO.iter().filter(|(name, _)| *name == row.name).flat_map(|(_, also)| *also);
        let mut actions: Vec<String> = also.map(|action| (*action).to_owned()).collect();
        actions.push(row.action());
        let mut world = with_pipeline();
        let principal = user(Some(&allowing(&actions)));
        let answer = world.ask_by(&principal, row.service, row.name, &spoken(row).0);
        assert!(!is_denied(&answer), "{:?} {}: {answer:?}", row.service, row.name);
    }
}

fn iam(world: &mut World, operation: &str, input: &Value) -> Result<Value, String> {
    let version = "Version=2010-05-08";
    let form = format!("Action={operation}&{version}{}", crate::complete::form_of(input));
    world.ask(ACCOUNT, IAM, operation, &form).map_err(|refused| refused.code.to_string())
}

pub fn done(world: &mut World, operation: &str, input: &Value) -> Value {
    iam(world, operation, input).unwrap_or_else(|code| panic!("{operation}: {code}"))
}

fn code(world: &mut World, operation: &str, input: &Value) -> String {
    iam(world, operation, input).expect_err(operation)
}

/// The principal that a user of the first account is now.
pub fn named(world: &World, name: &str) -> Principal {
    let whose = Whose::User(ACCOUNT.into(), name.to_owned());
    let seen: View = world.load(|seen| whose.wants(seen));
    let standing = whose.standing(&seen).map(Arc::new).expect("there is such a user");
    Principal::of(standing, AccessKeyId::new("AKIAUSER")).expect("a user signs")
}

fn ann(world: &World) -> Principal {
    named(world, "ann")
}

const GET: &str = "GetPipeline";

fn may_get(world: &mut World) -> bool {
    let (ann, input) = (ann(world), json!({"name": "p"}).to_string());
    !is_denied(&world.ask_by(&ann, Service::CodePipeline, GET, &input))
}

#[test]
fn a_users_policies_are_its_own_its_groups_and_those_attached_within_its_boundary() {
    let world = &mut with_pipeline();
    let allow = allowing(&["codepipeline:GetPipeline".to_owned()]).to_string();
    done(world, "CreateUser", &json!({"UserName": "ann"}));
    assert!(!may_get(world));

    done(
        world,
        "PutUserPolicy",
        &json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": allow}),
    );
    assert!(may_get(world));
    done(world, "DeleteUserPolicy", &json!({"UserName": "ANN", "PolicyName": "p"}));
    assert!(!may_get(world));

    done(world, "CreateGroup", &json!({"GroupName": "crew"}));
    done(
        world,
        "PutGroupPolicy",
        &json!({"GroupName": "crew", "PolicyName": "p", "PolicyDocument": allow}),
    );
    done(world, "AddUserToGroup", &json!({"GroupName": "crew", "UserName": "ann"}));
    assert!(may_get(world));
    assert_eq!(
        code(world, "DeleteGroup", &json!({"GroupName": "crew"})),
        "DeleteConflictException"
    );
    done(world, "RemoveUserFromGroup", &json!({"GroupName": "crew", "UserName": "ann"}));
    assert!(!may_get(world));

    let made = done(world, "CreatePolicy", &json!({"PolicyName": "get", "PolicyDocument": allow}));
    let arn = made["Policy"]["Arn"].as_str().expect("an ARN").to_owned();
    let attached = json!({"UserName": "ann", "PolicyArn": arn});
    done(world, "AttachUserPolicy", &attached);
    assert!(may_get(world));
    assert_eq!(code(world, "DeletePolicy", &json!({"PolicyArn": arn})), "DeleteConflictException");
    assert_eq!(code(world, "DeleteUser", &json!({"UserName": "ann"})), "DeleteConflictException");

    let other = allowing(&["s3:GetObject".to_owned()]).to_string();
    done(
        world,
        "CreatePolicyVersion",
        &json!({"PolicyArn": arn, "PolicyDocument": other, "SetAsDefault": true}),
    );
    assert!(!may_get(world));
    done(world, "SetDefaultPolicyVersion", &json!({"PolicyArn": arn, "VersionId": "v1"}));
    assert!(may_get(world));

    let bound = json!({"UserName": "ann", "PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonS3FullAccess"});
    done(world, "PutUserPermissionsBoundary", &bound);
    assert!(!may_get(world));
    done(world, "DeleteUserPermissionsBoundary", &json!({"UserName": "ann"}));
    assert!(may_get(world));

    let got = done(world, "GetPolicy", &json!({"PolicyArn": arn}));
    assert_eq!(got["Policy"]["AttachmentCount"], 1);
    done(world, "DetachUserPolicy", &attached);
    assert_eq!(code(world, "DetachUserPolicy", &attached), "NoSuchEntityException");
    done(world, "DeleteUser", &json!({"UserName": "ann"}));
    assert_eq!(code(world, "GetUser", &json!({"UserName": "ann"})), "NoSuchEntityException");
}

#[test]
fn a_policy_that_is_wrong_is_refused_with_its_places() {
    let mut world = World::new();
    let body = json!({"PolicyName": "p", "PolicyDocument": "{\"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Maybe\"}]}"});
    let form = format!("Action=CreatePolicy&Version=2010-05-08{}", crate::complete::form_of(&body));
    let refused = world.ask(ACCOUNT, IAM, "CreatePolicy", &form).expect_err("it is malformed");
    assert_eq!(refused.code, "MalformedPolicyDocumentException");
    assert!(refused.message.contains("line 2, column"), "{}", refused.message);
}

#[test]
fn the_policies_of_aws_are_there_to_be_read_and_stay_as_they_are() {
    let mut world = World::new();
    let aws = json!({"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"});
    let got = done(&mut world, "GetPolicy", &aws);
    assert_eq!(got["Policy"]["PolicyName"], "AdministratorAccess");
    let version = json!({"PolicyArn": aws["PolicyArn"], "VersionId": "v1"});
    let got = done(&mut world, "GetPolicyVersion", &version);
    assert!(got["PolicyVersion"]["Document"].as_str().is_some_and(|it| it.contains("Allow")));
    assert_eq!(done(&mut world, "ListPolicyVersions", &aws)["Versions"][0]["VersionId"], "v1");
    assert_eq!(done(&mut world, "ListPolicyTags", &aws)["Tags"], json!([]));
    done(&mut world, "ListEntitiesForPolicy", &aws);
    assert_eq!(code(&mut world, "DeletePolicy", &aws), "NoSuchEntityException");
}

/// What a list says under each of these members, page by page, one entry a page.
fn paged(world: &mut World, operation: &str, arn: &str, members: &[&str]) -> Vec<Value> {
    let (mut found, mut marker) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({"PolicyArn": arn, "MaxItems": 1});
        if !marker.is_null() {
            input["Marker"] = marker;
        }
        let page = done(world, operation, &input);
        let entries = members.iter().filter_map(|member| page[*member].as_array()).flatten();
        let entries: Vec<Value> = entries.cloned().collect();
        assert!(entries.len() <= 1, "{page}");
        found.extend(entries);
        if page["IsTruncated"] != json!(true) {
            return found;
        }
        marker = page["Marker"].clone();
    }
}

#[test]
fn versions_of_a_policy_and_whoever_has_it_are_listed_in_pages() {
    let mut world = World::new();
    let arn = format!("arn:aws:iam::{ACCOUNT}:policy/p");
    let document = allowing(&["s3:*".to_owned()]).to_string();
    done(&mut world, "CreatePolicy", &json!({"PolicyName": "p", "PolicyDocument": document}));
    for _ in 0..2 {
        let version = json!({"PolicyArn": arn, "PolicyDocument": document});
        done(&mut world, "CreatePolicyVersion", &version);
    }
    for name in ["ann", "bob"] {
        done(&mut world, "CreateUser", &json!({"UserName": name}));
        done(&mut world, "AttachUserPolicy", &json!({"UserName": name, "PolicyArn": arn}));
        done(&mut world, "CreateGroup", &json!({"GroupName": name}));
        done(&mut world, "AttachGroupPolicy", &json!({"GroupName": name, "PolicyArn": arn}));
    }
    let versions = paged(&mut world, "ListPolicyVersions", &arn, &["Versions"]);
    let ids: Vec<_> = versions.iter().map(|it| it["VersionId"].as_str().unwrap_or("")).collect();
    assert_eq!(ids, ["v3", "v2", "v1"]);
    let members = ["PolicyGroups", "PolicyUsers", "PolicyRoles"];
    let holders = paged(&mut world, "ListEntitiesForPolicy", &arn, &members);
    let name = |it: &Value| it["GroupName"].as_str().or(it["UserName"].as_str()).map(str::to_owned);
    let names: Vec<_> = holders.iter().filter_map(name).collect();
    assert_eq!(names, ["ann", "bob", "ann", "bob"], "{holders:?}");
    for operation in ["ListPolicyVersions", "ListEntitiesForPolicy"] {
        let made_up = json!({"PolicyArn": arn, "Marker": "made up"});
        assert_eq!(code(&mut world, operation, &made_up), "ValidationException", "{operation}");
    }
}

#[test]
fn a_condition_sees_how_a_call_came_in() {
    fn check(condition: Value, expect: bool) {
        let mut world = with_pipeline();
        let mut policy = allowing(&["codepipeline:GetPipeline".to_owned()]);
        policy["Statement"]["Condition"] = condition.clone();
        let input = json!({"name": "p"}).to_string();
        let ann = user(Some(&policy));
        let answer = world.ask_by(&ann, Service::CodePipeline, GET, &input);
        assert_eq!(!is_denied(&answer), expect, "{condition}");
    }
    check(json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}), true);
    check(json!({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}), false);
    check(json!({"Bool": {"aws:SecureTransport": "true"}}), true);
    check(json!({"StringLike": {"aws:UserAgent": "test*"}}), true);
    check(json!({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}), true);
    check(json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}), false);
    check(json!({"Bool": {"aws:ViaAWSService": "false"}}), true);
}

#[test]
fn whoever_a_trust_policy_names_of_an_account_here_is_there() {
    let mut world = World::new();
    done(&mut world, "CreateUser", &json!({"UserName": "bob", "Path": "/ops/"}));
    let mut named = |name: &str, principal: &str| {
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}});
        let role = json!({"RoleName": name, "AssumeRolePolicyDocument": trust.to_string()});
        iam(&mut world, "CreateRole", &role).map(drop)
    };
    let malformed = Err("MalformedPolicyDocumentException".to_owned());
    assert_eq!(named("a", "arn:aws:iam::000000000000:user/ops/bob"), Ok(()));
    assert_eq!(named("b", "arn:aws:iam::000000000000:user/bob"), malformed, "another path");
    assert_eq!(named("b", "arn:aws:iam::000000000000:user/nobody"), malformed);
    assert_eq!(named("b", "arn:aws:iam::000000000000:role/a"), Ok(()));
    assert_eq!(named("c", "arn:aws:sts::000000000000:assumed-role/a/s"), Ok(()));
    assert_eq!(named("d", "arn:aws:sts::000000000000:assumed-role/none/s"), malformed);
    // Of an account that is not here nothing is known.
    assert_eq!(named("d", "arn:aws:iam::999999999999:user/somebody"), Ok(()));
}

#[test]
fn a_role_may_name_the_pipelines_that_it_is_for() {
    let declared = |source: &str| {
        let world = &mut World::new();
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source}}}});
        let role = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust.to_string()});
        done(world, "CreateRole", &role);
        world.call("CreatePipeline", &json!({"pipeline": pipeline()})).map(drop)
    };
    declared("arn:aws:codepipeline:us-east-1:000000000000:*").expect("every pipeline here");
    declared("arn:aws:codepipeline:us-east-1:000000000000:p").expect("this pipeline");
    let refused = declared("arn:aws:codepipeline:us-east-1:000000000000:other");
    assert_eq!(refused.expect_err("another pipeline").code, "InvalidStructureException");
}

#[test]
fn whose_policies_are_simulated_is_said_with_the_path() {
    let mut world = World::new();
    done(&mut world, "CreateUser", &json!({"UserName": "target", "Path": "/admins/"}));
    let simulated = |world: &mut World, path: &str| {
        let source = format!("arn:aws:iam::{ACCOUNT}:user{path}target");
        let input = json!({"PolicySourceArn": source, "ActionNames": ["s3:GetObject"]});
        iam(world, "SimulatePrincipalPolicy", &input)
    };
    simulated(&mut world, "/admins/").expect("it is there");
    assert_eq!(simulated(&mut world, "/fay/"), Err("NoSuchEntityException".to_owned()));
}

#[test]
fn what_aws_refuses_of_a_role_is_refused() {
    let mut world = World::new();
    let role = |principal: Value, path: &str| {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]});
        json!({"RoleName": "r", "Path": path, "AssumeRolePolicyDocument": trust.to_string()})
    };
    let service = |name: &str| json!({"Service": name});
    let malformed = "MalformedPolicyDocumentException";
    assert_eq!(code(&mut world, "CreateRole", &role(service("foo.example.com"), "/")), malformed);
    let reserved = role(service("ec2.amazonaws.com"), "/aws-service-role/ec2.amazonaws.com/");
    assert_eq!(code(&mut world, "CreateRole", &reserved), "InvalidInputException");
    let empty = json!({"PolicyName": "p", "PolicyDocument": "{\"Version\": \"2012-10-17\", \"Statement\": []}"});
    assert_eq!(code(&mut world, "CreatePolicy", &empty), malformed);

    let boundary = json!({"PermissionsBoundary": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"});
    let mut good = role(service("ec2.amazonaws.com"), "/");
    good["PermissionsBoundary"] = boundary["PermissionsBoundary"].clone();
    done(&mut world, "CreateRole", &good);
    let got = done(&mut world, "GetRole", &json!({"RoleName": "r"}))["Role"].clone();
    assert!(got["RoleLastUsed"].is_object() && got["PermissionsBoundary"].is_object(), "{got}");
    let listed = done(&mut world, "ListRoles", &json!({}))["Roles"][0].clone();
    assert!(listed.get("RoleLastUsed").or(listed.get("PermissionsBoundary")).is_none(), "{listed}");
    let details = done(&mut world, "GetAccountAuthorizationDetails", &json!({"Filter": ["Role"]}));
    let detail = &details["RoleDetailList"][0];
    assert_eq!((&detail["InstanceProfileList"], &detail["RoleLastUsed"]), (&json!([]), &json!({})));
}

#[test]
fn documents_come_back_url_encoded() {
    let mut world = World::new();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"codepipeline.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust});
    let made = done(&mut world, "CreateRole", &input);
    let document = made["Role"]["AssumeRolePolicyDocument"].as_str().expect("a document");
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    assert_eq!(code(&mut world, "CreateRole", &input), "EntityAlreadyExistsException");
    let upper = json!({"RoleName": "R", "AssumeRolePolicyDocument": trust});
    assert_eq!(code(&mut world, "CreateRole", &upper), "EntityAlreadyExistsException");
}

/// The article's policy, as printed: it creates, authorises and passes connections.
#[test]
fn the_articles_minimal_policy_works_as_printed() {
    let article = format!(
        r#"{{
"Version": "2012-10-17",
"Statement": [
{{
"Effect": "Allow",
"Action": [
"codestar-connections:CreateConnection",
"codestar-connections:AuthorizeConnection",
"codestar-connections:PassConnection"
],
"Resource": "arn:aws:codestar-connections:*:{ACCOUNT}:connection/*"
}}
]
}}"#
    );
    let mut statements: Value = serde_json::from_str(&article).expect("JSON");
    let mut world = with_pipeline();
    let developer = user(Some(&statements));
    for service in [Service::CodeConnections, Service::CodeStarConnections] {
        let input = json!({"ProviderType": "GitHub", "ConnectionName": "mine"}).to_string();
        let made = world.ask_by(&developer, service, "CreateConnection", &input);
        assert!(made.is_ok(), "{made:?}");
    }
    let handshake = json!({"connectionArn": CONNECTION}).to_string();
    let begun = world.ask_by(&developer, Service::Towpath, "StartConnectionHandshake", &handshake);
    assert!(!is_denied(&begun), "{begun:?}");

    // A pipeline takes the pipeline's own permissions besides.
    let input = json!({"pipeline": pipeline()}).to_string();
    let refused = world.ask_by(&developer, Service::CodePipeline, "UpdatePipeline", &input);
    assert!(is_denied(&refused), "{refused:?}");
    let more =
        json!({"Effect": "Allow", "Action": ["codepipeline:*", "iam:PassRole"], "Resource": "*"});
    statements["Statement"].as_array_mut().expect("a list").push(more);
    let answer =
        world.ask_by(&user(Some(&statements)), Service::CodePipeline, "UpdatePipeline", &input);
    assert!(!is_denied(&answer), "{answer:?}");
}

#[test]
fn a_denial_is_kept_with_its_path_under_the_requests_id() {
    let mut world = with_pipeline();
    let input = json!({"name": "p"}).to_string();
    let other = allowing(&["codepipeline:ListPipelines".to_owned()]);
    let answer = world.ask_by(&user(Some(&other)), Service::CodePipeline, GET, &input);
    let refused = answer.expect_err("it is not allowed");
    assert_eq!(
        refused.message,
        "User: arn:aws:iam::000000000000:user/ann is not authorized to perform: \
         codepipeline:GetPipeline on resource: arn:aws:codepipeline:us-east-1:000000000000:p because \
         no identity-based policy allows the codepipeline:GetPipeline action"
    );
    let kept = world.list::<DenialRow>(DenialRow::of_account(&ACCOUNT.into(), 10));
    let [denial] = &kept[..] else { panic!("{kept:?}") };
    assert_eq!(denial.explanation.action, "codepipeline:GetPipeline");
    let said = denial.explanation.say().join("\n");
    assert!(said.contains("is about the actions codepipeline:ListPipelines"), "{said}");
}

#[test]
fn what_would_be_decided_is_simulated() {
    let mut world = World::new();
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}},
    ]});
    let input = json!({
        "PolicyInputList": [policy.to_string()],
        "ActionNames": ["s3:GetObject", "s3:DeleteObject", "ec2:RunInstances", "sqs:SendMessage"],
    });
    let simulated = done(&mut world, "SimulateCustomPolicy", &input);
    let results = simulated["EvaluationResults"].as_array().expect("results");
    let decisions: Vec<_> = results.iter().map(|it| it["EvalDecision"].as_str().unwrap()).collect();
    assert_eq!(decisions, ["allowed", "explicitDeny", "implicitDeny", "implicitDeny"]);
    assert_eq!(results[3]["MissingContextValues"], json!(["aws:PrincipalTag/team"]));

    done(&mut world, "CreateUser", &json!({"UserName": "ann"}));
    let put = json!({"UserName": "ann", "PolicyName": "p", "PolicyDocument": policy.to_string()});
    done(&mut world, "PutUserPolicy", &put);
    let input = json!({
        "PolicySourceArn": format!("arn:aws:iam::{ACCOUNT}:user/ann"),
        "ActionNames": ["s3:GetObject"],
    });
    let simulated = done(&mut world, "SimulatePrincipalPolicy", &input);
    let result = &simulated["EvaluationResults"][0];
    assert_eq!(result["EvalDecision"], "allowed");
    assert_eq!(result["MatchedStatements"][0]["SourcePolicyId"], "p");
}
