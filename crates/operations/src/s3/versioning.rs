//! Whether a bucket keeps versions.

use store::{BucketRow, Versioning};
use wire::s3 as shapes;
use wire::s3::refused;

use super::bucket::check_own;
use super::{Bucket, bucket};
use crate::refusal::Refused;
use crate::table::operation;

operation! {
    /// `s3:GetBucketVersioning`; nothing is said of a bucket that never kept any.
    Get: shapes::BucketInput => shapes::VersioningOutput;
    about(input) { Bucket(&input.bucket) }
    decide(_, input, view, _, changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let status = row.versioning.map(|it| match it {
            Versioning::Enabled => ENABLED.to_owned(),
            Versioning::Suspended => SUSPENDED.to_owned(),
        });
        Ok((changes, shapes::VersioningOutput { status }))
    }
}

const ENABLED: &str = "Enabled";
const SUSPENDED: &str = "Suspended";

operation! {
    /// `s3:PutBucketVersioning`, by the bucket's own account.
    Put: shapes::PutBucketVersioningInput => shapes::Nothing;
    about(input) { Bucket(&input.bucket) }
    decide(caller, input, view, _, mut changes) {
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        check_own(caller, row)?;
        let versioning = Some(asked(input)?);
        changes.put(view, BucketRow { versioning, ..row.clone() });
        Ok((changes, shapes::Nothing::default()))
    }
}

fn asked(input: &shapes::PutBucketVersioningInput) -> Result<Versioning, Refused> {
    if input.mfa_delete.as_deref() == Some(ENABLED) {
        let message = "MFA delete implies functionality that is not implemented.";
        return Err(refused("NotImplemented", 501, message));
    }
    match input.status.as_deref() {
        Some(ENABLED) => Ok(Versioning::Enabled),
        Some(SUSPENDED) => Ok(Versioning::Suspended),
        _ => Err(refused(
            "IllegalVersioningConfigurationException",
            400,
            "The Versioning element must be specified: its Status is Enabled or Suspended.",
        )),
    }
}
