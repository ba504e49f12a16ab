//! Bitbucket Server and Data Center: the body says in `eventKey` what it is, and `X-Event-Key`
//! does where the body is silent, as for its test (Atlassian's documentation, "Event payload" of
//! Bitbucket Data Center). Only the body is signed, so its word comes first.

mod pull_request;
mod push;

use crate::Unusable;
use crate::body::Object;
use crate::headers::Headers;
use crate::refs::{ignored, named};
use crate::signature::{HUB_SIGNATURE, SignatureRefusal, verify_hmac_sha256};
use domain::forge_event::{ForgeEvent, Happening, Ignored, Repository};
use domain::{RepositoryName, Secret};

pub(crate) const DELIVERY: &str = "x-request-id";
pub(crate) const EVENT: &str = "x-event-key";

pub(crate) fn verify(
    headers: &Headers,
    raw_body: &[u8],
    secrets: &[Secret],
) -> Result<(), SignatureRefusal> {
    verify_hmac_sha256(headers, HUB_SIGNATURE, raw_body, secrets)
}

pub(crate) fn normalise(headers: &Headers, body: &[u8]) -> Result<Vec<ForgeEvent>, Unusable> {
    let payload = Object::payload(body)?;
    let key = key(headers, &payload)?;
    let (repository, happenings) = match key.as_str() {
        // A mirror tells of the same kind of changes, once it has them.
        "repo:refs_changed" | push::MIRRORED => {
            let repository = repository(&payload, "repository")?;
            let missing = || Unusable::new("/repository", "missing");
            (Some(repository.ok_or_else(missing)?), push::changes(&payload, &key)?)
        }
        "diagnostics:ping" => (None, vec![Happening::Ping]),
        "repo:modified" => {
            let action = "modified".to_owned();
            (repository(&payload, "new")?, vec![Happening::RepositoryLifecycle { action }])
        }
        _ if payload.object("pullRequest")?.is_some() => {
            let (target, happening) = pull_request::understand(&payload, &key)?;
            (target, vec![happening])
        }
        _ if key.starts_with("pr:") => return Err(Unusable::new("/pullRequest", "missing")),
        _ => {
            let because = Ignored::EventStartsNothing { event: key.clone() };
            (repository(&payload, "repository")?, vec![ignored(key, because)])
        }
    };
    let actor = payload.beside("actor").and_then(|actor| actor.told("name"));
    let event = |happening: Happening| {
        let (repository, actor) = (repository.clone(), actor.clone());
        ForgeEvent { repository, actor, happening }
    };
    Ok(happenings.into_iter().map(event).collect())
}

fn key(headers: &Headers, payload: &Object<'_>) -> Result<String, Unusable> {
    let told: Option<String> = payload.get("eventKey")?;
    if let Some(key) = told.filter(|key| !key.is_empty()) {
        return Ok(key);
    }
    let missing = "missing, and so is /eventKey; Bitbucket always sends the header";
    headers.event(EVENT, missing).map(str::to_owned)
}

/// Named by its project's key and its slug: `PRJ/my-repo`, `~someone/my-repo`.
fn repository(parent: &Object<'_>, member: &str) -> Result<Option<Repository>, Unusable> {
    let Some(found) = parent.object(member)? else { return Ok(None) };
    let id: u64 = found.need("id")?;
    let project: String = found.need_object("project")?.need("key")?;
    let name = format!("{project}/{}", found.need::<String>("slug")?);
    let name = named(RepositoryName::new(name), found.place("slug"))?;
    Ok(Some(Repository { id: Some(id.to_string()), name }))
}
