//! Hosts say which step is missing and who must take it, and so do the connections to them.

use domain::connection::ProviderType;
use serde_json::{Value, json};
use testkit::{Scene, World};
use wire::Service::{CodeConnections, Towpath};

/// The status of the one host, and what is missing.
async fn host(world: &World) -> (String, String) {
    let listed = world.must(CodeConnections, "ListHosts", &json!({})).await;
    let host = &listed["Hosts"][0];
    let got = json!({ "HostArn": host["HostArn"] });
    let got = world.must(CodeConnections, "GetHost", &got).await;
    assert_eq!(got["Status"], host["Status"], "both say the same");
    let text = |name: &str| host[name].as_str().unwrap_or_default().to_owned();
    (text("Status"), text("StatusMessage"))
}

async fn missing(world: &World, connection: &str) -> String {
    let asked = json!({ "ConnectionArn": connection });
    let found = world.must(CodeConnections, "GetConnection", &asked).await;
    found["Connection"]["StatusMessage"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_is_pending_until_a_client_of_it_is_registered() {
    let world = World::start().await;
    let arn = world.create_host().await;
    world.settle().await;
    let (status, message) = host(&world).await;
    assert_eq!(status, "PENDING");
    assert!(message.contains(&format!("towpath forges register --host {arn}")), "{message}");
    let why = world.why(&arn).await;
    assert!(why.contains("no OAuth client or App of this host is registered"), "{why}");
    world.register(&arn).await;
    assert_eq!(host(&world).await, ("AVAILABLE".to_owned(), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_is_the_missing_step_of_the_host_and_of_its_connections() {
    let scene = Scene::default().forge(ProviderType::GitLabSelfManaged);
    let world = scene.set("allow-address", "127.0.0.1:1").start().await;
    let arn = world.create_host().await;
    let early = world.create_connection(&arn).await;
    world.register(&arn).await;
    world.settle().await;
    let port = world.forge.base_url().port().expect("it has one");
    let (status, message) = host(&world).await;
    assert_eq!(status, "PENDING");
    let step = format!("towpath forges reach {arn} --allow-address 127.0.0.1:{port}");
    assert!(message.contains(&step), "{message}");
    let late = world.create_connection(&arn).await;
    for connection in [&early, &late] {
        let missing = missing(&world, connection).await;
        assert!(
            missing.contains("may not go to the address of the connection's host"),
            "{missing}"
        );
    }
    let reach = json!({ "hostArn": arn, "allowedAddresses": [format!("127.0.0.1:{port}")] });
    world.must(Towpath, "ConfigureHostNetwork", &reach).await;
    world.settle().await;
    assert_eq!(host(&world).await.0, "AVAILABLE");
    for connection in [&early, &late] {
        assert!(missing(&world, connection).await.contains("nobody has authorised it yet"));
    }
    assert_eq!(world.authorize(&late).await.status.as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_did_not_answer_is_looked_at_again() {
    let scene = Scene::default().set("reconcile.seconds", "600");
    let world = scene.set("allow-address", "127.0.0.1:9").start().await;
    let asked: Value = json!({
        "Name": "own", "ProviderType": "GitHubEnterpriseServer",
        "ProviderEndpoint": "https://127.0.0.1:9",
    });
    world.must(CodeConnections, "CreateHost", &asked).await;
    world.settle().await;
    let (_, message) = host(&world).await;
    assert!(message.contains("did not answer when it was last looked at"), "{message}");
    let before = world.shared().counters.effects.load(std::sync::atomic::Ordering::Relaxed);
    world.step(601);
    let looked = async |world: &World| {
        world.shared().counters.effects.load(std::sync::atomic::Ordering::Relaxed) > before
    };
    world.until(looked).await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_rested_on_names_the_connections() {
    let world = World::start().await;
    let connection = world.connect().await;
    let listed = world.must(CodeConnections, "ListHosts", &json!({})).await;
    let arn = listed["Hosts"][0]["HostArn"].clone();
    let delete = json!({ "HostArn": arn });
    let elsewhere = json!({ "HostArn": arn, "ProviderEndpoint": "https://git.example.com" });
    for (operation, input) in [("DeleteHost", &delete), ("UpdateHost", &elsewhere)] {
        let refused = world.refused(CodeConnections, operation, input).await.message;
        for part in [&*connection, "authorised by practice"] {
            assert!(refused.contains(part), "{operation}: {refused}");
        }
    }
}
