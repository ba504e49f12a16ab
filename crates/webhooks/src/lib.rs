#![doc = include_str!("../README.md")]

use domain::connection::ProviderType;
use domain::forge_event::ForgeEvent;
use domain::{Secret, Timestamp};

mod app;
mod bitbucket;
mod bitbucket_server;
mod body;
mod columns;
mod github;
mod gitlab;
mod headers;
pub mod limits;
mod refs;
mod signature;

pub use app::{AppDelivery, InstallationHappening, app_delivery};
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

/// Whether someone who knows one of the secrets made this delivery, of these very bytes.
///
/// Which forge is asked about comes from the hook, never from the request. Any of `secrets` will
/// do, so that a secret can be replaced while deliveries are under way. A secret of a GitLab hook
/// that begins with `whsec_` is one that GitLab signs with: with one among them, no token counts.
/// `at` is when the delivery came; only GitLab's signatures name a time.
pub fn verify(
    provider: ProviderType,
    headers: &Headers,
    raw_body: &[u8],
    secrets: &[Secret],
    at: Timestamp,
) -> Result<(), SignatureRefusal> {
    let judged = match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => {
            github::verify(headers, raw_body, secrets)
        }
        ProviderType::GitLab | ProviderType::GitLabSelfManaged => {
            gitlab::verify(headers, raw_body, secrets, at)
        }
        ProviderType::Bitbucket => bitbucket::verify(headers, raw_body, secrets),
        ProviderType::BitbucketServer => bitbucket_server::verify(headers, raw_body, secrets),
        ProviderType::AzureDevOps => Err(SignatureRefusal::NotSpoken(provider)),
    };
    judged.map_err(|refused| signature::naming_what_came(refused, headers))
}

/// The forge's own id of the delivery, the same when it is sent again; `None` where there is not
/// exactly one, or where it is not a plain word of at most [`limits::DELIVERY_ID_CHARS_MAX`].
pub fn delivery_id(provider: ProviderType, headers: &Headers) -> Option<&str> {
    let names: &[&str] = match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => &[github::DELIVERY],
        ProviderType::GitLab | ProviderType::GitLabSelfManaged => &gitlab::DELIVERIES,
        ProviderType::Bitbucket => &[bitbucket::DELIVERY],
        ProviderType::BitbucketServer => &[bitbucket_server::DELIVERY],
        ProviderType::AzureDevOps => &[],
    };
    let sent = names.iter().find_map(|name| headers.one(name).transpose())?;
    sent.ok().filter(|id| is_plain_word(id))
}

/// What a delivery's id may be: nothing that could mean something elsewhere.
fn is_plain_word(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=limits::DELIVERY_ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(plain)
}

/// The header in which a forge names the event, in lower case; `None` for a forge that is not
/// spoken.
pub fn event_header(provider: ProviderType) -> Option<&'static str> {
    match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => Some(github::EVENT),
        ProviderType::GitLab | ProviderType::GitLabSelfManaged => Some(gitlab::EVENT),
        ProviderType::Bitbucket => Some(bitbucket::EVENT),
        ProviderType::BitbucketServer => Some(bitbucket_server::EVENT),
        ProviderType::AzureDevOps => None,
    }
}

/// The forge's name for the event, as the headers give it.
pub fn event_name(provider: ProviderType, headers: &Headers) -> Option<&str> {
    headers.one(event_header(provider)?).ok().flatten()
}

/// What a delivery says, change by change and never nothing; what starts nothing comes as
/// `Ignored` with its reason. Only for bytes that [`verify`] accepted.
pub fn normalise(
    provider: ProviderType,
    headers: &Headers,
    body: &[u8],
) -> Result<Vec<Change>, Unusable> {
    let events = match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => {
            vec![github::normalise(headers, body)?]
        }
        ProviderType::GitLab | ProviderType::GitLabSelfManaged => gitlab::normalise(body)?,
        ProviderType::Bitbucket => bitbucket::normalise(headers, body)?,
        ProviderType::BitbucketServer => bitbucket_server::normalise(headers, body)?,
        ProviderType::AzureDevOps => {
            return Err(Unusable::new("provider", format!("{provider} is not spoken here")));
        }
    };
    Ok((0..).zip(events).map(|(index, event)| Change { index, event }).collect())
}
