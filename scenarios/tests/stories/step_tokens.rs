//! A step that asks who it is: what its token says, who can check it, and who gets none.

use std::process::ExitCode;

use clap::Parser;
use cli::remote::{Output, oidc};
use identity::token::{Algorithm, Claims, Expected, KeySet, verify};
use serde_json::{Map, Value, json};
use testkit::declarations::{action, app, commands};
use testkit::{ACCOUNT, World};
use wire::Service::Towpath;

use crate::federation::role;

/// What a step prints to show a token where every form of it that is known is masked.
pub const SHOW: &str = "echo $BITBUCKET_STEP_OIDC_TOKEN | rev";

/// Runs `next` after the source; its execution's id, and its log.
async fn ran(world: &World, next: Value) -> (String, Vec<String>) {
    let connection = world.connect().await;
    world.create(&app(&connection, next)).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    (run.id, log)
}

/// The tokens in a log that were printed backwards, verified with the keys that are published.
pub async fn tokens(world: &World, log: &[String]) -> Vec<Claims> {
    let keys = world.caller.get(&format!("/oidc/{ACCOUNT}/keys.json")).await;
    let keys = KeySet::read(&keys.body).expect("a key set");
    let issuer = world.caller.at(&format!("/oidc/{ACCOUNT}")).to_string();
    let at = world.shared().now();
    let expected = Expected { issuer: &issuer, algorithms: &Algorithm::ALL, at };
    let backwards = log.iter().map(|line| line.chars().rev().collect::<String>());
    let found = backwards.filter(|line| line.starts_with("eyJ") && line.contains('.'));
    found.map(|token| verify(&token, &expected, &keys).expect("a good token")).collect()
}

fn with(mut declared: Value, configuration: Value) -> Value {
    declared["configuration"] = configuration;
    declared
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_asks_has_a_token_that_says_what_it_is() {
    let world = World::start().await;
    let asking = with(commands("Step", &[SHOW]), json!({ "Oidc": "true" }));
    let (execution, log) = ran(&world, asking).await;
    let [token] = &tokens(&world, &log).await[..] else { panic!("one token: {log:?}") };
    let claim = |name: &str| token.all[name].as_str().unwrap_or_default().to_owned();
    assert_eq!((claim("pipeline"), claim("execution")), ("app".to_owned(), execution));
    assert_eq!((claim("stage"), claim("action")), ("Next".to_owned(), "Step".to_owned()));
    assert_eq!(
        (claim("ref"), claim("branchName")),
        ("refs/heads/main".to_owned(), "main".to_owned())
    );
    assert_eq!((claim("account"), claim("commit").len()), (ACCOUNT.to_owned(), 40));
    let subject = format!("{}:{}", claim("repositoryUuid"), claim("stepUuid"));
    assert_eq!(token.subject, subject);
    let workspace = claim("workspaceUuid");
    let workspace = workspace.trim_matches(['{', '}']);
    assert_eq!(token.audiences, [format!("ari:cloud:bitbucket::workspace/{workspace}")]);
    let life = token.expires.millis_since(token.issued.expect("iat"));
    assert!((60_000..=3_600_000).contains(&life), "minutes of life: {life} ms");
    assert!(token.id.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_does_not_ask_has_none() {
    let world = World::start().await;
    let look = "env | grep -c -i -e oidc -e AWS_ || true";
    let (_, log) = ran(&world, commands("Step", &[look])).await;
    assert!(log.iter().any(|line| line == "0"), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_a_bitbucket_file_has_bitbuckets_token_and_the_step_beside_it_none() {
    let world = World::start().await;
    let file = "pipelines:\n  default:\n    \
        - step: {name: plain, script: ['echo \"plain ${BITBUCKET_STEP_OIDC_TOKEN-none}\"']}\n    \
        - step:\n        name: deploy\n        deployment: Production\n        \
        oidc: {audiences: [https://vault.example.com]}\n        \
        script:\n          - echo $BITBUCKET_STEP_OIDC_TOKEN | rev\n          \
        - echo \"uuid $BITBUCKET_STEP_UUID $BITBUCKET_DEPLOYMENT_ENVIRONMENT_UUID\"\n";
    world.commit("main", &[("bitbucket-pipelines.yml", file)]).await;
    let mut next = action("Step", "Build", "BitbucketPipelines");
    next["inputArtifacts"] = json!([{ "name": "Code" }]);
    let (_, log) = ran(&world, next).await;
    assert!(log.iter().any(|line| line == "plain none"), "{log:?}");
    let [token] = &tokens(&world, &log).await[..] else { panic!("one token: {log:?}") };
    let claim = |name: &str| token.all[name].as_str().unwrap_or_default().to_owned();
    let (step, environment) = (claim("stepUuid"), claim("deploymentEnvironmentUuid"));
    assert_eq!(token.subject, format!("{}:{environment}:{step}", claim("repositoryUuid")));
    assert!(log.contains(&format!("uuid {step} {environment}")), "{log:?}");
    assert_eq!(token.audiences.len(), 2);
    assert_eq!(token.audiences[1], "https://vault.example.com");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_tokens_have_names_audiences_and_a_subject_that_stays() {
    let world = World::start().await;
    let lines = [SHOW, "echo $AZURE | rev", "test \"$(cat $AZURE_FILE)\" = \"$AZURE\""];
    let configuration = json!({
        "Oidc": "true", "OidcTokens": "AZURE=api://AzureADTokenExchange",
        "OidcSubject": "repository:{repository}:pipeline:{pipeline}", "OidcAlgorithm": "ES256",
    });
    let (_, log) = ran(&world, with(commands("Step", &lines), configuration)).await;
    let [first, azure] = &tokens(&world, &log).await[..] else { panic!("two tokens: {log:?}") };
    assert_eq!(azure.all["aud"], "api://AzureADTokenExchange");
    assert_eq!(first.subject, format!("repository:{}:pipeline:app", testkit::REPOSITORY));
    assert_eq!(azure.subject, first.subject);
    assert_ne!(azure.id, first.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_role_is_named_aws_clients_find_what_they_need() {
    let world = World::start().await;
    let role = "arn:aws:iam::000000000000:role/deploy";
    let lines = [
        "test \"$(cat $AWS_WEB_IDENTITY_TOKEN_FILE)\" = \"$BITBUCKET_STEP_OIDC_TOKEN\"",
        "echo $AWS_ROLE_ARN $AWS_REGION $AWS_ENDPOINT_URL ${AWS_ROLE_SESSION_NAME%-*}",
    ];
    let configuration = json!({ "Oidc": "true", "OidcRoleArn": role });
    let (_, log) = ran(&world, with(commands("Step", &lines), configuration)).await;
    let address = &world.shared().address;
    assert!(log.contains(&format!("{role} us-east-1 {address} app")), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_of_the_token_is_in_the_log() {
    let world = World::start().await;
    let lines = ["echo $BITBUCKET_STEP_OIDC_TOKEN", "env", "cat $BITBUCKET_STEP_OIDC_TOKEN_FILE"];
    let (_, log) = ran(&world, with(commands("Step", &lines), json!({ "Oidc": "true" }))).await;
    assert!(log.iter().all(|line| !line.contains("eyJ")), "{log:?}");
    assert!(log.iter().any(|line| line.starts_with("BITBUCKET_STEP_OIDC_TOKEN=")), "{log:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_fails_the_action_and_says_what_would_be_right() {
    let world = World::start().await;
    let asking = json!({ "Oidc": "true", "OidcSubject": "x:{tag}" });
    let _ = ran(&world, with(commands("Step", &["true"]), asking)).await;
    let step = world.action("app", "Next", "Step").await;
    assert_eq!(step["errorDetails"]["code"], "ConfigurationError", "{step}");
    let said = step["errorDetails"]["message"].as_str().unwrap_or_default();
    assert!(said.contains("the subject names `{tag}`, and this step has none"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_token_will_say_is_told_before_there_is_one() {
    let world = World::start().await;
    let asking = with(commands("Step", &[SHOW]), json!({ "Oidc": "true" }));
    let (_, log) = ran(&world, asking).await;
    let [token] = &tokens(&world, &log).await[..] else { panic!("one token: {log:?}") };
    let told = world.must(Towpath, "DescribeStepToken", &json!({ "pipelineName": "app" })).await;
    assert_eq!((&told["stageName"], &told["actionName"]), (&json!("Next"), &json!("Step")));
    let claims = told["claims"].as_str().expect("a text");
    let claims: Map<String, Value> = serde_json::from_str(claims).expect("JSON");
    // Ids that each run has of its own are made up, and its commit is not known.
    let of_run =
        ["sub", "stepUuid", "pipelineUuid", "execution", "jti", "iat", "nbf", "exp", "commit"];
    let stays = |all: &Map<String, Value>| {
        let stays = all.iter().filter(|(name, _)| !of_run.contains(&name.as_str()));
        stays.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>()
    };
    assert_eq!(stays(&claims), stays(&token.all));
    let stable = told["subject"].as_str().and_then(|it| it.strip_suffix('*')).expect("a pattern");
    assert!(token.subject.starts_with(stable) && stable.ends_with(':'), "{stable}");
    let asked = json!({ "pipelineName": "app", "actionName": "None" });
    let refused = world.caller.call(Towpath, "DescribeStepToken", &asked).await;
    assert_eq!(refused.expect_err("no action").code, "ResourceNotFoundException");
}

/// `towpath oidc …`, with its exit code; what it writes is shown by the tests beside it.
async fn doctor(world: &World, words: &[&str]) -> ExitCode {
    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        arguments: oidc::Arguments,
    }
    let data = world.config.data.display().to_string();
    let words = ["oidc", "--data", &data].into_iter().chain(words.iter().copied());
    let arguments = Command::try_parse_from(words).expect("a command").arguments;
    let (mut answer, mut said) = (Vec::new(), Vec::new());
    let out = &mut Output { answer: &mut answer, words: &mut said };
    oidc::run(arguments, out).await.expect("the server knows it")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_takes_a_pipeline_and_a_role_of_the_server() {
    let world = World::start().await;
    let asking = with(commands("Step", &["true"]), json!({ "Oidc": "true" }));
    ran(&world, asking).await;
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition =
        |pipeline: &str| json!({ "StringEquals": { format!("{issuer}:pipeline"): pipeline } });
    let explain = ["explain", "--pipeline", "app", "--step", "Step", "--role", "deploy"];
    role(&world, &issuer, condition("app")).await;
    assert_eq!(doctor(&world, &explain).await, ExitCode::SUCCESS);
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/deploy");
    let by_arn = ["explain", "--pipeline", "app", "--role", &arn];
    assert_eq!(doctor(&world, &by_arn).await, ExitCode::SUCCESS);
    role(&world, &issuer, condition("other")).await;
    assert_eq!(doctor(&world, &explain).await, ExitCode::from(1));
    let nothing = ["explain", "--pipeline", "none"];
    assert_eq!(doctor(&world, &nothing).await, ExitCode::from(2), "neither yes nor no");
    let vault = ["setup", "vault", "--pipeline", "app", "--grant", "deploy"];
    assert_eq!(doctor(&world, &vault).await, ExitCode::SUCCESS);
}
