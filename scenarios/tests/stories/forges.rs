//! The same stories at each of the six kinds of forges. Where a provider has no host, the practice
//! forge stands in for it.

use domain::connection::{HookState, ProviderType};
use domain::{CommitSha, RepositoryName};
use egress::Response;
use practice_forge::{Fate, Misbehaviour, NewCommit};
use serde_json::json;
use testkit::declarations::{app, commands, on_push};
use testkit::{REPOSITORY, Scene, World};

at_each_forge! {
    a_push_ends_as_a_commit_status
    a_delivery_that_nobody_signed_starts_nothing
    tags_start_once_annotated_or_not
    a_deleted_branch_starts_nothing
    a_renamed_repository_goes_on
    a_push_to_a_fork_starts_nothing
    a_hook_that_the_forge_lost_comes_back
}

/// A world with `app`, which every push starts that these filters let in.
async fn watching(provider: ProviderType, filters: serde_json::Value) -> World {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    declared["triggers"] = on_push(filters);
    world.create(&declared).await;
    assert_eq!(world.hook().await.state, HookState::Registered, "{:?}", world.hook().await);
    world
}

fn everything() -> serde_json::Value {
    json!([{ "branches": { "includes": ["**"] } }, { "tags": { "includes": ["**"] } }])
}

/// The commits that were run, in order; all of them well.
async fn commits(world: &World) -> Vec<CommitSha> {
    let runs = world.executions("app").await;
    if let Some(run) = runs.iter().find(|run| run.status != "Succeeded") {
        let asked = json!({ "id": run.id });
        let why = world.must(wire::Service::Towpath, "Explain", &asked).await;
        panic!("{run:#?} {why:#}");
    }
    runs.into_iter().map(|run| CommitSha::new(run.commit)).collect()
}

async fn a_push_ends_as_a_commit_status(provider: ProviderType) {
    let world = watching(provider, everything()).await;
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    let commit = world.commit("main", &[("hello.txt", "hello\n")]).await;
    world.settle().await;
    let run = world.latest("app").await;
    assert_eq!((&*run.status, &*run.trigger), ("Succeeded", "WebhookV2"));
    assert_eq!(run.commit, commit.as_str());
    let last = world.commit_states(commit.as_str()).pop().unwrap_or_default();
    assert!(["success", "SUCCESSFUL"].contains(&&*last), "{last}");
    assert_eq!(world.outcomes().await, ["started"]);
}

async fn a_delivery_that_nobody_signed_starts_nothing(provider: ProviderType) {
    let world = watching(provider, everything()).await;
    world.forge.misbehave(Some(Misbehaviour::WrongSecret));
    world.commit("main", &[("a", "1")]).await;
    assert_eq!(world.last_push().status_code, 401);
    world.forge.misbehave(None);
    let forged = world.last_push();
    let path = egress::Url::parse(&forged.url).expect("a URL").path().to_owned();
    let unsigned = |(name, _): &&(String, String)| {
        let name = name.to_ascii_lowercase();
        !(name.contains("signature") || name == "x-gitlab-token")
    };
    let headers: Vec<_> = forged.headers.iter().filter(unsigned).cloned().collect();
    let answer: Response = world.caller.post(&path, &headers, forged.body.into_bytes()).await;
    assert_eq!(answer.status.as_u16(), 401);
    world.settle().await;
    assert_eq!(commits(&world).await, []);
}

async fn tags_start_once_annotated_or_not(provider: ProviderType) {
    let mut world = watching(provider, json!([{ "tags": { "includes": ["v*"] } }])).await;
    let commit = world.commit("elsewhere", &[("a", "1")]).await;
    world.settle().await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    world.push_tag("v2", &commit, Some("The second")).await;
    world.settle().await;
    assert_eq!(commits(&world).await, vec![commit.clone(); 2]);
    // Whoever looks afterwards finds both known, and what nobody told of.
    untold(&mut world, async |world: &World| {
        world.forge.push_tag(REPOSITORY, "v3", &commit, Some("The third")).await.expect("git push");
    })
    .await;
    world.until(async |world: &World| world.executions("app").await.len() > 2).await;
    world.settle().await;
    assert_eq!(commits(&world).await, vec![commit.clone(); 3]);
}

/// Something happens at the forge that no delivery tells of; then the server looks for itself.
async fn untold(world: &mut World, happening: impl AsyncFnOnce(&World)) {
    world.forge.misbehave(Some(Misbehaviour::Drop));
    happening(world).await;
    look_again(world).await;
}

/// Starts the server again, with the loop that looks at the forge.
async fn look_again(world: &mut World) {
    world.stop().await;
    world.config.reconcile_seconds = 600;
    world.start_again().await;
}

async fn a_deleted_branch_starts_nothing(provider: ProviderType) {
    let world = watching(provider, everything()).await;
    let commit = world.commit("dev", &[("a", "1")]).await;
    world.settle().await;
    world.push_ref(":refs/heads/dev").await;
    world.settle().await;
    assert_eq!(commits(&world).await, [commit]);
    assert_eq!(world.outcomes().await, ["started", "filtered"]);
}

async fn a_renamed_repository_goes_on(provider: ProviderType) {
    let world = watching(provider, everything()).await;
    let renamed = "practice/motor";
    world.forge.rename_repository(REPOSITORY, renamed).expect("renamed");
    let (told, files) = (world.pushes_told(), [("a", "1")]);
    let commit = NewCommit { branch: "main", message: "A change", files: &files };
    let commit = world.forge.push_commit(renamed, commit).await.expect("git push");
    world.told_of(told + 1).await;
    world.settle().await;
    assert_eq!(commits(&world).await, std::slice::from_ref(&commit));
    let last = world.commit_states(commit.as_str()).pop().unwrap_or_default();
    assert!(["success", "SUCCESSFUL"].contains(&&*last), "{last:?}");
}

async fn a_push_to_a_fork_starts_nothing(provider: ProviderType) {
    let world = watching(provider, everything()).await;
    let (fork, files) = ("stranger/app", [("a", "1")]);
    world.forge.fork(REPOSITORY, fork).await.expect("a fork");
    let commit = NewCommit { branch: "main", message: "A change", files: &files };
    world.forge.push_commit(fork, commit).await.expect("git push");
    let own = world.commit("main", &[("b", "1")]).await;
    world.settle().await;
    assert_eq!(commits(&world).await, [own], "{}", RepositoryName::new(fork));
}

async fn a_hook_that_the_forge_lost_comes_back(provider: ProviderType) {
    let mut world = watching(provider, everything()).await;
    world.forge.remove_hooks(REPOSITORY).expect("removed");
    assert_eq!(world.hooks_at_forge().await.len(), 0);
    look_again(&mut world).await;
    while world.hooks_at_forge().await.is_empty() {
        world.shared().changed.subscribe().changed().await.expect("the server runs");
    }
    world.settle().await;
    let commit = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(commits(&world).await, [commit]);
    // That a hook reaches us GitLab shows by a push that we know.
    let expect: &[&str] = match provider {
        ProviderType::GitLab | ProviderType::GitLabSelfManaged => &["duplicate", "started"],
        _ => &["started"],
    };
    assert_eq!(world.outcomes().await, expect);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_of_more_branches_than_gitlab_tells_of_is_found() {
    let mut world = watching(ProviderType::GitLabSelfManaged, everything()).await;
    let head = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let refs = ["a", "b", "c", "d"].map(|name| format!("{head}:refs/heads/{name}"));
    let refs = refs.each_ref().map(String::as_str);
    world.forge.push_refs(REPOSITORY, &refs).await.expect("git push");
    look_again(&mut world).await;
    world.until(async |world: &World| world.executions("app").await.len() > 4).await;
    world.settle().await;
    assert_eq!(world.executions("app").await.len(), 5, "each of the four, once");
    assert_eq!(world.outcomes().await, ["started"], "GitLab told of the first push alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_is_too_large_for_bitbuckets_payload_is_found() {
    let wanted = json!([{ "branches": { "includes": ["wanted"] } }]);
    let mut world = watching(ProviderType::Bitbucket, wanted).await;
    let head = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let long = "x".repeat(200);
    let mut refs: Vec<_> =
        (0..200).map(|number| format!("{head}:refs/heads/{number}{long}")).collect();
    refs.push(format!("{head}:refs/heads/wanted"));
    let refs: Vec<_> = refs.iter().map(String::as_str).collect();
    let told = world.pushes_told();
    world.forge.push_refs(REPOSITORY, &refs).await.expect("git push");
    world.told_of(told + 1).await;
    assert_eq!(world.last_push().fate, Fate::Skipped, "{}", world.last_push().status);
    look_again(&mut world).await;
    world.until(async |world: &World| !world.executions("app").await.is_empty()).await;
    world.settle().await;
    assert_eq!(commits(&world).await, [head]);
}
