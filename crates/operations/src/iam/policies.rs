//! Managed policies.

use std::collections::BTreeMap;

use identity::Ask;
use identity::limits::MANAGED_POLICY_CHARS_MAX;
use identity::policy::Kind;
use store::{AccountRow, Changes, PolicyRow, PolicyVersion, Record, View, Want, folded};
use wire::iam as shapes;

use super::inventory::path_of;
use super::managed::{AwsPolicy, OF_AWS};
use super::paging::{List as Page, is_below};
use super::versions::{shape_version, version_of_aws};
use super::{attached, exceeded, exists, id, managed, missing, read, tags};
use crate::accounts::raise_generation;
use crate::caller::Caller;
use crate::keys;
use crate::limits::POLICIES_MAX;
use crate::refusal::Refused;
use crate::subject::Subject;
use crate::table::operation;

fn of_account(caller: &Caller) -> store::Query {
    PolicyRow::of_account(caller.account(), "", POLICIES_MAX)
}

/// `v1`.
pub(super) fn version_id(number: u32) -> String {
    format!("v{number}")
}

fn shape(row: &PolicyRow) -> shapes::Policy {
    shapes::Policy {
        policy_name: row.name.clone(),
        policy_id: row.id.clone(),
        arn: row.arn(),
        path: row.path.clone(),
        default_version_id: version_id(row.default_version),
        attachment_count: row.attachments,
        permissions_boundary_usage_count: row.boundaries,
        is_attachable: true,
        create_date: row.created.into(),
        update_date: row.updated.into(),
        description: row.description.clone(),
        tags: tags::some(&row.tags),
    }
}

fn shape_of_aws(policy: &AwsPolicy) -> shapes::Policy {
    let digest = domain::derived_uuid(&["policy", policy.name]).replace('-', "").to_uppercase();
    shapes::Policy {
        policy_name: policy.name.to_owned(),
        policy_id: format!("ANPA{}", &digest[..17]),
        arn: policy.arn(),
        path: "/".to_owned(),
        default_version_id: version_id(1),
        is_attachable: true,
        description: Some(policy.description.to_owned()),
        ..Default::default()
    }
}

/// The managed policy of this ARN.
pub(super) struct Managed<'a>(pub &'a str);

impl Subject for Managed<'_> {
    /// Its ARN and its tags.
    fn ask(&self, caller: &Caller, seen: &View, ask: Ask) -> Ask {
        let row = managed::key(caller.account(), self.0);
        let row = row.and_then(|key| seen.known::<PolicyRow>(key));
        let mut all = ask.keys.clone();
        all.extend(&row.map(|row| keys::of_resource_tags(&row.tags)).unwrap_or_default());
        ask.on(self.0).with(all)
    }

    /// It, and the account's generation.
    fn wants(&self, caller: &Caller, _seen: &View) -> Vec<Want> {
        let policy = managed::key(caller.account(), self.0).map(Want::from);
        policy.into_iter().chain([AccountRow::at(caller.account()).into()]).collect()
    }
}

/// The account's own policy of this ARN.
///
/// # Errors
/// `NoSuchEntity`, for AWS's own too: nobody changes those here.
pub(super) fn seen<'a>(
    caller: &Caller,
    arn: &str,
    view: &'a View,
) -> Result<&'a PolicyRow, Refused> {
    attached::policy(caller.account(), arn, view)?
        .ok_or_else(|| missing(format!("Policy {arn} is AWS's own: it stays as it is.")))
}

/// Writes the row, and that whatever is kept of the account is void.
pub(super) fn write(caller: &Caller, view: &View, changes: &mut Changes, row: PolicyRow) {
    changes.put(view, row);
    raise_generation(caller, view, changes);
}

fn arn_of(caller: &Caller, path: &str, name: &str) -> String {
    format!("arn:aws:iam::{}:policy{path}{name}", caller.account())
}

operation! {
    /// `iam:CreatePolicy`.
    Create: shapes::CreatePolicyInput => shapes::PolicyOutput;
    resource(caller, input) { arn_of(caller, path_of(input.path.as_ref()), &input.policy_name) }
    ask(_, input, _, ask) { ask.with(keys::of_request_tags(tags::pairs(input.tags.as_ref()))) }
    wants(caller, input, _) {
        let key = PolicyRow::at(caller.account(), &folded(&input.policy_name));
        vec![key.into(), of_account(caller).into(), AccountRow::at(caller.account()).into()]
    }
    decide(caller, input, view, now, mut changes) {
        let key = PolicyRow::at(caller.account(), &folded(&input.policy_name));
        if view.row::<PolicyRow>(key).is_some() {
            let name = &input.policy_name;
            return Err(exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
        }
        if view.list::<PolicyRow>(&of_account(caller)).len() as i64 >= POLICIES_MAX {
            return Err(exceeded(format!("Cannot exceed quota for PoliciesPerAccount: {POLICIES_MAX}")));
        }
        read(&input.policy_document, Kind::Managed, MANAGED_POLICY_CHARS_MAX)?;
        let mut all = Default::default();
        tags::add(&mut all, input.tags.as_ref())?;
        let first = PolicyVersion { text: input.policy_document.clone(), created: now.at };
        let row = PolicyRow {
            account: caller.account().clone(),
            folded: folded(&input.policy_name),
            name: input.policy_name.clone(),
            path: path_of(input.path.as_ref()).to_owned(),
            created: now.at,
            updated: now.at,
            id: id(caller, "ANPA"),
            description: input.description.clone(),
            versions: BTreeMap::from([(1, first)]),
            default_version: 1,
            newest_version: 1,
            attachments: 0,
            boundaries: 0,
            tags: all,
        };
        write(caller, view, &mut changes, row.clone());
        Ok((changes, shapes::PolicyOutput { policy: shape(&row) }))
    }
}

operation! {
    /// `iam:GetPolicy`.
    Get: shapes::PolicyNamedInput => shapes::PolicyOutput;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, _, changes) {
        let policy = match managed::named(&input.policy_arn) {
            Some(policy) => shape_of_aws(policy),
            None => shape(seen(caller, &input.policy_arn, view)?),
        };
        Ok((changes, shapes::PolicyOutput { policy }))
    }
}

operation! {
    /// `iam:ListPolicies`, by name.
    List: shapes::ListPoliciesInput => shapes::ListPoliciesOutput;
    resource(caller, _) { arn_of(caller, "/", "") }
    wants(caller, _, _) { vec![of_account(caller).into()] }
    decide(caller, input, view, _, changes) {
        let scope = input.scope.as_deref().unwrap_or("All");
        let own = view.list::<PolicyRow>(&of_account(caller)).into_iter();
        let own = own.map(shape).filter(|_| scope != "AWS");
        let aws = OF_AWS.iter().map(shape_of_aws).filter(|_| scope != "Local");
        let fits = |policy: &shapes::Policy| {
            let used = !input.only_attached.unwrap_or_default() || policy.attachment_count > 0;
            let bounds = input.policy_usage_filter.as_deref() != Some("PermissionsBoundary")
                || policy.permissions_boundary_usage_count > 0;
            used && bounds && is_below(&policy.path, input.path_prefix.as_ref())
        };
        let mut all: Vec<_> = own.chain(aws).filter(fits).collect();
        all.sort_by(|one, other| one.arn.cmp(&other.arn));
        let filter = format!("{scope} {:?} {:?}", input.only_attached, input.path_prefix);
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = Page { operation: "iam:ListPolicies", filter: &filter, marker, max_items };
        let (policies, marker) = page.cut(caller, all, |policy| policy.arn.clone())?;
        let policies = policies.into_iter().map(|policy| shapes::Policy { tags: None, ..policy });
        let (policies, is_truncated) = (policies.collect(), marker.is_some());
        Ok((changes, shapes::ListPoliciesOutput { policies, is_truncated, marker }))
    }
}

operation! {
    /// `iam:DeletePolicy`, of one that is attached nowhere and has no other version.
    Delete: shapes::PolicyNamedInput => shapes::Nothing;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, _, mut changes) {
        let row = seen(caller, &input.policy_arn, view)?;
        if row.attachments + row.boundaries > 0 {
            let message = "Cannot delete a policy attached to entities.";
            return Err(wire::AwsError::refused("DeleteConflictException", message));
        }
        if row.versions.len() > 1 {
            let message = "This policy has more than one version. Before you delete a policy, you \
                           must delete the policy's versions. The default version is deleted with \
                           the policy.";
            return Err(wire::AwsError::refused("DeleteConflictException", message));
        }
        changes.delete::<PolicyRow>(view, row.key());
        raise_generation(caller, view, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:TagPolicy`.
    Tag: shapes::TagPolicyInput => shapes::Nothing;
    about(input) { Managed(&input.policy_arn) }
    with { keys::of_request_tags(tags::pairs(Some(&input.tags))) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.policy_arn, view)?.clone();
        tags::add(&mut row.tags, Some(&input.tags))?;
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:UntagPolicy`.
    Untag: shapes::UntagPolicyInput => shapes::Nothing;
    about(input) { Managed(&input.policy_arn) }
    with { keys::of_tag_keys(&input.tag_keys) }
    decide(caller, input, view, _, mut changes) {
        let mut row = seen(caller, &input.policy_arn, view)?.clone();
        row.tags.retain(|key, _| !input.tag_keys.contains(key));
        write(caller, view, &mut changes, row);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `iam:ListPolicyTags`.
    ListTags: shapes::PagedPolicy => shapes::ListTagsOutput;
    about(input) { Managed(&input.policy_arn) }
    decide(caller, input, view, _, changes) {
        let policy = attached::policy(caller.account(), &input.policy_arn, view)?;
        let tags = policy.map(|row| row.tags.clone()).unwrap_or_default();
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let page = Page { operation: "iam:ListPolicyTags", filter: &input.policy_arn, marker, max_items };
        Ok((changes, tags::page(caller, tags, &page)?))
    }
}

/// A policy with all its versions.
pub(super) fn detail(row: &PolicyRow) -> shapes::ManagedPolicyDetail {
    let versions = row.versions.iter().rev();
    let versions = versions.map(|(number, version)| shape_version(row, *number, version));
    detail_of(shape(row), versions.collect())
}

/// The same of one of AWS's.
pub(super) fn detail_of_aws(policy: &AwsPolicy) -> shapes::ManagedPolicyDetail {
    detail_of(shape_of_aws(policy), vec![version_of_aws(policy)])
}

fn detail_of(
    policy: shapes::Policy,
    policy_version_list: Vec<shapes::PolicyVersion>,
) -> shapes::ManagedPolicyDetail {
    shapes::ManagedPolicyDetail {
        policy_name: policy.policy_name,
        policy_id: policy.policy_id,
        arn: policy.arn,
        path: policy.path,
        default_version_id: policy.default_version_id,
        attachment_count: policy.attachment_count,
        permissions_boundary_usage_count: policy.permissions_boundary_usage_count,
        is_attachable: policy.is_attachable,
        create_date: policy.create_date,
        update_date: policy.update_date,
        policy_version_list,
        description: policy.description,
    }
}
