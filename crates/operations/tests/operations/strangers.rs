//! A trust policy that lets strangers in is saved only by who insists; those that people ordinarily
//! write are saved.

use serde_json::{Value, json};
use wire::Service;

use crate::complete::form_of;
use crate::world::{ACCOUNT, World};

const ISSUER: &str = "ci.example.com/oidc/000000000000";
const GITHUB: &str = "token.actions.githubusercontent.com";
const BITBUCKET: &str = "api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc";

fn call(world: &mut World, operation: &str, input: &Value) -> Result<Value, (String, String)> {
    let form = format!("Action={operation}&Version=2010-05-08{}", form_of(input));
    let answered = world.ask(ACCOUNT, Service::Iam, operation, &form);
    answered.map_err(|refused| (refused.code.to_string(), refused.message))
}

fn trust(principal: Value, condition: Value) -> String {
    let statement = json!({
        "Effect": "Allow", "Principal": principal, "Condition": condition,
        "Action": ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"],
    });
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn federated(issuer: &str, condition: Value) -> String {
    let arn = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}");
    trust(json!({"Federated": arn}), condition)
}

fn create(trust: &str) -> Result<Value, (String, String)> {
    let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": trust});
    call(&mut World::new(), "CreateRole", &input)
}

#[test]
fn a_policy_that_lets_strangers_in_is_refused_with_the_narrowest_fix() {
    fn check(trust: &str, words: &[&str]) {
        let (code, message) = create(trust).expect_err(trust);
        assert_eq!(code, "MalformedPolicyDocumentException");
        for words in words.iter().chain(&["lets strangers in", "towpath:trust=open", "line 1"]) {
            assert!(message.contains(words), "{words}: {message}");
        }
    }
    check(&trust(json!("*"), json!({})), &["everyone may assume this role"]);
    check(&trust(json!({"AWS": "*"}), json!({})), &["everyone may assume this role"]);
    let aud = |issuer: &str| json!({"StringEquals": {format!("{issuer}:aud"): "a"}});
    check(
        &federated(GITHUB, aud(GITHUB)),
        &["no condition on its subject", "repo:OWNER/REPOSITORY:ref:refs/heads/main"],
    );
    check(&federated(BITBUCKET, aud(BITBUCKET)), &["{REPOSITORY-UUID}:*"]);
    check(&federated(ISSUER, json!({})), &["ci.example.com/oidc/000000000000:repository"]);
    let wide = json!({"StringLike": {format!("{GITHUB}:sub"): "repo:*"}});
    check(&federated(GITHUB, wide), &["nearly every subject"]);
    let all = json!({"ForAllValues:StringLike": {format!("{GITHUB}:sub"): "repo:o/r:*"}});
    check(&federated(GITHUB, all), &["no condition on its subject"]);
}

#[test]
fn what_people_ordinarily_write_is_saved() {
    fn check(trust: &str) {
        create(trust).unwrap_or_else(|refused| panic!("{trust}: {refused:?}"));
    }
    check(&trust(json!({"Service": "codepipeline.amazonaws.com"}), json!({})));
    check(&trust(json!({"AWS": "arn:aws:iam::111111111111:root"}), json!({})));
    let organisation = json!({"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}});
    check(&trust(json!({"AWS": "*"}), organisation));
    let github = json!({
        "StringEquals": {format!("{GITHUB}:aud"): "sts.amazonaws.com"},
        "StringLike": {format!("{GITHUB}:sub"): "repo:acme/shop:*"},
    });
    check(&federated(GITHUB, github));
    let workspace = "ari:cloud:bitbucket::workspace/6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
    let bitbucket = json!({
        "StringEquals": {format!("{BITBUCKET}:aud"): workspace},
        "StringLike": {format!("{BITBUCKET}:sub"): "{6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b}:*"},
    });
    check(&federated(BITBUCKET, bitbucket));
    for (claim, value) in [("repository", "team/site"), ("pipeline", "site"), ("sub", "x")] {
        check(&federated(ISSUER, json!({"StringEquals": {format!("{ISSUER}:{claim}"): value}})));
    }
    let cognito = json!({
        "StringEquals": {"cognito-identity.amazonaws.com:aud": "us-east-1:12345678-abcd"},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    });
    check(&trust(json!({"Federated": "cognito-identity.amazonaws.com"}), cognito));
    let google = json!({"StringEquals": {"accounts.google.com:aud": "66677788899900pro0"}});
    check(&trust(json!({"Federated": "accounts.google.com"}), google));
    let app = json!({"StringEquals": {"graph.facebook.com:app_id": "111222333444555"}});
    check(&trust(json!({"Federated": "graph.facebook.com"}), app));
    let saml = json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}});
    check(&trust(json!({"Federated": "arn:aws:iam::000000000000:saml-provider/P"}), saml));
}

#[test]
fn a_role_that_is_meant_to_be_open_says_so_in_its_tags() {
    let mut world = World::new();
    let (open, closed) = (
        trust(json!("*"), json!({})),
        federated(ISSUER, json!({"StringEquals": {format!("{ISSUER}:sub"): "x"}})),
    );
    let tags = json!([{"Key": "towpath:trust", "Value": "open"}]);
    let input = json!({"RoleName": "r", "AssumeRolePolicyDocument": open, "Tags": tags});
    call(&mut world, "CreateRole", &input).expect("it insists");
    let input = json!({"RoleName": "s", "AssumeRolePolicyDocument": closed});
    call(&mut world, "CreateRole", &input).expect("it is closed");
    let update = json!({"RoleName": "s", "PolicyDocument": open});
    let (code, _) = call(&mut world, "UpdateAssumeRolePolicy", &update).expect_err("it is open");
    assert_eq!(code, "MalformedPolicyDocumentException");
    call(&mut world, "TagRole", &json!({"RoleName": "s", "Tags": tags})).expect("tagged");
    call(&mut world, "UpdateAssumeRolePolicy", &update).expect("it insists now");
}

#[test]
fn the_accounts_own_issuer_is_registered_from_the_start() {
    let mut world = World::new();
    let arn = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}");
    let listed = call(&mut world, "ListOpenIDConnectProviders", &json!({})).expect("a list");
    assert_eq!(listed["OpenIDConnectProviderList"], json!([{"Arn": arn}]));
    let named = json!({"OpenIDConnectProviderArn": arn});
    let got = call(&mut world, "GetOpenIDConnectProvider", &named).expect("it is there");
    assert_eq!((&got["Url"], &got["ClientIDList"]), (&json!(ISSUER), &json!([])));
    let (code, _) = call(&mut world, "DeleteOpenIDConnectProvider", &named).expect_err("it stays");
    assert_eq!(code, "InvalidInputException");

    let client = json!({"OpenIDConnectProviderArn": arn, "ClientID": "sts.amazonaws.com"});
    call(&mut world, "AddClientIDToOpenIDConnectProvider", &client).expect("added");
    let got = call(&mut world, "GetOpenIDConnectProvider", &named).expect("it is there");
    assert_eq!(got["ClientIDList"], json!(["sts.amazonaws.com"]));
    call(&mut world, "DeleteOpenIDConnectProvider", &named).expect("what was changed is gone");
    let got = call(&mut world, "GetOpenIDConnectProvider", &named).expect("it is there");
    assert_eq!(got["ClientIDList"], json!([]));
}

#[test]
fn a_group_that_is_renamed_keeps_its_users_and_the_summary_counts_them() {
    let mut world = World::new();
    let mut done = |operation: &str, input: Value| {
        call(&mut world, operation, &input).unwrap_or_else(|why| panic!("{operation}: {why:?}"))
    };
    done("CreateUser", json!({"UserName": "ann"}));
    done("CreateGroup", json!({"GroupName": "crew"}));
    done("CreateGroup", json!({"GroupName": "other"}));
    done("AddUserToGroup", json!({"GroupName": "crew", "UserName": "ann"}));
    done("UpdateGroup", json!({"GroupName": "crew", "NewGroupName": "Hands", "NewPath": "/boat/"}));
    let group = done("GetGroup", json!({"GroupName": "hands"}));
    assert_eq!(group["Group"]["Arn"], json!(format!("arn:aws:iam::{ACCOUNT}:group/boat/Hands")));
    assert_eq!(group["Users"][0]["UserName"], "ann");
    let groups = done("ListGroupsForUser", json!({"UserName": "ann"}));
    assert_eq!(groups["Groups"][0]["GroupName"], "Hands");
    let summary = done("GetAccountSummary", json!({}));
    let counted = &summary["SummaryMap"];
    assert_eq!((&counted["Users"], &counted["Groups"]), (&json!(1), &json!(2)));
    assert_eq!((&counted["Providers"], &counted["RolesQuota"]), (&json!(1), &json!(1000)));
    let taken = json!({"GroupName": "hands", "NewGroupName": "OTHER"});
    let (code, _) = call(&mut world, "UpdateGroup", &taken).expect_err("the name is taken");
    assert_eq!(code, "EntityAlreadyExistsException");
}
