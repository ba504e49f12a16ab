//! Signatures over the raw bytes of a delivery, compared in constant time.

pub(crate) mod standard;
pub(crate) mod token;

use crate::headers::Headers;
use crate::limits::SIGNATURE_SECONDS_MAX;
use aws_lc_rs::hmac;
use domain::Secret;
use domain::connection::ProviderType;

/// The headers that prove where a delivery comes from, and whose they are.
const KINDS: [(&str, &str); 4] = [
    ("X-Hub-Signature-256", "GitHub"),
    ("webhook-signature", "a GitLab hook with a signing token"),
    ("X-Gitlab-Token", "a GitLab hook with a secret token"),
    (HUB_SIGNATURE, "Bitbucket"),
];

/// The header of both Bitbuckets.
pub(crate) const HUB_SIGNATURE: &str = "X-Hub-Signature";

/// Why a delivery is not taken for the forge's own. The caller answers 401.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureRefusal {
    /// The hook has no secret that could be compared with.
    #[error("this hook has no secret, so nothing sent to it can be believed; register it again")]
    NoSecret,
    /// The hook's signing secret is none.
    #[error("this hook's signing secret is not whsec_ and base64; register it again")]
    SecretUnreadable,
    /// No signature.
    #[error("the header {0} is missing; set the hook's secret in the forge")]
    Missing(&'static str),
    /// The signature came, and what it is of besides the body did not.
    #[error("the header {0} is missing, which is signed too; look for a proxy that takes it out")]
    NotWhole(&'static str),
    /// A signature of an algorithm that is no longer worth anything.
    #[error("only a SHA-1 signature came; {0} with SHA-256 is needed")]
    OnlySha1(&'static str),
    /// A signature of another kind, which is never taken instead.
    #[error(
        "{missing} is missing, and {came} came, as {sender} sends it; name the forge that sent it and \
         its own hook's secret, or look for a proxy that renames headers"
    )]
    OtherKind {
        /// The header that this hook's deliveries have.
        missing: &'static str,
        /// The header that came.
        came: &'static str,
        /// Who signs so.
        sender: &'static str,
    },
    /// GitLab's plain token where the hook was registered with a signing secret.
    #[error("only X-Gitlab-Token came; this hook has a signing secret, so {0} is needed")]
    OnlyToken(&'static str),
    /// More than one signature.
    #[error("the header {0} came more than once; exactly one is accepted")]
    Repeated(&'static str),
    /// Not the form of a signature, or of what is signed with it.
    #[error("the header {header} must be {form}")]
    Malformed {
        /// The header.
        header: &'static str,
        /// What it must be.
        form: &'static str,
    },
    /// A signature of other bytes or by another secret.
    #[error("the signature does not fit: other bytes, or another secret than this hook's")]
    Mismatch,
    /// Another token than the hook's.
    #[error("X-Gitlab-Token is not this hook's token")]
    OtherToken,
    /// A good signature of another time.
    #[error(
        "it was signed {seconds} s from now and {SIGNATURE_SECONDS_MAX} s are allowed; \
         a replay, or a clock that is wrong"
    )]
    OutOfTime {
        /// Seconds between the signature's moment and the present one, either way.
        seconds: u64,
    },
    /// A forge whose signatures are not known here.
    #[error("deliveries of {0} cannot be verified here")]
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
    let sent = need(headers, header)?;
    if sent.starts_with("sha1=") {
        return Err(SignatureRefusal::OnlySha1(header));
    }
    let tag = read_tag(sent);
    let form = "sha256= and 64 lower-case hex digits";
    let tag = tag.ok_or(SignatureRefusal::Malformed { header, form })?;
    let fits = |secret: &Secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        hmac::verify(&key, raw_body, &tag).is_ok()
    };
    usable(secrets)?.into_iter().any(fits).then_some(()).ok_or(SignatureRefusal::Mismatch)
}

/// Where the one header is missing, what came in its stead: another forge's signature, or another kind of
/// the same forge's.
pub(crate) fn naming_what_came(refused: SignatureRefusal, headers: &Headers) -> SignatureRefusal {
    let SignatureRefusal::Missing(missing) = refused else { return refused };
    let came = |name: &str| headers.one(&name.to_ascii_lowercase()) != Ok(None);
    match KINDS.into_iter().find(|(name, _)| *name != missing && came(name)) {
        Some((came, sender)) => SignatureRefusal::OtherKind { missing, came, sender },
        None => refused,
    }
}

/// The only value of a header that must be there; `header` as the forge writes it.
fn need<'h>(headers: &'h Headers, header: &'static str) -> Result<&'h str, SignatureRefusal> {
    let sent = headers.one(&header.to_ascii_lowercase());
    let sent = sent.map_err(|_| SignatureRefusal::Repeated(header))?;
    sent.ok_or(SignatureRefusal::Missing(header))
}

/// The secrets that are any: at least one.
fn usable(secrets: &[Secret]) -> Result<Vec<&Secret>, SignatureRefusal> {
    let usable: Vec<_> = secrets.iter().filter(|secret| !secret.is_empty()).collect();
    if usable.is_empty() { Err(SignatureRefusal::NoSecret) } else { Ok(usable) }
}

/// One spelling only, so that no two requests differ in nothing but their signature's letters.
fn read_tag(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("sha256=")?;
    let lower = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut tag = [0; 32];
    (lower && hex::decode_to_slice(digits, &mut tag).is_ok()).then_some(tag)
}
