//! S3's condition keys.

use std::collections::BTreeMap;

use identity::policy::{Context, Value};

use crate::keys::of_tags;

/// `s3:prefix`, `s3:delimiter` and `s3:max-keys` of a list.
pub(super) fn of_list(
    prefix: Option<&String>,
    delimiter: Option<&String>,
    max_keys: Option<u32>,
) -> Context {
    let mut keys = Context::default();
    keys.set("s3:prefix", [Value::from(prefix.map_or("", String::as_str))]);
    keys.set("s3:delimiter", delimiter.map(|it| Value::from(it.as_str())));
    keys.set("s3:max-keys", max_keys.map(|it| Value::Number(it.into())));
    keys
}

/// What an object is written with: its list of rights, its class, its tags.
pub(super) fn of_put(
    acl: Option<&String>,
    class: Option<&String>,
    tags: &BTreeMap<String, String>,
) -> Context {
    let mut keys = of_tags("s3:RequestObjectTag", tags);
    keys.set("s3:RequestObjectTagKeys", tags.keys().map(|name| Value::from(name.as_str())));
    keys.set("s3:x-amz-acl", acl.map(|it| Value::from(it.as_str())));
    keys.set("s3:x-amz-storage-class", [Value::from(class.map_or("STANDARD", String::as_str))]);
    keys
}

/// A write that makes an object, over what it names.
pub(super) fn of_creation(matches: Option<&String>, none_matches: Option<&String>) -> Context {
    let mut keys = of_match(matches);
    keys.set("s3:if-none-match", none_matches.map(|it| Value::from(it.as_str())));
    keys.set("s3:ObjectCreationOperation", [Value::Flag(true)]);
    keys
}

/// A call on an upload that makes no object yet.
pub(super) fn of_no_creation() -> Context {
    let mut keys = Context::default();
    keys.set("s3:ObjectCreationOperation", [Value::Flag(false)]);
    keys
}

/// `s3:if-match`.
pub(super) fn of_match(matches: Option<&String>) -> Context {
    let mut keys = Context::default();
    keys.set("s3:if-match", matches.map(|it| Value::from(it.as_str())));
    keys
}

/// `s3:ExistingObjectTag/…`.
pub(super) fn of_existing(tags: Option<&BTreeMap<String, String>>) -> Context {
    tags.map_or_else(Context::default, |tags| of_tags("s3:ExistingObjectTag", tags))
}
