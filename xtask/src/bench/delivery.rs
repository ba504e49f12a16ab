//! Webhooks as a forge would send them: a push of about 8 KiB, signed, each with an id of
//! its own.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The size of a push with a few commits.
pub const BYTES: usize = 8 * 1024;

/// SHA-256 takes its input in blocks of this many bytes.
const BLOCK: usize = 64;

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

/// The headers of a GitHub delivery.
pub fn headers(id: &str, secret: &str, body: &[u8]) -> String {
    format!(
        "Content-Type: application/json\r\nUser-Agent: GitHub-Hookshot/bench\r\nX-GitHub-Event: push\r\n\
         X-GitHub-Delivery: {id}\r\nX-Hub-Signature-256: sha256={}\r\n",
        hex::encode(hmac(secret.as_bytes(), body))
    )
}

/// An id in the form of a UUID, from a number.
pub fn id(number: u64) -> String {
    format!("{:08x}-0000-4000-8000-{:012x}", number >> 32, number & 0xffff_ffff)
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    match key.len() > BLOCK {
        true => block[..32].copy_from_slice(&Sha256::digest(key)),
        false => block[..key.len()].copy_from_slice(key),
    }
    let keyed = |pad: u8| Sha256::new().chain_update(block.map(|byte| byte ^ pad));
    let inner = keyed(0x36).chain_update(message).finalize();
    keyed(0x5c).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{BYTES, hmac, push};

    #[test]
    fn the_signature_is_that_of_rfc_4231() {
        let expect = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(hmac(b"Jefe", b"what do ya want for nothing?")), expect);
        let long = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        let message = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(hex::encode(hmac(&[0xaa; 131], message)), long);
    }

    #[test]
    fn a_push_has_the_promised_size() {
        assert_eq!(push("octo/app", "main", &"0".repeat(40), &"1".repeat(40)).len(), BYTES);
    }
}
