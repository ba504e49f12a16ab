//! What is revoked at one server is refused by the other at its next call. Nothing here waits: what a
//! server keeps in memory holds under its account's generation, which is read with each call, and
//! what is not kept is read each time.

use domain::Secret;
use identity::token::Algorithm;
use serde_json::{Value, json};
use testkit::{ACCOUNT, Beside, Browser, Caller, Scene, World};
use wire::Service::{CodePipeline, Iam, Sts, Towpath};
use wire::sigv4::Credentials;

use crate::federation::{self, Issuer, ROLE, assume_at, element, session_of, trusting};

/// Two servers on one database, with one public URL.
async fn two(story: &str) -> Option<(World, Beside)> {
    let Some(scene) = Scene::on_postgres(story).await else {
        println!("{story}: not told, TOWPATH_POSTGRES is not set");
        return None;
    };
    let mut world = scene.set("allow-address", "127.0.0.1:*").start().await;
    world.config.public_url = Some(world.caller.url.as_str().trim_end_matches('/').to_owned());
    let beside = world.start_beside().await;
    world.settle().await;
    Some((world, beside))
}

async fn iam(world: &World, operation: &str, form: &[(&str, &str)]) -> String {
    let answer = world.caller.query(Iam, operation, form).await;
    answer.unwrap_or_else(|refused| panic!("{operation}: {refused}"))
}

/// A new key of a user's.
async fn key(world: &World, user: &str) -> Caller {
    let xml = iam(world, "CreateAccessKey", &[("UserName", user)]).await;
    let text = |name: &str| element(&xml, name).expect(name);
    keyed(&world.caller, &text("AccessKeyId"), text("SecretAccessKey"))
}

fn keyed(server: &Caller, id: &str, secret: String) -> Caller {
    let secret_access_key = Secret::new(secret);
    server.with_key(Credentials {
        access_key_id: id.into(),
        secret_access_key,
        session_token: None,
    })
}

fn id(caller: &Caller) -> &str {
    caller.credentials.access_key_id.as_str()
}

/// `taken`, or the code with which a call is refused.
async fn asked(caller: &Caller) -> String {
    let answer = caller.call(CodePipeline, "ListPipelines", &json!({})).await;
    answer.map_or_else(|refused| refused.code.to_string(), |_| "taken".to_owned())
}

const UNKNOWN: &str = "UnrecognizedClientException";
const DENIED: &str = "AccessDeniedException";

fn allowing(actions: &Value) -> String {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

/// A user with a policy of her own, attached; the policy's ARN.
async fn user(world: &World) -> String {
    let policy = allowing(&json!(["codepipeline:List*", "sts:AssumeRole"]));
    iam(world, "CreateUser", &[("UserName", "ada")]).await;
    let form = [("PolicyName", "work"), ("PolicyDocument", &*policy)];
    let made = iam(world, "CreatePolicy", &form).await;
    let arn = element(&made, "Arn").expect("an ARN");
    iam(world, "AttachUserPolicy", &[("UserName", "ada"), ("PolicyArn", &arn)]).await;
    arn
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_a_policy_that_are_taken_away_are_gone_at_both_servers() {
    let Some((world, beside)) = two("keys_end").await else { return };
    let policy = user(&world).await;
    let (first, second) = (key(&world, "ada").await, key(&world, "ada").await);
    let there = |key: &Caller| beside.caller.with_key(key.credentials.clone());
    for key in [&first, &second] {
        assert_eq!((&*asked(key).await, &*asked(&there(key)).await), ("taken", "taken"));
    }
    let named = [("UserName", "ada"), ("AccessKeyId", id(&first))];
    iam(&world, "UpdateAccessKey", &[&named[..], &[("Status", "Inactive")]].concat()).await;
    assert_eq!(asked(&there(&first)).await, UNKNOWN, "inactive");
    iam(&world, "UpdateAccessKey", &[&named[..], &[("Status", "Active")]].concat()).await;
    assert_eq!(asked(&there(&first)).await, "taken", "active again");
    iam(&world, "DeleteAccessKey", &named).await;
    assert_eq!(asked(&there(&first)).await, UNKNOWN, "deleted");

    iam(&world, "DetachUserPolicy", &[("UserName", "ada"), ("PolicyArn", &policy)]).await;
    assert_eq!(asked(&there(&second)).await, DENIED, "its policy is detached");

    let made = world.must(Towpath, "CreateAccessKey", &json!({})).await;
    let text = |name: &str| made[name].as_str().expect("text").to_owned();
    let root = keyed(&beside.caller, &text("accessKeyId"), text("secretAccessKey"));
    assert_eq!(asked(&root).await, "taken");
    let gone = json!({ "accessKeyId": id(&root) });
    world.must(Towpath, "DeleteAccessKey", &gone).await;
    assert_eq!(asked(&root).await, UNKNOWN, "the root's own");
    drop(beside);
}

/// As the console of AWS does it: whatever was issued before this moment is denied everything.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_were_opened_before_are_denied_at_both_servers() {
    let Some((world, beside)) = two("sessions_end").await else { return };
    user(&world).await;
    let ada = key(&world, "ada").await;
    let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") }, "Action": "sts:AssumeRole" } });
    let role = ("RoleName", "deploy");
    iam(&world, "CreateRole", &[role, ("AssumeRolePolicyDocument", &trust.to_string())]).await;
    let policy = allowing(&json!("codepipeline:List*"));
    let put = async |name: &str, policy: &str| {
        iam(&world, "PutRolePolicy", &[role, ("PolicyName", name), ("PolicyDocument", policy)])
            .await
    };
    put("work", &policy).await;
    let assume = async || {
        let form = [("RoleArn", ROLE), ("RoleSessionName", "ada")];
        let xml = ada.query(Sts, "AssumeRole", &form).await.expect("a session");
        session_of(&beside.caller, &xml)
    };
    let old = assume().await;
    assert_eq!(asked(&old).await, "taken");
    world.step(2);
    let now = world.shared().now().plus_seconds(-1).rfc3339();
    let older = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*",
        "Resource": "*", "Condition": { "DateLessThan": { "aws:TokenIssueTime": now } } } });
    put("AWSRevokeOlderSessions", &older.to_string()).await;
    assert_eq!(asked(&old).await, DENIED);
    let new = assume().await;
    assert_eq!(asked(&new).await, "taken", "one that was opened since");

    for name in ["work", "AWSRevokeOlderSessions"] {
        iam(&world, "DeleteRolePolicy", &[role, ("PolicyName", name)]).await;
    }
    assert_eq!(asked(&new).await, DENIED, "its role may nothing any more");
    iam(&world, "DeleteRole", &[role]).await;
    assert_eq!(asked(&new).await, UNKNOWN, "its role is gone");
    drop(beside);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_deleted_vouches_for_nobody_at_either_server() {
    let Some((world, beside)) = two("provider_ends").await else { return };
    let issuer = Issuer::start(true).await;
    trusting(&world, &issuer).await;
    let token = issuer.sign(&issuer.header(), &issuer.claims(&world));
    let there = async || assume_at(&beside.caller, ROLE, &token, &[]).await;
    there().await.expect("it is registered");
    let bare = issuer.url.trim_start_matches("http://");
    let arn = format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{bare}");
    iam(&world, "DeleteOpenIDConnectProvider", &[("OpenIDConnectProviderArn", &arn)]).await;
    let refused = there().await.expect_err("it is deleted");
    assert_eq!(refused.0, "InvalidIdentityToken", "{}", refused.1);
    drop(beside);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_step_that_ended_or_of_a_withdrawn_key_is_good_at_neither_server() {
    let Some((world, beside)) = two("attempt_ends").await else { return };
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition = json!({ "StringLike": { format!("{issuer}:sub"): "{r}:*" } });
    federation::role(&world, &issuer, condition).await;
    let key = server::issuers::signer(world.shared(), &ACCOUNT.into(), Algorithm::Es256).await;
    let claims = federation::waiting_step(&world).await;
    let token = key.expect("a key").sign(&claims).expect("signed");
    let there = async || assume_at(&beside.caller, ROLE, token.expose(), &[]).await;
    there().await.expect("the step waits");
    world.must(Towpath, "RotateSigningKeys", &json!({ "revoke": true })).await;
    let refused = there().await.expect_err("its key is withdrawn");
    assert_eq!(refused.0, "InvalidIdentityToken", "{}", refused.1);

    let key = server::issuers::signer(world.shared(), &ACCOUNT.into(), Algorithm::Es256).await;
    let token = key.expect("a key").sign(&claims).expect("signed");
    let there = async || assume_at(&beside.caller, ROLE, token.expose(), &[]).await;
    there().await.expect("the step waits still");
    world.answer("app", "Next", "Ask", "Approved").await.expect("answered");
    world.settle().await;
    let refused = there().await.expect_err("the step is over");
    assert_eq!(refused.0, "ExpiredTokenException", "{}", refused.1);
    drop(beside);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_at_one_server_is_signed_out_at_the_other() {
    let Some((world, beside)) = two("console_ends").await else { return };
    let mut browser = world.sign_in().await;
    let pages = [world.caller.at("/console/"), beside.caller.at("/console/")];
    // Whoever is not signed in is led to where one signs in.
    let seen = async |browser: &mut Browser| {
        let mut signed_in = Vec::new();
        for page in &pages {
            let page = browser.open(page).await;
            signed_in.push(String::from_utf8_lossy(&page.body).contains("/console/sign-out"));
        }
        signed_in
    };
    assert_eq!(seen(&mut browser).await, [true, true]);
    let page = browser.open(&world.caller.at("/console/connections")).await;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let (_, rest) = page.split_once("name=\"form_token\" value=\"").expect("a form");
    let token = rest.split('"').next().unwrap_or_default();
    // A browser that forgets nothing when it is told to.
    let mut kept = browser.clone();
    let left = browser.choose(&world.caller.at("/console/sign-out"), "form_token", token).await;
    assert_eq!(left.status.as_u16(), 303, "{}", String::from_utf8_lossy(&left.body));
    assert_eq!(seen(&mut kept).await, [false, false]);
    drop(beside);
}
