//! Buckets themselves.

use domain::BucketName;
use serde_json::{Value, json};
use store::{ArtifactRow, BucketRow, Changes, ObjectRow, ResourcePolicyRow, View, Want};
use wire::s3 as shapes;
use wire::s3::refused;

use super::{Bucket, about, bucket, bucket_arn, denied, names, policy_key, wants};
use crate::buckets::{drop_uploads, ensure, open_uploads};
use crate::caller::Caller;
use crate::limits::BUCKETS_MAX;
use crate::refusal::Refused;
use crate::table::operation;
use crate::turn::Now;

/// The region whose name is the empty one, for those who ask where a bucket lies.
const FIRST_REGION: &str = "us-east-1";

operation! {
    /// `s3:ListAllMyBuckets`: the account's, by name.
    List: shapes::ListBucketsInput => shapes::ListBucketsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![BucketRow::of_account(caller.account(), BUCKETS_MAX).into()] }
    decide(caller, input, view, _, changes) {
        let rows = view.list::<BucketRow>(&BucketRow::of_account(caller.account(), BUCKETS_MAX));
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let after = input.continuation_token.as_deref().unwrap_or_default();
        let most = input.max_buckets.filter(|most| *most > 0).map_or(usize::MAX, |most| most as usize);
        let region = |row: &BucketRow| input.bucket_region.as_ref().is_none_or(|it| it == row.region.as_str());
        let mut rows: Vec<&BucketRow> = rows.into_iter()
            .filter(|row| row.name.as_str().starts_with(prefix) && row.name.as_str() > after && region(row))
            .collect();
        let more = rows.len() > most;
        rows.truncate(most);
        let continuation_token = rows.last().filter(|_| more).map(|row| row.name.to_string());
        let bucket = rows.into_iter().map(|row| shapes::Bucket {
            name: row.name.to_string(),
            creation_date: row.created.into(),
            bucket_region: row.region.to_string(),
        });
        let buckets = shapes::BucketList { bucket: bucket.collect() };
        let owner = shapes::Owner { id: caller.account().to_string() };
        Ok((changes, shapes::ListBucketsOutput { buckets, owner, continuation_token, prefix: input.prefix.clone() }))
    }
}

operation! {
    /// `s3:CreateBucket`. Making one's own again succeeds in us-east-1 and is refused elsewhere, as
    /// documented.
    Create: shapes::CreateBucketInput => shapes::CreateBucketOutput;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, _, ask) {
        let place = input.location_constraint.as_deref().unwrap_or_default();
        let mut keys = crate::keys::of("s3:LocationConstraint", place);
        keys.extend(&crate::keys::of("s3:ResourceAccount", caller.account().as_str()));
        ask.of(caller.account().clone()).with(keys)
    }
    wants(_, input, view) { crate::buckets::wants(&BucketName::new(&*input.bucket), view) }
    decide(caller, input, view, now, mut changes) {
        names::check_bucket(&input.bucket)?;
        names::check_ordinary(input.acl.as_ref(), None)?;
        let place = input.location_constraint.as_deref().filter(|it| !it.is_empty());
        if place.is_some_and(|place| place != caller.region.as_str()) {
            let message = format!("The specified location-constraint is not valid: this server is in {}.", caller.region);
            return Err(refused("InvalidLocationConstraint", 400, message));
        }
        let name = BucketName::new(&*input.bucket);
        let row = view.row::<BucketRow>(BucketRow::at(&name));
        let own = row.is_some_and(|row| row.account == *caller.account());
        if own && caller.region.as_str() != FIRST_REGION {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(refused("BucketAlreadyOwnedByYou", 409, message));
        }
        ensure(caller, &name, view, now, &mut changes)?;
        Ok((changes, shapes::CreateBucketOutput { location: format!("/{name}") }))
    }
}

operation! {
    /// `s3:ListBucket`: whether it is there, and where.
    Head: shapes::BucketInput => shapes::HeadBucketOutput;
    about(input) { Bucket(&input.bucket) }
    decide(_, input, view, _, changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        Ok((changes, shapes::HeadBucketOutput { bucket_region: row.region.to_string() }))
    }
}

operation! {
    /// `s3:GetBucketLocation`.
    Location: shapes::BucketInput => shapes::LocationOutput;
    about(input) { Bucket(&input.bucket) }
    decide(_, input, view, _, changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let location = Some(row.region.to_string()).filter(|region| region != FIRST_REGION);
        Ok((changes, shapes::LocationOutput { location }))
    }
}

/// What lies in a bucket, if anything.
fn inside(name: &BucketName, view: &View) -> Vec<Want> {
    let row = view.known::<BucketRow>(BucketRow::at(name));
    let left = row.map(|row| ArtifactRow::of_bucket(&row.account, name, "", 1).into());
    let objects = ObjectRow::any_of(name).into();
    std::iter::once(objects).chain(left).chain(open_uploads(name, view)).collect()
}

fn check_empty(row: &BucketRow, view: &View) -> Result<(), Refused> {
    let objects = view.list::<ObjectRow>(&ObjectRow::any_of(&row.name));
    let left = view.list::<ArtifactRow>(&ArtifactRow::of_bucket(&row.account, &row.name, "", 1));
    match objects.is_empty() && left.is_empty() {
        true => Ok(()),
        false => Err(refused(
            "BucketNotEmpty",
            409,
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        )),
    }
}

/// What only the owner's account may do.
pub(super) fn check_own(caller: &Caller, row: &BucketRow) -> Result<(), Refused> {
    match row.account == *caller.account() {
        true => Ok(()),
        false => Err(denied("only the account that owns the bucket may do this")),
    }
}

operation! {
    /// `s3:DeleteBucket`, with its policy and the uploads that are open; it must be empty. That takes
    /// two turns, as a decision does not see what is written beside it where nothing was: the first
    /// says that the bucket is leaving, which whoever writes into it takes back; the second deletes
    /// what is empty and still leaving.
    Delete: shapes::BucketInput => Value;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) { about(caller, &input.bucket, view, ask) }
    wants(_, input, view) {
        let mut wants = wants(&input.bucket, view);
        wants.extend(inside(&BucketName::new(&*input.bucket), view));
        wants
    }
    decide(caller, input, view, now, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_own(caller, row)?;
        check_empty(row, view)?;
        let dropped = drop_uploads(&row.name, view, &mut changes);
        if row.leaving.is_none() || !dropped {
            return Ok((leave(row, view, now), json!({"Leaving": true})));
        }
        changes.delete::<BucketRow>(view, BucketRow::at(&row.name));
        if view.row::<ResourcePolicyRow>(policy_key(row)).is_some() {
            changes.delete::<ResourcePolicyRow>(view, policy_key(row));
        }
        Ok((changes, json!({})))
    }
}

/// What a deletion does before its last turn; that one alone is told to the audit log.
fn leave(row: &BucketRow, view: &View, now: &Now) -> Changes {
    let mut changes = Changes::of_loop();
    drop_uploads(&row.name, view, &mut changes);
    changes.put(view, BucketRow { leaving: Some(now.at), ..row.clone() });
    changes
}
