//! Users, groups, roles and policies of an account: IAM's operations.
//!
//! Each of them that changes a row raises the account's generation, and looks at it: so two that
//! decided on one list never both commit. What the policies come to is left to `identity`.

pub mod attached;
pub mod bounds;
pub mod details;
pub mod entity;
pub mod groups;
pub mod holders;
pub mod inline;
pub mod inventory;
pub mod keys;
pub mod managed;
pub mod paging;
pub mod policies;
pub mod providers;
pub mod roles;
pub mod simulate;
mod strangers;
pub mod summary;
pub mod tags;
pub mod users;
pub mod versions;

use identity::policy::{Kind, Policy, grammar::chars};
use wire::AwsError;

use crate::caller::Caller;
use crate::refusal::Refused;

/// There is nothing of this name.
pub(crate) fn missing(message: impl Into<String>) -> Refused {
    AwsError::refused("NoSuchEntityException", message)
}

/// The name is taken.
pub(crate) fn exists(message: impl Into<String>) -> Refused {
    AwsError::refused("EntityAlreadyExistsException", message)
}

/// Something else hangs on it.
pub(crate) fn conflict(message: &str) -> Refused {
    AwsError::refused("DeleteConflictException", format!("Cannot delete entity, must {message}."))
}

/// More than there may be.
pub(crate) fn exceeded(message: impl Into<String>) -> Refused {
    AwsError::refused("LimitExceededException", message)
}

/// What the constraints let through and cannot be meant.
pub(crate) fn invalid(message: impl Into<String>) -> Refused {
    AwsError::refused("InvalidInputException", message)
}

/// A unique id, `AROA…`, that nobody had before.
pub(crate) fn id(caller: &Caller, prefix: &str) -> String {
    format!("{prefix}{}", &caller.word(prefix).to_uppercase()[..17])
}

/// Reads a policy that is to be kept as this kind, of at most so many characters.
///
/// # Errors
/// `LimitExceeded`, `MalformedPolicyDocument` with every place where something is wrong.
pub(crate) fn read(text: &str, kind: Kind, chars_max: usize) -> Result<Policy, Refused> {
    if chars(text) > chars_max {
        return Err(exceeded(format!("Cannot exceed quota for PolicySize: {chars_max}")));
    }
    let malformed = |wrong: identity::policy::Malformed| {
        AwsError::refused("MalformedPolicyDocumentException", wrong.to_string())
    };
    Policy::read(text, kind).map_err(malformed)
}
