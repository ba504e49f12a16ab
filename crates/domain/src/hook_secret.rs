//! The two proofs that a GitLab hook carries, both made from its one stored secret.
//!
//! GitLab sends the hook's `token` as it is, in a header; its `signing_token` (Standard Webhooks)
//! signs and is never sent. Whoever sees a token must not be able to sign, so both are digests of
//! the stored secret, each for its own purpose, and the secret itself is sent to nobody.

use crate::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// Set the uses of the secret apart from each other.
const SIGNING: &[u8] = b"towpath gitlab signing token\n";
const SHOWING: &[u8] = b"towpath gitlab token\n";

/// How GitLab and Standard Webhooks mark the text form of a signing key.
const PREFIX: &str = "whsec_";

/// The key that GitLab signs a hook's deliveries with, by the hook's secret, as the hooks API takes
/// it and as whoever verifies reads it: `whsec_` and base64 of its 32 bytes.
pub fn gitlab_signing_token(secret: &Secret) -> Secret {
    Secret::new(format!("{PREFIX}{}", digest(SIGNING, secret)))
}

/// The token that GitLab shows with each delivery of a hook, by the hook's secret.
pub fn gitlab_token(secret: &Secret) -> Secret {
    Secret::new(digest(SHOWING, secret))
}

fn digest(purpose: &[u8], secret: &Secret) -> String {
    let hash = Sha256::new().chain_update(purpose).chain_update(secret.expose().as_bytes());
    STANDARD.encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_token_is_its_secrets_own_and_does_not_show_it() {
        let (one, other) = (Secret::new("one"), Secret::new("other"));
        let token = gitlab_signing_token(&one);
        let key = STANDARD.decode(token.expose().strip_prefix(PREFIX).expect("the prefix"));
        assert_eq!(key.map(|bytes| bytes.len()), Ok(32));
        assert_eq!(token, gitlab_signing_token(&one));
        assert_ne!(token, gitlab_signing_token(&other));
        assert!(!token.expose().contains("one"));
    }

    #[test]
    fn whoever_sees_the_token_has_neither_the_secret_nor_what_signs() {
        let secret = Secret::new("one");
        let (shown, signing) = (gitlab_token(&secret), gitlab_signing_token(&secret));
        assert_ne!(shown, secret);
        assert_ne!(shown, gitlab_token(&Secret::new("other")));
        assert!(!signing.expose().contains(shown.expose()));
        // Nor by taking the token for the secret.
        assert_ne!(gitlab_signing_token(&shown), signing);
    }
}
