//! The headers of GitLab's deliveries: its plain token, and signed webhooks (Standard Webhooks)
//! where the hook has a signing token.

use crate::Shared;
use crate::deliver::Letter;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Entropy;

pub(crate) fn headers(shared: &Shared, letter: &Letter) -> Vec<(String, String)> {
    let Letter { hook, event, guid, body, .. } = letter;
    let instance = shared.base.as_str().trim_end_matches('/');
    let mut headers = vec![
        ("Content-Type".to_owned(), "application/json".to_owned()),
        ("User-Agent".to_owned(), "GitLab/practice".to_owned()),
        ("X-Gitlab-Event".to_owned(), event.clone()),
        ("X-Gitlab-Instance".to_owned(), instance.to_owned()),
        ("X-Gitlab-Webhook-UUID".to_owned(), hook.uuid.clone()),
        ("X-Gitlab-Event-UUID".to_owned(), shared.entropy.uuid()),
        ("Idempotency-Key".to_owned(), guid.clone()),
    ];
    if !hook.secret.is_empty() {
        headers.push(("X-Gitlab-Token".to_owned(), hook.secret.clone()));
    }
    if let Some(key) = hook.signing_token.as_deref().and_then(key) {
        let at = shared.now().0 / 1000;
        let signed = hmac::sign(&key, format!("{guid}.{at}.{body}").as_bytes());
        headers.push(("webhook-id".to_owned(), guid.clone()));
        headers.push(("webhook-timestamp".to_owned(), at.to_string()));
        headers.push(("webhook-signature".to_owned(), format!("v1,{}", STANDARD.encode(signed))));
    }
    headers
}

/// `whsec_` and the key in base64.
pub(super) fn key(signing_token: &str) -> Option<hmac::Key> {
    let key = STANDARD.decode(signing_token.strip_prefix("whsec_")?).ok()?;
    (key.len() == 32).then(|| hmac::Key::new(hmac::HMAC_SHA256, &key))
}
