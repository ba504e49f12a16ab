//! Buckets: where artifacts lie.

use domain::BucketName;
use store::{BucketRow, Changes, View};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::refusal::Refused;
use crate::table::operation;
use crate::turn::Now;

/// First path segments that mean something else on the same origin.
const RESERVED: [&str; 11] = [
    "console", "hooks", "oauth", "oidc", "metrics", "healthz", "readyz", "service", "azure",
    "google", "assets",
];

/// Makes the bucket unless the account has it already; gives the row.
///
/// # Errors
/// `BucketAlreadyExists` where another account has it, `InvalidBucketName` for what S3 would not
/// take (S3 user guide, "Bucket naming rules") or what is a path of the server's own.
pub fn ensure(
    caller: &Caller,
    name: &BucketName,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<BucketRow, Refused> {
    check_name(name)?;
    if let Some(row) = view.row::<BucketRow>(BucketRow::at(name)) {
        let message = format!("The bucket name '{name}' is taken. Choose another name.");
        return match row.account == *caller.account() {
            true => Ok(row.clone()),
            false => {
                Err(AwsError { status: 409, ..AwsError::refused("BucketAlreadyExists", message) })
            }
        };
    }
    let (account, region) = (caller.account().clone(), caller.region.clone());
    let row = BucketRow { name: name.clone(), account, region, created: now.at };
    changes.put(view, row.clone());
    Ok(row)
}

fn check_name(name: &BucketName) -> Result<(), Refused> {
    let text = name.as_str();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let inner = text.bytes().all(|b| plain(b) || matches!(b, b'-' | b'.'));
    let ends = text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain);
    let sized = (3..=63).contains(&text.len());
    let problem = match () {
        () if RESERVED.contains(&text) => "is one of the server's own paths",
        () if !(sized && inner && ends) || text.contains("..") => {
            "is no bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter \
             or digit at each end"
        }
        () => return Ok(()),
    };
    Err(AwsError::refused("InvalidBucketName", format!("'{name}' {problem}.")))
}

fn shape(row: &BucketRow) -> shapes::Bucket {
    shapes::Bucket { bucket_name: row.name.clone(), created_at: row.created.into() }
}

operation! {
    /// `towpath:CreateBucket`; making one's own again changes nothing.
    Create: shapes::CreateBucketInput => shapes::CreateBucketOutput;
    resource(_, input) { format!("arn:aws:s3:::{}", input.bucket_name) }
    wants(_, input, _) { vec![BucketRow::at(&input.bucket_name).into()] }
    decide(caller, input, view, now, mut changes) {
        let row = ensure(caller, &input.bucket_name, view, now, &mut changes)?;
        Ok((changes, shapes::CreateBucketOutput { bucket: shape(&row) }))
    }
}

operation! {
    /// `towpath:ListBuckets`, by name.
    List: shapes::ListBucketsInput => shapes::ListBucketsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![BucketRow::of_account(caller.account(), BUCKETS).into()] }
    decide(caller, input, view, _, changes) {
        let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?.unwrap_or_default();
        let rows = view.list::<BucketRow>(&BucketRow::of_account(caller.account(), BUCKETS));
        let rows = rows.into_iter().filter(|row| row.name.as_str() > after.as_str()).collect();
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.name.to_string());
        let buckets = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListBucketsOutput { buckets, next_token }))
    }
}

const LIST: &str = "towpath:ListBuckets";
/// Buckets of an account (S3's own quota is 10,000).
const BUCKETS: i64 = 10_000;
