//! Tokens of our own steps: good in their account while their step lives.

use domain::AccountId;
use identity::token::Algorithm;
use serde_json::{Map, Value, json};
use testkit::declarations::{app, approval, commands};
use testkit::{ACCOUNT, World};
use wire::Service;
use wire::client::element;

use super::issuer::{PIPELINES, ROLE, assume, role, session, world};

/// The claims of a step's token whose attempt waits for an approval.
pub async fn waiting_step(world: &World) -> Map<String, Value> {
    let connection = world.connect().await;
    world.create(&app(&connection, approval("Ask"))).await;
    let execution = world.begin("app").await;
    world.reaches("app", "Next", "Ask", "InProgress").await;
    let now = world.shared().now().0 / 1000;
    let workspace = "{bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb}";
    let claims = json!({
        "iss": world.caller.at(&format!("/oidc/{ACCOUNT}")).to_string(), "sub": "{r}:{s}",
        "aud": identity::step::default_audience(workspace), "workspaceUuid": workspace,
        "iat": now, "nbf": now, "exp": now + 600, "jti": "j", "pipeline": "app",
        "execution": execution, "stage": "Next", "action": "Ask", "attempt": "1",
    });
    claims.as_object().expect("claims").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_our_own_is_good_in_its_account_while_its_step_lives() {
    let world = world().await;
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition = json!({ "StringLike": { format!("{issuer}:sub"): "{r}:*" },
        "StringEquals": { format!("{issuer}:pipeline"): "app" } });
    role(&world, &issuer, condition).await;
    let account = AccountId::new(ACCOUNT);
    let key = server::issuers::signer(world.shared(), &account, Algorithm::Rs256).await;
    let key = key.expect("a key");
    // A key signs for weeks: the token is much younger.
    world.step(86_400);
    let claims = waiting_step(&world).await;
    let token = |claims: &Map<String, Value>| key.sign(claims).expect("signed").expose().to_owned();
    let with = |name: &str, value: &str| {
        let mut claims = claims.clone();
        claims.insert(name.to_owned(), json!(value));
        token(&claims)
    };
    assume(&world, ROLE, &token(&claims), &[]).await.expect("it needs no registration");
    for (name, value) in [
        ("pipeline", "other"),
        ("execution", "00000000-0000-4000-8000-000000000000"),
        ("attempt", "2"),
        ("action", "Other"),
        ("aud", "api://AzureADTokenExchange"),
        ("workspaceUuid", "{cccccccc-cccc-4ccc-8ccc-cccccccccccc}"),
        ("sub", "{x}:{s}"),
    ] {
        assert!(assume(&world, ROLE, &with(name, value), &[]).await.is_err(), "{name} {value}");
    }
    world.answer("app", "Next", "Ask", "Approved").await.expect("answered");
    world.settle().await;
    let ended = assume(&world, ROLE, &token(&claims), &[]).await.expect_err("the step is over");
    assert_eq!(ended.0, "ExpiredTokenException", "{}", ended.1);
    // Withdrawn keys take their tokens with them.
    world.must(Service::Towpath, "RotateSigningKeys", &json!({ "revoke": true })).await;
    let refused = assume(&world, ROLE, &token(&claims), &[]).await.expect_err("withdrawn");
    assert!(refused.1.starts_with("Couldn't retrieve verification key"), "{}", refused.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_assumes_its_role_with_what_it_was_given_and_nothing_else() {
    let world = world().await;
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition = json!({ "StringEquals": { format!("{issuer}:ref"): "refs/heads/main" } });
    role(&world, &issuer, condition).await;
    if !std::path::Path::new("/usr/bin/curl").exists() {
        return println!("skipped: steps have no curl here");
    }
    let connection = world.connect().await;
    let line = "curl -sS -d Action=AssumeRoleWithWebIdentity -d Version=2011-06-15 \
        -d RoleArn=$AWS_ROLE_ARN -d RoleSessionName=$AWS_ROLE_SESSION_NAME \
        --data-urlencode WebIdentityToken@$AWS_WEB_IDENTITY_TOKEN_FILE $AWS_ENDPOINT_URL | rev";
    let mut step = commands("Step", &[line]);
    step["configuration"] = json!({ "Oidc": "true", "OidcRoleArn": ROLE });
    world.create(&app(&connection, step)).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    let mut lines = log.iter().map(|line| line.chars().rev().collect::<String>());
    let xml = lines.rfind(|line| line.contains("AssumedRoleUser"));
    let xml = xml.unwrap_or_else(|| panic!("no session: {log:?}"));
    let name = format!("app-{}", &run.id[..8]);
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/{name}");
    assert_eq!(element(&xml, "Arn").as_deref(), Some(&*arn));
    let session = session(&world, &xml);
    session.call(PIPELINES, "ListPipelines", &json!({})).await.expect("it may");
}
