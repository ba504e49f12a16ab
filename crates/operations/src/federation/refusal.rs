//! What STS says where a token opens no session (`identity::trust::Answer`), as it goes over the wire:
//! it tells nothing of the role. What differs is in the server's log and, for whoever may see the role,
//! under the request's id.

use identity::token::Invalid;
use identity::trust::{self, Answer, Code};
use wire::AwsError;

use super::presented::Doubt;
use crate::refusal::Refused;

/// As it goes over the wire.
fn said(answer: Answer) -> Refused {
    let Answer { code, message } = answer;
    match code {
        Code::AccessDenied => AwsError::access_denied(message),
        Code::Validation => AwsError::validation(message),
        Code::ExpiredToken => AwsError::refused("ExpiredTokenException", message),
        Code::InvalidIdentityToken => AwsError::refused("InvalidIdentityTokenException", message),
        Code::InvalidParameter => AwsError::refused("InvalidParameterValueException", message),
        Code::RejectedClaim => {
            AwsError { status: 403, ..AwsError::refused("IDPRejectedClaimException", message) }
        }
    }
}

/// The role's ARN is none.
pub fn no_arn() -> Refused {
    said(Answer::no_arn())
}

/// `ProviderId` is for OAuth 2.0 access tokens of three providers, none of which is spoken here.
pub fn provider_id() -> Refused {
    let message =
        "ProviderId is for OAuth 2.0 access tokens; leave it out for an OpenID Connect token.";
    AwsError::validation(message)
}

/// Nobody registered the issuer.
pub fn no_provider(issuer: &str) -> Refused {
    said(Answer::no_provider(issuer))
}

/// The issuer did not answer in time.
pub fn silent() -> Refused {
    let message =
        "The identity provider that issued the token could not be reached in time; try again.";
    AwsError::refused("IDPCommunicationErrorException", message)
}

/// The token is not good.
pub fn invalid(invalid: &Invalid) -> Refused {
    said(Answer::invalid(invalid))
}

/// The token does not count.
pub fn doubted(doubt: &Doubt) -> Refused {
    match doubt {
        Doubt::KeysUnknown | Doubt::NoKeys => said(Answer::no_keys()),
        Doubt::Invalid(why) => invalid(why),
        Doubt::StepEnded => step_ended(),
    }
}

/// The step that showed it is over.
fn step_ended() -> Refused {
    let message = "Token expired: the step that it was made for has ended";
    AwsError::refused("ExpiredTokenException", message)
}

/// The provider or the role do not take it.
pub fn refused(refused: &trust::Refused) -> Refused {
    said(Answer::refused(refused))
}

/// No session has such tags, whoever opens it.
pub fn tags(unfit: trust::UnfitTags) -> Refused {
    AwsError::refused("InvalidParameterValueException", unfit.to_string())
}

/// A tag of the caller's own session, which goes on as it is.
pub fn tag_handed_on() -> Refused {
    let message = "One of the specified transitive tag keys can't be set because it conflicts \
                   with a transitive tag key from the calling session.";
    AwsError::refused("InvalidParameterValueException", message)
}

/// There is no such role, or it trusts others.
pub fn denied() -> Refused {
    said(Answer::denied())
}

/// The role's sessions are shorter.
pub fn too_long() -> Refused {
    said(Answer::too_long())
}
