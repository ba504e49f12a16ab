//! Bitbucket Cloud: `X-Event-Key` names the payload's shape (Atlassian's documentation, "Event
//! payloads" of Bitbucket Cloud).

mod pull_request;
mod push;

use crate::Unusable;
use crate::body::Object;
use crate::headers::Headers;
use crate::refs::{ignored, repository_name};
use crate::signature::{HUB_SIGNATURE, SignatureRefusal, verify_hmac_sha256};
use domain::Secret;
use domain::forge_event::{ForgeEvent, Happening, Ignored, Repository};

pub(crate) const DELIVERY: &str = "x-request-uuid";
pub(crate) const EVENT: &str = "x-event-key";

pub(crate) fn verify(
    headers: &Headers,
    raw_body: &[u8],
    secrets: &[Secret],
) -> Result<(), SignatureRefusal> {
    verify_hmac_sha256(headers, HUB_SIGNATURE, raw_body, secrets)
}

pub(crate) fn normalise(headers: &Headers, body: &[u8]) -> Result<Vec<ForgeEvent>, Unusable> {
    let key = headers.event(EVENT, "missing; Bitbucket always sends it")?;
    let payload = Object::payload(body)?;
    let repository = repository(&payload)?;
    let happenings = match key {
        "repo:push" if repository.is_none() => {
            return Err(Unusable::new("/repository", "missing"));
        }
        "repo:push" => push::changes(&payload, key)?,
        "repo:transfer" | "repo:deleted" => {
            let action = key.trim_start_matches("repo:").to_owned();
            vec![Happening::RepositoryLifecycle { action }]
        }
        _ if key.starts_with("pullrequest:") => vec![pull_request::understand(&payload, key)?],
        _ => {
            let because = Ignored::EventStartsNothing { event: key.to_owned() };
            vec![ignored(key.to_owned(), because)]
        }
    };
    let actor = actor(&payload);
    let event = |happening: Happening| {
        let (repository, actor) = (repository.clone(), actor.clone());
        ForgeEvent { repository, actor, happening }
    };
    Ok(happenings.into_iter().map(event).collect())
}

/// The repository beside or above an event; events of a workspace have none.
fn repository(parent: &Object<'_>) -> Result<Option<Repository>, Unusable> {
    let Some(found) = parent.object("repository")? else { return Ok(None) };
    let name = repository_name(&found, "full_name")?;
    Ok(Some(Repository { id: Some(found.need("uuid")?), name }))
}

/// Accounts have had no unique name since 2019; the nickname is what people see.
fn actor(payload: &Object<'_>) -> Option<String> {
    let actor = payload.beside("actor")?;
    ["nickname", "username", "display_name"].into_iter().find_map(|name| actor.told(name))
}
