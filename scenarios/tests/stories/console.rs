//! What is done in the console is judged and told like any call: where it came from, and who did it.

use egress::Response;
use serde_json::{Value, json};
use testkit::declarations::{app, approval};
use testkit::{Browser, Caller, World};
use wire::Service::Towpath;

use crate::permissions::{iam, let_user, user};

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
    let may = json!({"Effect": "Allow", "Resource": "*", "Action": ["towpath:CreateConsoleLink",
        "towpath:TestConnection", "codeconnections:ListConnections", "codeconnections:ListHosts"]});
    let_user(&other, "ann", may).await;
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

/// What a page says, and the answer's status.
async fn page(world: &World, browser: &mut Browser, path: &str) -> (u16, String) {
    let page = browser.open(&world.caller.at(path)).await;
    (page.status.as_u16(), String::from_utf8_lossy(&page.body).into_owned())
}

/// The value of a page's field.
fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).expect("a field");
    rest.split('"').next().unwrap_or_default()
}

/// Presses the button that approves on the page of the one execution that there is.
async fn approves(world: &World, browser: &mut Browser) -> (u16, String) {
    let path = format!("/console/pipelines/app/executions/{}", world.latest("app").await.id);
    let (status, shown) = page(world, browser, &path).await;
    assert_eq!(status, 200, "{shown}");
    let (form_token, token) = (field(&shown, "form_token"), field(&shown, "token"));
    let form =
        format!("{form_token}&stage=Next&action=Review&token={token}&verdict=Approved&summary=");
    let address = world.caller.at(&format!("{path}/approval"));
    let answer = browser.choose(&address, "form_token", &form).await;
    (answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_in_the_console_may_do_what_their_policies_allow() {
    let world = World::start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, approval("Review"))).await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;

    let (ann, key) = user(&world.caller, "ann").await;
    let execution = world.latest("app").await.id;
    let execution = format!("/console/pipelines/app/executions/{execution}");
    let reads = [
        "towpath:CreateConsoleLink",
        "codepipeline:ListPipelines",
        "codepipeline:GetPipelineExecution",
        "codepipeline:ListActionExecutions",
    ];
    let may = |actions: &[&str]| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    let_user(&world.caller, "ann", may(&reads)).await;
    let mut browser = signed_in(&world, &ann).await;
    let (status, shown) = page(&world, &mut browser, "/console/").await;
    assert!(
        status == 200 && shown.contains(">ann<") && !shown.contains("pipelines/app"),
        "{shown}"
    );
    for path in [
        "/console/pipelines/app",
        "/console/pipelines/app/executions",
        &format!("{execution}/log?log=Source/Fetch/1"),
        &format!("{execution}/artifacts/Source/Fetch/1/Code"),
        "/console/connections",
        "/console/connections/syncs",
        "/console/deliveries",
        "/console/deliveries/dlv-00000000-0000-0000-0000-000000000000",
    ] {
        let (status, said) = page(&world, &mut browser, path).await;
        let denied = said.contains("user/ann is not authorized to perform");
        assert!(status == 403 && denied, "{path}: {status} {said}");
    }
    let (status, said) = approves(&world, &mut browser).await;
    assert!(status == 403 && said.contains("codepipeline:PutApprovalResult"), "{said}");
    assert_eq!(world.latest("app").await.status, "InProgress");

    // A policy acts at once, also on who is signed in already.
    let_user(&world.caller, "ann", may(&reads[..1])).await;
    for path in ["/console/", &execution] {
        let (status, said) = page(&world, &mut browser, path).await;
        assert_eq!(status, 403, "{path}: {said}");
    }
    let approves_too = [&reads[..], &["codepipeline:PutApprovalResult"]].concat();
    let_user(&world.caller, "ann", may(&approves_too)).await;
    assert_eq!(approves(&world, &mut browser).await.0, 303);
    world.settle().await;
    assert_eq!(world.latest("app").await.status, "Succeeded");

    iam(&world.caller, "DeleteUserPolicy", &[("UserName", "ann"), ("PolicyName", "may")]).await;
    iam(&world.caller, "DeleteAccessKey", &[("UserName", "ann"), ("AccessKeyId", &key)]).await;
    iam(&world.caller, "DeleteUser", &[("UserName", "ann")]).await;
    user(&world.caller, "ann").await;
    let (_, led) = page(&world, &mut browser, "/console/").await;
    let signed_out = led.contains("towpath console link") && !led.contains("form_token");
    assert!(signed_out, "whoever has the name later is somebody else: {led}");
}
