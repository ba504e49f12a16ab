//! A forge that hangs, or is slow, keeps those waiting who asked it, and nobody else.

use domain::connection::ProviderType;
use practice_forge::{Config, Fault, Misbehaviour, NewCommit, PracticeForge, Time, Trouble};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::declarations::{app, commands, pipeline, source, stage};
use testkit::{REPOSITORY, Scene, World};
use wire::Service::CodePipeline;

/// What a server does at once with one forge: effects, and looks.
const EFFECTS: usize = server::limits::EFFECTS_OF_A_HOST_MAX;
const LOOKS: usize = server::limits::LOOKS_OF_A_HOST_MAX;

fn scene() -> Scene {
    Scene::default().set("allow-address", "127.0.0.1:*")
}

/// A server that looks for what nobody told it of.
async fn looking() -> World {
    scene().set("reconcile.seconds", "600").start().await
}

/// A forge beside the world's own, with a repository of the same name.
async fn beside(world: &World) -> PracticeForge {
    assert_eq!(world.provider, ProviderType::GitHubEnterpriseServer);
    let time = Time::of(world.clock.clone());
    let config = Config { auto_approve: false, time, ..Config::default() };
    let forge = PracticeForge::start(config).await.expect("a second forge");
    forge.create_repository(REPOSITORY, &[("README.md", "Beside.\n")]).await.expect("a repository");
    forge
}

fn named(name: &str, connection: &str) -> Value {
    let mut declared = app(connection, commands("Say", &["cat README.md"]));
    declared["name"] = json!(name);
    declared
}

async fn push(forge: &PracticeForge, repository: &str, file: &str) {
    let commit = NewCommit { branch: "main", message: "A change", files: &[(file, file)] };
    forge.push_commit(repository, commit).await.expect("git push");
}

async fn count(world: &World, pipeline: &str) -> usize {
    world.executions(pipeline).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn more_fetches_than_there_are_places_hang_and_another_forge_and_steps_go_on() {
    let world = scene().start().await;
    let forge = beside(&world).await;
    let (hanging, well) = (world.connect().await, world.connect_elsewhere("beside", &forge).await);
    let stuck: Vec<_> = (0..EFFECTS + 4).map(|index| format!("stuck-{index}")).collect();
    for name in &stuck {
        let asked = json!({ "pipeline": named(name, &hanging) });
        world.must(CodePipeline, "CreatePipeline", &asked).await;
    }
    world.create(&named("well", &well)).await;
    let path = "info/refs".to_owned();
    world.forge.trouble(Trouble { fault: Fault::Hang, path, times: None });
    for name in &stuck {
        world.begin(name).await;
    }
    assert_eq!(world.forge.hung(EFFECTS).await, EFFECTS, "as many as have places");
    world.begin("well").await;
    world.reaches("well", "Next", "Say", "Succeeded").await;
    assert_eq!(world.forge.hung(EFFECTS).await, EFFECTS, "no place became free for that");
    world.forge.calm();
    world.settle().await;
    for name in &stuck {
        assert_eq!(world.statuses(name).await, ["Succeeded"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_hangs_does_not_keep_lost_pushes_of_another_from_being_found() {
    let world = looking().await;
    let forge = beside(&world).await;
    let (hanging, well) = (world.connect().await, world.connect_elsewhere("beside", &forge).await);
    for index in 0..=LOOKS {
        let repository = format!("practice/stuck-{index}");
        world.forge.create_repository(&repository, &[("a", "1")]).await.expect("a repository");
        let mut fetch = source(&hanging, "main");
        fetch["configuration"]["FullRepositoryId"] = json!(repository);
        let stages = [stage("Source", &[fetch]), stage("Next", &[commands("Say", &["true"])])];
        world.create(&pipeline(&format!("stuck-{index}"), &stages)).await;
    }
    world.create(&named("well", &well)).await;
    forge.misbehave(Some(Misbehaviour::Drop));
    world.forge.trouble(Fault::Hang);
    push(&forge, REPOSITORY, "a").await;
    world.step(601);
    world.forge.hung(LOOKS).await;
    world.until(async |world| count(world, "well").await == 1).await;
    // The look at the first forge is not over; the next one at the second begins all the same.
    push(&forge, REPOSITORY, "b").await;
    world.step(601);
    world.until(async |world| count(world, "well").await == 2).await;
    forge.misbehave(None);
    world.forge.calm();
    world.settle().await;
    assert_eq!(world.statuses("well").await, ["Succeeded", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_without_deliveries_is_made_up_for_though_the_forge_is_slow() {
    const REPOSITORIES: usize = 20;
    let world = looking().await;
    let connection = world.connect().await;
    let name = |index: usize| format!("app-{index}");
    for index in 0..REPOSITORIES {
        let repository = format!("practice/{}", name(index));
        world.forge.create_repository(&repository, &[("a", "1")]).await.expect("a repository");
        let mut fetch = source(&connection, "main");
        fetch["configuration"]["FullRepositoryId"] = json!(repository);
        let review = testkit::declarations::approval("Review");
        let stages = [stage("Source", &[fetch]), stage("Next", &[review])];
        let asked = json!({ "pipeline": pipeline(&name(index), &stages) });
        world.must(CodePipeline, "CreatePipeline", &asked).await;
    }
    world.settle().await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    for index in 0..REPOSITORIES {
        push(&world.forge, &format!("practice/{}", name(index)), "b").await;
    }
    world.forge.trouble(Fault::Slow(Duration::from_millis(250)));
    world.step(3600);
    for index in 0..REPOSITORIES {
        world.until(async |world| count(world, &name(index)).await == 1).await;
    }
    world.forge.misbehave(None);
    world.forge.calm();
    world.settle().await;
    for index in 0..REPOSITORIES {
        let found = world.latest(&name(index)).await;
        assert_eq!(found.trigger, "WebhookV2");
        world.answer(&name(index), "Next", "Review", "Approved").await.expect("it is taken");
    }
    world.settle().await;
}
