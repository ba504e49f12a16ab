//! Commit statuses at each of the six kinds of forges: one for the pipeline, one for an action that
//! asks for it, in order, whatever goes wrong in between.

use domain::connection::ProviderType;
use practice_forge::{Fault, Trouble};
use serde_json::json;
use testkit::declarations::{app, approval, commands, on_push};
use testkit::{Scene, World};
use wire::Service::Towpath;

at_each_forge! {
    an_action_that_asks_for_it_has_a_status_of_its_own
    a_status_that_was_not_taken_never_comes_after_a_newer_one
    a_status_names_the_tag_whose_commit_is_on_no_branch
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

/// GitLab finds such a commit by the ref that is named, and by nothing else.
async fn a_status_names_the_tag_whose_commit_is_on_no_branch(provider: ProviderType) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    declared["triggers"] = on_push(json!([{ "tags": { "includes": ["v*"] } }]));
    world.create(&declared).await;
    let commit = world.commit("elsewhere", &[("a", "1")]).await;
    world.push_ref(":refs/heads/elsewhere").await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"], "{provider}");
    let told = world.forge.statuses().into_iter().filter(|it| it.commit == commit);
    let refs: Vec<_> = told.map(|it| it.git_ref).collect();
    let expect = match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => None,
        ProviderType::BitbucketServer => Some("refs/tags/v1".to_owned()),
        _ => Some("v1".to_owned()),
    };
    assert_eq!(refs.last(), Some(&expect), "{provider}: {refs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_waits_is_pending_at_gitlab() {
    let world = Scene::default().forge(ProviderType::GitLab).start().await;
    let connection = world.connect().await;
    let mut approve = approval("Agree");
    approve["configuration"] = json!({ "ReportBuildStatus": "true" });
    world.create(&app(&connection, approve)).await;
    world.begin("app").await;
    world.settle().await;
    let told = world.forge.statuses().into_iter();
    let state = told.rev().find(|it| it.context.ends_with("/Agree")).map(|it| it.state);
    assert_eq!(state.as_deref(), Some("pending"));
}

/// The sentences with which something is explained.
async fn explained(world: &World, id: &str) -> String {
    world.must(Towpath, "Explain", &json!({ "id": id })).await["reasons"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_the_forge_refuses_is_told_until_one_is_taken() {
    let world = Scene::default().forge(ProviderType::GitHubEnterpriseServer).start().await;
    let connection = world.connect().await;
    world.create(&app(&connection, commands("Make", &["true"]))).await;
    let (fault, path) = (Fault::Status(403), "/statuses/".to_owned());
    world.forge.trouble(Trouble { fault, path, times: None });
    let commit = world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    let run = world.latest("app").await.id;
    let said = format!("was not told the commit status towpath/app of {}", commit.short());
    for id in [&run, &connection] {
        let explained = explained(&world, id).await;
        assert!(explained.contains(&said), "{explained}");
    }
    let asked = json!({ "connectionArn": connection });
    let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
    let refused = &health["refusedStatuses"];
    assert_eq!(refused.as_array().map(Vec::len), Some(1), "one a repository: {health}");
    assert_eq!(refused[0]["commitId"], commit.as_str());
    let mut browser = world.sign_in().await;
    let page = browser.open(&world.caller.at("/console/connections")).await;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    assert!(page.contains("data-test=\"status-refused\"") && page.contains(&said), "{page}");

    world.forge.calm();
    world.commit("main", &[("a", "2")]).await;
    world.settle().await;
    let health = world.must(Towpath, "GetConnectionHealth", &asked).await;
    assert_eq!(health["refusedStatuses"], json!(null));
    assert!(!explained(&world, &run).await.contains("was not told"));
}
