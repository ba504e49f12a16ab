//! Accounts, and the policies above them.

use serde_json::{Value, json};
use wire::Service;

use crate::world::{ACCOUNT, OTHER, World};

fn ask(world: &mut World, operation: &str, input: Value) -> Result<Value, String> {
    let answer = world.ask(ACCOUNT, Service::Towpath, operation, &input.to_string());
    answer.map_err(|refused| format!("{}: {}", refused.code, refused.message))
}

fn full(target: &str) -> Value {
    let text =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    json!({ "target": target, "policyName": "FullAWSAccess", "policy": text })
}

#[test]
fn an_alias_is_one_accounts() {
    let mut world = World::new();
    ask(&mut world, "CreateAccount", json!({ "alias": "harbour" })).expect("the first");
    let again = ask(&mut world, "CreateAccount", json!({ "alias": "harbour" }));
    let again = again.expect_err("taken");
    assert!(again.starts_with("ConflictException") && again.contains("harbour"), "{again}");
    ask(&mut world, "CreateAccount", json!({ "alias": "quay" })).expect("another");
    ask(&mut world, "CreateAccount", json!({})).expect("without");
    ask(&mut world, "CreateAccount", json!({})).expect("without, once more");
}

#[test]
fn the_last_policy_above_an_account_does_not_go_while_that_would_open_everything() {
    let mut world = World::new();
    ask(&mut world, "CreateAccount", json!({ "accountId": OTHER })).expect("an account");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    let only = json!({ "target": OTHER, "policyName": "only-s3", "policy": policy });
    ask(&mut world, "PutOrganisationPolicy", only).expect("put");
    let delete = |name: &str| json!({ "target": OTHER, "policyName": name });
    ask(&mut world, "DeleteOrganisationPolicy", delete("FullAWSAccess")).expect("one is left");
    let last = ask(&mut world, "DeleteOrganisationPolicy", delete("only-s3"));
    let last = last.expect_err("the last one");
    assert!(last.starts_with("ConflictException") && last.contains("FullAWSAccess"), "{last}");
    ask(&mut world, "PutOrganisationPolicy", full(OTHER)).expect("what is meant, said");
    ask(&mut world, "DeleteOrganisationPolicy", delete("only-s3")).expect("no longer the last");
    ask(&mut world, "DeleteOrganisationPolicy", delete("FullAWSAccess")).expect("it opens nothing");
}
