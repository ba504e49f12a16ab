//! An issuer of somebody else's, a role that trusts it, and the call that shows its tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use domain::{AccountId, Secret};
use identity::token::{Algorithm, SigningKey};
use serde_json::{Value, json};
use store::{AccountRow, Changes, Grants, ProviderRow, Record, RoleRow, View, Want};
use testkit::{ACCOUNT, Caller, Scene, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::Service;
use wire::client::element;
use wire::sigv4::Credentials;

pub const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";
pub(super) const AUDIENCE: &str = "sts.amazonaws.com";
pub(super) const SUBJECT: &str = "repo:team/site:ref:refs/heads/main";

/// An issuer of somebody else's, on this machine.
pub struct Issuer {
    /// `iss` of its tokens.
    pub url: String,
    pub(super) pair: EcdsaKeyPair,
    pub(super) jwk: Value,
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

    pub(super) fn bare(&self) -> &str {
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

pub(super) fn part(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

pub(super) fn signed(pair: &EcdsaKeyPair, header: &str, claims: &str) -> String {
    let text = format!("{}.{}", part(header), part(claims));
    let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).expect("a signature");
    format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// Writes a row, and voids what servers keep of the account.
pub(super) async fn put<R: Record>(world: &World, row: R) {
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

pub(super) const PIPELINES: Service = Service::CodePipeline;
