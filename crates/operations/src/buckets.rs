//! Buckets: where artifacts lie.

use domain::BucketName;
use store::versions::keep;
use store::{BucketRow, Changes, ObjectRow, Query, Record, UploadRow, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::limits::{BUCKETS_MAX, LIST_MAX, UPLOADS_DROPPED_MAX};
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
    let problem = check_form(name.as_str()).err();
    let problem =
        problem.or_else(|| is_ours(name.as_str()).then_some("is one of the server's own paths"));
    if let Some(problem) = problem {
        return Err(AwsError::refused("InvalidBucketName", format!("'{name}' {problem}.")));
    }
    if let Some(row) = view.row::<BucketRow>(BucketRow::at(name)) {
        let message = format!("The bucket name '{name}' is taken. Choose another name.");
        return match row.account == *caller.account() {
            true => {
                keep(changes, view, row);
                Ok(row.clone())
            }
            false => {
                Err(AwsError { status: 409, ..AwsError::refused("BucketAlreadyExists", message) })
            }
        };
    }
    // Nothing of a bucket before this one is anybody's: an older release may have left some.
    let left = !drop_uploads(name, view, changes);
    if left || !view.list::<ObjectRow>(&ObjectRow::any_of(name)).is_empty() {
        return Err(wire::s3::conflict());
    }
    let (account, region) = (caller.account().clone(), caller.region.clone());
    let row = BucketRow {
        name: name.clone(),
        account,
        region,
        created: now.at,
        versioning: None,
        leaving: None,
        cors: None,
    };
    changes.put(view, row.clone());
    Ok(row)
}

/// What has to be seen to make a bucket.
pub fn wants(name: &BucketName, seen: &View) -> Vec<Want> {
    let mut wants = vec![BucketRow::at(name).into(), ObjectRow::any_of(name).into()];
    wants.extend(open_uploads(name, seen));
    wants
}

fn uploads(name: &BucketName) -> Query {
    UploadRow::of_bucket(name, UPLOADS_DROPPED_MAX)
}

/// What has to be seen to drop the uploads of a bucket.
pub(crate) fn open_uploads(name: &BucketName, seen: &View) -> Vec<Want> {
    let rows = seen.known_list::<UploadRow>(&uploads(name)).into_iter();
    std::iter::once(uploads(name).into()).chain(rows.map(|row| row.key().into())).collect()
}

/// Drops the uploads of a bucket, as many as one decision may; whether that is all of them.
pub(crate) fn drop_uploads(name: &BucketName, view: &View, changes: &mut Changes) -> bool {
    let rows = view.list::<UploadRow>(&uploads(name));
    for row in &rows {
        changes.delete::<UploadRow>(view, row.key());
    }
    (rows.len() as i64) < UPLOADS_DROPPED_MAX
}

/// Beginnings and ends that S3 keeps for names of other kinds; the one that its documentation uses in
/// examples is taken here.
const KEPT_PREFIXES: [&str; 2] = ["xn--", "sthree-"];
const KEPT_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Whether a first path segment means something else than a bucket.
pub fn is_ours(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// S3's rule for the names of general purpose buckets.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_form(text: &str) -> Result<(), &'static str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let inner = text.bytes().all(|b| plain(b) || matches!(b, b'-' | b'.'));
    let ends = text.bytes().next().is_some_and(plain) && text.bytes().last().is_some_and(plain);
    let sized = (3..=63).contains(&text.len());
    match () {
        () if !(sized && inner && ends) || apart(text) => Err(
            "is no bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter \
             or digit at each end and beside each dot",
        ),
        () if text.parse::<std::net::Ipv4Addr>().is_ok() => Err("has the form of an address"),
        () if KEPT_PREFIXES.iter().any(|kept| text.starts_with(kept)) => {
            Err("begins as S3 keeps for itself: xn-- or sthree-")
        }
        () if KEPT_SUFFIXES.iter().any(|kept| text.ends_with(kept)) => {
            Err("ends as S3 keeps for itself: -s3alias, --ol-s3, .mrap, --x-s3 or --table-s3")
        }
        () => Ok(()),
    }
}

/// Whether a dot stands where it would leave no name of a host between it and the next.
fn apart(text: &str) -> bool {
    ["..", ".-", "-."].iter().any(|pair| text.contains(pair))
}

fn shape(row: &BucketRow) -> shapes::Bucket {
    shapes::Bucket { bucket_name: row.name.clone(), created_at: row.created.into() }
}

operation! {
    /// `towpath:CreateBucket`; making one's own again changes nothing.
    Create: shapes::CreateBucketInput => shapes::CreateBucketOutput;
    resource(_, input) { format!("arn:aws:s3:::{}", input.bucket_name) }
    wants(_, input, view) { wants(&input.bucket_name, view) }
    decide(caller, input, view, now, mut changes) {
        let row = ensure(caller, &input.bucket_name, view, now, &mut changes)?;
        Ok((changes, shapes::CreateBucketOutput { bucket: shape(&row) }))
    }
}

operation! {
    /// `towpath:ListBuckets`, by name.
    List: shapes::ListBucketsInput => shapes::ListBucketsOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, _, _) { vec![BucketRow::of_account(caller.account(), BUCKETS_MAX).into()] }
    decide(caller, input, view, _, changes) {
        let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?.unwrap_or_default();
        let rows = view.list::<BucketRow>(&BucketRow::of_account(caller.account(), BUCKETS_MAX));
        let rows = rows.into_iter().filter(|row| row.name.as_str() > after.as_str()).collect();
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.name.to_string());
        let buckets = rows.into_iter().map(shape).collect();
        Ok((changes, shapes::ListBucketsOutput { buckets, next_token }))
    }
}

const LIST: &str = "towpath:ListBuckets";
