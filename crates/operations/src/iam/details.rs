//! `GetAccountAuthorizationDetails`: everybody in an account and every policy, page by page.

use store::{Grants, GroupRow, PolicyRow, RoleRow, UserRow, View};
use wire::iam as shapes;

use super::inventory::all;
use super::managed::{AwsPolicy, OF_AWS};
use super::paging::List as Page;
use super::{attached, bounds, policies, roles, tags, users};
use crate::caller::Caller;
use crate::limits::POLICIES_MAX;
use crate::table::operation;

/// One entry of any of the four lists.
enum Entry<'a> {
    /// A user, and the names of its groups.
    User(&'a UserRow, Vec<String>),
    Group(&'a GroupRow),
    Role(&'a RoleRow),
    Policy(&'a PolicyRow),
    OfAws(&'static AwsPolicy),
}

impl Entry<'_> {
    /// Users, groups, roles, policies; each by name.
    fn order(&self) -> String {
        match self {
            Self::User(row, _) => format!("1 {}", row.folded),
            Self::Group(row) => format!("2 {}", row.folded),
            Self::Role(row) => format!("3 {}", row.folded),
            Self::Policy(row) => format!("4 {}", row.folded),
            Self::OfAws(policy) => format!("5 {}", policy.name),
        }
    }

    fn put(&self, view: &View, output: &mut shapes::GetAccountAuthorizationDetailsOutput) {
        match self {
            Self::User(row, groups) => output.user_detail_list.push(user(row, groups)),
            Self::Group(row) => output.group_detail_list.push(group(row)),
            Self::Role(row) => output.role_detail_list.push(role(row, view)),
            Self::Policy(row) => output.policies.push(policies::detail(row)),
            Self::OfAws(policy) => output.policies.push(policies::detail_of_aws(policy)),
        }
    }
}

fn inline(grants: &Grants) -> Vec<shapes::PolicyDetail> {
    let detail = |(name, text): (&String, &String)| shapes::PolicyDetail {
        policy_name: name.clone(),
        policy_document: shapes::url_encoded(text),
    };
    grants.inline.iter().map(detail).collect()
}

fn managed(grants: &Grants) -> Vec<shapes::AttachedPolicy> {
    grants.attached.iter().map(|arn| attached::shape(arn)).collect()
}

fn user(row: &UserRow, groups: &[String]) -> shapes::UserDetail {
    let user = users::shape(row);
    shapes::UserDetail {
        path: user.path,
        user_name: user.user_name,
        user_id: user.user_id,
        arn: user.arn,
        create_date: user.create_date,
        user_policy_list: inline(&row.grants),
        group_list: groups.to_vec(),
        attached_managed_policies: managed(&row.grants),
        tags: tags::shape(&row.tags),
        permissions_boundary: bounds::shape(&row.boundary),
    }
}

fn group(row: &GroupRow) -> shapes::GroupDetail {
    let group = super::groups::shape(row);
    shapes::GroupDetail {
        path: group.path,
        group_name: group.group_name,
        group_id: group.group_id,
        arn: group.arn,
        create_date: group.create_date,
        group_policy_list: inline(&row.grants),
        attached_managed_policies: managed(&row.grants),
    }
}

fn role(row: &RoleRow, view: &View) -> shapes::RoleDetail {
    let role = roles::shape(row, view);
    shapes::RoleDetail {
        path: role.path,
        role_name: role.role_name,
        role_id: role.role_id,
        arn: role.arn,
        create_date: role.create_date,
        assume_role_policy_document: role.assume_role_policy_document,
        role_policy_list: inline(&row.grants),
        attached_managed_policies: managed(&row.grants),
        tags: tags::shape(&row.tags),
        instance_profile_list: Vec::new(),
        role_last_used: Default::default(),
        permissions_boundary: bounds::shape(&row.boundary),
    }
}

/// The lists of an account, each whole.
struct Lists {
    groups: store::Query,
    policies: store::Query,
}

impl Lists {
    fn of(caller: &Caller) -> Self {
        Self {
            groups: all::<GroupRow>(caller),
            policies: PolicyRow::of_account(caller.account(), "", POLICIES_MAX),
        }
    }
}

operation! {
    /// `iam:GetAccountAuthorizationDetails`.
    Get: shapes::GetAccountAuthorizationDetailsInput => shapes::GetAccountAuthorizationDetailsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, view) {
        let lists = Lists::of(caller);
        let users = all::<UserRow>(caller);
        let others = [users.into(), lists.groups.into(), lists.policies.into()];
        roles::wants_all(caller, view).into_iter().chain(others).collect()
    }
    decide(caller, input, view, _, changes) {
        let lists = Lists::of(caller);
        let wanted = |kind: &str| {
            input.filter.as_ref().is_none_or(|filter| filter.is_empty() || filter.iter().any(|it| it == kind))
        };
        let mut found: Vec<Entry> = Vec::new();
        if wanted("User") {
            let groups = view.list::<GroupRow>(&lists.groups);
            let users = view.list::<UserRow>(&all::<UserRow>(caller)).into_iter();
            found.extend(users.map(|user| {
                let of = groups.iter().filter(|group| user.groups.contains(&group.folded));
                Entry::User(user, of.map(|group| group.name.clone()).collect())
            }));
        }
        if wanted("Group") {
            found.extend(view.list(&lists.groups).into_iter().map(Entry::Group));
        }
        if wanted("Role") {
            found.extend(view.list(&all::<RoleRow>(caller)).into_iter().map(Entry::Role));
        }
        if wanted("LocalManagedPolicy") {
            found.extend(view.list(&lists.policies).into_iter().map(Entry::Policy));
        }
        if wanted("AWSManagedPolicy") {
            found.extend(OF_AWS.iter().map(Entry::OfAws));
        }
        let filter = format!("{:?}", input.filter);
        let (marker, max_items) = (input.marker.as_ref(), input.max_items);
        let operation = "iam:GetAccountAuthorizationDetails";
        let page = Page { operation, filter: &filter, marker, max_items };
        let (entries, marker) = page.cut(caller, found, Entry::order)?;
        let mut output = shapes::GetAccountAuthorizationDetailsOutput {
            is_truncated: marker.is_some(),
            marker,
            ..Default::default()
        };
        entries.iter().for_each(|entry| entry.put(view, &mut output));
        Ok((changes, output))
    }
}
