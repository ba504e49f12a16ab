//! Rotation by a Lambda function, which there is none of here.

use wire::secretsmanager as shapes;

use super::{Secret, invalid_request, own};
use crate::table::operation;

operation! {
    /// `secretsmanager:RotateSecret`: refused, with what does the same.
    Rotate: shapes::RotateSecretInput => shapes::CreateSecretOutput;
    about(input) { Secret(&input.secret_id) }
    decide(caller, input, view, now, _) {
        own(caller, &input.secret_id, view, now)?;
        Err(invalid_request(
            "Rotation by a Lambda function is not supported here: a pipeline can rotate a secret, \
             with PutSecretValue under AWSPENDING and then UpdateSecretVersionStage.",
        ))
    }
}

operation! {
    /// `secretsmanager:CancelRotateSecret`: no secret is ever set to rotate by itself.
    Cancel: shapes::SecretNamed => shapes::CreateSecretOutput;
    about(input) { Secret(&input.secret_id) }
    decide(caller, input, view, now, _) {
        own(caller, &input.secret_id, view, now)?;
        Err(invalid_request(
            "There is no rotation to cancel: the secret has no Lambda function. A version under \
             AWSPENDING is taken back with UpdateSecretVersionStage.",
        ))
    }
}
