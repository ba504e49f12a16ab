//! AssumeRoleWithWebIdentity over HTTP: tokens of another's issuer, of our own steps, and tokens that
//! mean harm; and what the sessions that they open may do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use domain::{AccountId, Secret};
use identity::token::{Algorithm, SigningKey};
use serde_json::{Map, Value, json};
use store::{AccountRow, Changes, Grants, ProviderRow, Record, RoleRow, View, Want};
use testkit::declarations::{app, approval, commands};
use testkit::{ACCOUNT, Caller, Scene, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::Service;
pub use wire::client::element;
use wire::sigv4::Credentials;

pub const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";
const AUDIENCE: &str = "sts.amazonaws.com";
const SUBJECT: &str = "repo:team/site:ref:refs/heads/main";

/// An issuer of somebody else's, on this machine.
pub struct Issuer {
    /// `iss` of its tokens.
    pub url: String,
    pair: EcdsaKeyPair,
    jwk: Value,
    /// How often it was asked.
    pub asked: Arc<AtomicUsize>,
}

impl Issuer {
    /// Publishes one key; `answers` says whether it answers at all.
    pub async fn start(answers: bool) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let pkcs8 = pair.to_pkcs8v1().expect("it can be written");
        let pkcs8 = Secret::new(BASE64_STANDARD.encode(pkcs8.as_ref()));
        let jwk = SigningKey::open(Algorithm::Es256, &pkcs8).expect("a key").jwk().clone();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/team", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let (issuer, keys) = (url.clone(), json!({ "keys": [jwk] }));
        let counted = asked.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut head = [0; 4096];
                let read = stream.read(&mut head).await.unwrap_or(0);
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                let body = match head.split(' ').nth(1) {
                    Some("/team/keys") if answers => keys.to_string(),
                    Some("/team/.well-known/openid-configuration") if answers => {
                        json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/keys") })
                            .to_string()
                    }
                    _ => String::new(),
                };
                let status = if body.is_empty() { "503 Unavailable" } else { "200 OK" };
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, pair, jwk, asked }
    }

    fn bare(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub fn claims(&self, world: &World) -> Value {
        let now = world.shared().now().0 / 1000;
        json!({
            "iss": self.url, "sub": SUBJECT, "aud": AUDIENCE, "iat": now, "nbf": now,
            "exp": now + 600, "jti": "one",
        })
    }

    pub fn header(&self) -> Value {
        json!({ "alg": "ES256", "typ": "JWT", "kid": self.jwk["kid"] })
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        signed(&self.pair, &header.to_string(), &claims.to_string())
    }
}

fn part(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

fn signed(pair: &EcdsaKeyPair, header: &str, claims: &str) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// Writes a row, and voids what servers keep of the account.
async fn put<R: Record>(world: &World, row: R) {
    let (store, account) = (&world.shared().desk.store, AccountId::new(ACCOUNT));
    let (mut seen, mut changes) = (View::new(), Changes::of_loop());
    let key = AccountRow::at(&account);
    store.load(&[Want::Row(key.clone()), Want::Row(row.key())], &mut seen).await.expect("loaded");
    let known = seen.row::<AccountRow>(key).expect("the account").clone();
    changes.put(&seen, AccountRow { generation: known.generation + 1, ..known });
    changes.put(&seen, row);
    store.commit(changes).await.expect("committed");
}

/// A role that whoever `provider` vouches for may assume under `condition`, and that may list
/// pipelines and nothing else.
pub async fn role(world: &World, provider: &str, condition: Value) {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}") },
        "Condition": condition,
    }]});
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "codepipeline:List*", "Resource": "*"}}"#;
    put(
        world,
        RoleRow {
            account: AccountId::new(ACCOUNT),
            folded: "deploy".to_owned(),
            name: "deploy".to_owned(),
            path: "/".to_owned(),
            created: world.shared().now(),
            id: "AROADEPLOY".to_owned(),
            trust: trust.to_string(),
            trust_principals: None,
            description: None,
            max_session_seconds: 3600,
            boundary: None,
            grants: Grants {
                inline: [("p".to_owned(), policy.to_owned())].into(),
                ..Grants::default()
            },
            tags: Default::default(),
        },
    )
    .await;
}

pub async fn provider(world: &World, issuer: &Issuer) {
    put(
        world,
        ProviderRow {
            account: AccountId::new(ACCOUNT),
            issuer: issuer.bare().to_owned(),
            url: issuer.url.clone(),
            created: world.shared().now(),
            client_ids: vec![AUDIENCE.to_owned()],
            thumbprints: Vec::new(),
            tags: Default::default(),
        },
    )
    .await;
}

/// A role that trusts the issuer's tokens of one subject.
pub async fn trusting(world: &World, issuer: &Issuer) {
    provider(world, issuer).await;
    let (aud, sub) = (format!("{}:aud", issuer.bare()), format!("{}:sub", issuer.bare()));
    role(world, issuer.bare(), json!({ "StringEquals": { aud: AUDIENCE, sub: SUBJECT } })).await;
}

/// Shows a token; the answer, or its code and message.
pub async fn assume(
    world: &World,
    role: &str,
    token: &str,
    more: &[(&str, &str)],
) -> Result<String, (String, String)> {
    assume_at(&world.caller, role, token, more).await
}

/// The same at a server of one's choice.
pub async fn assume_at(
    server: &Caller,
    role: &str,
    token: &str,
    more: &[(&str, &str)],
) -> Result<String, (String, String)> {
    let mut form = vec![
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", role),
        ("RoleSessionName", "session"),
        ("WebIdentityToken", token),
    ];
    form.extend(more);
    let escaped =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let body: Vec<String> =
        form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let kind = "application/x-www-form-urlencoded".to_owned();
    let headers =
        [("host".to_owned(), server.host().to_owned()), ("content-type".to_owned(), kind)];
    let answer = server.post("/", &headers, body.join("&").into_bytes()).await;
    let xml = String::from_utf8(answer.body).expect("text");
    match answer.status.as_u16() {
        200 => Ok(xml),
        _ => Err((
            element(&xml, "Code").unwrap_or_default(),
            element(&xml, "Message").unwrap_or_default(),
        )),
    }
}

/// A client with the session's keys.
pub fn session(world: &World, xml: &str) -> Caller {
    session_of(&world.caller, xml)
}

/// The same for a server of one's choice.
pub fn session_of(server: &Caller, xml: &str) -> Caller {
    let text = |name: &str| element(xml, name).unwrap_or_else(|| panic!("{name} in {xml}"));
    server.with_key(Credentials {
        access_key_id: text("AccessKeyId").as_str().into(),
        secret_access_key: Secret::new(text("SecretAccessKey")),
        session_token: Some(text("SessionToken")),
    })
}

pub async fn world() -> World {
    Scene::default().set("allow-address", "127.0.0.1:*").start().await
}

const PIPELINES: Service = Service::CodePipeline;

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
        let kept = store::DenialRow::of_account(&ACCOUNT.into(), 10);
        let kept = world.shared().desk.store.list::<store::DenialRow>(kept).await;
        let kept = kept.expect("an answer").into_iter();
        let said = |row: &store::DenialRow| row.explanation.say().join(" ");
        let one = kept.filter(|row| words.iter().all(|word| said(row).contains(word)));
        let asked = json!({ "id": one.map(|row| row.id).next().expect("it is kept") });
        let told = world.must(Service::Towpath, "Explain", &asked).await.to_string();
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
        let stranger = other.call(Service::Towpath, "Explain", &asked).await;
        assert_eq!(stranger.expect_err("not theirs").code, "ResourceNotFoundException");
    };
    check("arn:aws:iam::000000000000:role/nobody", AUDIENCE, &["role/nobody, which is not there"])
        .await;
    check(ROLE, "else", &["ClientIDList", AUDIENCE, "else"]).await;
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

/// The claims of a step's token whose attempt waits for an approval.
pub async fn waiting_step(world: &World) -> Map<String, Value> {
    let connection = world.connect().await;
    world.create(&app(&connection, approval("Ask"))).await;
    let execution = world.begin("app").await;
    world.reaches("app", "Next", "Ask", "InProgress").await;
    let now = world.shared().now().0 / 1000;
    let workspace = "{bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb}";
    let claims = json!({
        "iss": world.caller.at(&format!("/oidc/{ACCOUNT}")).to_string(), "sub": "{r}:{s}",
        "aud": identity::step::default_audience(workspace), "workspaceUuid": workspace,
        "iat": now, "nbf": now, "exp": now + 600, "jti": "j", "pipeline": "app",
        "execution": execution, "stage": "Next", "action": "Ask", "attempt": "1",
    });
    claims.as_object().expect("claims").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_our_own_is_good_in_its_account_while_its_step_lives() {
    let world = world().await;
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition = json!({ "StringLike": { format!("{issuer}:sub"): "{r}:*" },
        "StringEquals": { format!("{issuer}:pipeline"): "app" } });
    role(&world, &issuer, condition).await;
    let account = AccountId::new(ACCOUNT);
    let key = server::issuers::signer(world.shared(), &account, Algorithm::Rs256).await;
    let key = key.expect("a key");
    // A key signs for weeks: the token is much younger.
    world.step(86_400);
    let claims = waiting_step(&world).await;
    let token = |claims: &Map<String, Value>| key.sign(claims).expect("signed").expose().to_owned();
    let with = |name: &str, value: &str| {
        let mut claims = claims.clone();
        claims.insert(name.to_owned(), json!(value));
        token(&claims)
    };
    assume(&world, ROLE, &token(&claims), &[]).await.expect("it needs no registration");
    for (name, value) in [
        ("pipeline", "other"),
        ("execution", "00000000-0000-4000-8000-000000000000"),
        ("attempt", "2"),
        ("action", "Other"),
        ("aud", "api://AzureADTokenExchange"),
        ("workspaceUuid", "{cccccccc-cccc-4ccc-8ccc-cccccccccccc}"),
        ("sub", "{x}:{s}"),
    ] {
        assert!(assume(&world, ROLE, &with(name, value), &[]).await.is_err(), "{name} {value}");
    }
    world.answer("app", "Next", "Ask", "Approved").await.expect("answered");
    world.settle().await;
    let ended = assume(&world, ROLE, &token(&claims), &[]).await.expect_err("the step is over");
    assert_eq!(ended.0, "ExpiredTokenException", "{}", ended.1);
    // Withdrawn keys take their tokens with them.
    world.must(Service::Towpath, "RotateSigningKeys", &json!({ "revoke": true })).await;
    let refused = assume(&world, ROLE, &token(&claims), &[]).await.expect_err("withdrawn");
    assert!(refused.1.starts_with("Couldn't retrieve verification key"), "{}", refused.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_assumes_its_role_with_what_it_was_given_and_nothing_else() {
    let world = world().await;
    let issuer = format!("{}/oidc/{ACCOUNT}", world.caller.host());
    let condition = json!({ "StringEquals": { format!("{issuer}:ref"): "refs/heads/main" } });
    role(&world, &issuer, condition).await;
    if !std::path::Path::new("/usr/bin/curl").exists() {
        return println!("skipped: steps have no curl here");
    }
    let connection = world.connect().await;
    let line = "curl -sS -d Action=AssumeRoleWithWebIdentity -d Version=2011-06-15 \
        -d RoleArn=$AWS_ROLE_ARN -d RoleSessionName=$AWS_ROLE_SESSION_NAME \
        --data-urlencode WebIdentityToken@$AWS_WEB_IDENTITY_TOKEN_FILE $AWS_ENDPOINT_URL | rev";
    let mut step = commands("Step", &[line]);
    step["configuration"] = json!({ "Oidc": "true", "OidcRoleArn": ROLE });
    world.create(&app(&connection, step)).await;
    world.begin("app").await;
    world.settle().await;
    let run = world.latest("app").await;
    let log = world.log("app", &run.id, "Next", "Step").await;
    let mut lines = log.iter().map(|line| line.chars().rev().collect::<String>());
    let xml = lines.rfind(|line| line.contains("AssumedRoleUser"));
    let xml = xml.unwrap_or_else(|| panic!("no session: {log:?}"));
    let name = format!("app-{}", &run.id[..8]);
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/{name}");
    assert_eq!(element(&xml, "Arn").as_deref(), Some(&*arn));
    let session = session(&world, &xml);
    session.call(PIPELINES, "ListPipelines", &json!({})).await.expect("it may");
}
