//! Commit statuses at each of the six kinds of forges: one for the pipeline, one for an action that
//! asks for it, in order, whatever goes wrong in between.

use domain::connection::ProviderType;
use practice_forge::{Fault, Trouble};
use serde_json::json;
use testkit::declarations::{app, commands};
use testkit::{Scene, World};

at_each_forge! {
    an_action_that_asks_for_it_has_a_status_of_its_own
    a_status_that_was_not_taken_never_comes_after_a_newer_one
}

/// A world with `app`, whose action `Make` runs a command and has a status of its own.
async fn reporting(provider: ProviderType, command: &str) -> World {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    let mut make = commands("Make", &[command]);
    make["configuration"] = json!({ "ReportBuildStatus": "true" });
    world.create(&app(&connection, make)).await;
    world
}

/// The states that a context of a commit went through, in no forge's words: `+` well, `-` not, `.` on
/// its way.
fn states(world: &World, commit: &str, context: &str) -> String {
    let statuses = world.forge.statuses().into_iter();
    let of_it = statuses.filter(|it| it.commit.as_str() == commit && it.context == context);
    let sign = |state: &str| match state.to_lowercase().as_str() {
        "pending" | "running" | "inprogress" => '.',
        "success" | "successful" => '+',
        _ => '-',
    };
    of_it.map(|it| sign(&it.state)).collect()
}

async fn an_action_that_asks_for_it_has_a_status_of_its_own(provider: ProviderType) {
    let world = reporting(provider, "test ! -e broken").await;
    let good = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    let bad = world.commit("main", &[("broken", "1")]).await;
    world.settle().await;
    for (commit, whole) in [(good, ".+"), (bad, ".-")] {
        // Only GitHub keeps what a status was before.
        let github = [ProviderType::GitHub, ProviderType::GitHubEnterpriseServer];
        let expect = if github.contains(&provider) { whole } else { &whole[1..] };
        for context in ["towpath/app", "towpath/app/Next/Make"] {
            assert_eq!(states(&world, commit.as_str(), context), expect, "{provider} {context}");
        }
        assert_eq!(states(&world, commit.as_str(), "towpath/app/Source/Fetch"), "");
    }
    let run = world.latest("app").await;
    let page = format!("/console/pipelines/app/executions/{}", run.id);
    let last = world.forge.statuses().pop().expect("a status");
    assert!(last.target_url.as_deref().unwrap_or_default().ends_with(&page), "{last:?}");
}

async fn a_status_that_was_not_taken_never_comes_after_a_newer_one(provider: ProviderType) {
    let world = reporting(provider, "true").await;
    let path = match provider {
        ProviderType::BitbucketServer => "/builds",
        _ => "/statuses/",
    };
    // The first two are those of the start: of the execution, and of the action.
    for times in [1, 2] {
        let trouble =
            Trouble { fault: Fault::Status(503), path: path.to_owned(), times: Some(times) };
        world.forge.trouble(trouble);
        let commit = world.commit("main", &[("a", &times.to_string())]).await;
        world.settle().await;
        for context in ["towpath/app", "towpath/app/Next/Make"] {
            let seen = states(&world, commit.as_str(), context);
            assert!([".+", "+"].contains(&&*seen), "{provider} {context}: {seen}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_outlives_its_server_and_says_how_things_stand_then() {
    let mut world = reporting(ProviderType::GitHubEnterpriseServer, "true").await;
    let down = Trouble { fault: Fault::Status(503), path: "/statuses/".to_owned(), times: None };
    world.forge.trouble(down);
    let commit = world.commit("main", &[("a", "1")]).await;
    world.until(async |world| world.statuses("app").await == ["Succeeded"]).await;
    assert_eq!(states(&world, commit.as_str(), "towpath/app"), "");
    world.stop().await;
    world.forge.calm();
    world.start_again().await;
    world.settle().await;
    for context in ["towpath/app", "towpath/app/Next/Make"] {
        let seen = states(&world, commit.as_str(), context);
        assert!(seen.ends_with('+') && !seen.contains("+."), "{context}: {seen}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_executions_of_a_commit_the_newer_one_speaks_for_it() {
    let world = reporting(ProviderType::GitHubEnterpriseServer, "true").await;
    let commit = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(states(&world, commit.as_str(), "towpath/app"), ".+.+");
}
