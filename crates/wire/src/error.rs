//! A refusal or failure as AWS clients read it, before it is written in a protocol's form.

use crate::limits::{MESSAGE_BYTES_MAX, SHOWN_VALUE_CHARS_MAX};
use crate::service::Service;
use std::borrow::Cow;

/// An error on its way to a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    /// The exception's name as the service's model has it: `PipelineNotFoundException`.
    pub code: Cow<'static, str>,
    /// The HTTP status, unless the service's model declares one for this code.
    pub status: u16,
    /// What was wrong and what would be right.
    pub message: String,
}

impl AwsError {
    /// The caller asked for what is not done: status 400. A message past its limit is cut.
    pub fn refused(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        let mut message = message.into();
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
        Self { code: code.into(), status: 400, message }
    }

    /// Values outside their constraints. Written as `ValidationError` in the Query protocol.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::refused("ValidationException", message)
    }

    /// A body that cannot be read as the operation's input.
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::refused("SerializationException", message)
    }

    /// A page token that was not given out for this list and caller.
    pub fn invalid_next_token() -> Self {
        let message = "The next token is not one that this call returned for the same account and \
                       filter. Start again without it.";
        Self::refused("InvalidNextTokenException", message)
    }

    /// The caller is known and may not do this.
    pub fn access_denied(message: impl Into<String>) -> Self {
        Self { status: 403, ..Self::refused("AccessDeniedException", message) }
    }

    /// Whether it says that the caller may not.
    pub fn is_denial(&self) -> bool {
        self.code == "AccessDeniedException"
    }

    /// Too many calls; the client may try again later.
    pub fn throttled(message: impl Into<String>) -> Self {
        Self::refused("ThrottlingException", message)
    }

    /// The server failed; details stay in its log under the request's id.
    pub fn internal() -> Self {
        let message = "The server failed. Its log says more under this request's id.";
        Self { status: 500, ..Self::refused("InternalFailure", message) }
    }

    /// The server cannot answer now; the client may try again.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { status: 503, ..Self::refused("ServiceUnavailable", message) }
    }

    /// The code without what the Query protocol and S3 leave out: `ValidationError`,
    /// `InvalidIdentityToken`.
    pub(crate) fn query_code(&self) -> &str {
        match self.code.as_ref() {
            "ValidationException" => "ValidationError",
            "AccessDeniedException" => "AccessDenied",
            "ThrottlingException" => "Throttling",
            "SerializationException" => "MalformedInput",
            // Their models keep the suffix.
            code @ ("ExpiredTokenException"
            | "InvalidAuthorizationMessageException"
            | "RegionDisabledException") => code,
            code => code.strip_suffix("Exception").unwrap_or(code),
        }
    }

    /// The code and the status as S3 has them.
    pub(crate) fn in_s3(&self) -> (&str, u16) {
        match self.query_code() {
            "ValidationError" | "MalformedInput" => ("InvalidArgument", 400),
            "Throttling" => ("SlowDown", 503),
            "InternalFailure" => ("InternalError", 500),
            code => (code, self.status),
        }
    }

    /// The status that this service answers with.
    pub fn status_for(&self, service: Option<Service>) -> u16 {
        let declared: &[(&str, u16)] = match service {
            Some(Service::CodePipeline) => &CODEPIPELINE_STATUSES,
            Some(Service::CodeConnections) => &CODECONNECTIONS_STATUSES,
            Some(Service::Iam) => &IAM_STATUSES,
            _ => &[],
        };
        let row = declared.iter().find(|(code, _)| *code == self.code);
        row.map_or(self.status, |(_, status)| *status)
    }
}

/// A text of the caller's, short enough to be repeated in a message.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The statuses that CodePipeline's model declares (apiVersion 2015-07-09).
const CODEPIPELINE_STATUSES: [(&str, u16); 1] = [("ConflictException", 409)];

/// The statuses that CodeConnections' model declares (apiVersion 2023-12-01); CodeStar
/// Connections declares none.
const CODECONNECTIONS_STATUSES: [(&str, u16); 14] = [
    ("AccessDeniedException", 403),
    ("ConcurrentModificationException", 409),
    ("ConditionalCheckFailedException", 409),
    ("ConflictException", 409),
    ("InternalServerException", 503),
    ("LimitExceededException", 429),
    ("ResourceAlreadyExistsException", 409),
    ("ResourceNotFoundException", 404),
    ("RetryLatestCommitFailedException", 503),
    ("SyncBlockerDoesNotExistException", 404),
    ("SyncConfigurationStillExistsException", 409),
    ("ThrottlingException", 429),
    ("UnsupportedOperationException", 400),
    ("UpdateOutOfSyncException", 409),
];

/// The statuses that IAM's model declares (apiVersion 2010-05-08), those other than 400.
const IAM_STATUSES: [(&str, u16); 6] = [
    ("ConcurrentModificationException", 409),
    ("DeleteConflictException", 409),
    ("EntityAlreadyExistsException", 409),
    ("LimitExceededException", 409),
    ("NoSuchEntityException", 404),
    ("PolicyEvaluationException", 500),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_answers_with_the_status_that_its_model_declares() {
        fn check(service: Service, code: &'static str, expect: u16) {
            assert_eq!(AwsError::refused(code, "").status_for(Some(service)), expect, "{code}");
        }
        check(Service::CodePipeline, "ConflictException", 409);
        check(Service::CodePipeline, "PipelineNotFoundException", 400);
        check(Service::CodeConnections, "ResourceNotFoundException", 404);
        check(Service::CodeStarConnections, "ResourceNotFoundException", 400);
        check(Service::CodeConnections, "LimitExceededException", 429);
        check(Service::Iam, "NoSuchEntityException", 404);
    }

    #[test]
    fn a_query_code_is_the_one_without_the_suffix() {
        assert_eq!(AwsError::validation("").query_code(), "ValidationError");
        assert_eq!(
            AwsError::refused("InvalidIdentityTokenException", "").query_code(),
            "InvalidIdentityToken"
        );
    }
}
