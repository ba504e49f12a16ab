//! Lists of objects, by the bytes of their keys: what was put and what pipelines left, as one.
//!
//! A list is read in bounded looks. Where keys fold into a common prefix, the next look begins behind
//! it. A list that took all its looks is cut there: S3's lists may always be shorter than asked for.

mod asked;

pub(super) use asked::{above, behind, folded};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use store::{BucketRow, View, Want};
use wire::s3 as shapes;
use wire::s3::refused;

use self::asked::{Asked, Listed};
use super::content::Found;
use super::sums::described;
use super::{about, bucket, bucket_arn, keys, quoted, wants};
use crate::limits::LISTED_OBJECTS_MAX;
use crate::refusal::Refused;
use crate::table::operation;

/// Everything that a list has to see.
fn list_wants(name: &str, asked: &Asked, seen: &View) -> Vec<Want> {
    let mut all = wants(name, seen);
    let row = seen.known::<BucketRow>(BucketRow::at(&domain::BucketName::new(name)));
    if let Some(Err(queries)) = row.map(|row| asked.list(row, seen)) {
        all.extend(queries.map(Want::from));
    }
    all
}

fn listed(
    name: &str,
    owner: Option<&String>,
    asked: &Asked,
    seen: &View,
) -> Result<Listed, Refused> {
    let row = bucket(name, owner, seen)?;
    Ok(asked.list(row, seen).unwrap_or_else(|_| unreachable!("a list is looked at to its end")))
}

/// How many at most: what was asked for, and never more than S3 gives.
pub(super) fn most(asked: Option<u32>) -> u32 {
    asked.unwrap_or(LISTED_OBJECTS_MAX).min(LISTED_OBJECTS_MAX)
}

/// What stays as it is where a list is asked for with `encoding-type=url`.
const PLAIN: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// How texts of a list are written.
///
/// # Errors
/// `InvalidArgument` for an encoding that is not known.
pub(super) fn encoding(kind: Option<&String>) -> Result<impl Fn(&str) -> String, Refused> {
    let url = match kind.map(String::as_str) {
        None => false,
        Some("url") => true,
        Some(_) => {
            return Err(refused(
                "InvalidArgument",
                400,
                "Invalid Encoding Method specified in Request",
            ));
        }
    };
    Ok(
        move |text: &str| {
            if url { utf8_percent_encode(text, PLAIN).to_string() } else { text.to_owned() }
        },
    )
}

fn objects(
    found: Vec<Found>,
    encode: &impl Fn(&str) -> String,
    owner: Option<&shapes::Owner>,
) -> Vec<shapes::Object> {
    let shown = found.into_iter().map(|found| {
        let (checksum_algorithm, checksum_type) = described(found.checksum.as_ref());
        shapes::Object {
            key: encode(&found.key),
            last_modified: found.modified.into(),
            etag: quoted(&found.etag),
            size: found.artifact.size,
            storage_class: "STANDARD".to_owned(),
            owner: owner.cloned(),
            checksum_algorithm,
            checksum_type,
        }
    });
    shown.collect()
}

/// Whose the objects are: the bucket's owner's, whoever asks.
fn owner(name: &str, seen: &View) -> shapes::Owner {
    let row = seen.row::<BucketRow>(BucketRow::at(&domain::BucketName::new(name)));
    shapes::Owner { id: row.map(|row| row.account.to_string()).unwrap_or_default() }
}

fn prefixes(listed: &Listed, encode: &impl Fn(&str) -> String) -> Vec<shapes::CommonPrefix> {
    listed.prefixes.iter().map(|prefix| shapes::CommonPrefix { prefix: encode(prefix) }).collect()
}

fn first_version(input: &shapes::ListObjectsInput) -> Asked<'_> {
    Asked {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: input.marker.as_deref().unwrap_or_default(),
        most: most(input.max_keys) as usize,
    }
}

operation! {
    /// `s3:ListBucket`, as clients of the first version ask.
    List: shapes::ListObjectsInput => shapes::ListObjectsOutput;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) {
        let keys = keys::of_list(input.prefix.as_ref(), input.delimiter.as_ref(), input.max_keys);
        about(caller, &input.bucket, view, ask.with(keys))
    }
    wants(_, input, view) { list_wants(&input.bucket, &first_version(input), view) }
    decide(_, input, view, _, changes) {
        let encode = encoding(input.encoding_type.as_ref())?;
        let listed = listed(&input.bucket, input.expected_bucket_owner.as_ref(), &first_version(input), view)?;
        let owner = owner(&input.bucket, view);
        let text = |text: &Option<String>| encode(text.as_deref().unwrap_or_default());
        let delimiter = input.delimiter.as_deref().map(&encode);
        Ok((changes, shapes::ListObjectsOutput {
            name: input.bucket.clone(),
            prefix: text(&input.prefix),
            marker: text(&input.marker),
            max_keys: most(input.max_keys),
            is_truncated: listed.next.is_some(),
            common_prefixes: prefixes(&listed, &encode),
            next_marker: listed.next.as_deref().filter(|_| delimiter.is_some()).map(&encode),
            contents: objects(listed.found, &encode, Some(&owner)),
            delimiter,
            encoding_type: input.encoding_type.clone(),
        }))
    }
}

/// The key that a token of ours names.
fn opened(token: Option<&String>) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token?).ok()?;
    String::from_utf8(bytes).ok().filter(|key| !key.contains('\0'))
}

fn second_version<'a>(input: &'a shapes::ListObjectsV2Input, after: &'a str) -> Asked<'a> {
    Asked {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after,
        most: most(input.max_keys) as usize,
    }
}

fn after(input: &shapes::ListObjectsV2Input) -> String {
    opened(input.continuation_token.as_ref())
        .or_else(|| input.start_after.clone())
        .unwrap_or_default()
}

operation! {
    /// `s3:ListBucket`.
    ListV2: shapes::ListObjectsV2Input => shapes::ListObjectsV2Output;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) {
        let keys = keys::of_list(input.prefix.as_ref(), input.delimiter.as_ref(), input.max_keys);
        about(caller, &input.bucket, view, ask.with(keys))
    }
    wants(_, input, view) { list_wants(&input.bucket, &second_version(input, &after(input)), view) }
    decide(_, input, view, _, changes) {
        let encode = encoding(input.encoding_type.as_ref())?;
        let token = input.continuation_token.as_ref();
        if token.is_some() && opened(token).is_none() {
            return Err(refused("InvalidArgument", 400, "The continuation token provided is incorrect"));
        }
        let after = after(input);
        let listed = listed(&input.bucket, input.expected_bucket_owner.as_ref(), &second_version(input, &after), view)?;
        let owner = owner(&input.bucket, view);
        let owner = Some(&owner).filter(|_| input.fetch_owner == Some(true));
        let count = listed.found.len() + listed.prefixes.len();
        Ok((changes, shapes::ListObjectsV2Output {
            name: input.bucket.clone(),
            prefix: encode(input.prefix.as_deref().unwrap_or_default()),
            key_count: u32::try_from(count).unwrap_or(LISTED_OBJECTS_MAX),
            max_keys: most(input.max_keys),
            is_truncated: listed.next.is_some(),
            common_prefixes: prefixes(&listed, &encode),
            next_continuation_token: listed.next.as_ref().map(|key| BASE64_URL_SAFE_NO_PAD.encode(key)),
            contents: objects(listed.found, &encode, owner),
            delimiter: input.delimiter.as_deref().map(&encode),
            start_after: input.start_after.as_deref().map(&encode),
            continuation_token: input.continuation_token.clone(),
            encoding_type: input.encoding_type.clone(),
        }))
    }
}
