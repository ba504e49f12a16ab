//! Tags of objects.

use std::collections::BTreeMap;

use identity::Ask;
use store::{Changes, ObjectRow, View};
use wire::s3 as shapes;

use super::content::{self, Object, about_object, check_writable, find, no_such_key};
use super::{about, bucket, keys, names, object_arn};
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::table::operation;
use crate::turn::Now;

/// Whoever writes an object with tags must be allowed to tag it.
pub(super) fn also(
    caller: &Caller,
    bucket: &str,
    key: &str,
    tagging: Option<&String>,
    view: &View,
) -> Vec<Ask> {
    let Some(tagging) = tagging else { return Vec::new() };
    let tags = names::tags_of_header(Some(tagging)).unwrap_or_default();
    vec![may_tag(caller, bucket, key, &tags, view)]
}

/// That an object may be given these tags.
pub(super) fn may_tag(
    caller: &Caller,
    bucket: &str,
    key: &str,
    tags: &BTreeMap<String, String>,
    view: &View,
) -> Ask {
    let ask = Ask::new("s3:PutObjectTagging", object_arn(bucket, key));
    about(caller, bucket, view, ask.with(keys::of_put(None, None, tags)))
}

operation! {
    /// `s3:GetObjectTagging`.
    Get: shapes::ObjectInput => shapes::TaggingOutput;
    about(input) { Object(&input.bucket, &input.key) }
    decide(caller, input, view, now, changes) {
        names::check_key(&input.key)?;
        let row = bucket(&input.bucket, input.expected_bucket_owner.as_ref(), view)?;
        let found = find(row, &input.key, view).ok_or_else(|| no_such_key(caller, &input.bucket, view, now))?;
        let tag = found.tags.into_iter().map(|(key, value)| shapes::Tag { key, value }).collect();
        Ok((changes, shapes::TaggingOutput { tag_set: shapes::TagSet { tag } }))
    }
}

operation! {
    /// `s3:PutObjectTagging`: these tags in place of all that it had.
    Put: shapes::PutObjectTaggingInput => shapes::Nothing;
    resource(_, input) { object_arn(&input.bucket, &input.key) }
    ask(caller, input, view, ask) {
        let tags = input.tag_set.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        let ask = ask.with(keys::of_put(None, None, &tags));
        about_object(caller, &input.bucket, &input.key, view, ask)
    }
    wants(_, input, view) { content::wants(&input.bucket, &input.key, view) }
    decide(caller, input, view, now, changes) {
        let tags = input.tag_set.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        let about = (input.bucket.as_str(), input.key.as_str(), input.expected_bucket_owner.as_ref());
        set(caller, about, names::check_tags(tags)?, view, now, changes)
    }
}

operation! {
    /// `s3:DeleteObjectTagging`.
    Delete: shapes::ObjectInput => shapes::Nothing;
    about(input) { Object(&input.bucket, &input.key) }
    decide(caller, input, view, now, changes) {
        let about = (input.bucket.as_str(), input.key.as_str(), input.expected_bucket_owner.as_ref());
        set(caller, about, BTreeMap::new(), view, now, changes)
    }
}

fn set(
    caller: &Caller,
    (name, key, owner): (&str, &str, Option<&String>),
    tags: BTreeMap<String, String>,
    view: &View,
    now: &Now,
    mut changes: Changes,
) -> Result<(Changes, shapes::Nothing), Refused> {
    names::check_key(key)?;
    let row = bucket(name, owner, view)?;
    check_writable(row, key, view)?;
    let object = view.row::<ObjectRow>(ObjectRow::at(&row.name, &key.to_owned()));
    let object = object.filter(|object| !object.is_marker());
    let object = object.ok_or_else(|| no_such_key(caller, name, view, now))?;
    changes.put(view, ObjectRow { tags, ..object.clone() });
    Ok((changes, shapes::Nothing::default()))
}
