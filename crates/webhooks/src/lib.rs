#![doc = include_str!("../README.md")]

use domain::Secret;
use domain::connection::ProviderType;
use domain::forge_event::ForgeEvent;

mod body;
mod columns;
mod github;
mod headers;
pub mod limits;
mod signature;

pub use columns::Columns;
pub use headers::{Headers, Repeated};
pub use signature::SignatureRefusal;

/// One change that a delivery tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the delivery, from 0.
    pub index: u32,
    /// What happened.
    pub event: ForgeEvent,
}

/// An authentic delivery that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub struct Unusable {
    /// A header's name, or the path in the body: `/head_commit/id`.
    pub place: String,
    /// What is wrong there, and what would be right.
    pub why: String,
}

impl Unusable {
    pub(crate) fn new(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self { place: place.into(), why: why.into() }
    }
}

/// Whether someone who knows one of the secrets signed these very bytes.
///
/// Which forge is asked about comes from the hook, never from the request. Any of `secrets` will
/// do, so that a secret can be replaced while deliveries are under way.
pub fn verify(
    provider: ProviderType,
    headers: &Headers,
    raw_body: &[u8],
    secrets: &[Secret],
) -> Result<(), SignatureRefusal> {
    match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => {
            github::verify(headers, raw_body, secrets)
        }
        other => Err(SignatureRefusal::NotSpoken(other)),
    }
}

/// The forge's own id of the delivery, the same when it is sent again; `None` where there is not
/// exactly one, or where it is not a plain word of at most [`limits::DELIVERY_ID_CHARS_MAX`].
pub fn delivery_id(provider: ProviderType, headers: &Headers) -> Option<&str> {
    let name = match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => github::DELIVERY,
        _ => return None,
    };
    let id = headers.one(name).ok().flatten()?;
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (plain && id.len() <= limits::DELIVERY_ID_CHARS_MAX).then_some(id)
}

/// The forge's name for the event, as the headers give it.
pub fn event_name(provider: ProviderType, headers: &Headers) -> Option<&str> {
    match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => {
            headers.one(github::EVENT).ok().flatten()
        }
        _ => None,
    }
}

/// What a delivery says, change by change and never nothing; what starts nothing comes as
/// `Ignored` with its reason. Only for bytes that [`verify`] accepted.
pub fn normalise(
    provider: ProviderType,
    headers: &Headers,
    body: &[u8],
) -> Result<Vec<Change>, Unusable> {
    let event = match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => {
            github::normalise(headers, body)?
        }
        other => return Err(Unusable::new("provider", format!("{other} is not spoken here yet"))),
    };
    Ok(vec![Change { index: 0, event }])
}
