//! What STS says where a token opens no session: its codes and sentences, which tell nothing of the
//! role. What differs is in the server's log and, for whoever may see the role, under the request's
//! id.

use identity::token::Invalid;
use identity::trust;
use wire::AwsError;

use super::presented::Doubt;
use crate::refusal::Refused;

const INVALID: &str = "InvalidIdentityTokenException";

/// The role's ARN is none.
pub fn no_arn() -> Refused {
    AwsError::validation("Request ARN is invalid")
}

/// `ProviderId` is for OAuth 2.0 access tokens of three providers, none of which is spoken here.
pub fn provider_id() -> Refused {
    let message =
        "ProviderId is for OAuth 2.0 access tokens; leave it out for an OpenID Connect token.";
    AwsError::validation(message)
}

/// Nobody registered the issuer.
pub fn no_provider(issuer: &str) -> Refused {
    let message = format!("No OpenIDConnect provider found in your account for {issuer}");
    AwsError::refused(INVALID, message)
}

/// The issuer does not answer, or has not the key.
fn no_keys() -> Refused {
    // Both spaces are AWS's.
    let message = "Couldn't retrieve verification key from your identity provider,  please \
                   reference AssumeRoleWithWebIdentity documentation for requirements";
    AwsError::refused(INVALID, message)
}

/// The issuer did not answer in time.
pub fn silent() -> Refused {
    let message =
        "The identity provider that issued the token could not be reached in time; try again.";
    AwsError::refused("IDPCommunicationErrorException", message)
}

/// The token is not good.
pub fn invalid(invalid: &Invalid) -> Refused {
    match invalid {
        Invalid::Expired { expires, at } => {
            let (at, expires) = (at.0 / 1000, expires.0 / 1000);
            let message = format!(
                "Token expired: current date/time {at} must be before the expiration date/time {expires}"
            );
            AwsError::refused("ExpiredTokenException", message)
        }
        Invalid::Missing(claim) => {
            AwsError::refused(INVALID, format!("Missing a required claim: {claim}"))
        }
        Invalid::UnknownKey(_) | Invalid::NoKeyId => no_keys(),
        other => {
            let message = format!(
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an \
                 Access Token): {other}"
            );
            AwsError::refused(INVALID, message)
        }
    }
}

/// The token does not count.
pub fn doubted(doubt: &Doubt) -> Refused {
    match doubt {
        Doubt::KeysUnknown | Doubt::NoKeys => no_keys(),
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
    match refused {
        trust::Refused::Audience { .. } => AwsError::refused(INVALID, "Incorrect token audience"),
        trust::Refused::Claim { .. } => AwsError {
            status: 403,
            ..AwsError::refused("IDPRejectedClaimException", refused.to_string())
        },
        trust::Refused::Tags(unfit) => tags(*unfit),
        trust::Refused::Denied(_) => denied(),
    }
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

/// The trust policy does not allow it, or there is no such role: the same, so that nobody learns
/// which roles there are.
pub fn denied() -> Refused {
    AwsError::access_denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

/// The role's sessions are shorter.
pub fn too_long() -> Refused {
    let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    AwsError::validation(message)
}
