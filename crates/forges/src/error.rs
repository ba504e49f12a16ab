//! What can go wrong between us and a forge, told apart by who can mend it.

use domain::Timestamp;
use egress::EgressRefusal;
use std::time::Duration;

/// Why a forge did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The token is no good: revoked, expired, or its user is gone. The connection must be
    /// authorised again.
    #[error("the forge does not accept the token any more")]
    Unauthorised,
    /// Not there, or not to be seen with this token.
    #[error("{what} was not found, or the token's user may not see it")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// The token is good and the forge says no all the same.
    #[error("the forge refuses {what}: {message}")]
    Forbidden {
        /// What was asked for.
        what: String,
        /// The forge's own words.
        message: String,
    },
    /// What was sent breaks one of the forge's rules.
    #[error("the forge rejects {what}: {message}")]
    Rejected {
        /// What was asked for.
        what: String,
        /// The forge's own words.
        message: String,
    },
    /// The handshake ended without a token.
    #[error("the forge gives no token: {code}: {description}")]
    HandshakeRefused {
        /// OAuth's or the forge's word for it, `bad_verification_code`.
        code: String,
        /// Its own words, may be empty.
        description: String,
    },
    /// The forge does not know our OAuth client, or not by this secret. Its registration must be
    /// mended; the connection is as good as it was.
    #[error("the forge does not accept our OAuth client: {code}: {description}")]
    ClientRefused {
        /// OAuth's or the forge's word for it, `invalid_client`.
        code: String,
        /// Its own words, may be empty.
        description: String,
    },
    /// The refresh token is no good any more, and with it the whole family that it comes from:
    /// revoked, used twice, or too old. The connection must be authorised again.
    #[error("the forge does not renew the token any more: {code}: {description}")]
    GrantLost {
        /// OAuth's or the forge's word for it, `invalid_grant`.
        code: String,
        /// Its own words, may be empty.
        description: String,
    },
    /// The token is good and was given too few rights; people may take scopes away.
    #[error(
        "the connection was granted {granted}; {what} cannot be had without {needed}: authorise it again with that"
    )]
    MissingScope {
        /// What was asked for.
        what: String,
        /// The scopes that the forge names; where they are alternatives, with `or` between them.
        needed: String,
        /// What the token has, as the forge says it.
        granted: String,
    },
    /// An organisation lets only apps in that it has approved.
    #[error(
        "the forge refuses {what}: the organisation has not approved this OAuth app; one of its owners must, and anyone may ask for it at {mend_at}"
    )]
    AppNotApproved {
        /// What was asked for.
        what: String,
        /// The page where that is mended.
        mend_at: String,
    },
    /// An organisation wants whoever the token speaks for to sign in with it first (SAML).
    #[error(
        "the forge refuses {what}: the organisation wants its single sign-on first; the user who authorised this connection must sign in at {mend_at}"
    )]
    SignOnRequired {
        /// What was asked for.
        what: String,
        /// The page where that is mended.
        mend_at: String,
    },
    /// Asked too often.
    #[error("the forge asks us to wait {} s", wait.as_secs())]
    RateLimited {
        /// From now.
        wait: Duration,
    },
    /// The forge is down or cannot be reached; trying again may help.
    #[error("the forge is not available: {why}")]
    Unavailable {
        /// What was seen.
        why: String,
    },
    /// Not even asked: it limited us or failed again and again, and is left alone for a while.
    #[error("{host} is not asked again before {}: {why}", until.rfc3339())]
    Held {
        /// The forge's host.
        host: String,
        /// From when on it is asked again.
        until: Timestamp,
        /// What it did.
        why: String,
    },
    /// An answer that is not of this API.
    #[error("the forge's answer to {what} makes no sense: {why}")]
    Unexpected {
        /// What was asked for.
        what: String,
        /// What was seen.
        why: String,
    },
    /// Our own guard does not let the request out.
    #[error(transparent)]
    Egress(#[from] EgressRefusal),
}

impl Error {
    /// Whether the same question may be answered later without anybody having mended anything.
    pub fn passes(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Held { .. })
    }
}

impl From<egress::Failure> for Error {
    fn from(failure: egress::Failure) -> Self {
        match failure {
            egress::Failure::Refused(EgressRefusal::Unresolved { host, why }) => {
                Self::Unavailable { why: format!("{host} could not be resolved: {why}") }
            }
            egress::Failure::Refused(refusal) => Self::Egress(refusal),
            // It would be as large the next time.
            egress::Failure::TooLarge { url, limit } => {
                Self::Unexpected { what: url, why: format!("more than {limit} bytes") }
            }
            other => Self::Unavailable { why: other.to_string() },
        }
    }
}
