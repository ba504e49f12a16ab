//! The two proofs that a GitLab hook carries, both made from its one stored secret.
//!
//! GitLab sends the hook's `token` as it is, in a header; its `signing_token` (Standard Webhooks)
//! signs and is never sent. Whoever sees a token must not be able to sign, so the one is not
//! derived from the other's bytes by anything that can be undone.

use crate::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Sets this use of the secret apart from every other.
const PURPOSE: &[u8] = b"towpath gitlab signing token\n";

/// How GitLab and Standard Webhooks mark the text form of a signing key.
const PREFIX: &str = "whsec_";

/// The key that GitLab signs a hook's deliveries with (HMAC-SHA256), by the hook's secret.
pub fn gitlab_signing_key(secret: &Secret) -> [u8; 32] {
    let hash = Sha256::new().chain_update(PURPOSE).chain_update(secret.expose().as_bytes());
    hash.finalize().into()
}

/// That key as the hooks API takes it: `whsec_` and base64 of its 32 bytes.
pub fn gitlab_signing_token(secret: &Secret) -> Secret {
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(gitlab_signing_key(secret))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_token_is_its_secrets_own_and_does_not_show_it() {
        let (one, other) = (Secret::new("one"), Secret::new("other"));
        let token = gitlab_signing_token(&one);
        let key = STANDARD.decode(token.expose().strip_prefix(PREFIX).expect("the prefix"));
        assert_eq!(key.as_deref(), Ok(&gitlab_signing_key(&one)[..]));
        assert_ne!(token, gitlab_signing_token(&other));
        assert!(!token.expose().contains("one"));
    }
}
