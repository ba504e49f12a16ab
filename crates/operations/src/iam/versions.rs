//! Versions of managed policies; one of them holds.

use identity::limits::MANAGED_POLICY_CHARS_MAX;
use identity::policy::Kind;
use store::{PolicyRow, PolicyVersion};
use wire::iam as shapes;

use super::managed::AwsPolicy;
use super::policies::{Managed, seen, version_id, write};
use super::{exceeded, managed, missing, paging, read};
use crate::limits::POLICY_VERSIONS_MAX;
use crate::refusal::Refused;
use crate::table::operation;

/// A version as answers show it, its document URL-encoded.
pub(super) fn shape_version(
    row: &PolicyRow,
    number: u32,
    version: &PolicyVersion,
) -> shapes::PolicyVersion {
    shapes::PolicyVersion {
        version_id: version_id(number),
        is_default_version: number == row.default_version,
        create_date: version.created.into(),
        document: Some(shapes::url_encoded(&version.text)),
    }
}

/// The number in a version's id.
fn number(version: &str) -> u32 {
    version.trim_start_matches('v').parse().unwrap_or(0)
}

/// What sorts a version before the older ones.
fn newest_first(number: u32) -> String {
    format!("{:010}", u32::MAX - number)
}

fn unknown_version(arn: &str, version: &str) -> Refused {
    missing(format!("Policy {arn} version {version} does not exist or is not attachable."))
}

/// The one version of one of AWS's policies.
pub(super) fn version_of_aws(policy: &AwsPolicy) -> shapes::PolicyVersion {
    shapes::PolicyVersion {
        version_id: version_id(1),
        is_default_version: true,
        document: Some(shapes::url_encoded(policy.text)),
        ..Default::default()
    }
}

operation! {
    /// `iam:CreatePolicyVersion`.
    Create: shapes::CreatePolicyVersionInput => shapes::PolicyVersionOutput;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, now, mut changes) {
        let mut row = seen(caller, &input.policy_arn, view)?.clone();
        if row.versions.len() >= POLICY_VERSIONS_MAX {
            let message = format!(
                "A managed policy can have up to {POLICY_VERSIONS_MAX} versions. Before you create \
                 a new version, you must delete an existing version."
            );
            return Err(exceeded(message));
        }
        read(&input.policy_document, Kind::Managed, MANAGED_POLICY_CHARS_MAX)?;
        let version = PolicyVersion { text: input.policy_document.clone(), created: now.at };
        row.newest_version += 1;
        row.versions.insert(row.newest_version, version.clone());
        row.updated = now.at;
        if input.set_as_default.unwrap_or_default() {
            row.default_version = row.newest_version;
        }
        let made = shape_version(&row, row.newest_version, &version);
        write(caller, view, &mut changes, row);
        let policy_version = shapes::PolicyVersion { document: None, ..made };
        Ok((changes, shapes::PolicyVersionOutput { policy_version }))
    }
}

operation! {
    /// `iam:GetPolicyVersion`.
    Get: shapes::PolicyVersionNamed => shapes::PolicyVersionOutput;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, _, changes) {
        let (arn, version) = (&input.policy_arn, &input.version_id);
        if let Some(policy) = managed::named(arn).filter(|_| version == "v1") {
            return Ok((changes, shapes::PolicyVersionOutput { policy_version: version_of_aws(policy) }));
        }
        let row = seen(caller, arn, view)?;
        let found = row.versions.get(&number(version)).ok_or_else(|| unknown_version(arn, version))?;
        let policy_version = shape_version(row, number(version), found);
        Ok((changes, shapes::PolicyVersionOutput { policy_version }))
    }
}

operation! {
    /// `iam:ListPolicyVersions`, newest first, in pages.
    List: shapes::PagedPolicy => shapes::ListPolicyVersionsOutput;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, _, changes) {
        let all: Vec<shapes::PolicyVersion> = match managed::named(&input.policy_arn) {
            Some(policy) => vec![version_of_aws(policy)],
            None => {
                let row = seen(caller, &input.policy_arn, view)?;
                row.versions.iter().rev().map(|(number, it)| shape_version(row, *number, it)).collect()
            }
        };
        let shown = all.into_iter().map(|it| shapes::PolicyVersion { document: None, ..it });
        let (filter, marker) = (input.policy_arn.as_str(), input.marker.as_ref());
        let list =
            paging::List { operation: "ListPolicyVersions", filter, marker, max_items: input.max_items };
        let (versions, marker) =
            list.cut(caller, shown.collect(), |it| newest_first(number(&it.version_id)))?;
        let is_truncated = marker.is_some();
        Ok((changes, shapes::ListPolicyVersionsOutput { versions, is_truncated, marker }))
    }
}

operation! {
    /// `iam:SetDefaultPolicyVersion`.
    SetDefault: shapes::PolicyVersionNamed => shapes::Nothing;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, now, mut changes) {
        let row = seen(caller, &input.policy_arn, view)?.clone();
        let number = number(&input.version_id);
        if !row.versions.contains_key(&number) {
            return Err(unknown_version(&input.policy_arn, &input.version_id));
        }
        let row = PolicyRow { default_version: number, updated: now.at, ..row };
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:DeletePolicyVersion`, of one that is not the default.
    Delete: shapes::PolicyVersionNamed => shapes::Nothing;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.policy_arn, view)?.clone();
        let number = number(&input.version_id);
        if number == row.default_version {
            let message = "Cannot delete the default version of a policy.";
            return Err(wire::AwsError::refused("DeleteConflictException", message));
        }
        if row.versions.remove(&number).is_none() {
            return Err(unknown_version(&input.policy_arn, &input.version_id));
        }
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}
