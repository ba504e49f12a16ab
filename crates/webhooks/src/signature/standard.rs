//! Signatures of the Standard Webhooks specification, which a GitLab hook with a signing token
//! makes: HMAC-SHA256 over `id.timestamp.body`, in base64, by the bytes behind `whsec_`.

use super::{SignatureRefusal, need, token};
use crate::headers::Headers;
use crate::limits::SIGNATURE_SECONDS_MAX;
use aws_lc_rs::{constant_time, hmac};
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
    let (id, time) = (read_id(need_signed(headers, ID)?)?, need_signed(headers, TIMESTAMP)?);
    let seconds = read_seconds(time)?;
    let signed = [id.as_bytes(), b".", time.as_bytes(), b".", raw_body].concat();
    let mut fits = false;
    for secret in secrets.iter().filter(|secret| is_signing_secret(secret)) {
        let key = key(secret)?;
        let own = hmac::sign(&key, &signed);
        let same = |tag: &[u8; 32]| constant_time::verify_slices_are_equal(own.as_ref(), tag);
        fits |= sent.iter().any(|tag| same(tag).is_ok());
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

/// What is signed beside the body.
fn need_signed<'h>(headers: &'h Headers, name: &'static str) -> Result<&'h str, SignatureRefusal> {
    need(headers, name).map_err(|refused| match refused {
        SignatureRefusal::Missing(name) => SignatureRefusal::NotWhole(name),
        other => other,
    })
}

/// The signatures of version 1. Of the others, other versions among them, none counts and none
/// spoils the rest, as in the specification's own library.
fn read_tags(text: &str) -> Result<Vec<[u8; 32]>, SignatureRefusal> {
    let form = "v1, and the base64 of 32 bytes; several are separated by a space";
    let read = |one: &str| STANDARD.decode(one.strip_prefix("v1,")?).ok()?.try_into().ok();
    let tags: Vec<_> = text.split(' ').filter_map(read).collect();
    let malformed = SignatureRefusal::Malformed { header: SIGNATURE, form };
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
