//! Webhooks as a forge would send them: real ones, sent again with an id of their own, and for
//! the peer a push of the same size.

use serde_json::{Value, json};

/// The size of a push with a few commits.
pub const BYTES: usize = 8 * 1024;

/// The body of a push of `after` on `branch` of `repository`, padded to `BYTES`.
pub fn push(repository: &str, branch: &str, before: &str, after: &str) -> Vec<u8> {
    let (owner, name) = repository.split_once('/').unwrap_or(("", repository));
    let body = |padding: usize| {
        json!({
            "ref": format!("refs/heads/{branch}"), "before": before, "after": after,
            "created": false, "deleted": false, "forced": false,
            "repository": {
                "id": 1, "name": name, "full_name": repository, "owner": {"login": owner, "name": owner},
                "html_url": format!("https://forge.example/{repository}"),
            },
            "pusher": {"name": owner}, "sender": {"login": owner, "id": 1},
            "commits": [commit(after, "a change")],
            "head_commit": commit(after, &"m".repeat(padding)),
        })
        .to_string()
        .into_bytes()
    };
    body(BYTES.saturating_sub(body(0).len()))
}

fn commit(id: &str, message: &str) -> Value {
    let person = json!({"name": "Bench", "email": "bench@forge.example"});
    json!({
        "id": id, "message": message, "timestamp": "2026-11-23T00:00:00Z", "distinct": true,
        "url": format!("https://forge.example/commit/{id}"), "author": person, "committer": person,
        "added": [], "modified": ["changed"], "removed": [],
    })
}

/// An id in the form of a UUID, from a number.
pub fn id(number: u64) -> String {
    format!("{:08x}-0000-4000-8000-{:012x}", number >> 32, number & 0xffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::{BYTES, push};

    #[test]
    fn a_push_has_the_promised_size() {
        assert_eq!(push("octo/app", "main", &"0".repeat(40), &"1".repeat(40)).len(), BYTES);
    }
}
