//! What a request says about its signature, before anything of it is proven.

use super::{ALGORITHM, SigV4Refusal, TERMINATOR};
use crate::limits::{PRESIGNED_SECONDS_MAX, SIGNED_HEADERS_MAX};
use crate::request::Request;
use domain::{AccessKeyId, Timestamp};

/// The parts of a signature as the request states them. Nothing is proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The access key whose secret must have signed.
    pub unverified_access_key_id: AccessKeyId,
    /// The session token of temporary credentials.
    pub unverified_session_token: Option<String>,
    /// The date of the credential's scope, `20261122`.
    pub unverified_scope_date: String,
    /// The region of the scope.
    pub unverified_region: String,
    /// The service of the scope.
    pub unverified_service: String,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    pub(super) date: Timestamp,
    pub(super) amz_date: String,
    /// Seconds that a presigned request is valid; `None` where the signature is in a header.
    pub(super) presigned_seconds: Option<i64>,
}

impl Claim {
    /// Reads the claim from the `Authorization` header, or from the query of a presigned request.
    ///
    /// # Errors
    /// [`SigV4Refusal::Missing`] without any signature; [`SigV4Refusal::Incomplete`] or, in a
    /// presigned query, [`SigV4Refusal::Query`] with the part that is missing or malformed.
    pub fn read(request: &Request) -> Result<Self, SigV4Refusal> {
        let mut headers = request.headers("authorization");
        match (headers.next(), headers.next()) {
            (Some(_), Some(_)) => Err(incomplete("There is more than one Authorization header.")),
            (Some(header), None) => from_header(request, header),
            (None, _) if parameter(request, "X-Amz-Algorithm").is_some() => from_query(request),
            (None, _) => Err(SigV4Refusal::Missing),
        }
    }

    /// Whether the signature stands in the query, as a link's does.
    pub(crate) fn is_presigned(&self) -> bool {
        self.presigned_seconds.is_some()
    }

    /// When the signer says that it signed.
    pub(crate) fn date(&self) -> Timestamp {
        self.date
    }
}

/// The service of the credential's scope, where the request has one; unverified, for dispatch.
pub fn unverified_service(request: &Request) -> Option<String> {
    let header = request.header("authorization").and_then(|header| {
        let (_, parts) = header.split_once(' ')?;
        field(parts, "Credential").map(str::to_owned)
    });
    let credential = header.or_else(|| parameter(request, "X-Amz-Credential"))?;
    credential.rsplit('/').nth(1).map(str::to_owned)
}

fn from_header(request: &Request, header: &str) -> Result<Claim, SigV4Refusal> {
    let parts = header.strip_prefix(ALGORITHM).and_then(|rest| rest.strip_prefix(' '));
    let parts = parts.ok_or(SigV4Refusal::Mechanism)?;
    let need = |name: &str| {
        field(parts, name).map(str::to_owned).ok_or_else(|| {
            incomplete(&format!("Authorization header requires '{name}' parameter."))
        })
    };
    let amz_date = single(request, "x-amz-date")?;
    let session_token = request.header("x-amz-security-token").map(str::to_owned);
    let (credential, signed) = (need("Credential")?, need("SignedHeaders")?);
    claim(&credential, &signed, need("Signature")?, amz_date, session_token, None)
}

fn from_query(request: &Request) -> Result<Claim, SigV4Refusal> {
    let need = |name: &str| {
        let missing = || SigV4Refusal::Query(format!("The presigned query requires '{name}'."));
        parameter(request, name).ok_or_else(missing)
    };
    if need("X-Amz-Algorithm")? != ALGORITHM {
        return Err(SigV4Refusal::Query(format!("X-Amz-Algorithm must be '{ALGORITHM}'.")));
    }
    let seconds = need("X-Amz-Expires")?.parse::<i64>().ok();
    let seconds = seconds.filter(|seconds| (1..=PRESIGNED_SECONDS_MAX).contains(seconds));
    let seconds = seconds.ok_or_else(|| {
        SigV4Refusal::Query(format!("X-Amz-Expires must be 1 to {PRESIGNED_SECONDS_MAX} seconds."))
    })?;
    let session_token = parameter(request, "X-Amz-Security-Token");
    let (credential, signed) = (need("X-Amz-Credential")?, need("X-Amz-SignedHeaders")?);
    let (signature, date) = (need("X-Amz-Signature")?, need("X-Amz-Date")?);
    let read = claim(&credential, &signed, signature, date, session_token, Some(seconds));
    read.map_err(|refusal| match refusal {
        SigV4Refusal::Incomplete(message) => SigV4Refusal::Query(message),
        other => other,
    })
}

fn claim(
    credential: &str,
    signed: &str,
    signature: String,
    amz_date: String,
    unverified_session_token: Option<String>,
    presigned_seconds: Option<i64>,
) -> Result<Claim, SigV4Refusal> {
    let [key, scope_date, region, service, end] = scope(credential)?;
    let date = Timestamp::from_amz_date(&amz_date);
    let date = date.ok_or_else(|| incomplete("X-Amz-Date must have the form 20261122T101530Z."))?;
    if end != TERMINATOR {
        return Err(incomplete(&format!("The credential must end in '/{TERMINATOR}'.")));
    }
    if !(signature.len() == 64 && signature.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
    {
        return Err(incomplete("The signature must be 64 lower-case hex digits."));
    }
    Ok(Claim {
        unverified_access_key_id: AccessKeyId::new(key),
        unverified_session_token,
        unverified_scope_date: scope_date.to_owned(),
        unverified_region: region.to_owned(),
        unverified_service: service.to_owned(),
        signed_headers: signed_headers(signed)?,
        signature,
        date,
        amz_date,
        presigned_seconds,
    })
}

fn scope(credential: &str) -> Result<[&str; 5], SigV4Refusal> {
    let parts: Vec<&str> = credential.split('/').collect();
    let full = parts.iter().all(|part| !part.is_empty());
    let form = "The credential must have the form KEY/DATE/REGION/SERVICE/aws4_request.";
    let parts: Option<[&str; 5]> = parts.try_into().ok().filter(|_| full);
    parts.ok_or_else(|| incomplete(form))
}

/// Lower case, sorted and each once, as the signer must have them.
fn signed_headers(list: &str) -> Result<Vec<String>, SigV4Refusal> {
    let names: Vec<String> = list.split(';').map(str::to_owned).collect();
    let lower = names.iter().all(|name| !name.is_empty() && *name == name.to_ascii_lowercase());
    let sorted = names.windows(2).all(|pair| pair[0] < pair[1]);
    let rule = format!(
        "SignedHeaders must be at most {SIGNED_HEADERS_MAX} lower-case names, sorted, each once."
    );
    let good = lower && sorted && names.len() <= SIGNED_HEADERS_MAX;
    good.then_some(names).ok_or_else(|| incomplete(&rule))
}

fn single(request: &Request, name: &str) -> Result<String, SigV4Refusal> {
    let mut values = request.headers(name);
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value.trim().to_owned()),
        (None, _) => Err(incomplete(&format!("The request requires one '{name}' header."))),
        (Some(_), Some(_)) => Err(incomplete(&format!("'{name}' stands twice."))),
    }
}

/// `Name=value` out of a comma-separated list; a part that stands twice counts as malformed.
fn field<'a>(parts: &'a str, name: &str) -> Option<&'a str> {
    let value = |part: &'a str| part.trim().strip_prefix(name)?.strip_prefix('=');
    let mut values = parts.split(',').filter_map(value);
    values.next().filter(|_| values.next().is_none())
}

/// A query parameter; one that stands twice counts as malformed.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let named = |(known, text): (String, String)| (known == name).then_some(text);
    let mut values = request.parameters().filter_map(named);
    values.next().filter(|_| values.next().is_none())
}

fn incomplete(message: &str) -> SigV4Refusal {
    SigV4Refusal::Incomplete(message.to_owned())
}
