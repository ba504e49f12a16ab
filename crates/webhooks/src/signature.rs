//! Signatures over the raw bytes of a delivery, compared in constant time.

use crate::headers::Headers;
use aws_lc_rs::hmac;
use domain::Secret;
use domain::connection::ProviderType;

/// Why a delivery is not taken for the forge's own. The caller answers 401.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureRefusal {
    /// The hook has no secret that could be compared with.
    #[error("this hook has no secret, so nothing sent to it can be believed; register it again")]
    NoSecret,
    /// No signature.
    #[error("the header {0} is missing; set the hook's secret in the forge")]
    Missing(&'static str),
    /// A signature of an algorithm that is no longer worth anything.
    #[error("only a SHA-1 signature came; {0} with SHA-256 is needed")]
    OnlySha1(&'static str),
    /// More than one signature.
    #[error("the header {0} came more than once; exactly one signature is accepted")]
    Repeated(&'static str),
    /// Not the form of a signature.
    #[error("the header {0} must be sha256= and 64 lower-case hex digits")]
    Malformed(&'static str),
    /// A signature of other bytes or by another secret.
    #[error("the signature does not fit: other bytes, or another secret than this hook's")]
    Mismatch,
    /// A forge whose signatures are not known here.
    #[error("deliveries of {0} cannot be verified here yet")]
    NotSpoken(ProviderType),
}

/// Checks `header: sha256=<hex HMAC-SHA256(secret, raw body)>`, the form of GitHub and both
/// Bitbuckets. Empty secrets never count.
pub(crate) fn verify_hmac_sha256(
    headers: &Headers,
    header: &'static str,
    raw_body: &[u8],
    secrets: &[Secret],
) -> Result<(), SignatureRefusal> {
    let sent = headers.one(&header.to_ascii_lowercase());
    let sent = sent.map_err(|_| SignatureRefusal::Repeated(header))?;
    let tag = read_tag(sent.ok_or(SignatureRefusal::Missing(header))?);
    let tag = tag.ok_or(SignatureRefusal::Malformed(header))?;
    let mut usable = secrets.iter().filter(|secret| !secret.is_empty()).peekable();
    if usable.peek().is_none() {
        return Err(SignatureRefusal::NoSecret);
    }
    let fits = |secret: &Secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        hmac::verify(&key, raw_body, &tag).is_ok()
    };
    usable.any(fits).then_some(()).ok_or(SignatureRefusal::Mismatch)
}

/// One spelling only, so that no two requests differ in nothing but their signature's letters.
fn read_tag(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("sha256=")?;
    let lower = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut tag = [0; 32];
    (lower && hex::decode_to_slice(digits, &mut tag).is_ok()).then_some(tag)
}
