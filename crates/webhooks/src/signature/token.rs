//! GitLab's secret token, which comes with each delivery as it is.

use super::{SignatureRefusal, need, usable};
use crate::headers::Headers;
use aws_lc_rs::{constant_time, digest};
use domain::Secret;

const TOKEN: &str = "X-Gitlab-Token";

/// Whether a token came, whatever it is.
pub(crate) fn came(headers: &Headers) -> bool {
    headers.one("x-gitlab-token") != Ok(None)
}

/// Checks that the token is one of the hook's. Empty secrets never count.
pub(crate) fn verify(headers: &Headers, secrets: &[Secret]) -> Result<(), SignatureRefusal> {
    // Digests are compared: they are of one length, so that time does not tell the token's.
    let hash = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
    let sent = hash(need(headers, TOKEN)?);
    let fits = |secret: &Secret| {
        let own = hash(secret.expose());
        constant_time::verify_slices_are_equal(own.as_ref(), sent.as_ref()).is_ok()
    };
    let usable = usable(secrets)?;
    usable.into_iter().any(fits).then_some(()).ok_or(SignatureRefusal::OtherToken)
}
