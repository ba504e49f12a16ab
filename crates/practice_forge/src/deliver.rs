//! Sends deliveries, each forge in its own way: once or again, at once or not at all.

use crate::Shared;
use crate::faults::Misbehaviour;
use crate::limits::BITBUCKET_RETRY_SECONDS;
use crate::world::delivery::{Delivery, Fate};
use crate::world::hook::{Hook, sends_again};
use domain::Entropy;
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
    pub(crate) attempt: u32,
    /// Why the forge does not even try.
    pub(crate) skipped: Option<&'static str>,
}

/// What a dialect has to say to a hook about something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    pub(crate) event: String,
    pub(crate) body: Value,
    /// Why the forge keeps it to itself.
    pub(crate) skipped: Option<&'static str>,
}

impl Telling {
    pub(crate) fn new(event: &str, body: Value) -> Self {
        Self { event: event.to_owned(), body, skipped: None }
    }
}

impl Letter {
    pub(crate) fn new(shared: &Shared, hook: &Hook, telling: &Telling) -> Self {
        Self {
            hook: hook.clone(),
            event: telling.event.clone(),
            guid: shared.entropy.uuid(),
            body: telling.body.to_string(),
            redelivery: false,
            attempt: 1,
            skipped: telling.skipped,
        }
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

/// Sends what is due by now; gives how many those were.
pub(crate) async fn send_due(shared: &Shared) -> usize {
    let at = shared.now();
    let due: Vec<_> = {
        let mut world = shared.world();
        world.waiting.extract_if(.., |(due, _)| *due <= at).map(|(_, letter)| letter).collect()
    };
    let count = due.len();
    for letter in due {
        deliver(shared, letter).await;
    }
    count
}

async fn deliver(shared: &Shared, letter: Letter) {
    if let Some(why) = skip(shared, &letter) {
        return record(shared, &letter, Vec::new(), Fate::Skipped, (0, why.to_owned()));
    }
    let misbehaviour = shared.world().misbehaviour;
    match misbehaviour {
        Some(Misbehaviour::Drop) => {
            record(shared, &letter, Vec::new(), Fate::Lost, (0, "dropped".to_owned()));
        }
        Some(Misbehaviour::Duplicate) => {
            let second = Letter { guid: shared.entropy.uuid(), ..letter.clone() };
            send(shared, letter).await;
            send(shared, second).await;
        }
        Some(Misbehaviour::Reorder) => {
            let held = shared.world().held.pop();
            match held {
                Some(earlier) => {
                    send(shared, letter).await;
                    send(shared, earlier).await;
                }
                None => shared.world().held.push(letter),
            }
        }
        Some(Misbehaviour::WrongSecret) => {
            send(shared, forged(shared, letter)).await;
        }
        None => {
            send(shared, letter).await;
        }
    }
}

/// The same letter by somebody who does not know the hook's secrets.
fn forged(shared: &Shared, letter: Letter) -> Letter {
    let secret = shared.entropy.uuid();
    let signing_token = letter.hook.signing_token.as_ref().map(|_| shared.signing_token());
    Letter { hook: Hook { secret, signing_token, ..letter.hook }, ..letter }
}

/// Why nothing is sent: it is too much, or the hook failed too often. What somebody asks to be
/// sent again goes out all the same.
fn skip(shared: &Shared, letter: &Letter) -> Option<&'static str> {
    let too_large = shared.kind.payload_bytes_max().is_some_and(|max| letter.body.len() > max);
    let too_large = too_large.then_some("the payload is too large");
    let world = shared.world();
    let hook = world.hook(letter.hook.repository, letter.hook.id);
    let health = hook.filter(|_| !letter.redelivery);
    let tired = health.and_then(|hook| hook.health.refusal(shared.now()));
    letter.skipped.or(too_large).or(tired)
}

/// Sends one now; gives the status of the answer, 0 for none.
pub(crate) async fn send(shared: &Shared, letter: Letter) -> u16 {
    let headers = shared.kind.headers(shared, &letter);
    let answer = post(shared, &letter, &headers).await;
    let fate = if answer.is_ok() { Fate::Answered } else { Fate::Lost };
    let answer = answer.unwrap_or_else(|error| (0, format!("{error:#}")));
    let status = answer.0;
    note_health(shared, &letter, status / 100 == 2);
    if sends_again(shared.kind, letter.attempt, status) {
        let due = shared.now().plus_seconds(BITBUCKET_RETRY_SECONDS);
        let again = Letter { attempt: letter.attempt + 1, ..letter.clone() };
        shared.world().waiting.push((due, again));
    }
    record(shared, &letter, headers, fate, answer);
    status
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

fn note_health(shared: &Shared, letter: &Letter, good: bool) {
    let at = shared.now();
    let mut world = shared.world();
    let hook = world.hooks.iter_mut().find(|hook| hook.id == letter.hook.id);
    hook.into_iter().for_each(|hook| hook.health = hook.health.after(shared.kind, good, at));
}

fn record(
    shared: &Shared,
    letter: &Letter,
    headers: Vec<(String, String)>,
    fate: Fate,
    (status_code, status): (u16, String),
) {
    let mut world = shared.world();
    let delivery = Delivery {
        id: world.next_id(),
        guid: letter.guid.clone(),
        hook_id: letter.hook.id,
        event: letter.event.clone(),
        redelivery: letter.redelivery,
        attempt: letter.attempt,
        delivered_at: shared.now().rfc3339(),
        fate,
        status_code,
        status,
        url: letter.hook.url.clone(),
        headers,
        body: letter.body.clone(),
    };
    world.deliveries.push(delivery);
    shared.delivered.send_replace(world.deliveries.len());
}

impl Shared {
    /// Sends a delivery again, under the same id and to where the hook points now.
    pub(crate) fn redeliver(self: &Arc<Self>, id: u64) -> Option<()> {
        let world = self.world();
        let old = world.deliveries.iter().find(|it| it.id == id)?;
        let hook = world.hooks.iter().find(|hook| hook.id == old.hook_id)?;
        let letter = Letter {
            hook: hook.clone(),
            event: old.event.clone(),
            guid: old.guid.clone(),
            body: old.body.clone(),
            redelivery: true,
            attempt: 1,
            skipped: None,
        };
        drop(world);
        send_all(self, vec![letter]);
        Some(())
    }

    /// A new secret of GitLab's signed webhooks.
    pub(crate) fn signing_token(&self) -> String {
        use base64::Engine;
        let mut random = [0; 32];
        self.entropy.fill(&mut random);
        format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(random))
    }
}
