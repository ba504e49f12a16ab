//! How many tokens a core signs and verifies in a second.
//!
//! `cargo run --release -p identity --example tokens`

use std::hint::black_box;
use std::time::Instant;

use domain::Timestamp;
use identity::token::{Algorithm, Expected, KeySet, SigningKey, verify};
use serde_json::{Value, json};

const ROUNDS: u32 = 2_000;
const ISSUER: &str = "https://ci.example/oidc/000000000000";

fn main() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        measure(algorithm);
    }
}

fn measure(algorithm: Algorithm) {
    let key = SigningKey::generate(algorithm).expect("a key");
    let set = json!({"keys": [key.jwk()]}).to_string();
    let keys = KeySet::read(set.as_bytes()).expect("a key set");
    let claims = json!({
        "iss": ISSUER, "sub": "{6a1f77b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b}:{step}", "jti": "t-1",
        "aud": "ari:cloud:bitbucket::workspace/0f1e2d3c", "iat": 1000, "nbf": 1000, "exp": 1300,
        "ref": "refs/heads/main", "commit": "0".repeat(40), "pipeline": "shop", "stage": "Deploy",
    });
    let Value::Object(claims) = claims else { return };
    let token = key.sign(&claims).expect("a token");
    let at = Timestamp(1_100_000);
    let expected = Expected { issuer: ISSUER, algorithms: &Algorithm::ALL, at };
    let rate = |work: &dyn Fn() -> bool| {
        let start = Instant::now();
        assert!((0..ROUNDS).all(|_| work()));
        f64::from(ROUNDS) / start.elapsed().as_secs_f64()
    };
    let signed = rate(&|| black_box(key.sign(&claims)).is_ok());
    let verified = rate(&|| black_box(verify(token.expose(), &expected, &keys)).is_ok());
    println!("{}: {signed:.0} signed a second, {verified:.0} verified", algorithm.name());
}
