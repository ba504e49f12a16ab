//! What becomes of a secret's versions and staging labels. Pure.

use std::collections::BTreeMap;

use domain::{Secret, Timestamp};
use store::{Changes, Kept, SecretRow, SecretValueRow, SecretVersion, View, Want};

use super::{exceeded, invalid_parameter, value_key};
use crate::caller::Caller;
use crate::limits::{SECRET_STAGES_MAX, SECRET_VERSION_KEPT_SECONDS, SECRET_VERSIONS_MAX};
use crate::refusal::Refused;
use crate::sealed::seal;
use crate::turn::Now;
use wire::AwsError;

/// The label of the version that holds.
pub const CURRENT: &str = "AWSCURRENT";
/// The label of the one that held before.
pub const PREVIOUS: &str = "AWSPREVIOUS";

/// The versions of a secret, by id.
pub type Versions = BTreeMap<String, SecretVersion>;

/// A value as a call brings it.
pub struct Brought<'a> {
    /// Its text, or its bytes in base64.
    pub value: &'a Secret,
    /// Whether it is bytes.
    pub binary: bool,
    /// The id of the version that it is to become.
    pub id: String,
}

impl<'a> Brought<'a> {
    /// The value of a call, if it brings one.
    ///
    /// # Errors
    /// It brings two.
    pub fn read(
        caller: &Caller,
        text: Option<&'a Secret>,
        bytes: Option<&'a Secret>,
        token: Option<&String>,
    ) -> Result<Option<Self>, Refused> {
        let id = id_of(caller, token);
        match (text, bytes) {
            (Some(_), Some(_)) => Err(invalid_parameter(
                "You can't specify both a binary secret value and a string secret value in the \
                 same secret.",
            )),
            (Some(value), None) => Ok(Some(Self { value, binary: false, id })),
            (None, Some(value)) => Ok(Some(Self { value, binary: true, id })),
            (None, None) => Ok(None),
        }
    }
}

/// The id of the version that a call makes: its token, or one that nobody had.
pub fn id_of(caller: &Caller, token: Option<&String>) -> String {
    token.cloned().unwrap_or_else(|| caller.uuid("secret version"))
}

/// What bringing a value to a secret looks at.
pub fn wants(row: &SecretRow, id: &String) -> Vec<Want> {
    let old = oldest_deprecated(&row.versions, Timestamp(i64::MAX)).filter(|_| is_full(row));
    old.iter().chain([id]).map(|id| value_key(row, id).into()).collect()
}

/// Whether a value with this id is there already, and the same.
///
/// # Errors
/// It is there, and another one.
pub fn is_repeated(
    caller: &Caller,
    row: &SecretRow,
    brought: &Brought,
    view: &View,
) -> Result<bool, Refused> {
    let Some(there) = view.row::<SecretValueRow>(value_key(row, &brought.id)) else {
        return Ok(false);
    };
    let same = caller.sealer.is_same(&marked(row, brought), &there.fingerprint);
    match same {
        true => Ok(true),
        false => {
            let message = format!(
                "You can't use ClientRequestToken {} because that value is already in use for a \
                 version of secret {}.",
                brought.id,
                super::arn(caller, row)
            );
            Err(AwsError::refused("ResourceExistsException", message))
        }
    }
}

/// A value with the place that it is signed for.
fn marked(row: &SecretRow, brought: &Brought) -> Secret {
    let (account, secret, id) = (&row.account, &row.resource, &brought.id);
    let kind = if brought.binary { "bytes" } else { "text" };
    Secret::new(format!("secret {account} {secret} {id} {kind}\n{}", brought.value.expose()))
}

/// Adds a version with these labels to a secret's row, and its value beside it.
///
/// # Errors
/// There are too many labels, or versions.
pub fn add(
    caller: &Caller,
    row: &mut SecretRow,
    brought: &Brought,
    stages: &[String],
    (view, now, changes): (&View, &Now, &mut Changes),
) -> Result<(), Refused> {
    if is_full(row) {
        let young = now.at.plus_seconds(-SECRET_VERSION_KEPT_SECONDS);
        let old = oldest_deprecated(&row.versions, young).ok_or_else(|| {
            exceeded(format!(
                "The secret has {SECRET_VERSIONS_MAX} versions, and none of them is without a \
                 label and a day old: take labels off with UpdateSecretVersionStage."
            ))
        })?;
        changes.delete::<SecretValueRow>(view, value_key(row, &old));
        row.versions.remove(&old);
    }
    let (created, accessed) = (now.at, None);
    let version = SecretVersion { created, accessed, stages: Default::default() };
    let first = row.versions.is_empty();
    row.versions.insert(brought.id.clone(), version);
    for stage in stages.iter().map(String::as_str).chain(first.then_some(CURRENT)) {
        attach(&mut row.versions, stage, &brought.id);
    }
    check_stages(&row.versions)?;
    row.changed = now.at;
    let (account, secret, id) = (row.account.clone(), row.resource.clone(), brought.id.clone());
    let kept = Kept::Secret { account, secret, id };
    let sealed_value = seal(caller, &kept, brought.value)?;
    changes.put(
        view,
        SecretValueRow {
            account: row.account.clone(),
            secret: row.resource.clone(),
            id: brought.id.clone(),
            sealed_value,
            created: now.at,
            binary: brought.binary,
            fingerprint: caller.sealer.fingerprint(&marked(row, brought)),
        },
    );
    Ok(())
}

fn is_full(row: &SecretRow) -> bool {
    row.versions.len() >= SECRET_VERSIONS_MAX
}

/// The oldest version without a label that was made before a moment.
fn oldest_deprecated(versions: &Versions, before: Timestamp) -> Option<String> {
    let old = versions.iter().filter(|(_, it)| it.stages.is_empty() && it.created < before);
    old.min_by_key(|(_, it)| it.created).map(|(id, _)| id.clone())
}

/// Puts a label on a version, off whichever had it. The one that held before is the previous one.
pub fn attach(versions: &mut Versions, stage: &str, to: &str) {
    let from = detach(versions, stage);
    if let Some(version) = versions.get_mut(to) {
        version.stages.insert(stage.to_owned());
    }
    if let Some(from) = from.filter(|from| stage == CURRENT && from != to) {
        attach(versions, PREVIOUS, &from);
    }
}

/// Takes a label off; gives the version that had it.
pub fn detach(versions: &mut Versions, stage: &str) -> Option<String> {
    let had = versions.iter_mut().find(|(_, version)| version.stages.contains(stage))?;
    had.1.stages.remove(stage);
    Some(had.0.clone())
}

/// How many labels a secret may have.
///
/// # Errors
/// It has more.
pub fn check_stages(versions: &Versions) -> Result<(), Refused> {
    let count: usize = versions.values().map(|version| version.stages.len()).sum();
    match count > SECRET_STAGES_MAX {
        true => {
            Err(exceeded("You exceeded the maximum number of staging labels allowed on a secret."))
        }
        false => Ok(()),
    }
}

/// The labelled versions, as answers show them.
pub fn labelled(versions: &Versions) -> BTreeMap<String, Vec<String>> {
    let labelled = versions.iter().filter(|(_, version)| !version.stages.is_empty());
    labelled.map(|(id, version)| (id.clone(), stages(version))).collect()
}

/// A version's labels, as answers show them.
pub fn stages(version: &SecretVersion) -> Vec<String> {
    version.stages.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(ids: &[&str]) -> Versions {
        let version =
            SecretVersion { created: Timestamp(0), accessed: None, stages: Default::default() };
        ids.iter().map(|id| ((*id).to_owned(), version.clone())).collect()
    }

    fn with<'a>(versions: &'a Versions, stage: &str) -> Option<&'a str> {
        let has = |it: &(&'a String, &SecretVersion)| it.1.stages.contains(stage);
        versions.iter().find(has).map(|(id, _)| id.as_str())
    }

    #[test]
    fn the_version_that_held_before_is_the_previous_one() {
        let mut all = versions(&["a", "b", "c"]);
        attach(&mut all, CURRENT, "a");
        assert_eq!((with(&all, CURRENT), with(&all, PREVIOUS)), (Some("a"), None));
        attach(&mut all, CURRENT, "b");
        assert_eq!((with(&all, CURRENT), with(&all, PREVIOUS)), (Some("b"), Some("a")));
        attach(&mut all, CURRENT, "b");
        assert_eq!((with(&all, CURRENT), with(&all, PREVIOUS)), (Some("b"), Some("a")));
        attach(&mut all, CURRENT, "a");
        assert_eq!((with(&all, CURRENT), with(&all, PREVIOUS)), (Some("a"), Some("b")));
        attach(&mut all, "mine", "c");
        attach(&mut all, "mine", "a");
        assert!(all["c"].stages.is_empty(), "a label is on one version");
        assert_eq!(labelled(&all).len(), 2);
    }

    #[test]
    fn only_a_version_without_labels_makes_room() {
        let mut all = versions(&["a", "b"]);
        attach(&mut all, CURRENT, "a");
        assert_eq!(oldest_deprecated(&all, Timestamp(1)).as_deref(), Some("b"));
        assert_eq!(oldest_deprecated(&all, Timestamp(0)), None, "it is too young");
    }
}
