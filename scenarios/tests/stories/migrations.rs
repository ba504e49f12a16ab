//! A pipeline of the older GitHub action is moved to a connection by the command.

use clap::Parser;
use cli::remote::{Output, pipelines};
use domain::connection::ProviderType;
use serde_json::{Value, json};
use testkit::declarations::{commands, older_source, pipeline, stage};
use testkit::{Scene, World};
use wire::Service::CodePipeline;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    arguments: pipelines::Arguments,
}

/// Runs `towpath pipelines migrate`; gives what it answers and what it says.
async fn migrate(
    world: &World,
    connection: &str,
    more: &[&str],
) -> anyhow::Result<(String, String)> {
    let data = world.config.data.display().to_string();
    let words = ["pipelines", "--data", &data, "migrate", "app", "--connection", connection];
    let command = Command::try_parse_from(words.into_iter().chain(more.iter().copied()))?;
    let (mut answer, mut said) = (Vec::new(), Vec::new());
    let out = &mut Output { answer: &mut answer, words: &mut said };
    pipelines::run(command.arguments, out).await?;
    Ok((String::from_utf8(answer)?, String::from_utf8(said)?))
}

fn app(token: &str, command: &str) -> Value {
    let mut source = older_source(token, "main");
    source["configuration"]["PollForSourceChanges"] = json!("false");
    let stages = [stage("Source", &[source]), stage("Next", &[commands("Say", &[command])])];
    pipeline("app", &stages)
}

async fn webhook(world: &World) {
    let definition = json!({
        "name": "told", "targetPipeline": "app", "targetAction": "Fetch",
        "filters": [{ "jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}" }],
        "authentication": "GITHUB_HMAC", "authenticationConfiguration": { "SecretToken": "secret" },
    });
    world.must(CodePipeline, "PutWebhook", &json!({ "webhook": definition })).await;
    let named = json!({ "webhookName": "told" });
    world.must(CodePipeline, "RegisterWebhookWithThirdParty", &named).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_moves_to_a_connection_and_leaves_nothing_behind() {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let token = world.forge.personal_token();
    world.create(&app(token.expose(), "echo #{SourceVariables.CommitId}")).await;
    webhook(&world).await;
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let connection = world.connect().await;

    let (shown, said) = migrate(&world, "practice", &[]).await.expect("it can be moved");
    assert!(shown.contains("-            \"OAuthToken\": \"****\""), "{shown}");
    assert!(
        shown.contains(&format!("+            \"ConnectionArn\": \"{connection}\"")),
        "{shown}"
    );
    assert!(said.contains("--apply") && said.contains("webhook told"), "{said}");
    let found = world.must(CodePipeline, "GetPipeline", &json!({ "name": "app" })).await;
    assert_eq!(found["pipeline"]["version"], 1, "nothing was changed");

    migrate(&world, &connection, &["--apply"]).await.expect("it is moved");
    world.settle().await;
    let hooks = world.hooks_at_forge().await;
    assert_eq!(hooks.len(), 1, "the connection's: {hooks:?}");
    let listed = world.must(CodePipeline, "ListWebhooks", &json!({})).await;
    assert_eq!(listed["webhooks"], json!([]));
    let kept = store::ConnectionRow::of_source_actions(&testkit::ACCOUNT.into(), "", 10);
    let kept = world.shared().desk.store.list::<store::ConnectionRow>(kept).await;
    assert_eq!(kept.expect("the store answers"), [], "the token is forgotten");

    let commit = world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    let latest = world.latest("app").await;
    assert_eq!((&*latest.status, &*latest.trigger), ("Succeeded", "WebhookV2"));
    assert_eq!(latest.commit, commit.as_str());
    assert_eq!(world.executions("app").await.len(), 2, "each push once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_moved_is_refused_with_every_reason() {
    let world = Scene::default().forge(ProviderType::GitHub).start().await;
    let token = world.forge.personal_token();
    world.create(&app(token.expose(), "echo #{SourceVariables.CommitUrl}")).await;
    let pending = world.pending_connection().await;
    let refused = migrate(&world, &pending, &["--apply"]).await.expect_err("it cannot").to_string();
    assert!(refused.contains("#{SourceVariables.CommitUrl} is used"), "{refused}");
    assert!(refused.contains("the connection is PENDING"), "{refused}");
    let found = world.must(CodePipeline, "GetPipeline", &json!({ "name": "app" })).await;
    assert_eq!(found["pipeline"]["version"], 1, "nothing was changed");
}
