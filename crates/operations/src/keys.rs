//! Condition keys that many operations have: the tags of what is asked for and of what is there.

use std::collections::BTreeMap;

use identity::policy::{Context, Value};

/// The service that a pipeline's role and connections are passed to.
pub const CODEPIPELINE: &str = "codepipeline.amazonaws.com";

/// `aws:RequestTag/…` and `aws:TagKeys` of the tags that a call brings.
pub fn of_request_tags(tags: impl IntoIterator<Item = (String, String)>) -> Context {
    let mut keys = Context::default();
    let mut names = Vec::new();
    for (key, value) in tags {
        keys.set(&format!("aws:RequestTag/{key}"), [Value::Text(value)]);
        names.push(Value::Text(key));
    }
    keys.set("aws:TagKeys", names);
    keys
}

/// `aws:TagKeys` of the tags that a call takes away.
pub fn of_tag_keys(names: &[String]) -> Context {
    let mut keys = Context::default();
    keys.set("aws:TagKeys", names.iter().map(|name| Value::from(name.as_str())));
    keys
}

/// `aws:ResourceTag/…` of the tags that a resource has.
pub fn of_resource_tags(tags: &BTreeMap<String, String>) -> Context {
    of_tags("aws:ResourceTag", tags)
}

/// A key for each tag, under this name.
pub fn of_tags(name: &str, tags: &BTreeMap<String, String>) -> Context {
    let mut keys = Context::default();
    for (key, value) in tags {
        keys.set(&format!("{name}/{key}"), [Value::from(value.as_str())]);
    }
    keys
}

/// One key with one text.
pub fn of(key: &str, value: &str) -> Context {
    let mut keys = Context::default();
    keys.set(key, [Value::from(value)]);
    keys
}
