//! Which pushes start which pipelines, and what is said of the others.

use serde_json::{Value, json};
use testkit::World;
use testkit::declarations::{app, commands, on_push, pipeline, source, stage};

/// A world with `app`, which starts by these push filters.
async fn started_by(filters: Value) -> World {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    declared["triggers"] = on_push(filters);
    world.create(&declared).await;
    world
}

/// The commit at the head of `main`, without a push.
async fn head(world: &World) -> domain::CommitSha {
    let commit = world.commit("elsewhere", &[("a", "1")]).await;
    world.settle().await;
    commit
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_start_where_a_trigger_names_them() {
    let world = started_by(json!([{ "tags": { "includes": ["v*"] } }])).await;
    let commit = head(&world).await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    world.push_tag("v2", &commit, Some("The second")).await;
    world.settle().await;
    world.push_tag("nightly", &commit, None).await;
    world.settle().await;

    let runs = world.executions("app").await;
    let commits: Vec<&str> = runs.iter().map(|run| run.commit.as_str()).collect();
    assert_eq!(commits, [commit.as_str(); 2], "an annotated tag is peeled to its commit");
    assert_eq!(world.outcomes().await, ["filtered", "started", "started", "filtered"]);
    assert_eq!(world.statuses("app").await, ["Succeeded", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_tag_the_branch_is_the_one_that_the_source_tracks() {
    let world = World::start().await;
    let connection = world.connect().await;
    let show = "echo #{SourceVariables.TagName} on #{SourceVariables.BranchName}";
    let mut declared = app(&connection, commands("Step", &[show]));
    declared["triggers"] = on_push(json!([{ "tags": { "includes": ["v*"] } }]));
    world.create(&declared).await;
    let commit = world.commit("work", &[("a", "1")]).await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    assert!(log.contains(&"v1 on main".to_owned()), "{} {log:#?}", run.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_deleted_and_made_again_starts_again() {
    let world = started_by(json!([{ "tags": { "includes": ["v*"] } }])).await;
    let commit = head(&world).await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    world.push_ref(":refs/tags/v1").await;
    world.settle().await;
    world.push_tag("v1", &commit, None).await;
    world.settle().await;
    assert_eq!(world.outcomes().await, ["filtered", "started", "filtered", "started"]);
    assert_eq!(world.statuses("app").await, ["Succeeded", "Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_start_by_globs_and_exclusion_wins() {
    let filters = json!([{ "branches": {
        "includes": ["release/**", "main"], "excludes": ["release/old/*"],
    }}]);
    let world = started_by(filters).await;
    for branch in ["release/1", "release/2/hotfix", "release/old/1", "feature/x", "main"] {
        world.commit(branch, &[("branch", branch)]).await;
        world.settle().await;
    }
    let outcomes = ["started", "started", "filtered", "filtered", "started"];
    assert_eq!(world.outcomes().await, outcomes);
    let told = world.deliveries().await;
    let excluded = told.iter().filter(|it| it["event"] == "push").nth(2).expect("the third push");
    let why = excluded["dispositions"][0].to_string();
    assert!(why.contains("release/old/*"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pipelines_of_one_repository_share_its_hook_and_each_says_why() {
    let world = World::start().await;
    let connection = world.connect().await;
    for (name, branch) in [("app", "main"), ("other", "dev")] {
        let make = stage("Make", &[commands("Make", &["true"])]);
        let stages = [stage("Source", &[source(&connection, branch)]), make];
        world.create(&pipeline(name, &stages)).await;
    }
    assert_eq!(world.hooks_at_forge().await.len(), 1);
    world.commit("main", &[("a", "1")]).await;
    world.settle().await;
    world.commit("dev", &[("a", "2")]).await;
    world.settle().await;

    assert_eq!(world.statuses("app").await, ["Succeeded"]);
    assert_eq!(world.statuses("other").await, ["Succeeded"]);
    let pushes = world.deliveries().await.into_iter().filter(|it| it["event"] == "push");
    let held: Vec<Value> = pushes.map(|it| it["dispositions"][0]["heldBack"][0].clone()).collect();
    assert_eq!([&held[0]["pipelineName"], &held[1]["pipelineName"]], ["other", "app"]);
    assert!(held[0]["sentence"].to_string().contains("dev"), "{held:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_does_not_detect_changes_waits_to_be_asked() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut quiet = app(&connection, commands("Make", &["true"]));
    quiet["stages"][0]["actions"][0]["configuration"]["DetectChanges"] = json!("false");
    world.create(&quiet).await;
    assert_eq!(world.hooks_at_forge().await.len(), 0, "nobody listens, so there is no hook");
    let commit = world.commit("main", &[("a", "1")]).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    assert_eq!((&*run.status, &*run.commit), ("Succeeded", commit.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_starts_by_the_files_that_git_says_have_changed() {
    let filters = json!([{
        "branches": { "includes": ["main", "feature/*"] },
        "filePaths": { "includes": ["docs/**"], "excludes": ["**/*.draft"] },
    }]);
    let world = started_by(filters).await;
    for (branch, file) in [
        ("main", "src/a"),
        ("main", "docs/a"),
        ("main", "docs/b.draft"),
        ("feature/code", "src/b"),
        ("feature/docs", "docs/new\nline"),
    ] {
        world.commit(branch, &[(file, branch)]).await;
        world.settle().await;
    }
    let outcomes = ["filtered", "started", "filtered", "filtered", "started"];
    assert_eq!(world.outcomes().await, outcomes);
    let told = world.deliveries().await;
    let pushes: Vec<_> = told.iter().filter(|it| it["event"] == "push").collect();
    let why = pushes[2]["dispositions"][0]["heldBack"][0]["sentence"].to_string();
    let expect = "Filter push[0] of source action Fetch includes none of the 1 changed files by \
        docs/**; it excludes some by **/*.draft.";
    assert!(why.contains(expect), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewritten_branch_is_compared_with_what_it_was_before() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    let docs = json!({ "includes": ["docs/**"] });
    declared["triggers"] =
        on_push(json!([{ "branches": { "includes": ["main"] }, "filePaths": docs }]));
    world.create(&declared).await;
    let first = world.commit("main", &[("src/a", "1")]).await;
    world.settle().await;
    let other = world.commit("elsewhere", &[("src/b", "2")]).await;
    world.settle().await;
    // A rewrite whose past is still there is compared with it.
    world.push_ref(&format!("+{other}:refs/heads/main")).await;
    world.settle().await;
    assert_eq!(world.outcomes().await, ["filtered"; 3], "from {first} to {other} no docs changed");
}

/// What started each execution of `app`, the oldest first: the event and the commit.
pub async fn requests_that_started(world: &World) -> Vec<(String, String)> {
    let input = json!({ "pipelineName": "app" });
    let listed = world.must(wire::Service::CodePipeline, "ListPipelineExecutions", &input).await;
    let runs = listed["pipelineExecutionSummaries"].as_array().cloned().unwrap_or_default();
    let told = |run: &Value| {
        let detail = run["trigger"]["triggerDetail"].as_str().unwrap_or_default();
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
        (text("pullRequestEvent"), text("commitId"))
    };
    runs.iter().rev().map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_runs_its_source_when_it_is_opened_updated_and_merged() {
    let world = World::start().await;
    let connection = world.connect().await;
    let show = "echo #{Source.PullRequestId} #{Source.SourceBranchName} #{Source.DestinationBranchName} && cat made";
    let mut declared = app(&connection, commands("Make", &[show]));
    declared["stages"][0]["actions"][0]["namespace"] = json!("Source");
    declared["triggers"] = json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {
            "sourceActionName": "Fetch",
            "pullRequest": [{
                "branches": { "includes": ["main"] },
                "filePaths": { "includes": ["made"] },
            }],
        },
    }]);
    world.create(&declared).await;
    let first = world.commit("feature", &[("made", "1")]).await;
    world.settle().await;
    let number = world.open_pull_request("feature").await;
    world.settle().await;
    let told = world.told("pull_request");
    let second = world.commit("feature", &[("made", "2")]).await;
    world.until_told("pull_request", told + 1).await;
    world.settle().await;
    world.forge.merge_pull_request(testkit::REPOSITORY, number).await.expect("it is merged");
    world.until_told("pull_request", told + 2).await;
    world.settle().await;

    let row = |event: &str, commit: &domain::CommitSha| (event.to_owned(), commit.to_string());
    let expect = [row("OPEN", &first), row("UPDATED", &second), row("CLOSED", &second)];
    assert_eq!(requests_that_started(&world).await, expect);
    assert_eq!(world.statuses("app").await, ["Succeeded"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pull_request_from_a_fork_starts_nothing_and_says_what_would() {
    let world = World::start().await;
    let connection = world.connect().await;
    let mut declared = app(&connection, commands("Make", &["true"]));
    declared["triggers"] = json!([{
        "providerType": "CodeStarSourceConnection",
        "gitConfiguration": {
            "sourceActionName": "Fetch",
            "pullRequest": [{ "branches": { "includes": ["main"] } }],
        },
    }]);
    world.create(&declared).await;
    world.forge.fork(testkit::REPOSITORY, "stranger/app").await.expect("a fork");
    let theirs = practice_forge::NewCommit { branch: "evil", message: "Hm", files: &[("a", "1")] };
    world.forge.push_commit("stranger/app", theirs).await.expect("a push");
    let request = practice_forge::NewPullRequest {
        repository: testkit::REPOSITORY,
        target: "main",
        source_repository: "stranger/app",
        source: "evil",
        title: "Let me in",
    };
    world.forge.open_pull_request(request).await.expect("it is opened");
    world.until_told("pull_request", 1).await;
    world.settle().await;
    assert!(world.statuses("app").await.is_empty());
    let told = world.deliveries().await;
    let told = told.iter().find(|it| it["event"] == "pull_request").expect("it was told");
    assert_eq!(told["dispositions"][0]["heldBack"][0]["code"], "from-fork", "{told}");
}
