//! Signatures of the Standard Webhooks specification, which a GitLab hook with a signing token
//! makes: HMAC-SHA256 over `id.timestamp.body`, in base64, by the bytes behind `whsec_`.

use super::{SignatureRefusal, need, token};
use crate::headers::Headers;
use crate::limits::SIGNATURE_SECONDS_MAX;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Secret, Timestamp};

/// The delivery's id, signed with it.
pub(crate) const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";
const SIGNATURE: &str = "webhook-signature";
const SECRET_PREFIX: &str = "whsec_";

/// Whether a hook's secret is one that its forge signs with, and no token.
pub(crate) fn is_signing_secret(secret: &Secret) -> bool {
    secret.expose().starts_with(SECRET_PREFIX)
}

/// Checks that one of the signing secrets among `secrets` signed these bytes, about now.
pub(crate) fn verify(
    headers: &Headers,
    raw_body: &[u8],
    secrets: &[Secret],
    at: Timestamp,
) -> Result<(), SignatureRefusal> {
    let sent = match need(headers, SIGNATURE) {
        Err(SignatureRefusal::Missing(name)) if token::came(headers) => {
            return Err(SignatureRefusal::OnlyToken(name));
        }
        other => read_tags(other?)?,
    };
    let (id, time) = (read_id(need(headers, ID)?)?, need(headers, TIMESTAMP)?);
    let seconds = read_seconds(time)?;
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", raw_body].concat();
    let mut fits = false;
    for secret in secrets.iter().filter(|secret| is_signing_secret(secret)) {
        let key = key(secret)?;
        fits |= sent.iter().any(|tag| hmac::verify(&key, &signed, tag).is_ok());
    }
    if !fits {
        return Err(SignatureRefusal::Mismatch);
    }
    let apart = at.0.div_euclid(1000).abs_diff(seconds);
    let in_time = apart <= SIGNATURE_SECONDS_MAX.unsigned_abs();
    in_time.then_some(()).ok_or(SignatureRefusal::OutOfTime { seconds: apart })
}

fn key(secret: &Secret) -> Result<hmac::Key, SignatureRefusal> {
    let text = secret.expose().strip_prefix(SECRET_PREFIX).unwrap_or_default();
    let bytes = STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty());
    let bytes = bytes.ok_or(SignatureRefusal::SecretUnreadable)?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// The signatures of version 1; those of other versions do not count, and cannot alone.
fn read_tags(text: &str) -> Result<Vec<[u8; 32]>, SignatureRefusal> {
    let form = "v1, and the base64 of 32 bytes; several are separated by a space";
    let malformed = SignatureRefusal::Malformed { header: SIGNATURE, form };
    let mut tags = Vec::new();
    for one in text.split(' ') {
        let Some((version, tag)) = one.split_once(',') else { return Err(malformed) };
        if version != "v1" {
            continue;
        }
        let tag = STANDARD.decode(tag).ok().and_then(|bytes| bytes.try_into().ok());
        tags.push(tag.ok_or(malformed.clone())?);
    }
    if tags.is_empty() { Err(malformed) } else { Ok(tags) }
}

/// A dot in the id would let its end be read as the time, and the time as the body's beginning.
fn read_id(text: &str) -> Result<&str, SignatureRefusal> {
    let form = "an id of letters, digits, - and _";
    let plain = crate::is_plain_word(text);
    plain.then_some(text).ok_or(SignatureRefusal::Malformed { header: ID, form })
}

fn read_seconds(text: &str) -> Result<i64, SignatureRefusal> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| digits);
    let form = "seconds since 1970, digits only";
    seconds.ok_or(SignatureRefusal::Malformed { header: TIMESTAMP, form })
}
