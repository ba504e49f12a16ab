//! What is done in the console is judged and told like any call: where it came from, and who did it.

use egress::Response;
use serde_json::{Value, json};
use testkit::{Browser, Caller, World};
use wire::Service::Towpath;

use crate::permissions::{let_user, user};

const OTHER: &str = "111122223333";

/// Somebody in a browser who signed in by a link that the caller made.
async fn signed_in(world: &World, caller: &Caller) -> Browser {
    let made = caller.call(Towpath, "CreateConsoleLink", &json!({})).await.expect("a link");
    let link = made["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a link");
    let mut browser = Browser::default();
    let entered = browser.choose(&world.caller.at("/console/sign-in"), "link", link).await;
    assert_eq!(entered.status.as_u16(), 303);
    browser
}

/// Asks for a test of a connection that there is not.
async fn tries(world: &World, browser: &mut Browser) -> Response {
    let page = browser.open(&world.caller.at("/console/connections")).await;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").expect("a form");
    let token = rest.split('"').next().unwrap_or_default();
    let arn = format!("arn:aws:codeconnections:us-east-1:{OTHER}:connection/none");
    let form = format!("{token}&repository=practice/app&connection={arn}");
    browser.choose(&world.caller.at("/console/connections/test"), "form_token", &form).await
}

/// Puts a policy above the account that denies trying connections under a condition.
async fn denied_where(world: &World, condition: Value) {
    let policy = json!({"Version": "2012-10-17", "Statement": [{ "Effect": "Deny",
        "Action": "towpath:TestConnection", "Resource": "*", "Condition": condition }]});
    let put = json!({"target": OTHER, "policyName": "near", "policy": policy.to_string()});
    world.must(Towpath, "PutOrganisationPolicy", &put).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_judged_by_where_it_came_from_and_told_of_whom() {
    let world = World::start().await;
    let other = world.other_account(OTHER).await;
    let (ann, _) = user(&other, "ann").await;
    let link = json!({"Effect": "Allow", "Action": "towpath:CreateConsoleLink", "Resource": "*"});
    let_user(&other, "ann", link).await;
    let mut browser = signed_in(&world, &ann).await;

    denied_where(&world, json!({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})).await;
    let refused = tries(&world, &mut browser).await;
    assert_eq!(refused.status.as_u16(), 403, "{}", String::from_utf8_lossy(&refused.body));
    denied_where(&world, json!({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}})).await;
    let judged = tries(&world, &mut browser).await;
    assert_ne!(judged.status.as_u16(), 403, "{}", String::from_utf8_lossy(&judged.body));
    denied_where(&world, json!({"Bool": {"aws:SecureTransport": "false"}})).await;
    assert_eq!(tries(&world, &mut browser).await.status.as_u16(), 403);
}
