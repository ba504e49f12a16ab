//! What the policy simulator says besides the decision, and what it is told.

use serde_json::{Value, json};

use crate::complete::form_of;
use crate::world::{ACCOUNT, OTHER, World};

fn policy(statement: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn allow(action: &str) -> String {
    policy(json!({ "Effect": "Allow", "Action": action, "Resource": "*" }))
}

/// The first result of a custom simulation of `s3:GetObject` with more input, or the refusal.
fn simulate(more: Value) -> Result<Value, String> {
    let mut input = json!({ "PolicyInputList": [allow("s3:*")], "ActionNames": ["s3:GetObject"] });
    for (name, value) in more.as_object().expect("members") {
        input[name] = value.clone();
    }
    let form = format!("Action=SimulateCustomPolicy&Version=2010-05-08{}", form_of(&input));
    let answer = World::new().ask(ACCOUNT, wire::Service::Iam, "SimulateCustomPolicy", &form);
    let answer = answer.map_err(|refused| format!("{}: {}", refused.code, refused.message))?;
    Ok(answer["EvaluationResults"][0].clone())
}

/// The example of the `aws` command's reference, with the positions that IAM answered.
#[test]
fn where_a_statement_stands_is_told_as_iam_tells_it() {
    let matched = |text: &str| {
        let more = json!({ "PolicyInputList": [text], "ActionNames": ["dynamodb:CreateBackup"],
            "ContextEntries": [{ "ContextKeyName": "aws:CurrentTime", "ContextKeyType": "date",
                "ContextKeyValues": ["2019-04-25T11:00:00Z"] }] });
        simulate(more).expect("a result")["MatchedStatements"][0].clone()
    };
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#;
    let at = |line: u32, column: u32| json!({ "Line": line, "Column": column });
    let statement = matched(text);
    assert_eq!(statement["SourcePolicyId"], "PolicyInputList.1");
    assert_eq!((&statement["StartPosition"], &statement["EndPosition"]), (&at(1, 38), &at(1, 167)));
    let lines = "{\n  \"Version\": \"2012-10-17\", \"Statement\": [\n    {\"Effect\": \"Deny\", \"Action\": \"s3:*\", \"Resource\": \"*\"},\n    {\n      \"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"\n    }]\n}";
    let statement = matched(lines);
    assert_eq!((&statement["StartPosition"], &statement["EndPosition"]), (&at(4, 6), &at(6, 6)));
}

#[test]
fn resources_are_arns_and_their_policy_needs_a_caller() {
    let refused = |more: Value, word: &str| {
        let refused = simulate(more).expect_err("InvalidInput");
        assert!(
            refused.starts_with("InvalidInputException: ") && refused.contains(word),
            "{refused}"
        );
    };
    refused(json!({ "ResourceArns": ["*", "foo"] }), "foo");
    simulate(json!({ "ResourceArns": ["arn:aws:s3:::b/*", "*"] })).expect("an ARN");
    let everybody = policy(json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::b/k" }));
    let on = json!({ "ResourceArns": ["arn:aws:s3:::b/k"], "ResourcePolicy": everybody });
    refused(on.clone(), "CallerArn");
    let mut by = on;
    by["CallerArn"] = json!(format!("arn:aws:iam::{ACCOUNT}:user/ann"));
    assert_eq!(simulate(by).expect("a result")["EvalDecision"], "allowed");
}

#[test]
fn the_keys_that_policies_ask_for_are_told() {
    let mut world = World::new();
    let ask = |world: &mut World, operation: &str, input: Value| {
        let form = format!("Action={operation}&Version=2010-05-08{}", form_of(&input));
        let answer = world.ask(ACCOUNT, wire::Service::Iam, operation, &form);
        answer.map(|it| it["ContextKeyNames"].clone()).map_err(|refused| refused.code)
    };
    let own = policy(json!({ "Effect": "Allow", "Action": "dynamodb:*",
        "Resource": "arn:aws:dynamodb:us-west-2:123456789012:table/${aws:username}",
        "Condition": { "DateGreaterThan": { "aws:CurrentTime": "2015-08-16T12:00:00Z" } } }));
    let custom = json!({ "PolicyInputList": [own, allow("s3:*")] });
    let keys = json!(["aws:username", "aws:CurrentTime"]);
    assert_eq!(ask(&mut world, "GetContextKeysForCustomPolicy", custom), Ok(keys.clone()));
    ask(&mut world, "CreateUser", json!({ "UserName": "saanvi" })).expect("a user");
    let put = json!({ "UserName": "saanvi", "PolicyName": "p", "PolicyDocument": own });
    ask(&mut world, "PutUserPolicy", put).expect("a policy");
    let of =
        |name: &str| json!({ "PolicySourceArn": format!("arn:aws:iam::{ACCOUNT}:user/{name}") });
    assert_eq!(ask(&mut world, "GetContextKeysForPrincipalPolicy", of("saanvi")), Ok(keys));
    let nobody = ask(&mut world, "GetContextKeysForPrincipalPolicy", of("nobody"));
    assert_eq!(nobody, Err("NoSuchEntityException".into()));
}

#[test]
fn what_a_boundary_says_is_said_whatever_else_denies() {
    let deny = policy(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }));
    let check = |policies: &[&String], boundary: &str, decision: &str, bounded: bool| {
        let boundary = [allow(boundary)];
        let more = json!({ "PolicyInputList": policies,
            "PermissionsBoundaryPolicyInputList": boundary });
        let result = simulate(more).expect("a result");
        let detail = &result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"];
        assert_eq!((&result["EvalDecision"], detail), (&json!(decision), &json!(bounded)));
    };
    let all = allow("*");
    check(&[&all], "s3:*", "allowed", true);
    check(&[&all], "sqs:*", "implicitDeny", false);
    check(&[&deny], "sqs:*", "explicitDeny", false);
    check(&[&deny], "s3:*", "explicitDeny", true);
    let two = json!({ "PermissionsBoundaryPolicyInputList": [allow("s3:*"), allow("sqs:*")] });
    assert!(simulate(two).expect_err("two").contains("PermissionsBoundaryPolicyInputList"));
}

#[test]
fn what_the_call_says_of_keys_holds() {
    let check = |key: &str, kind: &str, value: &str, condition: Value| {
        let when = policy(json!({ "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": condition }));
        let entry = json!({ "ContextKeyName": key, "ContextKeyType": kind,
            "ContextKeyValues": [value] });
        let more = json!({ "PolicyInputList": [when], "ContextEntries": [entry] });
        assert_eq!(simulate(more).expect("a result")["EvalDecision"], "allowed", "{key}");
    };
    let before = json!({ "DateLessThan": { "aws:CurrentTime": "1999-01-01T00:00:00Z" } });
    check("aws:CurrentTime", "date", "1998-01-01T00:00:00Z", before);
    let equals = |key: &str, value: &str| json!({ "StringEquals": { key: value } });
    check("aws:username", "string", "bob", equals("aws:username", "bob"));
    check("aws:userid", "string", "AIDA7", equals("aws:userid", "AIDA7"));
    let arn = "arn:aws:iam::111111111111:role/r";
    check("aws:PrincipalArn", "string", arn, equals("aws:PrincipalArn", arn));
    check("aws:PrincipalAccount", "string", OTHER, equals("aws:PrincipalAccount", OTHER));
    let wrong = json!({ "ContextEntries": [{ "ContextKeyName": "aws:SourceIp",
        "ContextKeyType": "ip", "ContextKeyValues": ["300.1.1.1"] }] });
    let wrong = simulate(wrong).expect_err("no address");
    assert!(wrong.contains("300.1.1.1") && wrong.contains("aws:SourceIp"), "{wrong}");
}

#[test]
fn a_bucket_is_whose_the_call_says_it_is() {
    let object = json!(["arn:aws:s3:::b/k"]);
    let decided = |more: Value| simulate(more).map(|result| result["EvalDecision"].clone());
    assert_eq!(decided(json!({ "ResourceArns": object })), Ok(json!("allowed")));
    let owner = format!("arn:aws:iam::{OTHER}:root");
    let others = json!({ "ResourceArns": object, "ResourceOwner": owner });
    assert_eq!(decided(others), Ok(json!("implicitDeny")), "its own account does not allow it");
    let own =
        json!({ "ResourceArns": object, "ResourceOwner": format!("arn:aws:iam::{ACCOUNT}:root") });
    assert_eq!(decided(own), Ok(json!("allowed")));
    assert!(decided(json!({ "ResourceOwner": "nobody" })).is_err());
}

#[test]
fn a_policy_is_as_long_as_a_roles_own_may_be() {
    let actions: Vec<String> = (0..400).map(|number| format!("s3:Get{number:012}")).collect();
    let long = policy(json!({ "Effect": "Allow", "Action": actions, "Resource": "*" }));
    assert!((7_000..10_000).contains(&long.len()), "{}", long.len());
    simulate(json!({ "PolicyInputList": [long] })).expect("it is simulated");
}
