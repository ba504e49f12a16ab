//! Two servers in processes of their own renew tokens and are killed over it. A forge that ends a refresh
//! token with its first use, and the whole family with the second, locks nobody out but in the one window
//! that cannot be closed: it has answered, and nobody has written the answer down. That one is told as what
//! it is.

use domain::ConnectionArn;
use domain::connection::ProviderType;
use practice_forge::{Refresh, TokenRules};
use serde_json::json;
use store::{Store, StoreConfig, TokenRow};
use testkit::{ACCOUNT, Scene, World, apart};
use wire::Service::CodeConnections;

/// One second, and a refresh token that is good once.
const RULES: TokenRules = TokenRules { access_seconds: Some(1), refresh: Refresh::Rotating };
/// Connections, each with a family of tokens of its own, at the least.
const CONNECTIONS_MIN: usize = 32;
/// The test by which this binary becomes a server.
pub const SERVER: &str = "renewals::a_server_in_a_process_of_its_own";

/// Refreshes and kills; many more where `TOWPATH_DEEP` is set, and as many as `TOWPATH_RENEWALS`
/// says (`1000/10`) where that is.
fn extent() -> (usize, usize) {
    let asked = std::env::var("TOWPATH_RENEWALS").ok();
    let asked = asked.as_deref().and_then(|text| text.split_once('/'));
    match (asked, std::env::var_os("TOWPATH_DEEP")) {
        (Some((refreshes, kills)), _) => {
            (refreshes.parse().expect("refreshes"), kills.parse().expect("kills"))
        }
        (None, Some(_)) => (10_000, 100),
        (None, None) => (200, 8),
    }
}

/// So many that some are left when every other kill has locked one out.
fn connections(kills: usize) -> usize {
    CONNECTIONS_MIN.max(2 * kills)
}

/// Numbers that are as good as random, and the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process of the story below"]
async fn a_server_in_a_process_of_its_own() {
    apart::serve().await;
}

/// How often the tokens of these were replaced, each by the generation that is kept.
async fn generations(store: &Store, connections: &[String]) -> Vec<i64> {
    let mut found = Vec::new();
    for connection in connections {
        let key = TokenRow::at(&ACCOUNT.into(), &ConnectionArn::new(connection.as_str()));
        let row = store.get::<TokenRow>(key).await.expect("the store answers");
        found.push(row.expect("a connection has its tokens").generation);
    }
    found
}

async fn connect(world: &World, count: usize) -> Vec<String> {
    let mut connections = vec![world.connect().await];
    while connections.len() < count {
        let name = format!("practice-{}", connections.len());
        let asked = json!({ "ConnectionName": name, "ProviderType": world.provider });
        let made = world.must(CodeConnections, "CreateConnection", &asked).await;
        let connection = made["ConnectionArn"].as_str().expect("an ARN").to_owned();
        assert_eq!(world.authorize(&connection).await.status.as_u16(), 200);
        connections.push(connection);
    }
    connections
}

/// Lets two servers renew, and kills one and then the other at moments of their work.
async fn kill_over_renewals(world: &World, (refreshes, kills): (usize, usize)) {
    let names = ["apart-0", "apart-1"];
    let mut servers = names.map(|name| world.start_apart(name, SERVER));
    let (mut chance, begun) = (Chance(7), world.forge.refreshed(0).await);
    for kill in 0..kills {
        let share = refreshes / kills;
        let after = begun + kill * share + chance.below(share as u64) as usize;
        world.forge.refreshed(after).await;
        // A moment more or less, so that it dies before it has written down, or after.
        tokio::time::sleep(std::time::Duration::from_micros(chance.below(20_000))).await;
        let struck = kill % servers.len();
        servers[struck].kill();
        servers[struck] = world.start_apart(names[struck], SERVER);
    }
    world.forge.refreshed(begun + refreshes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_killed_over_renewals_lock_nobody_out_but_in_the_one_window() {
    let Some(scene) = Scene::on_postgres("killed").await else {
        return println!("killed over renewals: not told, TOWPATH_POSTGRES is not set");
    };
    let mut world = scene.forge(ProviderType::GitLab).tokens(RULES).start().await;
    let extent = extent();
    let connections = connect(&world, connections(extent.1)).await;
    let database = world.config.database.clone().expect("it is on PostgreSQL");
    let store = StoreConfig::Postgres(database.expose().to_owned());
    let store = Store::open(&store).await.expect("a second look at the database");
    world.stop().await;
    let before = (generations(&store, &connections).await, world.forge.refreshed(0).await);
    kill_over_renewals(&world, extent).await;
    world.start_again().await;

    // Whatever the dead held is taken over: each goes on, or says why not.
    let killed = generations(&store, &connections).await;
    let mut lost = Vec::new();
    for (connection, generation) in connections.iter().zip(&killed) {
        let settled = async |world: &World| {
            let now = generations(&store, std::slice::from_ref(connection)).await[0];
            now > generation + 1 || world.connection_status(connection).await == "ERROR"
        };
        world.until(settled).await;
        if world.connection_status(connection).await == "ERROR" {
            lost.push(connection);
        }
    }
    let after = generations(&store, &connections).await;
    let kept: i64 = after.iter().zip(&before.0).map(|(after, before)| after - before).sum();
    let granted = world.forge.refreshed(0).await - before.1;
    let (refreshes, kills) = extent;
    println!(
        "{granted} refreshes ({refreshes} asked for), {kills} kills, {kept} kept, {} lost",
        lost.len()
    );
    assert!(lost.len() as i64 <= granted as i64 - kept, "only whose answer nobody wrote down");
    for connection in lost {
        let why = world.why(connection).await;
        assert!(why.contains("while this server or its network failed"), "{why}");
        assert!(why.contains("connect again in the console"), "{why}");
    }
    for connection in &connections {
        let asked = json!({ "ConnectionArn": connection });
        world.must(CodeConnections, "DeleteConnection", &asked).await;
    }
    world.settle().await;
}
