//! Roles that somebody assumes who signs, keys that end by themselves, and what a refusal rested on.

use identity::Principal;
use serde_json::{Value, json};
use store::DenialRow;
use wire::Service;

use crate::complete::form_of;
use crate::identity::{allowing, done, user};
use crate::world::{ACCOUNT, World};

const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";

fn ask(
    world: &mut World,
    who: &Principal,
    operation: &str,
    input: &Value,
) -> Result<Value, String> {
    let form = format!("Action={operation}&Version=2011-06-15{}", form_of(input));
    let answer = world.ask_by(who, Service::Sts, operation, &form);
    answer.map_err(|refused| format!("{}: {}", refused.code, refused.message))
}

/// A role that trusts the account under a condition.
fn with_role(condition: &Value) -> World {
    let mut world = World::new();
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "AWS": ACCOUNT }, "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": condition } });
    let input = json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": trust.to_string() });
    done(&mut world, "CreateRole", &input);
    world
}

fn assume(role: &str, more: Value) -> Value {
    let mut input = json!({ "RoleArn": role, "RoleSessionName": "s1" });
    for (name, value) in more.as_object().expect("members") {
        input[name] = value.clone();
    }
    input
}

#[test]
fn a_role_is_assumed_where_its_trust_and_the_callers_policy_both_allow_it() {
    let mut world = with_role(&json!({ "StringEquals": { "sts:ExternalId": "x1" } }));
    let allowed = user(Some(&allowing(&["sts:AssumeRole".to_owned()])));
    let with_id = assume(ROLE, json!({ "ExternalId": "x1" }));
    let output = ask(&mut world, &allowed, "AssumeRole", &with_id).expect("a session");
    assert_eq!(
        output["AssumedRoleUser"]["Arn"],
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/s1")
    );
    assert!(output["Credentials"]["AccessKeyId"].as_str().is_some_and(|it| it.starts_with("ASIA")));
    let nobody = ask(&mut world, &user(None), "AssumeRole", &with_id).expect_err("no policy");
    assert!(
        nobody.contains("no identity-based policy allows the sts:AssumeRole action"),
        "{nobody}"
    );
    let without = ask(&mut world, &allowed, "AssumeRole", &assume(ROLE, json!({})));
    let without = without.expect_err("without the id");
    // A role that is not there is refused in the same words: nobody learns which there are.
    let missing = "arn:aws:iam::000000000000:role/nobody";
    let absent = ask(&mut world, &allowed, "AssumeRole", &assume(missing, json!({})));
    assert_eq!(without.replace("role/deploy", "role/nobody"), absent.expect_err("it is not there"));
    let tagged = json!({ "ExternalId": "x1", "Tags": [{ "Key": "Team", "Value": "red" }] });
    let tagged = ask(&mut world, &allowed, "AssumeRole", &assume(ROLE, tagged));
    assert!(tagged.expect_err("tags").contains("sts:TagSession"));
}

#[test]
fn a_session_lasts_as_long_as_its_role_lets_it() {
    let mut world = with_role(&json!({}));
    let allowed = user(Some(&allowing(&["sts:*".to_owned()])));
    let long = assume(ROLE, json!({ "DurationSeconds": 7200 }));
    let refused = ask(&mut world, &allowed, "AssumeRole", &long).expect_err("too long");
    assert!(refused.contains("exceeds the MaxSessionDuration set for this role"), "{refused}");
    let broken = assume(ROLE, json!({ "Policy": "{" }));
    let refused = ask(&mut world, &allowed, "AssumeRole", &broken).expect_err("no policy");
    assert!(refused.starts_with("MalformedPolicyDocumentException"), "{refused}");
    let output = ask(&mut world, &allowed, "GetSessionToken", &json!({ "DurationSeconds": 900 }));
    let ends = output.expect("keys")["Credentials"]["Expiration"].as_f64().expect("a moment");
    assert!((ends - (world.at.0 / 1000) as f64 - 900.0).abs() < 2.0);
}

#[test]
fn a_refusal_is_told_by_the_id_of_its_request_to_who_may_see_it() {
    let mut world = with_role(&json!({}));
    let refused = ask(&mut world, &user(None), "AssumeRole", &assume(ROLE, json!({})));
    refused.expect_err("no policy");
    let kept = DenialRow::of_account(&ACCOUNT.into(), 1);
    let denial = world.list::<DenialRow>(kept).pop().expect("it is kept");
    let allowed = user(Some(&allowing(&["sts:DecodeAuthorizationMessage".to_owned()])));
    let message = json!({ "EncodedMessage": denial.id });
    let told = ask(&mut world, &allowed, "DecodeAuthorizationMessage", &message).expect("told");
    let told = told["DecodedMessage"].as_str().expect("a text").to_owned();
    let told: Value = serde_json::from_str(&told).expect("JSON");
    assert_eq!((&told["allowed"], &told["explicitDeny"]), (&json!(false), &json!(false)));
    assert_eq!(told["context"]["action"], "sts:AssumeRole");
    let unknown = json!({ "EncodedMessage": "nothing" });
    let refused = ask(&mut world, &allowed, "DecodeAuthorizationMessage", &unknown);
    assert!(refused.expect_err("unknown").starts_with("InvalidAuthorizationMessageException"));
}
