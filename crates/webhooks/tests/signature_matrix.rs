//! What is refused as a signature, and the one thing that is not.

use aws_lc_rs::hmac;
use domain::Secret;
use domain::connection::ProviderType;
use webhooks::{Headers, SignatureRefusal, verify};

const BODY: &[u8] = br#"{"ref": "refs/heads/main"}"#;
const NAME: &str = "X-Hub-Signature-256";
const KINDS: [ProviderType; 2] = [ProviderType::GitHub, ProviderType::GitHubEnterpriseServer];

fn sign(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", hex::encode(hmac::sign(&key, body)))
}

fn check(
    headers: &[(&str, &str)],
    body: &[u8],
    secrets: &[&str],
    expect: Option<SignatureRefusal>,
) {
    let headers = Headers::from_iter(headers.iter().copied());
    let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
    for kind in KINDS {
        assert_eq!(verify(kind, &headers, body, &secrets).err(), expect, "{kind} {headers:?}");
    }
}

#[test]
fn the_forges_own_signature_is_accepted_by_either_secret_of_a_rotation() {
    let good = sign("old", BODY);
    check(&[(NAME, &good)], BODY, &["old"], None);
    check(&[(NAME, &good)], BODY, &["new", "old"], None);
    check(&[("x-hub-signature-256", &good), ("X-Hub-Signature", "sha1=00")], BODY, &["old"], None);
}

#[test]
fn the_example_of_githubs_documentation_verifies() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    check(&[(NAME, signature)], b"Hello, World!", &["It's a Secret to Everybody"], None);
}

#[test]
fn everything_else_is_refused_with_its_reason() {
    use SignatureRefusal::{Malformed, Mismatch, Missing, NoSecret, OnlySha1, Repeated};
    let good = sign("secret", BODY);
    let digits = good.trim_start_matches("sha256=");
    let refused = |headers: &[(&str, &str)], why| check(headers, BODY, &["secret"], Some(why));

    refused(&[], Missing(NAME));
    refused(&[("X-Gitlab-Token", "secret")], Missing(NAME));
    refused(&[("webhook-signature", &good)], Missing(NAME));
    refused(&[("X-Hub-Signature", &good)], OnlySha1(NAME));
    refused(
        &[("X-Hub-Signature", "sha1=da39a3ee5e6b4b0d3255bfef95601890afd80709")],
        OnlySha1(NAME),
    );
    refused(&[(NAME, &good), (NAME, &good)], Repeated(NAME));
    refused(&[(NAME, "")], Malformed(NAME));
    refused(&[(NAME, "sha256=")], Malformed(NAME));
    refused(&[(NAME, digits)], Malformed(NAME));
    refused(&[(NAME, &format!("sha1={digits}"))], Malformed(NAME));
    refused(&[(NAME, &format!("sha512={digits}"))], Malformed(NAME));
    refused(&[(NAME, &format!("SHA256={digits}"))], Malformed(NAME));
    refused(&[(NAME, &format!("sha256={}", digits.to_uppercase()))], Malformed(NAME));
    refused(&[(NAME, &good[..good.len() - 1])], Malformed(NAME));
    refused(&[(NAME, &good[..good.len() - 2])], Malformed(NAME));
    refused(&[(NAME, &format!("{good}00"))], Malformed(NAME));
    refused(&[(NAME, &format!("{good} "))], Malformed(NAME));
    refused(&[(NAME, &format!("{good},{good}"))], Malformed(NAME));
    refused(&[(NAME, &sign("another", BODY))], Mismatch);
    refused(&[(NAME, &sign("", BODY))], Mismatch);
    refused(&[(NAME, &sign("secret", br#"{"ref":"refs/heads/main"}"#))], Mismatch);
    refused(&[(NAME, &sign("secret", b""))], Mismatch);

    check(&[(NAME, &good)], BODY, &[], Some(NoSecret));
    check(&[(NAME, &sign("", BODY))], BODY, &[""], Some(NoSecret));
    check(&[(NAME, &sign("", BODY))], BODY, &["", "secret"], Some(Mismatch));
}

#[test]
fn a_forge_that_is_not_spoken_yet_is_refused() {
    let headers = Headers::from_iter([(NAME, sign("secret", BODY))]);
    let refused = verify(ProviderType::GitLab, &headers, BODY, &[Secret::new("secret")]);
    assert_eq!(refused, Err(SignatureRefusal::NotSpoken(ProviderType::GitLab)));
}
