//! GitLab, gitlab.com and self-managed: the body itself says what it is, in `object_kind` or, for
//! the hooks of a whole instance, `event_name` (GitLab's documentation, "Webhook events", "System
//! hooks"). The header `X-Gitlab-Event` is signed by nobody, and `System Hook` says nothing.

mod merge_request;
mod push;

use crate::Unusable;
use crate::body::Object;
use crate::headers::Headers;
use crate::refs::{ignored, named, of_branch_or_tag};
use crate::signature::{SignatureRefusal, standard, token};
use domain::forge_event::{ForgeEvent, Happening, Ignored, Repository};
use domain::{RepositoryName, Secret, Timestamp};

/// The same whenever a delivery is sent again; the signed one first.
pub(crate) const DELIVERIES: [&str; 2] = [standard::ID, "idempotency-key"];
pub(crate) const EVENT: &str = "x-gitlab-event";

/// A hook that has a signing secret takes nothing but signatures: the token beside them goes over
/// the wire with each delivery, and whoever learned it must not get around the signature by it.
pub(crate) fn verify(
    headers: &Headers,
    raw_body: &[u8],
    secrets: &[Secret],
    at: Timestamp,
) -> Result<(), SignatureRefusal> {
    match secrets.iter().any(standard::is_signing_secret) {
        true => standard::verify(headers, raw_body, secrets, at),
        false => token::verify(headers, secrets),
    }
}

pub(crate) fn normalise(body: &[u8]) -> Result<Vec<ForgeEvent>, Unusable> {
    let payload = Object::payload(body)?;
    let kind = kind(&payload)?;
    let project = project(&payload)?;
    let (repository, happenings) = match kind.as_str() {
        "push" | "tag_push" => {
            let change = |git_ref| push::change(&payload, git_ref);
            (Some(known(project)?), vec![of_branch_or_tag(&payload, "ref", &kind, change)?])
        }
        "repository_update" => (Some(known(project)?), push::changes(&payload, &kind)?),
        "merge_request" => {
            let (target, happening) = merge_request::understand(&payload)?;
            (Some(target), vec![happening])
        }
        _ => {
            let because = Ignored::EventStartsNothing { event: kind.clone() };
            (project, vec![ignored(kind, because)])
        }
    };
    let actor = actor(&payload);
    let event = |happening: Happening| {
        let (repository, actor) = (repository.clone(), actor.clone());
        ForgeEvent { repository, actor, happening }
    };
    Ok(happenings.into_iter().map(event).collect())
}

fn kind(payload: &Object<'_>) -> Result<String, Unusable> {
    let kind: Option<String> = match payload.get("object_kind")? {
        Some(kind) => Some(kind),
        None => payload.get("event_name")?,
    };
    let why = "missing, and so is /event_name; GitLab says in the body what it tells of";
    kind.filter(|kind| !kind.is_empty()).ok_or_else(|| Unusable::new("/object_kind", why))
}

/// The project, as far as the event says it.
fn project(payload: &Object<'_>) -> Result<Option<Repository>, Unusable> {
    let project = payload.object("project")?;
    let mut id: Option<u64> = payload.get("project_id")?;
    let mut name: Option<RepositoryName> = None;
    if let Some(project) = project {
        let told: Option<RepositoryName> = project.get("path_with_namespace")?;
        name = told.map(|told| named(told, project.place("path_with_namespace"))).transpose()?;
        id = id.or(project.get("id")?);
    } else if let Some(repository) = payload.object("repository")? {
        // Events of jobs had no project before GitLab 15, and no event had one before 8.
        let url: Option<String> = match repository.get("git_ssh_url")? {
            Some(url) => Some(url),
            None => repository.get("url")?,
        };
        let path = url.as_deref().and_then(path_of).map(RepositoryName::from);
        name = path.filter(|path| path.check().is_ok());
    }
    Ok(name.map(|name| Repository { id: id.map(|id| id.to_string()), name }))
}

/// The project of an event that moves something: its name and its id must be there.
fn known(project: Option<Repository>) -> Result<Repository, Unusable> {
    let missing = |place| Unusable::new(place, "missing");
    let project = project.ok_or_else(|| missing("/project/path_with_namespace"))?;
    project.id.is_some().then_some(project).ok_or_else(|| missing("/project_id"))
}

/// The path in a clone address for SSH, `git@host:a/b.git` or `ssh://git@host:2222/a/b.git`: the
/// one address that no prefix of the web server's can lengthen.
fn path_of(ssh_url: &str) -> Option<&str> {
    let path = match ssh_url.split_once("://") {
        Some(("ssh", rest)) => rest.split_once('/')?.1,
        Some(_) => return None,
        None => ssh_url.split_once(':')?.1,
    };
    Some(path.strip_suffix(".git").unwrap_or(path))
}

fn actor(payload: &Object<'_>) -> Option<String> {
    match payload.beside("user") {
        Some(user) => user.told("username"),
        None => payload.told("user_username"),
    }
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn a_clone_address_names_its_project() {
        fn check(url: &str, expect: Option<&str>) {
            assert_eq!(path_of(url), expect, "{url}");
        }
        check("git@gitlab.com:a/b/c.git", Some("a/b/c"));
        check("ssh://git@gitlab.example:2222/a/b.git", Some("a/b"));
        check("git@gitlab.com:a/b", Some("a/b"));
        check("ssh://git@gitlab.example", None);
        check("https://gitlab.example/prefix/a/b.git", None);
        check("", None);
    }
}
