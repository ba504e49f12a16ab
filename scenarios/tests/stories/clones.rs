//! Sources that are cloned (`CODEBUILD_CLONE_REF`): steps that work with git's history, and what they
//! must not come by.

use std::io::Read;

use domain::connection::ProviderType;
use domain::{ArtifactName, CommitSha, ExecutionId, PipelineName};
use serde_json::{Value, json};
use store::{ArtifactRow, ConnectionRow, Place, TokenRow};
use testkit::declarations::{action, app, approval, commands, pipeline, source, stage};
use testkit::{ACCOUNT, Scene, World};
use wire::Service::CodePipeline;

at_each_forge! {
    a_step_works_in_a_clone_with_history
}

/// `app`, whose source is cloned.
pub fn cloned(mut declared: Value) -> Value {
    set(&mut declared, "OutputArtifactFormat", "CODEBUILD_CLONE_REF");
    declared
}

/// Sets a key of the source's configuration.
pub fn set(declared: &mut Value, key: &str, value: &str) {
    declared["stages"][0]["actions"][0]["configuration"][key] = json!(value);
}

/// Three commits on `main`, the first of them tagged.
async fn history(world: &World) -> CommitSha {
    let first = world.commit("main", &[("a", "1")]).await;
    world.push_tag("v1", &first, Some("The first")).await;
    world.commit("main", &[("a", "2")]).await;
    world.commit("main", &[("a", "3"), ("dir/run", "x")]).await
}

/// What a step printed in the newest execution of `app`, without the lines that show its commands.
pub async fn printed(world: &World, stage: &str, action: &str) -> Vec<String> {
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, stage, action).await;
    let said = log.into_iter().filter(|line| !line.starts_with("+ "));
    said.filter(|line| !line.starts_with("steps share") && !line.contains("limit")).collect()
}

/// The bytes of an artifact of the newest execution of `app`.
async fn artifact(world: &World, name: &str) -> Vec<u8> {
    let run = world.latest("app").await;
    let (pipeline, execution) = (PipelineName::new("app"), ExecutionId::new(run.id));
    let account = ACCOUNT.into();
    let query = ArtifactRow::of_execution(&account, &pipeline, &execution);
    let rows = world.shared().desk.store.list::<ArtifactRow>(query).await.expect("artifacts");
    let row = rows.into_iter().find(|row| row.name == ArtifactName::new(name)).expect(name);
    let mut bytes = Vec::new();
    let mut file = world.shared().blobs.open_checked(&row.artifact).expect("it is there");
    file.read_to_end(&mut bytes).expect("it is read");
    bytes
}

/// The access token of a connection, as the forge gave it.
async fn token(world: &World, connection: &str) -> String {
    let shared = world.shared();
    let (account, arn) = (ACCOUNT.into(), domain::ConnectionArn::new(connection));
    let key = ConnectionRow::at(&account, &arn.id().to_owned());
    let row = shared.desk.store.get::<ConnectionRow>(key).await.expect("store").expect("a row");
    let key = TokenRow::at(&account, &row.arn);
    let token = shared.desk.store.get::<TokenRow>(key).await.expect("store").expect("a token");
    let place = Place::of_access_token(&account, arn.id(), token.generation);
    shared.vault.unseal(&place, &token.sealed_access).expect("it opens").expose().to_owned()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

async fn a_step_works_in_a_clone_with_history(provider: ProviderType) {
    let world = Scene::default().forge(provider).start().await;
    let connection = world.connect().await;
    let head = history(&world).await;
    let lines = [
        "git log --format=%s | wc -l",
        "git describe",
        "git status --short --branch",
        "git rev-parse HEAD",
        "git fetch --quiet || echo refused",
        "env > around; cat dir/run a",
    ];
    let mut make = commands("Make", &lines);
    make["outputArtifacts"] = json!([{ "name": "All", "files": ["**/*"] }]);
    world.create(&cloned(app(&connection, make))).await;
    world.begin("app").await;
    world.settle().await;
    let said = printed(&world, "Next", "Make").await;
    assert_eq!(world.statuses("app").await, ["Succeeded"], "{said:#?}");
    let expect = [
        "4".to_owned(),
        format!("v1-2-g{}", &head.as_str()[..7]),
        "## main...origin/main".to_owned(),
        head.to_string(),
        "refused".to_owned(),
        "x3".to_owned(),
    ];
    let said: Vec<_> = said.into_iter().filter(|line| !line.contains("fatal: ")).collect();
    assert_eq!(said, expect);

    let token = token(&world, &connection).await;
    let reference: Value = serde_json::from_slice(&artifact(&world, "Code").await).expect("JSON");
    assert_eq!(reference["CommitId"], head.as_str());
    let url = reference["CloneUrl"].as_str().unwrap_or_default();
    assert!(url.contains("practice/app") && !url.contains('@'), "{reference}");
    let all = artifact(&world, "All").await;
    assert!(has(&all, ".git/config") && has(&all, url) && has(&all, "around"));
    for secret in [&*token, "Authorization", "extraHeader"] {
        assert!(!has(&all, secret) && !reference.to_string().contains(secret), "a credential");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_bitbuckets_says_how_much_history_it_gets() {
    let world = World::start().await;
    let connection = world.connect().await;
    history(&world).await;
    let recipe = "pipelines:\n  default:\n\
        \x20   - step: {script: ['git rev-list --count HEAD'], clone: {depth: 2}}\n\
        \x20   - step: {script: ['git rev-list --count HEAD; git rev-parse --is-shallow-repository']}\n\
        \x20   - step: {script: ['git rev-list --count HEAD'], clone: {depth: full}}\n\
        \x20   - step: {script: ['ls -A | wc -l'], clone: {enabled: false}}\n";
    world.commit("main", &[("bitbucket-pipelines.yml", recipe)]).await;
    let mut steps = action("Steps", "Build", "BitbucketPipelines");
    steps["inputArtifacts"] = json!([{ "name": "Code" }]);
    world.create(&cloned(app(&connection, steps))).await;
    world.begin("app").await;
    world.settle().await;
    let said = printed(&world, "Next", "Steps").await;
    let said: Vec<_> = said.iter().filter(|line| !line.starts_with("step ")).collect();
    assert_eq!(said, ["2", "5", "false", "5", "0"], "{:#?}", world.statuses("app").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shallow_source_fetches_no_more_than_it_is_told() {
    let world = World::start().await;
    let connection = world.connect().await;
    history(&world).await;
    let mut declared = cloned(app(&connection, commands("Make", &["git log --format=%s | wc -l"])));
    set(&mut declared, "GitCloneDepth", "2");
    world.create(&declared).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(printed(&world, "Next", "Make").await, ["2"]);

    set(&mut declared, "GitCloneDepth", "1");
    set(&mut declared, "OutputArtifactFormat", "CODE_ZIP");
    declared["stages"][1]["actions"][0]["commands"] = json!(["cat a; ls -A"]);
    let asked = json!({ "pipeline": declared });
    world.must(CodePipeline, "UpdatePipeline", &asked).await;
    world.begin("app").await;
    world.settle().await;
    assert_eq!(printed(&world, "Next", "Make").await, ["3README.md", "a", "dir"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sweep_took_is_fetched_again_when_a_step_needs_it() {
    let world = World::start().await;
    let connection = world.connect().await;
    history(&world).await;
    let make = commands("Make", &["git describe --abbrev=0"]);
    let stages = [
        stage("Source", &[source(&connection, "main")]),
        stage("Ask", &[approval("Ask")]),
        stage("Next", &[make]),
    ];
    world.create(&cloned(pipeline("app", &stages))).await;
    world.begin("app").await;
    world.reaches("app", "Ask", "Ask", "InProgress").await;
    std::fs::remove_dir_all(world.config.data.join("mirrors")).expect("mirrors are there");
    world.answer("app", "Ask", "Ask", "Approved").await.expect("it is answered");
    world.settle().await;
    assert_eq!(printed(&world, "Next", "Make").await, ["v1"]);
    assert_eq!(std::fs::read_dir(world.config.data.join("mirrors")).expect("a folder").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_leaves_the_copy_that_a_step_waits_for() {
    let world = World::start().await;
    let connection = world.connect().await;
    history(&world).await;
    let gate = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = gate.local_addr().expect("an address").port();
    let wait = format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}; read -r go <&3; echo $go'");
    let recipe = format!(
        "pipelines:\n  default:\n\
        \x20   - step: {{script: [\"{wait}\"], clone: {{depth: 1}}}}\n\
        \x20   - step: {{script: ['git rev-list --count HEAD'], clone: {{depth: 2}}}}\n"
    );
    world.commit("main", &[("bitbucket-pipelines.yml", &recipe)]).await;
    let mut steps = action("Steps", "Build", "BitbucketPipelines");
    steps["inputArtifacts"] = json!([{ "name": "Code" }]);
    world.create(&cloned(app(&connection, steps))).await;
    world.begin("app").await;
    let (mut step, _) = gate.accept().await.expect("the first step is there");

    let later = world.shared().now().plus_seconds(server::limits::ARTIFACT_YOUNG_SECONDS + 60);
    let sweep = async || {
        let swept = server::loops::sweep::sweep_artifacts(world.shared(), later);
        swept.await.expect("swept");
        world.shared().blobs.list().expect("listed").len()
    };
    let held = sweep().await;
    tokio::io::AsyncWriteExt::write_all(&mut step, b"go\n").await.expect("it goes on");
    world.settle().await;
    let said = printed(&world, "Next", "Steps").await;
    let said: Vec<_> = said.iter().filter(|line| !line.starts_with("step ")).collect();
    assert_eq!(said, ["go", "2"], "{:#?}", world.statuses("app").await);
    assert_eq!(sweep().await, held - 2, "afterwards nobody needs the copies");
}
