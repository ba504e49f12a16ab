//! Roles that somebody assumes who signs, keys that end by themselves, and what a refusal rested on.

use std::sync::Arc;

use domain::AccessKeyId;
use identity::policy::Caller as Who;
use identity::{Principal, Standing};
use operations::session;
use serde_json::{Value, json};
use store::{AccountRow, DenialRow, OrganisationPolicyRow};
use wire::Service;

use crate::complete::form_of;
use crate::identity::{allowing, done, named, user};
use crate::world::{ACCOUNT, OTHER, World};

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
    let mut world = with_role(&json!({ "StringEquals": { "sts:ExternalId": "right" } }));
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
    let failure = &told["failures"]["items"][0];
    assert_eq!((&failure["policy"], &failure["reason"]), (&json!(ROLE), &json!("Condition")));
    let condition = &failure["conditions"]["items"][0];
    assert_eq!(
        (&condition["key"], &condition["expected"]),
        (&json!("sts:ExternalId"), &json!(["right"]))
    );
    let unknown = json!({ "EncodedMessage": "nothing" });
    let refused = ask(&mut world, &allowed, "DecodeAuthorizationMessage", &unknown);
    assert!(refused.expect_err("unknown").starts_with("InvalidAuthorizationMessageException"));
}

/// Whoever has the keys of an answer.
fn opened(world: &World, output: &Value) -> Principal {
    let keys = &output["Credentials"];
    let text = |name: &str| keys[name].as_str().expect("a text").to_owned();
    let (key, token) = (AccessKeyId::new(text("AccessKeyId")), text("SessionToken"));
    let (session, _) = session::open(&key, &token, world.vault(), world.at).expect("it is good");
    let seen = world.load(|seen| session.wants(seen));
    let standing = session.standing(&seen).map(Arc::new).expect("its holder is there");
    Principal::of(standing, key).expect("a session signs")
}

/// A role whose trust policy allows the account these actions, and which may do everything itself.
fn add_role(world: &mut World, name: &str, actions: &[&str]) {
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "AWS": ACCOUNT }, "Action": actions } });
    let input = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() });
    done(world, "CreateRole", &input);
    let all = allowing(&["*".to_owned()]).to_string();
    let put = json!({ "RoleName": name, "PolicyName": "all", "PolicyDocument": all });
    done(world, "PutRolePolicy", &put);
}

fn tag(key: &str, value: &str) -> Value {
    json!({ "Key": key, "Value": value })
}

#[test]
fn tags_that_a_condition_would_not_see_are_refused() {
    let red = json!({ "StringEquals": { "aws:RequestTag/Team": "red" } });
    let mut world = with_role(&red);
    let ann = user(Some(&allowing(&["sts:*".to_owned()])));
    let mut with = |more: Value| ask(&mut world, &ann, "AssumeRole", &assume(ROLE, more));
    with(json!({ "Tags": [tag("Team", "red")] })).expect("the right team");
    let twice = json!({ "Tags": [tag("team", "admin"), tag("Team", "red")] });
    let said = "InvalidParameterValueException: Duplicate tag keys found. Please note that Tag \
                keys are case insensitive.";
    assert_eq!(with(twice).expect_err("twice"), said);
    let system = json!({ "Tags": [tag("Team", "red"), tag("aws:x", "y")] });
    assert!(with(system).expect_err("reserved").contains("'aws:'"));
    let absent = json!({ "Tags": [tag("Team", "red")], "TransitiveTagKeys": ["Dept"] });
    let refused = with(absent).expect_err("it does not come along");
    assert!(refused.contains("must be included in the requested tags"), "{refused}");
}

#[test]
fn what_is_handed_on_along_a_chain_stays_as_it_began() {
    let mut world = World::new();
    add_role(&mut world, "first", &["sts:*"]);
    add_role(&mut world, "second", &["sts:AssumeRole", "sts:TagSession"]);
    let [first, second] =
        ["first", "second"].map(|name| format!("arn:aws:iam::{ACCOUNT}:role/{name}"));
    let ann = user(Some(&allowing(&["sts:*".to_owned()])));
    let tags = json!({ "Tags": [tag("Dept", "finance")], "TransitiveTagKeys": ["Dept"] });
    let output = ask(&mut world, &ann, "AssumeRole", &assume(&first, tags)).expect("a session");
    let one = opened(&world, &output);
    let other = assume(&second, json!({ "Tags": [tag("dept", "public")] }));
    let refused = ask(&mut world, &one, "AssumeRole", &other).expect_err("it is handed on");
    assert!(refused.contains("conflicts with a transitive tag key"), "{refused}");
    let output = ask(&mut world, &one, "AssumeRole", &assume(&second, json!({})));
    let two = opened(&world, &output.expect("the second role"));
    let mut keys = two.standing.keys.entries();
    let (_, values) = keys.find(|(key, _)| *key == "aws:principaltag/dept").expect("the tag");
    assert_eq!(values[0].text(), "finance");

    let named = assume(&first, json!({ "SourceIdentity": "ann" }));
    let output = ask(&mut world, &ann, "AssumeRole", &named).expect("it may be set there");
    let known = opened(&world, &output);
    let refused = ask(&mut world, &known, "AssumeRole", &assume(&second, json!({})));
    let refused = refused.expect_err("the second role takes nobody who has one");
    assert!(refused.contains("sts:SetSourceIdentity"), "{refused}");
}

/// A user with this policy, by a key of theirs that does not end.
fn bob(world: &mut World, policy: &Value) -> Principal {
    done(world, "CreateUser", &json!({ "UserName": "bob" }));
    let put = json!({ "UserName": "bob", "PolicyName": "p", "PolicyDocument": policy.to_string() });
    done(world, "PutUserPolicy", &put);
    named(world, "bob")
}

#[test]
fn keys_that_end_say_that_no_second_factor_was_used_and_others_say_nothing_of_it() {
    fn check(operator: &str, value: &str, lasting: bool, ending: bool) {
        let mut world = World::new();
        let condition = json!({ operator: { "aws:MultiFactorAuthPresent": value } });
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": condition }] });
        let bob = bob(&mut world, &policy);
        let output = ask(&mut world, &bob, "GetSessionToken", &json!({})).expect("keys");
        let session = opened(&world, &output);
        let mut may = |who: &Principal| world.ask_by(who, Service::S3, "ListBuckets", "{}").is_ok();
        assert_eq!((may(&bob), may(&session)), (lasting, ending), "{operator} {value}");
    }
    check("Bool", "false", true, false);
    check("BoolIfExists", "false", false, false);
    check("Bool", "true", true, true);
    check("Null", "true", false, true);
}

#[test]
fn keys_that_end_by_themselves_make_no_others() {
    let mut world = World::new();
    let bob = bob(&mut world, &allowing(&["*".to_owned()]));
    let output = ask(&mut world, &bob, "GetSessionToken", &json!({})).expect("keys");
    let bob = opened(&world, &output);
    let again = ask(&mut world, &bob, "GetSessionToken", &json!({})).expect_err("no renewal");
    assert!(again.contains("Cannot call GetSessionToken with session credentials"), "{again}");
    let decode = json!({ "EncodedMessage": "x" });
    let refused = ask(&mut world, &bob, "DecodeAuthorizationMessage", &decode);
    assert!(refused.expect_err("not by these").starts_with("InvalidClientTokenId"));
    let form = "Action=CreateAccessKey&Version=2010-05-08";
    let refused = world.ask_by(&bob, Service::Iam, "CreateAccessKey", form);
    assert_eq!(refused.expect_err("no lasting keys").code, "InvalidClientTokenId");
    ask(&mut world, &bob, "GetCallerIdentity", &json!({})).expect("who they are");
    let code = json!({ "SerialNumber": "arn:aws:iam::0:mfa/x", "TokenCode": "123456" });
    let refused = ask(&mut world, &user(None), "GetSessionToken", &code);
    assert!(refused.expect_err("no factor").contains("MultiFactorAuthentication failed"));
}

#[test]
fn what_no_session_can_be_made_of_is_said_before_anybody_is_judged() {
    let mut world = with_role(&json!({}));
    let nobody = user(None);
    let mut refused = |who: &Principal, input: Value| {
        ask(&mut world, who, "AssumeRole", &input).expect_err("it is refused")
    };
    for wrong in ["arn:aws:iam::000000000000:user/deploy", "arn:aws:iam::aws:role/deploy"] {
        let said = refused(&nobody, assume(wrong, json!({})));
        assert_eq!(said, format!("ValidationException: {wrong} is invalid"));
    }
    let code = json!({ "SerialNumber": "arn:aws:iam::0:mfa/x", "TokenCode": "123456" });
    let said = refused(&nobody, assume(ROLE, code));
    assert!(said.contains("MultiFactorAuthentication failed"), "{said}");
    let root = Principal::root(&ACCOUNT.into(), AccessKeyId::new("AKIAROOT"));
    let said = refused(&root, assume(ROLE, json!({})));
    assert!(said.contains("Roles may not be assumed by root accounts."), "{said}");
    let ann = user(Some(&allowing(&["sts:*".to_owned()])));
    for missing in ["arn:aws:iam::000000000000:policy/none", "arn:aws:iam::111111111111:policy/p"] {
        let said = refused(&ann, assume(ROLE, json!({ "PolicyArns": [{ "arn": missing }] })));
        assert!(said.starts_with("ValidationException") && said.contains(missing), "{said}");
    }
}

/// Somebody of the other account who may do everything there.
fn stranger() -> Principal {
    let caller = Who::User {
        account: OTHER.into(),
        arn: format!("arn:aws:iam::{OTHER}:user/mal"),
        name: "mal".to_owned(),
        id: "AIDA2".to_owned(),
    };
    let all = user(Some(&allowing(&["*".to_owned()]))).standing.identity.clone();
    let standing = Arc::new(Standing { identity: all, ..Standing::of(caller) });
    Principal::of(standing, AccessKeyId::new("AKIAMAL")).expect("a user signs")
}

fn with_accounts(world: &mut World) {
    for account in [ACCOUNT, OTHER] {
        let (generation, created) = (1, world.at);
        world.put(AccountRow { account: account.into(), generation, created, alias: None });
    }
}

/// What an account's newest denial says.
fn told(world: &World, account: &str) -> String {
    let kept = world.list::<DenialRow>(DenialRow::of_account(&account.into(), 10));
    let newest = kept.iter().max_by_key(|row| row.at).expect("it is kept");
    format!("{}\n{:?}", newest.explanation.say().join("\n"), newest.keys)
}

#[test]
fn each_of_two_accounts_sees_its_own_side_of_a_refusal() {
    let mut world = World::new();
    with_accounts(&mut world);
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Sid": "Partner",
        "Principal": { "AWS": OTHER }, "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "sts:ExternalId": "topsecret" } } } });
    let input = json!({ "RoleName": "deploy", "AssumeRolePolicyDocument": trust.to_string() });
    done(&mut world, "CreateRole", &input);
    let guess = json!({ "ExternalId": "guess" });
    let of_role = ask(&mut world, &stranger(), "AssumeRole", &assume(ROLE, guess.clone()));
    let theirs = told(&world, OTHER);
    assert!(!theirs.contains("topsecret") && !theirs.contains("Partner"), "{theirs}");
    let own = told(&world, ACCOUNT);
    assert!(own.contains("topsecret") && own.contains("guess"), "{own}");
    let missing = "arn:aws:iam::000000000000:role/nobody";
    let of_none = ask(&mut world, &stranger(), "AssumeRole", &assume(missing, guess));
    let same = |said: String| said.replace("role/deploy", "role/nobody");
    assert_eq!(same(of_role.expect_err("a guess")), of_none.expect_err("no role"));
    let at = |said: String| said.split("aws:currenttime").next().unwrap_or_default().to_owned();
    assert_eq!(at(same(theirs)), at(told(&world, OTHER)));
}

#[test]
fn a_resource_control_policy_binds_callers_of_other_accounts() {
    let mut world = World::new();
    with_accounts(&mut world);
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "AWS": ACCOUNT }, "Action": "sts:AssumeRole" } });
    let input = json!({ "RoleName": "there", "AssumeRolePolicyDocument": trust.to_string() });
    let form = format!("Action=CreateRole&Version=2010-05-08{}", form_of(&input));
    world.ask(OTHER, Service::Iam, "CreateRole", &form).expect("a role of the other account");
    let ann = user(Some(&allowing(&["sts:*".to_owned()])));
    let there = assume(&format!("arn:aws:iam::{OTHER}:role/there"), json!({}));
    ask(&mut world, &ann, "AssumeRole", &there).expect("both sides allow it");
    let text = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*" } ] });
    world.put(OrganisationPolicyRow {
        target: OTHER.to_owned(),
        name: "closed".to_owned(),
        on_resources: true,
        created: world.at,
        text: text.to_string(),
    });
    let refused = ask(&mut world, &ann, "AssumeRole", &there).expect_err("it is denied there");
    assert!(refused.starts_with("AccessDeniedException"), "{refused}");
    assert!(told(&world, OTHER).contains("closed") && !told(&world, ACCOUNT).contains("closed"));
}
