//! An hour in which no webhook comes, by a clock that only the story moves: every head that a filter
//! asks for is started by the look that follows it.

use std::collections::BTreeMap;

use domain::Clock;
use domain::connection::ProviderType;
use practice_forge::{Misbehaviour, NewCommit, NewPullRequest};
use serde_json::{Value, json};
use server::limits::LOOKS_OF_A_HOST_MAX;
use testkit::declarations::{approval, pipeline, source, stage};
use testkit::{Scene, World};
use wire::Service::CodePipeline;

/// Seconds from the beginning of one look to the beginning of the next.
const PERIOD: i64 = 600;
/// So many are taken in the hour.
const LOOKS: usize = 6;
/// Seconds after a look's beginning within which everything that it finds is started.
const PROMISED: f64 = 60.0;
const REPOSITORIES: [&str; 2] = ["practice/app", "practice/docs"];

at_each_forge! {
    every_head_of_an_hour_without_webhooks_is_started_by_the_next_look
}

/// What is to be started of a repository: the event or the ref, and the commit.
type Heads = Vec<(String, String)>;

/// A pipeline of a repository that waits behind its source.
fn listening(connection: &str, (name, repository): (&str, &str), git: Value) -> Value {
    let mut fetch = source(connection, "main");
    fetch["configuration"]["FullRepositoryId"] = json!(repository);
    let stages = [stage("Source", &[fetch]), stage("Next", &[approval("Ask")])];
    let mut declared = pipeline(name, &stages);
    let mut git = git;
    git["sourceActionName"] = json!("Fetch");
    declared["triggers"] =
        json!([{ "providerType": "CodeStarSourceConnection", "gitConfiguration": git }]);
    declared
}

async fn with_pipelines(provider: ProviderType) -> World {
    let seconds = PERIOD.to_string();
    let scene = Scene::default().forge(provider).set("reconcile.seconds", &seconds);
    let world = scene.start().await;
    let connection = world.connect().await;
    for (index, repository) in REPOSITORIES.into_iter().enumerate() {
        if index > 0 {
            world.forge.create_repository(repository, &[("a", "0")]).await.expect("a repository");
        }
        let pushes = json!({ "push": [
            { "branches": { "includes": ["main", "feature/*"] } },
            { "tags": { "includes": ["v*"] } },
        ] });
        let requests = json!({ "pullRequest": [{ "branches": { "includes": ["main"] } }] });
        for (kind, git) in [("pushes", pushes), ("requests", requests)] {
            let name = format!("{kind}-{index}");
            world.create(&listening(&connection, (&name, repository), git)).await;
        }
    }
    world
}

/// One repository whose history is written while nobody hears.
struct Writing<'a> {
    world: &'a World,
    repository: &'a str,
    request: u64,
    /// What the look to come has to start.
    due: Heads,
}

impl Writing<'_> {
    async fn push(&mut self, branch: &str, content: &str) -> String {
        let commit = NewCommit { branch, message: "A change", files: &[("a", content)] };
        let pushed = self.world.forge.push_commit(self.repository, commit).await;
        pushed.expect("git push").to_string()
    }

    async fn refspec(&mut self, refspec: &str) {
        self.world.forge.push_ref(self.repository, refspec).await.expect("git push");
    }

    fn expect(&mut self, what: &str, commit: &str) {
        self.due.push((what.to_owned(), commit.to_owned()));
    }

    /// What happens before the look of this number.
    async fn go_on(&mut self, look: usize) {
        match look {
            0 => self.main_moves().await,
            1 => self.refs_come().await,
            2 => self.a_request_is_opened().await,
            3 => self.refs_go_and_come().await,
            4 => self.the_request_is_merged().await,
            _ => self.a_branch_comes_again().await,
        }
    }

    async fn main_moves(&mut self) {
        let main = self.push("main", "0").await;
        self.expect("refs/heads/main", &main);
    }

    /// A new branch that ends before anybody looks, a new one that stays, and a tag.
    async fn refs_come(&mut self) {
        let main = self.push("main", "1").await;
        self.refspec(&format!("{main}:refs/tags/v1")).await;
        self.push("feature/short", "2").await;
        self.refspec(":refs/heads/feature/short").await;
        let feature = self.push("feature/wheel", "3").await;
        self.expect("refs/heads/main", &main);
        self.expect("refs/tags/v1", &main);
        self.expect("refs/heads/feature/wheel", &feature);
    }

    /// A pull request; and two pushes, of which the newer is the head.
    async fn a_request_is_opened(&mut self) {
        let new = NewPullRequest {
            repository: self.repository,
            target: "main",
            source_repository: self.repository,
            source: "feature/wheel",
            title: "Turn the wheel",
        };
        self.request = self.world.forge.open_pull_request(new).await.expect("it is opened");
        let feature = self.push("feature/wheel", "4").await;
        self.push("main", "5").await;
        let main = self.push("main", "6").await;
        self.expect("OPEN", &feature);
        self.expect("refs/heads/feature/wheel", &feature);
        self.expect("refs/heads/main", &main);
    }

    /// New code of the pull request; the tag and a branch go and come again elsewhere.
    async fn refs_go_and_come(&mut self) {
        let feature = self.push("feature/wheel", "7").await;
        self.refspec(":refs/tags/v1").await;
        self.refspec(&format!("{feature}:refs/tags/v1")).await;
        self.refspec(&format!("+{feature}:refs/heads/main")).await;
        self.expect("UPDATED", &feature);
        self.expect("refs/heads/feature/wheel", &feature);
        self.expect("refs/tags/v1", &feature);
        self.expect("refs/heads/main", &feature);
    }

    /// A push, the merge, which is one more, and the end of the branch.
    async fn the_request_is_merged(&mut self) {
        let feature = self.push("feature/wheel", "8").await;
        let merged = self.world.forge.merge_pull_request(self.repository, self.request).await;
        self.refspec(":refs/heads/feature/wheel").await;
        self.expect("CLOSED", &feature);
        self.expect("refs/heads/main", merged.expect("it is merged").as_str());
    }

    /// The branch that went comes again.
    async fn a_branch_comes_again(&mut self) {
        let feature = self.push("feature/wheel", "9").await;
        self.expect("refs/heads/feature/wheel", &feature);
    }
}

/// What was started of a repository, and when by the server's clock.
async fn started(world: &World, index: usize) -> Vec<((String, String), f64)> {
    let mut all = Vec::new();
    for kind in ["pushes", "requests"] {
        let input = json!({ "pipelineName": format!("{kind}-{index}") });
        let listed = world.must(CodePipeline, "ListPipelineExecutions", &input).await;
        for run in listed["pipelineExecutionSummaries"].as_array().into_iter().flatten() {
            let detail = run["trigger"]["triggerDetail"].as_str().unwrap_or_default();
            let detail: Value = serde_json::from_str(detail).expect("a detail");
            let text = |name: &str| detail[name].as_str().map(str::to_owned);
            let what = text("pullRequestEvent").or_else(|| text("ref")).expect("what it was");
            let commit = text("commitId").expect("a commit");
            all.push(((what, commit), run["startTime"].as_f64().expect("a moment")));
        }
    }
    all
}

/// Waits until nobody looks any more: whoever has every place at the forge is alone there.
async fn looks_are_over(world: &World) {
    let url = world.forge.base_url();
    let host = format!("127.0.0.1:{}", url.port().expect("a port"));
    let places = (0..LOOKS_OF_A_HOST_MAX).map(|_| world.shared().looks.at(&host));
    futures::future::join_all(places).await;
}

async fn every_head_of_an_hour_without_webhooks_is_started_by_the_next_look(
    provider: ProviderType,
) {
    let world = with_pipelines(provider).await;
    world.forge.misbehave(Some(Misbehaviour::Drop));
    world.clock.stand();
    let writing = |repository| Writing { world: &world, repository, request: 0, due: Heads::new() };
    let mut repositories = REPOSITORIES.map(writing);
    let mut looks = BTreeMap::new();
    for look in 0..LOOKS {
        for repository in &mut repositories {
            repository.go_on(look).await;
        }
        world.step(PERIOD);
        let looked = world.clock.now().0 as f64 / 1000.0;
        for (index, repository) in repositories.iter_mut().enumerate() {
            let due = std::mem::take(&mut repository.due);
            let is_started = async |world: &World| {
                let there = started(world, index).await;
                due.iter().all(|head| there.iter().any(|(it, _)| it == head))
            };
            world.until(is_started).await;
            looks.extend(due.into_iter().map(|head| ((index, head), looked)));
        }
        looks_are_over(&world).await;
        world.settle().await;
    }
    // What the forge sends at last is known.
    world.forge.misbehave(None);
    world.step(PERIOD);
    world.settle().await;
    for index in 0..REPOSITORIES.len() {
        let started = started(&world, index).await;
        let of_index = looks.keys().filter(|(of, _)| *of == index).count();
        assert_eq!(started.len(), of_index, "each head once: {started:#?}");
        for (head, at) in started {
            let looked = looks[&(index, head)];
            assert!(at <= looked + PROMISED, "looked {looked}, started {at}");
        }
    }
}
