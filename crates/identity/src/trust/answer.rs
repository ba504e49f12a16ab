//! What STS says where a token opens no session: its codes and sentences, which tell nothing of the
//! role (API reference of STS, AssumeRoleWithWebIdentity, and what it was seen to say). The doctor says
//! by them what a client will read.

use std::fmt;

use super::Refused;
use crate::token::Invalid;

/// An error of STS.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Answer {
    /// Which.
    pub code: Code,
    /// Its sentence.
    pub message: String,
}

/// The codes that it uses for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The trust policy does not allow it, or there is no such role.
    AccessDenied,
    /// The token is over.
    ExpiredToken,
    /// The token is no good here.
    InvalidIdentityToken,
    /// The token asks for what no session can have.
    InvalidParameter,
    /// A claim has a form that is not taken.
    RejectedClaim,
    /// What was asked for is malformed.
    Validation,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessDenied => "AccessDenied",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::InvalidIdentityToken => "InvalidIdentityToken",
            Self::InvalidParameter => "InvalidParameterValue",
            Self::RejectedClaim => "IDPRejectedClaim",
            Self::Validation => "ValidationError",
        })
    }
}

impl Answer {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The role's ARN is none.
    pub fn no_arn() -> Self {
        Self::new(Code::Validation, "Request ARN is invalid")
    }

    /// Nobody registered the issuer.
    pub fn no_provider(issuer: &str) -> Self {
        let message = format!("No OpenIDConnect provider found in your account for {issuer}");
        Self::new(Code::InvalidIdentityToken, message)
    }

    /// The issuer does not answer, or has not the key.
    pub fn no_keys() -> Self {
        // Both spaces are AWS's.
        let message = "Couldn't retrieve verification key from your identity provider,  please \
                       reference AssumeRoleWithWebIdentity documentation for requirements";
        Self::new(Code::InvalidIdentityToken, message)
    }

    /// The token is not good.
    pub fn invalid(invalid: &Invalid) -> Self {
        let (code, message) = match invalid {
            Invalid::Expired { expires, at } => {
                let (at, expires) = (at.0 / 1000, expires.0 / 1000);
                let message = format!(
                    "Token expired: current date/time {at} must be before the expiration date/time {expires}"
                );
                (Code::ExpiredToken, message)
            }
            Invalid::Missing(claim) => {
                (Code::InvalidIdentityToken, format!("Missing a required claim: {claim}"))
            }
            Invalid::UnknownKey(_) | Invalid::UnfitKey { .. } | Invalid::NoKeyId => {
                return Self::no_keys();
            }
            other => {
                let message = format!(
                    "The ID Token provided is not a valid JWT. (You may see this error if you sent an \
                     Access Token): {other}"
                );
                (Code::InvalidIdentityToken, message)
            }
        };
        Self::new(code, message)
    }

    /// The provider or the role do not take it.
    pub fn refused(refused: &Refused) -> Self {
        let code = match refused {
            Refused::Audience { .. } => Code::InvalidIdentityToken,
            Refused::Claim { .. } => Code::RejectedClaim,
            Refused::Tags(_) => Code::InvalidParameter,
            Refused::Denied(_) => return Self::denied(),
        };
        Self::new(code, refused.to_string())
    }

    /// The trust policy does not allow it, or there is no such role: the same, so that nobody learns
    /// which roles there are.
    pub fn denied() -> Self {
        Self::new(Code::AccessDenied, "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    }

    /// The role's sessions are shorter.
    pub fn too_long() -> Self {
        let message =
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        Self::new(Code::Validation, message)
    }
}
