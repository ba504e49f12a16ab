//! The headers of GitHub's deliveries: SHA-256, and SHA-1 beside it as it still sends.

use crate::Shared;
use crate::deliver::Letter;
use aws_lc_rs::hmac;

pub(crate) fn headers(shared: &Shared, letter: &Letter) -> Vec<(String, String)> {
    let Letter { hook, event, guid, body, .. } = letter;
    let (target, kind) = match hook.app {
        Some(app) => (app, "integration"),
        None => (hook.repository, "repository"),
    };
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("User-Agent".to_owned(), "GitHub-Hookshot/practice".to_owned()),
        ("X-GitHub-Event".to_owned(), event.clone()),
        ("X-GitHub-Delivery".to_owned(), guid.clone()),
        ("X-GitHub-Hook-ID".to_owned(), hook.id.to_string()),
        ("X-GitHub-Hook-Installation-Target-ID".to_owned(), target.to_string()),
        ("X-GitHub-Hook-Installation-Target-Type".to_owned(), kind.to_owned()),
        ("X-GitHub-Enterprise-Host".to_owned(), shared.base.authority().to_owned()),
    ];
    if !hook.secret.is_empty() {
        let sign = |algorithm| {
            let key = hmac::Key::new(algorithm, hook.secret.as_bytes());
            hex::encode(hmac::sign(&key, body.as_bytes()))
        };
        let sha1 = sign(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY);
        headers.push(("X-Hub-Signature".to_owned(), format!("sha1={sha1}")));
        let sha256 = sign(hmac::HMAC_SHA256);
        headers.push(("X-Hub-Signature-256".to_owned(), format!("sha256={sha256}")));
    }
    headers
}
