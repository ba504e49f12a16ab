//! Signs deliveries and sends them, as GitHub does: once, within ten seconds, and never again by
//! itself.

use crate::Shared;
use crate::world::{Delivery, Hook, Misbehaviour};
use aws_lc_rs::hmac;
use domain::{Clock, Entropy};
use egress::{HeaderName, HeaderValue, Method, Request, Url};
use serde_json::Value;
use std::sync::Arc;

/// What is to be delivered to one hook.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) hook: Hook,
    pub(crate) event: String,
    pub(crate) guid: String,
    pub(crate) body: String,
    pub(crate) redelivery: bool,
}

impl Letter {
    pub(crate) fn new(shared: &Shared, hook: &Hook, event: &str, payload: &Value) -> Self {
        let (event, guid) = (event.to_owned(), shared.entropy.uuid());
        Self { hook: hook.clone(), event, guid, body: payload.to_string(), redelivery: false }
    }
}

/// Sends letters in the background, one after the other, as they were given.
pub(crate) fn send_all(shared: &Arc<Shared>, letters: Vec<Letter>) {
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        for letter in letters {
            deliver(&shared, letter).await;
        }
    });
}

async fn deliver(shared: &Shared, letter: Letter) {
    let misbehaviour = shared.world().misbehaviour;
    match misbehaviour {
        Some(Misbehaviour::Drop) => record(shared, &letter, Vec::new(), (0, "dropped".to_owned())),
        Some(Misbehaviour::Duplicate) => {
            let second = Letter { guid: shared.entropy.uuid(), ..letter.clone() };
            send(shared, letter).await;
            send(shared, second).await;
        }
        Some(Misbehaviour::WrongSecret) => {
            let secret = shared.entropy.uuid();
            let hook = Hook { secret, ..letter.hook };
            send(shared, Letter { hook, ..letter }).await;
        }
        None => send(shared, letter).await,
    }
}

async fn send(shared: &Shared, letter: Letter) {
    let headers = headers(shared, &letter);
    let answer = post(shared, &letter, &headers).await;
    let answer = answer.unwrap_or_else(|error| (0, format!("{error:#}")));
    record(shared, &letter, headers, answer);
}

async fn post(
    shared: &Shared,
    letter: &Letter,
    headers: &[(String, String)],
) -> anyhow::Result<(u16, String)> {
    let mut request = Request::new(Method::POST, Url::parse(&letter.hook.url)?);
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        request = request.header(name, HeaderValue::from_str(value)?);
    }
    request.body = letter.body.clone().into_bytes();
    let answer = shared.client.send(request).await?;
    Ok((answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned()))
}

fn headers(shared: &Shared, letter: &Letter) -> Vec<(String, String)> {
    let Letter { hook, event, guid, body, .. } = letter;
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("User-Agent".to_owned(), "GitHub-Hookshot/practice".to_owned()),
        ("X-GitHub-Event".to_owned(), event.clone()),
        ("X-GitHub-Delivery".to_owned(), guid.clone()),
        ("X-GitHub-Hook-ID".to_owned(), hook.id.to_string()),
        ("X-GitHub-Hook-Installation-Target-ID".to_owned(), hook.repository.to_string()),
        ("X-GitHub-Hook-Installation-Target-Type".to_owned(), "repository".to_owned()),
        ("X-GitHub-Enterprise-Host".to_owned(), shared.base.authority().to_owned()),
    ];
    if !hook.secret.is_empty() {
        let sign = |algorithm| {
            let key = hmac::Key::new(algorithm, hook.secret.as_bytes());
            hex::encode(hmac::sign(&key, body.as_bytes()))
        };
        let sha1 = sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY);
        headers.push(("X-Hub-Signature".to_owned(), format!("sha1={sha1}")));
        let sha256 = sign(hmac::HMAC_SHA256);
        headers.push(("X-Hub-Signature-256".to_owned(), format!("sha256={sha256}")));
    }
    headers
}

fn record(
    shared: &Shared,
    letter: &Letter,
    headers: Vec<(String, String)>,
    (status_code, status): (u16, String),
) {
    let mut world = shared.world();
    let delivery = Delivery {
        id: world.next_id(),
        guid: letter.guid.clone(),
        hook_id: letter.hook.id,
        event: letter.event.clone(),
        redelivery: letter.redelivery,
        delivered_at: shared.clock.now().rfc3339(),
        status_code,
        status,
        url: letter.hook.url.clone(),
        headers,
        body: letter.body.clone(),
    };
    world.deliveries.push(delivery);
    shared.delivered.send_replace(world.deliveries.len());
}
