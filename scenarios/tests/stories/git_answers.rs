//! A forge that has no proper answer for git: the execution waits, and goes on.

use domain::connection::ProviderType;
use practice_forge::{Fault, Trouble};
use serde_json::json;
use testkit::declarations::{app, commands};
use testkit::{Scene, World};
use wire::Service::Towpath;

/// A server with the pipeline `app`, which watches the repository of a forge.
async fn watching(provider: ProviderType) -> (World, String) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    (world, connection)
}

fn trouble(fault: Fault, path: &str, times: u32) -> Trouble {
    Trouble { fault, path: path.to_owned(), times: Some(times) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forge_that_limits_git_is_left_alone_and_the_execution_goes_on_after_it() {
    for provider in [ProviderType::GitHubEnterpriseServer, ProviderType::GitLabSelfManaged] {
        let (world, connection) = watching(provider).await;
        world.forge.trouble(trouble(Fault::SecondaryLimit(900), "/info/refs", 1));
        world.begin("app").await;
        let asked = &json!({ "connectionArn": connection });
        let is_throttled = async |world: &World| {
            let health = world.must(Towpath, "GetConnectionHealth", asked).await;
            health["throttledUntil"].is_number()
        };
        world.until(is_throttled).await;
        assert_eq!(world.statuses("app").await, ["InProgress"]);
        world.step(901);
        world.settle().await;
        assert_eq!(world.statuses("app").await, ["Succeeded"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_broken_answer_to_git_is_no_missing_branch() {
    let (world, _) = watching(ProviderType::GitHubEnterpriseServer).await;
    for (fault, path) in [
        (Fault::Html, "/info/refs"),
        (Fault::Truncated, "/info/refs"),
        (Fault::Html, "/git-upload-pack"),
        (Fault::Truncated, "/git-upload-pack"),
    ] {
        world.forge.trouble(trouble(fault, path, 2));
        world.begin("app").await;
        world.settle().await;
    }
    assert_eq!(world.statuses("app").await, ["Succeeded"; 4]);
}
