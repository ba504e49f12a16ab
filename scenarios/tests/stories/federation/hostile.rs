//! What can be made of a good token without its issuer's key opens no session.

use std::sync::atomic::Ordering;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::issuer::{Issuer, ROLE, SUBJECT, assume, part, provider, signed, trusting, world};

/// A good token, and everything that can be made of it without the issuer's key.
#[tokio::test(flavor = "multi_thread")]
async fn no_hostile_token_opens_a_session() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    let (thief, other) = (Issuer::start(true).await, Issuer::start(true).await);
    trusting(&world, &issuer).await;
    provider(&world, &other).await;
    let (header, claims) = (issuer.header(), issuer.claims(&world));
    let good = issuer.sign(&header, &claims);
    assume(&world, ROLE, &good, &[]).await.expect("the good one is good");
    let now = claims["iat"].as_i64().expect("seconds");
    let parts: Vec<&str> = good.split('.').collect();
    let [good_header, good_claims, good_signature] = parts[..] else { panic!("three parts") };
    let headed = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        header
    };
    let claimed = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let by_thief = |header: &Value| signed(&thief.pair, &header.to_string(), &claims.to_string());
    let public = serde_json::to_vec(&issuer.jwk).expect("JSON");
    let with_public = |algorithm: hmac::Algorithm, name: &str| {
        let text = format!("{}.{good_claims}", part(&headed("alg", json!(name)).to_string()));
        let tag = hmac::sign(&hmac::Key::new(algorithm, &public), text.as_bytes());
        format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(tag))
    };
    let none = |name: &str| {
        let header = part(&headed("alg", json!(name)).to_string());
        [format!("{header}.{good_claims}."), format!("{header}.{good_claims}.{good_signature}")]
    };
    let twice = claims.to_string().replacen('{', "{\"sub\":\"repo:evil\",", 1);
    let mut hostile: Vec<(&str, String)> = Vec::new();
    for name in ["none", "None", "NONE", "nOnE", ""] {
        hostile.extend(none(name).map(|token| ("without a signature", token)));
    }
    hostile.extend([
        ("by the public key", with_public(hmac::HMAC_SHA256, "HS256")),
        ("by the public key", with_public(hmac::HMAC_SHA384, "HS384")),
        ("by the public key", with_public(hmac::HMAC_SHA512, "HS512")),
        ("by another's key under this one's name", by_thief(&header)),
        ("by another's key under its own", by_thief(&thief.header())),
        ("with a key in it", by_thief(&headed("jwk", thief.jwk.clone()))),
        ("with a place of keys", by_thief(&headed("jku", json!(format!("{}/keys", thief.url))))),
        ("with a place of certificates", by_thief(&headed("x5u", json!(thief.url)))),
        ("with a certificate", by_thief(&headed("x5c", json!([BASE64_STANDARD.encode("x")])))),
        ("with a path for a key", issuer.sign(&headed("kid", json!("../../../../dev/null")), &claims)),
        ("with SQL for a key", issuer.sign(&headed("kid", json!("' OR '1'='1")), &claims)),
        ("without a key's name", issuer.sign(&headed("kid", json!("")), &claims)),
        ("with a list of keys", issuer.sign(&headed("kid", json!([issuer.jwk["kid"]])), &claims)),
        ("with what must be understood", issuer.sign(&headed("crit", json!(["exp"])), &claims)),
        ("without encoding", issuer.sign(&headed("b64", json!(false)), &claims)),
        ("packed", issuer.sign(&headed("zip", json!("DEF")), &claims)),
        ("of another type", issuer.sign(&headed("typ", json!("at+jwt")), &claims)),
        ("by another algorithm", issuer.sign(&headed("alg", json!("ES384")), &claims)),
        ("by another algorithm", issuer.sign(&headed("alg", json!("RS256")), &claims)),
        ("for somebody else", issuer.sign(&header, &claimed("aud", json!("https://vault")))),
        ("for nobody", issuer.sign(&header, &claimed("aud", json!([])))),
        ("for a number", issuer.sign(&header, &claimed("aud", json!(1)))),
        ("by way of somebody else", issuer.sign(&header, &claimed("azp", json!("https://vault")))),
        ("of another subject", issuer.sign(&header, &claimed("sub", json!("repo:evil")))),
        ("of a subject in other letters", issuer.sign(&header, &claimed("sub", json!(SUBJECT.to_uppercase())))),
        ("of no subject", issuer.sign(&header, &claimed("sub", json!("")))),
        ("that is over", issuer.sign(&header, &claimed("exp", json!(now - 3600)))),
        ("that never ends", issuer.sign(&header, &claimed("exp", json!(i64::MAX)))),
        ("that ends in words", issuer.sign(&header, &claimed("exp", json!("never")))),
        ("that ends in milliseconds", issuer.sign(&header, &claimed("exp", json!((now + 600) * 1000)))),
        ("that has not begun", issuer.sign(&header, &claimed("nbf", json!(now + 120)))),
        ("issued tomorrow", issuer.sign(&header, &claimed("iat", json!(now + 86_400)))),
        ("of another issuer", issuer.sign(&header, &claimed("iss", json!(other.url)))),
        ("of an issuer with a slash", issuer.sign(&header, &claimed("iss", json!(format!("{}/", issuer.url))))),
        ("of two subjects", signed(&issuer.pair, &header.to_string(), &twice)),
        ("longer than any", format!("{good}{}", "A".repeat(17_000))),
        ("cut off", good[..good.len() - 8].to_owned()),
        ("with a part too many", format!("{good}.{good_signature}")),
        ("with a part too few", format!("{good_header}.{good_claims}")),
        ("padded", format!("{good}==")),
        ("with spaces", format!(" {good}")),
        ("without a signature's bytes", format!("{good_header}.{good_claims}.")),
        ("with zeros for a signature", format!("{good_header}.{good_claims}.{}", BASE64_URL_SAFE_NO_PAD.encode([0; 64]))),
        ("in JSON", json!({ "payload": good_claims, "signature": good_signature, "protected": good_header }).to_string()),
    ]);
    let count = hostile.len();
    for (what, token) in hostile {
        let answer = assume(&world, ROLE, &token, &[]).await;
        assert!(answer.is_err(), "a token {what} opened a session");
    }
    println!("{count} hostile tokens, none accepted");
    assert_eq!(thief.asked.load(Ordering::SeqCst), 0, "nothing in a token names where to look");
}
