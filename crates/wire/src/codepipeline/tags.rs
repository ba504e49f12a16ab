//! Tags of pipelines, and the output of operations that say nothing.

use crate::shapes::shapes;

shapes! { "camelCase";
    Tag { key: String, value: String } optional {}

    TagResourceInput { resource_arn: String, tags: Vec<Tag> } optional {}
    UntagResourceInput { resource_arn: String, tag_keys: Vec<String> } optional {}
    ListTagsForResourceInput { resource_arn: String } optional {
        next_token: String,
        max_results: u32,
    }
    ListTagsForResourceOutput { tags: Vec<Tag> } optional { next_token: String }

    /// The empty output: delete, tag, untag, enable and disable.
    Nothing {} optional {}
}
