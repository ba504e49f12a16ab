//! The headers of Bitbucket Cloud's deliveries; signed only where the hook has a secret.

use crate::deliver::Letter;
use aws_lc_rs::hmac;

pub(crate) fn headers(letter: &Letter) -> Vec<(String, String)> {
    let Letter { hook, event, guid, body, .. } = letter;
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("User-Agent".to_owned(), "Bitbucket-Webhooks/2.0".to_owned()),
        ("X-Event-Key".to_owned(), event.clone()),
        ("X-Hook-UUID".to_owned(), hook.uuid.clone()),
        ("X-Request-UUID".to_owned(), guid.clone()),
        ("X-Attempt-Number".to_owned(), letter.attempt.to_string()),
    ];
    headers.extend(signature(&hook.secret, body));
    headers
}

/// `X-Hub-Signature`, whose prefix names the algorithm; both Bitbuckets make it.
pub(crate) fn signature(secret: &str, body: &str) -> Option<(String, String)> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hex::encode(hmac::sign(&key, body.as_bytes()));
    (!secret.is_empty()).then(|| ("X-Hub-Signature".to_owned(), format!("sha256={tag}")))
}
