//! The story itself, step by step.

use std::path::Path;

use anyhow::{Context, Result};
use cli::remote::{Client, Folder};
use domain::{CommitSha, Secret};
use egress::{AllowedAddress, Guard, Url};
use practice_forge::{Config as ForgeConfig, NewCommit, PracticeForge};
use serde_json::{Value, json};
use server::config::Layers;
use server::{Config, Running};
use wire::Service;

use super::outcome::Outcome;
use super::scene::Scene;
use super::teller::Teller;
use super::{browser, watch};
use crate::process;

/// The repository of the story.
const REPOSITORY: &str = "practice/app";
/// The pipeline of the story.
pub const PIPELINE: &str = "demo";

/// A story that was told.
pub struct Told {
    /// What came of it.
    pub outcome: Outcome,
    /// The way into the console.
    pub console_link: String,
}

/// Tells the story on an empty scene.
///
/// # Errors
/// The first step that did not work.
pub async fn tell(teller: &Teller, scene: &mut Scene) -> Result<Told> {
    let forge = ForgeConfig { auto_approve: false, ..ForgeConfig::default() };
    let forge = &*scene.forge.insert(PracticeForge::start(forge).await?);
    teller.say(&format!("a practice forge listens on {}", forge.base_url()))?;
    forge
        .create_repository(
            REPOSITORY,
            &[("README.md", "A practice repository.\n"), ("build.sh", BUILD)],
        )
        .await?;
    let running = start_server(teller, scene.folder.path(), forge).await?;
    let running = &*scene.running.insert(running);
    teller.say(&format!("towpath listens on {}", running.address))?;
    let client = Client::open(&Folder { data: Some(scene.folder.path().join("data")) })?;
    let connection = connect(teller, &client, running, forge).await?;
    create_pipeline(teller, &client, &connection).await?;
    hook_registered(&client, running, forge).await?;
    teller.say("the server registered its webhook in the repository")?;
    let commit = push(teller, forge).await?;
    let outcome = watch::follow(teller, &client, &commit).await?;
    status_reported(teller, forge, running, &commit).await?;
    watch::timeline(teller, &outcome)?;
    let link: Value = client.call(Service::Towpath, "CreateConsoleLink", &json!({})).await?;
    let console_link = link["url"].as_str().unwrap_or_default().to_owned();
    teller.say(&format!("the console is at {console_link}"))?;
    Ok(Told { outcome, console_link })
}

/// What the repository's own script does.
const BUILD: &str = "#!/bin/sh\nset -e\nmkdir -p site\necho \"built from $1\" > site/index.html\n";

async fn start_server(teller: &Teller, folder: &Path, forge: &PracticeForge) -> Result<Running> {
    let port = forge.base_url().port().context("the forge has a port")?;
    let isolation = isolation(teller);
    let path = |name: &str| folder.join(name).display().to_string();
    let flags = [
        ("data", path("data")),
        ("sealing-key", path("config/sealing.key")),
        ("listen", "127.0.0.1:0".to_owned()),
        ("allow-address", format!("127.0.0.1:{port}")),
        ("steps.isolation", isolation.to_owned()),
    ];
    let layers = Layers::read(&flags.into(), |_| None, None)?;
    let config = Config::from_layers(&layers, folder, folder)?;
    process::start(config).await
}

/// The demo is its own operator: without bubblewrap it lets its own steps run on the host, and says
/// so loudly.
fn isolation(teller: &Teller) -> &'static str {
    let found = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];
    if found.iter().any(|path| std::path::Path::new(path).exists()) {
        return "bubblewrap";
    }
    teller.warn(
        "bubblewrap is missing, so this demo runs its own steps on the host, without isolation. \
         Install the package `bubblewrap` to keep steps in.",
    );
    "host"
}

/// Host, OAuth client, connection and handshake; gives the connection's ARN.
async fn connect(
    teller: &Teller,
    client: &Client,
    running: &Running,
    forge: &PracticeForge,
) -> Result<String> {
    let endpoint = forge.base_url().as_str().trim_end_matches('/');
    let asked = json!({ "Name": "practice-forge", "ProviderType": "GitHubEnterpriseServer", "ProviderEndpoint": endpoint });
    let host: Value = client.call(Service::CodeConnections, "CreateHost", &asked).await?;
    let callback = Url::parse(&format!("{}/oauth/callback", running.shared.public_url))?;
    let app = forge.register_app(&callback);
    register(client, &host["HostArn"], &app.client_id, &app.client_secret).await?;
    teller.say("an OAuth client is registered for the forge")?;
    let asked = json!({ "ConnectionName": "practice", "HostArn": host["HostArn"] });
    let made: Value = client.call(Service::CodeConnections, "CreateConnection", &asked).await?;
    let arn = made["ConnectionArn"].as_str().context("a connection's ARN")?.to_owned();
    teller.say(&format!("connection {arn} is PENDING"))?;
    let asked = json!({ "connectionArn": arn });
    let begun: Value = client.call(Service::Towpath, "StartConnectionHandshake", &asked).await?;
    let link = begun["authorizationUrl"].as_str().context("a link")?;
    browser::authorize(&browser_client(), link).await.context("the OAuth handshake")?;
    teller.say(
        "OAuth handshake: state and PKCE checked, code exchanged; the connection is AVAILABLE",
    )?;
    Ok(arn)
}

async fn register(client: &Client, host: &Value, id: &str, secret: &Secret) -> Result<()> {
    let asked = json!({
        "kind": "GitHubEnterpriseServer", "host": host, "clientId": id, "clientSecret": secret.expose(),
    });
    let _: Value = client.call(Service::Towpath, "RegisterForge", &asked).await?;
    Ok(())
}

/// The person's browser reaches both, on loopback.
fn browser_client() -> egress::Client {
    egress::Client::new(Guard::new(vec![AllowedAddress::any_port([127, 0, 0, 1].into())]))
}

async fn create_pipeline(teller: &Teller, client: &Client, connection: &str) -> Result<()> {
    let bucket = json!({ "bucketName": "demo-site" });
    let _: Value = client.call(Service::Towpath, "CreateBucket", &bucket).await?;
    let _: Value =
        client.call(Service::CodePipeline, "CreatePipeline", &declaration(connection)).await?;
    teller.say("pipeline demo: Source → Build → Approval → Deploy")?;
    Ok(())
}

fn declaration(connection: &str) -> Value {
    let action = |name: &str, category: &str, provider: &str| {
        json!({ "name": name, "actionTypeId": {
            "category": category, "owner": "AWS", "provider": provider, "version": "1",
        }})
    };
    let mut source = action("Fetch", "Source", "CodeStarSourceConnection");
    source["configuration"] = json!({ "ConnectionArn": connection, "FullRepositoryId": REPOSITORY, "BranchName": "main" });
    source["outputArtifacts"] = json!([{ "name": "Code" }]);
    source["namespace"] = json!("SourceVariables");
    let mut build = action("Make", "Compute", "Commands");
    build["commands"] = json!([
        "echo building #{SourceVariables.CommitId}",
        "sh build.sh #{SourceVariables.CommitId}",
        "ls -l site"
    ]);
    build["inputArtifacts"] = json!([{ "name": "Code" }]);
    build["outputArtifacts"] = json!([{ "name": "Site", "files": ["site/**"] }]);
    let approval = action("Review", "Approval", "Manual");
    let mut deploy = action("Publish", "Deploy", "S3");
    deploy["configuration"] = json!({ "BucketName": "demo-site", "Extract": "true" });
    deploy["inputArtifacts"] = json!([{ "name": "Site" }]);
    json!({ "pipeline": {
        "name": PIPELINE, "roleArn": "arn:aws:iam::000000000000:role/demo", "pipelineType": "V2",
        "artifactStore": { "type": "S3", "location": "demo-artifacts" },
        "stages": [
            { "name": "Source", "actions": [source] },
            { "name": "Build", "actions": [build] },
            { "name": "Approval", "actions": [approval] },
            { "name": "Deploy", "actions": [deploy] },
        ],
    }})
}

/// The forge pings a new hook: once that was answered, pushes will be told.
async fn hook_registered(client: &Client, running: &Running, forge: &PracticeForge) -> Result<()> {
    forge.delivered(1).await;
    let mut changed = running.shared.changed.subscribe();
    loop {
        let listed: Value = client.call(Service::Towpath, "ListDeliveries", &json!({})).await?;
        let settled = listed["deliveries"][0]["settled"].as_bool().unwrap_or_default();
        if settled && running.hooks_are_registered().await? {
            return Ok(());
        }
        changed.changed().await?;
    }
}

async fn push(teller: &Teller, forge: &PracticeForge) -> Result<CommitSha> {
    let files = [("hello.txt", "Hello from the towpath.\n")];
    let commit = NewCommit { branch: "main", message: "Say hello", files: &files };
    let commit = forge.push_commit(REPOSITORY, commit).await.context("git push")?;
    teller.say(&format!("git pushed {} to main", commit.short()))?;
    Ok(commit)
}

/// Waits until the forge has the final status.
async fn status_reported(
    teller: &Teller,
    forge: &PracticeForge,
    running: &Running,
    commit: &CommitSha,
) -> Result<()> {
    let mut changed = running.shared.changed.subscribe();
    loop {
        let statuses = forge.statuses();
        let last = statuses.iter().rfind(|status| status.commit == *commit);
        if let Some(status) = last.filter(|status| status.state != "pending") {
            teller.say(&format!(
                "the forge shows {} on {}: {}",
                status.state,
                commit.short(),
                status.context
            ))?;
            return Ok(());
        }
        changed.changed().await?;
    }
}
