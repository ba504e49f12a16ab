//! What an account's issuer publishes, and how its keys give way to others.

use identity::token::KeySet;
use serde_json::{Value, json};
use testkit::{ACCOUNT, Scene, World};
use wire::Service;

const ISSUER: &str = "https://ci.example.com/oidc/000000000000";

async fn published(world: &World, what: &str) -> Value {
    let answer = world.caller.get(&format!("/oidc/{ACCOUNT}/{what}")).await;
    assert_eq!(answer.status.as_u16(), 200, "{what}");
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(answer.headers["cache-control"], "public, max-age=300");
    serde_json::from_slice(&answer.body).expect("JSON")
}

/// The keys that are published, by id, in order.
async fn kids(world: &World) -> Vec<String> {
    let set = published(world, "keys.json").await;
    let bytes = set.to_string();
    let read = KeySet::read(bytes.as_bytes()).expect("a key set that relying parties take");
    let kids: Vec<String> = read.kids().map(str::to_owned).collect();
    assert_eq!(kids.len(), set["keys"].as_array().map_or(0, Vec::len), "no key was passed over");
    kids
}

async fn rotate(world: &World, revoke: bool) -> Value {
    world.must(Service::Towpath, "RotateSigningKeys", &json!({ "revoke": revoke })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_is_found_by_its_url_and_shows_a_key_for_each_algorithm() {
    let world = Scene::default().set("public-url", "https://ci.example.com").start().await;
    let configuration = published(&world, ".well-known/openid-configuration").await;
    assert_eq!(configuration["issuer"], ISSUER);
    assert_eq!(configuration["jwks_uri"], format!("{ISSUER}/keys.json"));
    let algorithms = &configuration["id_token_signing_alg_values_supported"];
    assert_eq!(algorithms, &json!(["RS256", "ES256"]));
    let keys = published(&world, "keys.json").await;
    let of = |member: &str| -> Vec<_> {
        keys["keys"].as_array().into_iter().flatten().map(|key| key[member].clone()).collect()
    };
    assert_eq!(
        (of("alg"), of("use")),
        (vec![json!("RS256"), json!("ES256")], vec![json!("sig"); 2])
    );
    assert!(keys["keys"].as_array().into_iter().flatten().all(|key| key.get("d").is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_has_an_issuer_here() {
    let world = World::start().await;
    for name in ["111111111111", "x", "000000000000%2F..", "0000000000000"] {
        let path = format!("/oidc/{name}/.well-known/openid-configuration");
        assert_eq!(world.caller.get(&path).await.status.as_u16(), 404, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_published_an_hour_before_it_signs_and_the_old_one_stays_for_its_tokens() {
    let world = World::start().await;
    let before = kids(&world).await;
    assert_eq!(before.len(), 2);
    rotate(&world, false).await;
    let both = kids(&world).await;
    assert_eq!(
        (both.len(), &both[..2]),
        (4, &before[..]),
        "the old ones sign on, the new are shown"
    );
    let states = |keys: &Value, state: &str| -> usize {
        let keys = keys["keys"].as_array();
        keys.into_iter().flatten().filter(|key| key["state"] == state).count()
    };
    let now = world.must(Service::Towpath, "ListSigningKeys", &json!({})).await;
    assert_eq!((states(&now, "signing"), states(&now, "next")), (2, 2));
    // The new ones sign after an hour; the old ones end after two and stay for a token's life.
    world.step(2 * 3600 + 1);
    let now = world.must(Service::Towpath, "ListSigningKeys", &json!({})).await;
    assert_eq!((states(&now, "signing"), states(&now, "retired")), (2, 2));
    assert_eq!(kids(&world).await.len(), 4);
    world.step(3600 + 60);
    assert_eq!(kids(&world).await, both[2..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_key_is_gone_at_once_and_others_sign() {
    let mut world = World::start().await;
    let before = kids(&world).await;
    rotate(&world, true).await;
    let after = kids(&world).await;
    assert_eq!(after.len(), 2);
    assert!(after.iter().all(|kid| !before.contains(kid)));
    world.stop().await;
    world.start_again().await;
    assert_eq!(kids(&world).await, after, "the same keys after a restart");
}
