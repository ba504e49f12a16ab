//! AssumeRoleWithWebIdentity over HTTP: tokens of another's issuer, of our own steps, and tokens that
//! mean harm; and what the sessions that they open may do.

mod hostile;
mod issuer;
mod own_steps;

use std::sync::atomic::Ordering;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain::AccountId;
use serde_json::{Value, json};
use store::{DenialRow, RoleRow};
use testkit::{ACCOUNT, Caller, World};
use wire::Service;
pub use wire::client::element;
use wire::sigv4::Credentials;

use issuer::{AUDIENCE, PIPELINES, SUBJECT, put};
pub use issuer::{
    Issuer, ROLE, assume, assume_at, provider, role, session, session_of, trusting, world,
};
pub use own_steps::waiting_step;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_registered_issuer_opens_a_session_that_may_what_its_role_may() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    trusting(&world, &issuer).await;
    let token = issuer.sign(&issuer.header(), &issuer.claims(&world));
    let xml = assume(&world, ROLE, &token, &[]).await.expect("a session");
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/session");
    assert_eq!(element(&xml, "Arn").as_deref(), Some(&*arn));
    assert_eq!(element(&xml, "AssumedRoleId").as_deref(), Some("AROADEPLOY:session"));
    assert_eq!(element(&xml, "SubjectFromWebIdentityToken").as_deref(), Some(SUBJECT));
    assert_eq!(element(&xml, "Provider").as_deref(), Some(&*issuer.url));
    assert_eq!(element(&xml, "Audience").as_deref(), Some(AUDIENCE));
    assert!(element(&xml, "AccessKeyId").is_some_and(|key| key.starts_with("ASIA")));
    let session = session(&world, &xml);
    session.call(PIPELINES, "ListPipelines", &json!({})).await.expect("it may");
    let refused = session.call(PIPELINES, "DeletePipeline", &json!({ "name": "x" })).await;
    let refused = refused.expect_err("it may not");
    assert!(refused.message.starts_with(&format!("User: {arn} is not authorized")), "{refused}");
    // Once is enough: the keys are kept.
    let asked = issuer.asked.load(Ordering::SeqCst);
    assume(&world, ROLE, &token, &[]).await.expect("another session");
    assert_eq!(issuer.asked.load(Ordering::SeqCst), asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_narrowed_by_its_policy_and_ends_by_itself_and_with_its_role() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    trusting(&world, &issuer).await;
    let token = issuer.sign(&issuer.header(), &issuer.claims(&world));
    let nothing = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "s3:*", "Resource": "*"}}"#;
    let narrow = assume(&world, ROLE, &token, &[("Policy", nothing)]).await.expect("a session");
    let refused = session(&world, &narrow).call(PIPELINES, "ListPipelines", &json!({})).await;
    let refused = refused.expect_err("its own policy does not allow it");
    assert!(refused.message.contains("no session policy allows"), "{refused}");

    let short = [("DurationSeconds", "900")];
    let xml = assume(&world, ROLE, &token, &short).await.expect("a session");
    let good = session(&world, &xml);
    good.call(PIPELINES, "ListPipelines", &json!({})).await.expect("it may");
    // With another key's token, or without one, the key is nobody's.
    let mixed = Credentials {
        session_token: session(&world, &narrow).credentials.session_token.clone(),
        ..good.credentials.clone()
    };
    for credentials in [mixed, Credentials { session_token: None, ..good.credentials.clone() }] {
        let other = world.caller.with_key(credentials);
        let refused = other.call(PIPELINES, "ListPipelines", &json!({})).await.expect_err("nobody");
        assert_eq!(refused.code, "UnrecognizedClientException");
    }
    world.step(900);
    let ended = good.call(PIPELINES, "ListPipelines", &json!({})).await.expect_err("it has ended");
    assert_eq!(ended.code, "ExpiredTokenException");
    assert_eq!(ended.message, "The security token included in the request is expired");

    let token = issuer.sign(&issuer.header(), &issuer.claims(&world));
    let session = session(&world, &assume(&world, ROLE, &token, &[]).await.expect("a session"));
    session.call(PIPELINES, "ListPipelines", &json!({})).await.expect("it may");
    let known = RoleRow::at(&AccountId::new(ACCOUNT), &"deploy".to_owned());
    let row = world.shared().desk.store.get::<RoleRow>(known).await.expect("read").expect("a role");
    put(&world, RoleRow { id: "AROAANOTHER".to_owned(), ..row }).await;
    let gone = session.call(PIPELINES, "ListPipelines", &json!({})).await.expect_err("made anew");
    assert_eq!(gone.code, "UnrecognizedClientException");
}

#[tokio::test(flavor = "multi_thread")]
async fn that_nobody_registered_an_issuer_is_kept_for_the_account_that_was_asked() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    let token = issuer.sign(&issuer.header(), &issuer.claims(&world));
    for role in [ROLE, "arn:aws:iam::111111111111:role/deploy"] {
        let refused = assume(&world, role, &token, &[]).await.expect_err("nobody knows it");
        assert!(refused.1.starts_with("No OpenIDConnect provider found"), "{}", refused.1);
    }
    let denials = async |account: &str| {
        let query = DenialRow::of_account(&AccountId::new(account), 10);
        world.shared().desk.store.list::<DenialRow>(query).await.expect("a list")
    };
    let kept = denials(ACCOUNT).await;
    assert_eq!(kept.len(), 1);
    assert!(denials("111111111111").await.is_empty(), "there is no such account");
    let why = world.must(Service::Towpath, "Explain", &json!({ "id": kept[0].id })).await;
    let why = why.to_string();
    let provider = format!("oidc-provider/{}, which is not registered", issuer.bare());
    assert!(why.contains(&provider), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_in_the_documented_words() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    trusting(&world, &issuer).await;
    let good = issuer.claims(&world);
    let now = good["iat"].as_i64().expect("seconds");
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        issuer.sign(&issuer.header(), &claims)
    };
    let token = issuer.sign(&issuer.header(), &good);
    let check = async |role: &str, token: &str, more: &[(&str, &str)], code: &str, words: &str| {
        let refused = assume(&world, role, token, more).await.expect_err(words);
        assert_eq!(refused.0, code, "{}", refused.1);
        assert!(refused.1.contains(words), "{}", refused.1);
    };
    let none = &[][..];
    let denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let elsewhere = "arn:aws:iam::111111111111:role/deploy";
    let provider = "No OpenIDConnect provider found in your account for http://";
    check(elsewhere, &token, none, "InvalidIdentityToken", provider).await;
    let missing = "arn:aws:iam::000000000000:role/nobody";
    check(missing, &token, none, "AccessDenied", denied).await;
    let other_path = "arn:aws:iam::000000000000:role/x/deploy";
    check(other_path, &token, none, "AccessDenied", denied).await;
    check(ROLE, &with("sub", json!("repo:evil")), none, "AccessDenied", denied).await;
    let audience = "Incorrect token audience";
    check(ROLE, &with("aud", json!("else")), none, "InvalidIdentityToken", audience).await;
    let expired = "Token expired: current date/time";
    let old = json!(now - 600);
    let mut claims = good.clone();
    (claims["iat"], claims["nbf"], claims["exp"]) = (old.clone(), old, json!(now - 300));
    let old = issuer.sign(&issuer.header(), &claims);
    check(ROLE, &old, none, "ExpiredTokenException", expired).await;
    // As most make one: the end alone is moved, behind the beginning.
    let over = with("exp", json!(now - 1));
    check(ROLE, &over, none, "ExpiredTokenException", expired).await;
    let mut claims = good.clone();
    claims.as_object_mut().expect("claims").remove("aud");
    let bare = issuer.sign(&issuer.header(), &claims);
    check(ROLE, &bare, none, "InvalidIdentityToken", "Missing a required claim: aud").await;
    check(ROLE, "garbage", none, "InvalidIdentityToken", "is not a valid JWT").await;
    check("arn:aws:iam::x", &token, none, "ValidationError", "").await;
    let user = "arn:aws:iam::000000000000:user/me";
    check(user, &token, none, "ValidationError", "Request ARN is invalid").await;
    let long = &[("DurationSeconds", "7200")][..];
    check(ROLE, &token, long, "ValidationError", "exceeds the MaxSessionDuration set").await;
    let short = &[("DurationSeconds", "60")][..];
    check(ROLE, &token, short, "ValidationError", "greater than or equal to 900").await;
    let policy = &[("Policy", "{}")][..];
    check(ROLE, &token, policy, "MalformedPolicyDocument", "line 1").await;
    let tags = json!({ "principal_tags": "no" });
    let tagged = with("https://aws.amazon.com/tags", tags);
    check(ROLE, &tagged, none, "IDPRejectedClaim", "principal_tags").await;
    // Tags need sts:TagSession, which the role's trust policy does not allow.
    let tags = json!({ "principal_tags": { "Team": ["red"] } });
    let tagged = with("https://aws.amazon.com/tags", tags);
    check(ROLE, &tagged, none, "AccessDenied", denied).await;
}

/// What the one sentence hides is kept for the account whose role was asked for, and for nobody else.
/// What is kept of the refusal whose words these are is told to the role's account, and to no other.
async fn check_why(world: &World, other: &Caller, words: &[&str]) {
    let kept = DenialRow::of_account(&ACCOUNT.into(), 10);
    let kept = world.shared().desk.store.list::<DenialRow>(kept).await;
    let kept = kept.expect("an answer").into_iter();
    let said = |row: &DenialRow| row.explanation.say().join(" ");
    let one = kept.filter(|row| words.iter().all(|word| said(row).contains(word)));
    let id = one.map(|row| row.id).next().unwrap_or_else(|| panic!("{words:?} is not kept"));
    let asked = json!({ "id": id });
    let told = world.must(Service::Towpath, "Explain", &asked).await.to_string();
    assert!(words.iter().all(|word| told.contains(word)), "{told}");
    let stranger = other.call(Service::Towpath, "Explain", &asked).await;
    assert_eq!(stranger.expect_err("not theirs").code, "ResourceNotFoundException");
}

#[tokio::test(flavor = "multi_thread")]
async fn why_tells_the_account_of_a_role_that_is_not_there_and_of_another_audience() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    trusting(&world, &issuer).await;
    let other = world.other_account("111111111111").await;
    let check = async |role: &str, audience: &str, words: &[&str]| {
        let mut claims = issuer.claims(&world);
        claims["aud"] = json!(audience);
        let token = issuer.sign(&issuer.header(), &claims);
        assume(&world, role, &token, &[]).await.expect_err("refused");
        check_why(&world, &other, words).await;
    };
    check("arn:aws:iam::000000000000:role/nobody", AUDIENCE, &["role/nobody, which is not there"])
        .await;
    check(ROLE, "else", &["ClientIDList", AUDIENCE, "else"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_tells_the_account_of_a_token_that_does_not_count() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    trusting(&world, &issuer).await;
    let other = world.other_account("111111111111").await;
    let claims = issuer.claims(&world);
    let check = async |token: String, words: &[&str]| {
        assume(&world, ROLE, &token, &[]).await.expect_err("refused");
        check_why(&world, &other, words).await;
    };
    let mut over = claims.clone();
    over["exp"] = json!(claims["iat"].as_i64().expect("seconds") - 1);
    check(issuer.sign(&issuer.header(), &over), &["the token ended at "]).await;
    let good = issuer.sign(&issuer.header(), &claims);
    let (before, _) = good.rsplit_once('.').expect("a token");
    let forged = format!("{before}.{}", BASE64_URL_SAFE_NO_PAD.encode([7; 64]));
    check(forged, &["the token's signature is wrong"]).await;
    let mut header = issuer.header();
    header["kid"] = json!("k9");
    let words = ["the issuer has no key", "k9", "are again with the first token after"];
    check(issuer.sign(&header, &claims), &words).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_tells_the_account_what_came_instead_of_an_issuers_keys() {
    let (world, issuer) = (world().await, Issuer::start(false).await);
    trusting(&world, &issuer).await;
    let other = world.other_account("111111111111").await;
    let token = issuer.sign(&issuer.header(), &issuer.claims(&world));
    assume(&world, ROLE, &token, &[]).await.expect_err("no keys");
    let place = format!("{}/.well-known/openid-configuration answered 503", issuer.url);
    check_why(&world, &other, &[&place, "are again with the first token after"]).await;
}

/// Anybody can write a token that no issuer signed.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_forged_tokens_writes_no_row_each_and_hides_no_other_refusal() {
    let (world, issuer) = (world().await, Issuer::start(true).await);
    trusting(&world, &issuer).await;
    let claims = issuer.claims(&world);
    let good = issuer.sign(&issuer.header(), &claims);
    let (before, _) = good.rsplit_once('.').expect("a token");
    let kept_max = server::limits::DENIALS_KEPT_PER_HOUR_MAX;
    for salt in 0..=kept_max {
        let forged = format!("{before}.{}", BASE64_URL_SAFE_NO_PAD.encode([salt as u8; 64]));
        assume(&world, ROLE, &forged, &[]).await.expect_err("forged");
    }
    let kept = async || {
        let kept = DenialRow::of_account(&ACCOUNT.into(), 1000);
        let rows = world.shared().desk.store.list::<DenialRow>(kept).await;
        rows.expect("an answer").len()
    };
    assert_eq!(kept().await, kept_max as usize);
    let mut over = claims.clone();
    over["exp"] = json!(claims["iat"].as_i64().expect("seconds") - 1);
    let over = issuer.sign(&issuer.header(), &over);
    assume(&world, ROLE, &over, &[]).await.expect_err("it is over");
    assert_eq!(kept().await, kept_max as usize + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_does_not_answer_is_named_as_what_is_missing_and_not_asked_again_and_again()
{
    let (world, issuer) = (world().await, Issuer::start(false).await);
    trusting(&world, &issuer).await;
    let token = issuer.sign(&issuer.header(), &issuer.claims(&world));
    for _ in 0..5 {
        let refused = assume(&world, ROLE, &token, &[]).await.expect_err("no keys");
        assert_eq!(refused.0, "InvalidIdentityToken");
        assert!(refused.1.starts_with(
            "Couldn't retrieve verification key from your identity provider,  please"
        ));
    }
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 1);
    // An issuer that nobody registered is not asked at all.
    let stranger = Issuer::start(true).await;
    let token = stranger.sign(&stranger.header(), &stranger.claims(&world));
    assume(&world, ROLE, &token, &[]).await.expect_err("not registered");
    assert_eq!(stranger.asked.load(Ordering::SeqCst), 0);
}
