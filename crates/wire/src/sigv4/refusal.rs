//! Why a signature was not accepted, and how each protocol says so.

use super::ALGORITHM;
use crate::dispatch::Protocol;
use crate::error::AwsError;

/// Why a request's signature was not accepted. Each says what differs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigV4Refusal {
    /// There is no signature at all.
    #[error(
        "Missing Authentication Token: the request is not signed. Sign it with Signature Version 4."
    )]
    Missing,
    /// The signature's parts cannot be read, or a part is missing.
    #[error("{0}")]
    Incomplete(String),
    /// A signature of another kind: of version 2, of 4A, or none of AWS's at all.
    #[error(
        "The authorization mechanism you have provided is not supported. Please use {ALGORITHM}."
    )]
    Mechanism,
    /// A parameter of a presigned query cannot be read, or is missing.
    #[error("{0}")]
    Query(String),
    /// The key is not known, or no longer.
    #[error("The access key '{0}' is not known here, or is not active.")]
    UnknownKey(String),
    /// A session token that is not good with this key, or the key of a session without one.
    #[error("The security token included in the request is invalid.")]
    InvalidToken,
    /// A session that has ended.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// The request's date lies too far from the server's.
    #[error(
        "Signature expired or not yet current: the request's clock is {seconds} seconds \
         {direction} the server's ({server}); at most {most} are allowed.",
        direction = if *seconds < 0 { "behind" } else { "ahead of" },
        seconds = seconds.abs()
    )]
    Skewed {
        /// Request minus server.
        seconds: i64,
        /// How many it may be, either way.
        most: i64,
        /// The server's time, as in `X-Amz-Date`.
        server: String,
    },
    /// A presigned request outlived its `X-Amz-Expires`.
    #[error("Signature expired: the presigned request was valid until {seconds} seconds ago.")]
    Expired {
        /// Seconds since it ended.
        seconds: i64,
    },
    /// A part of the credential's scope is another than the request needs.
    #[error("Credential should be scoped to {part} '{expected}', not '{given}'.")]
    Scope {
        /// `region`, `service` or `date`.
        part: &'static str,
        /// What the request says.
        given: String,
        /// What it should say.
        expected: String,
    },
    /// A header that must be signed is not.
    #[error("The header '{0}' must be among SignedHeaders.")]
    Unsigned(String),
    /// A signed header is not in the request.
    #[error("The header '{0}' is named in SignedHeaders but not in the request.")]
    HeaderMissing(String),
    /// The body is not the one that was signed.
    #[error("The provided 'x-amz-content-sha256' header does not match the body: {0}.")]
    Payload(&'static str),
    /// A request whose body comes later, and how that is proven is not said.
    #[error("Missing required header for this request: x-amz-content-sha256.")]
    PayloadMissing,
    /// What is said of the body's proof is nothing known.
    #[error(
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING word that is spoken here, or a SHA-256."
    )]
    PayloadUnknown,
    /// Everything is in place, and the signature is another.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check \
         your secret access key and signing method."
    )]
    Signature,
}

impl SigV4Refusal {
    /// The error in a protocol's own codes; the text is the same in all.
    pub fn to_error(&self, protocol: Protocol) -> AwsError {
        let (code, status) = match protocol {
            Protocol::Query => self.query_code(),
            Protocol::RestXml => self.s3_code(),
            _ => (self.json_code(), 400),
        };
        AwsError { status, ..AwsError::refused(code, self.to_string()) }
    }

    fn json_code(&self) -> &'static str {
        match self {
            Self::Missing => "MissingAuthenticationTokenException",
            Self::Incomplete(_)
            | Self::Mechanism
            | Self::Query(_)
            | Self::Unsigned(_)
            | Self::HeaderMissing(_) => "IncompleteSignatureException",
            Self::UnknownKey(_) | Self::InvalidToken => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
            _ => "InvalidSignatureException",
        }
    }

    fn query_code(&self) -> (&'static str, u16) {
        match self {
            Self::Missing => ("MissingAuthenticationToken", 403),
            Self::Incomplete(_)
            | Self::Mechanism
            | Self::Query(_)
            | Self::Unsigned(_)
            | Self::HeaderMissing(_) => ("IncompleteSignature", 400),
            Self::UnknownKey(_) | Self::InvalidToken => ("InvalidClientTokenId", 403),
            Self::ExpiredToken => ("ExpiredToken", 403),
            _ => ("SignatureDoesNotMatch", 403),
        }
    }

    fn s3_code(&self) -> (&'static str, u16) {
        match self {
            Self::Missing | Self::Unsigned(_) | Self::HeaderMissing(_) | Self::Expired { .. } => {
                ("AccessDenied", 403)
            }
            Self::Incomplete(_) | Self::Scope { .. } => ("AuthorizationHeaderMalformed", 400),
            Self::Mechanism | Self::PayloadMissing => ("InvalidRequest", 400),
            Self::PayloadUnknown => ("InvalidArgument", 400),
            Self::Query(_) => ("AuthorizationQueryParametersError", 400),
            Self::UnknownKey(_) => ("InvalidAccessKeyId", 403),
            Self::InvalidToken => ("InvalidToken", 400),
            Self::ExpiredToken => ("ExpiredToken", 400),
            Self::Skewed { .. } => ("RequestTimeTooSkewed", 403),
            Self::Payload(_) => ("XAmzContentSHA256Mismatch", 400),
            Self::Signature => ("SignatureDoesNotMatch", 403),
        }
    }
}
