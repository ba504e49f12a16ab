//! What the audit log tells of a request: which policy, to whom, under which session's name, on whose
//! behalf.

use identity::audit::Entry;
use serde_json::{Value, json};
use wire::Service;

use crate::complete::form_of;
use crate::identity::{allowing, done, user};
use crate::world::{ACCOUNT, World};

fn entry(world: &World, action: &str) -> Entry {
    let found = world.audited(ACCOUNT).into_iter().find(|entry| entry.action == action);
    found.unwrap_or_else(|| panic!("{action} was not told"))
}

#[test]
fn which_policy_was_attached_to_whom_is_told() {
    let mut world = World::new();
    done(&mut world, "CreateUser", &json!({ "UserName": "ann" }));
    let (name, arn) = ("ann", "arn:aws:iam::aws:policy/AdministratorAccess");
    done(&mut world, "AttachUserPolicy", &json!({ "UserName": name, "PolicyArn": arn }));
    let told = entry(&world, "iam:AttachUserPolicy").details.parameters;
    assert_eq!(json!(told), json!({ "userName": name, "policyArn": arn }));
    let text = allowing(&["s3:*".to_owned()]).to_string();
    let put = json!({ "UserName": name, "PolicyName": "p", "PolicyDocument": text });
    done(&mut world, "PutUserPolicy", &put);
    let told = entry(&world, "iam:PutUserPolicy").details.parameters;
    assert_eq!((&told["policyName"], &told["policyDocument"]), (&json!("p"), &json!(text)));

    let page = world.ask(ACCOUNT, Service::Towpath, "ListAuditEntries", "{}").expect("a page");
    let entries = page["entries"].as_array().expect("entries");
    let listed = entries.iter().find(|it| it["action"] == "iam:AttachUserPolicy");
    assert_eq!(listed.map(|it| &it["requestParameters"]["policyArn"]), Some(&json!(arn)));
}

#[test]
fn a_sessions_name_and_who_began_its_chain_are_told() {
    let mut world = World::new();
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "AWS": ACCOUNT }, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"] } });
    let role = json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": trust.to_string() });
    done(&mut world, "CreateRole", &role);
    let input = json!({ "RoleArn": format!("arn:aws:iam::{ACCOUNT}:role/deploy"),
        "RoleSessionName": "release-7", "SourceIdentity": "ann", "ExternalId": "topsecret-4711" });
    let form = format!("Action=AssumeRole&Version=2011-06-15{}", form_of(&input));
    let allowed = user(Some(&allowing(&["sts:*".to_owned()])));
    world.ask_by(&allowed, Service::Sts, "AssumeRole", &form).expect("a session");
    let told: Value = json!(entry(&world, "sts:AssumeRole").details.parameters);
    assert_eq!(told, json!({ "roleSessionName": "release-7", "sourceIdentity": "ann" }));
}
