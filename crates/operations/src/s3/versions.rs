//! Lists of versions: by key, the latest first. Each name has its latest version among the objects, so
//! one look at both tables, as far as both are known, is a piece of the list.

use domain::Timestamp;
use store::{BucketRow, ObjectRow, Query, VersionRow, View, Want};
use wire::s3 as shapes;

use super::listing::{above, behind, encoding, folded, most};
use super::sums::described;
use super::{about, bucket, bucket_arn, keys, quoted, wants};
use crate::limits::LISTED_OBJECTS_MAX;
use crate::table::operation;

/// One look's rows of each kind.
const PAGE: i64 = LISTED_OBJECTS_MAX as i64 + 1;

/// Where a list goes on: objects from a key, older versions of `key` before a moment and of every
/// later key.
struct Place {
    objects: String,
    key: String,
    before: Timestamp,
}

const ALL: Timestamp = Timestamp(i64::MAX);
const NONE: Timestamp = Timestamp(i64::MIN);

impl Place {
    fn at(key: String) -> Self {
        Self { objects: key.clone(), key, before: ALL }
    }

    /// Behind the markers of a request. One whose version is gone begins that key again.
    fn of(input: &shapes::ListObjectVersionsInput, seen: &View) -> Self {
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let marker = input.key_marker.as_deref().unwrap_or_default();
        if marker < prefix {
            return Self::at(prefix.to_owned());
        }
        if let Some(common) = folded(prefix, input.delimiter.as_deref().unwrap_or_default(), marker)
        {
            return Self::at(above(common));
        }
        let key = marker.to_owned();
        match (marker, &input.version_id_marker) {
            ("", _) => Self::at(key),
            (_, None) => Self { objects: behind(marker), key, before: NONE },
            (_, Some(version)) => match written(input, version, seen) {
                Some(before) => Self { objects: behind(marker), key, before },
                None => Self::at(key),
            },
        }
    }

    fn queries(&self, row: &BucketRow, end: &str) -> [Query; 2] {
        [
            ObjectRow::between(&row.name, &self.objects, end, PAGE),
            VersionRow::between(&row.name, &self.key, self.before, end, PAGE),
        ]
    }
}

/// When the version of the marker was written.
fn written(
    input: &shapes::ListObjectVersionsInput,
    version: &str,
    seen: &View,
) -> Option<Timestamp> {
    let name = domain::BucketName::new(&*input.bucket);
    let key = input.key_marker.clone().unwrap_or_default();
    let latest = seen.known::<ObjectRow>(ObjectRow::at(&name, &key));
    let latest = latest.filter(|row| row.version() == version).map(|row| row.modified);
    let older = seen.known::<VersionRow>(store::versions::version_key(&name, &key, version));
    latest.or_else(|| older.map(|row| row.modified))
}

/// A version in a list.
struct Entry {
    row: VersionRow,
    latest: bool,
}

/// What one look shows, in order, and whether there is more behind it.
fn look(queries: &[Query; 2], seen: &View) -> (Vec<Entry>, bool) {
    let objects = seen.list::<ObjectRow>(&queries[0]);
    let older = seen.list::<VersionRow>(&queries[1]);
    let place = |key: &String, at: Timestamp| (key.clone(), -at.0);
    let full = |count: usize| count as i64 == PAGE;
    let ends = [
        objects
            .last()
            .filter(|_| full(objects.len()))
            .map(|row| place(&row.object_key, row.modified)),
        older.last().filter(|_| full(older.len())).map(|row| place(&row.object_key, row.modified)),
    ];
    let end = ends.into_iter().flatten().min();
    let latest = objects.into_iter().map(|row| Entry { row: row.clone().into(), latest: true });
    let older = older.into_iter().map(|row| Entry { row: row.clone(), latest: false });
    let mut all: Vec<Entry> = latest.chain(older).collect();
    all.sort_by_key(|entry| place(&entry.row.object_key, entry.row.modified));
    all.retain(|entry| {
        end.as_ref().is_none_or(|end| place(&entry.row.object_key, entry.row.modified) <= *end)
    });
    (all, end.is_some())
}

/// A list as it is shown.
#[derive(Default)]
struct Listed {
    entries: Vec<Entry>,
    prefixes: Vec<String>,
    /// The last that is shown, where there is more: a key with its version, or a prefix.
    next: Option<(String, Option<String>)>,
}

fn cut(input: &shapes::ListObjectVersionsInput, entries: Vec<Entry>, more: bool) -> Listed {
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().unwrap_or_default();
    let (mut listed, mut last, most) = (Listed::default(), None, most(input.max_keys) as usize);
    for entry in entries {
        let common = folded(prefix, delimiter, &entry.row.object_key).map(str::to_owned);
        if common.is_some() && common.as_ref() == listed.prefixes.last() {
            continue;
        }
        if listed.entries.len() + listed.prefixes.len() == most {
            listed.next = last;
            return listed;
        }
        last = Some(match &common {
            Some(common) => (common.clone(), None),
            None => (entry.row.object_key.clone(), Some(entry.row.version_id.clone())),
        });
        match common {
            Some(common) => listed.prefixes.push(common),
            None => listed.entries.push(entry),
        }
    }
    listed.next = last.filter(|_| more);
    listed
}

fn end(input: &shapes::ListObjectVersionsInput) -> String {
    above(input.prefix.as_deref().unwrap_or_default())
}

operation! {
    /// `s3:ListBucketVersions`.
    List: shapes::ListObjectVersionsInput => shapes::ListObjectVersionsOutput;
    resource(_, input) { bucket_arn(&input.bucket) }
    ask(caller, input, view, ask) {
        let keys = keys::of_list(input.prefix.as_ref(), input.delimiter.as_ref(), input.max_keys);
        about(caller, &input.bucket, view, ask.with(keys))
    }
    wants(_, input, view) {
        let mut all: Vec<Want> = wants(&input.bucket, view);
        let name = domain::BucketName::new(&*input.bucket);
        let Some(row) = view.known::<BucketRow>(BucketRow::at(&name)) else { return all };
        if let (Some(key), Some(version)) = (&input.key_marker, &input.version_id_marker) {
            all.push(ObjectRow::at(&name, key).into());
            all.push(store::versions::version_key(&name, key, version).into());
            if !view.is_whole(&all) {
                return all;
            }
        }
        all.extend(Place::of(input, view).queries(row, &end(input)).map(Want::from));
        all
    }
    decide(_, input, view, _, changes) {
        let encode = encoding(input.encoding_type.as_ref())?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let (entries, more) = look(&Place::of(input, view).queries(row, &end(input)), view);
        let listed = cut(input, entries, more);
        let owner = shapes::Owner { id: row.account.to_string() };
        let (deleted, there): (Vec<&Entry>, Vec<&Entry>) =
            listed.entries.iter().partition(|entry| entry.row.marker == Some(true));
        let text = |text: &Option<String>| encode(text.as_deref().unwrap_or_default());
        let next = listed.next.as_ref();
        Ok((changes, shapes::ListObjectVersionsOutput {
            name: input.bucket.clone(),
            prefix: text(&input.prefix),
            key_marker: text(&input.key_marker),
            version_id_marker: input.version_id_marker.clone().unwrap_or_default(),
            max_keys: most(input.max_keys),
            is_truncated: next.is_some(),
            version: there.into_iter().map(|entry| version(entry, &encode, &owner)).collect(),
            delete_marker: deleted.into_iter().map(|entry| marker(entry, &encode, &owner)).collect(),
            common_prefixes: listed.prefixes.iter().map(|it| shapes::CommonPrefix { prefix: encode(it) }).collect(),
            next_key_marker: next.map(|(key, _)| encode(key)),
            next_version_id_marker: next.and_then(|(_, version)| version.clone()),
            delimiter: input.delimiter.as_deref().map(&encode),
            encoding_type: input.encoding_type.clone(),
        }))
    }
}

fn version(
    entry: &Entry,
    encode: &impl Fn(&str) -> String,
    owner: &shapes::Owner,
) -> shapes::ObjectVersion {
    let (checksum_algorithm, checksum_type) = described(entry.row.checksum.as_ref());
    shapes::ObjectVersion {
        key: encode(&entry.row.object_key),
        version_id: entry.row.version_id.clone(),
        is_latest: entry.latest,
        last_modified: entry.row.modified.into(),
        etag: quoted(&entry.row.etag),
        size: entry.row.artifact.size,
        storage_class: "STANDARD".to_owned(),
        owner: owner.clone(),
        checksum_algorithm,
        checksum_type,
    }
}

fn marker(
    entry: &Entry,
    encode: &impl Fn(&str) -> String,
    owner: &shapes::Owner,
) -> shapes::DeleteMarker {
    shapes::DeleteMarker {
        key: encode(&entry.row.object_key),
        version_id: entry.row.version_id.clone(),
        is_latest: entry.latest,
        last_modified: entry.row.modified.into(),
        owner: owner.clone(),
    }
}
