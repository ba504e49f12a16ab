//! Policies on buckets: who of one's own account and of others may do what with it.

use domain::BucketName;
use identity::Ask;
use identity::policy::{Kind, Policy};
use store::{BucketRow, ResourcePolicyRow, View};
use wire::s3 as shapes;
use wire::s3::refused;

use super::acting;
use super::bucket::check_own;
use super::{about, bucket, bucket_arn, policy_key, wants};
use crate::caller::Caller;
use crate::limits::BUCKET_POLICY_BYTES_MAX;
use crate::principals;
use crate::refusal::Refused;
use crate::statements::many;
use crate::table::operation;

/// The owner's root is never locked out of the policy by the policy.
fn about_policy(caller: &Caller, name: &str, view: &View, ask: Ask) -> Ask {
    let ask = about(caller, name, view, ask);
    let own = ask.owner.as_ref() == Some(caller.account());
    if own && caller.principal.is_root() { ask.under(None) } else { ask }
}

operation! {
    /// `s3:GetBucketPolicy`.
    Get: shapes::BucketInput => shapes::GetBucketPolicyOutput;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) { about_policy(caller, &input.bucket, view, ask) }
    wants(_, input, view) {
        let bucket = view.known::<BucketRow>(BucketRow::at(&BucketName::new(&input.bucket)));
        let row = bucket.and_then(|row| view.known::<ResourcePolicyRow>(policy_key(row)));
        let named = principals::wants_of(row.and_then(|row| row.principals.as_ref()));
        wants(&input.bucket, view).into_iter().chain(named).collect()
    }
    decide(_, input, view, _, changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let row = view.row::<ResourcePolicyRow>(policy_key(row));
        let policy = row.map(|row| principals::shown(&row.text, row.principals.as_ref(), view));
        let policy = policy.ok_or_else(|| refused("NoSuchBucketPolicy", 404, "The bucket policy does not exist"))?;
        Ok((changes, shapes::GetBucketPolicyOutput { policy }))
    }
}

operation! {
    /// `s3:PutBucketPolicy`.
    Put: shapes::PutBucketPolicyInput => shapes::Nothing;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) { about_policy(caller, &input.bucket, view, ask) }
    wants(_, input, view) {
        let mut wants = wants(&input.bucket, view);
        wants.extend(principals::wants(&input.policy, Kind::Resource));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_own(caller, row)?;
        let policy = check(&input.bucket, &input.policy)?;
        let principals = principals::bind(caller, &policy, view);
        let principals = principals.map_err(|refused| malformed(refused.message))?;
        changes.put(view, ResourcePolicyRow {
            account: row.account.clone(),
            resource: format!("bucket/{}", row.name),
            updated: now.at,
            text: input.policy.clone(),
            principals: Some(principals),
        });
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `s3:DeleteBucketPolicy`; where there is none, nothing changes.
    Delete: shapes::BucketInput => shapes::Nothing;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) { about_policy(caller, &input.bucket, view, ask) }
    wants(_, input, view) { wants(&input.bucket, view) }
    decide(caller, input, view, _, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_own(caller, row)?;
        if view.row::<ResourcePolicyRow>(policy_key(row)).is_some() {
            changes.delete::<ResourcePolicyRow>(view, policy_key(row));
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

fn malformed(message: String) -> Refused {
    refused("MalformedPolicy", 400, message)
}

/// A policy that can be read, and that is about this bucket in each of its statements.
fn check(name: &str, text: &str) -> Result<Policy, Refused> {
    if text.len() > BUCKET_POLICY_BYTES_MAX {
        return Err(malformed(format!(
            "A bucket's policy has at most {BUCKET_POLICY_BYTES_MAX} bytes."
        )));
    }
    let policy = crate::iam::read(text, Kind::Resource, BUCKET_POLICY_BYTES_MAX)
        .map_err(|refused| malformed(refused.message))?;
    let tree: serde_json::Value =
        serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    let statements = many(&tree["Statement"]).into_iter();
    let resources: Vec<_> = statements.flat_map(|it| many(&it["Resource"])).collect();
    let arn = bucket_arn(name);
    let about = |text: &str| {
        text.strip_prefix(&arn).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']))
    };
    match resources.into_iter().filter_map(serde_json::Value::as_str).find(|it| !about(it)) {
        None => acting::check(name, &tree).map(|()| policy),
        Some(other) => Err(malformed(format!(
            "Policy has invalid resource: '{other}' is not '{arn}' nor below it."
        ))),
    }
}
