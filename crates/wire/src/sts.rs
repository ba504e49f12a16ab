//! The Security Token Service (2011-06-15): who a caller is, and sessions that last for minutes or
//! hours. Query protocol, answers in XML.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

mod constraints;

use crate::moment::Moment;
use crate::shapes::shapes;
use domain::{AccessKeyId, Secret};

pub use constraints::OPERATIONS;

shapes! { "PascalCase";
    GetCallerIdentityInput {} optional {}
    GetCallerIdentityOutput { user_id: String, account: String, arn: String } optional {}

    AssumeRoleWithWebIdentityInput {
        role_arn: String,
        role_session_name: String,
        #[serde(with = "crate::secret_text")]
        web_identity_token: Secret,
    } optional {
        provider_id: String,
        policy_arns: Vec<PolicyDescriptorType>,
        policy: String,
        duration_seconds: u32,
        minimum_session_token_size: u32,
    }
    AssumeRoleWithWebIdentityOutput {
        credentials: Credentials,
        subject_from_web_identity_token: String,
        assumed_role_user: AssumedRoleUser,
        packed_policy_size: u32,
        provider: String,
        audience: String,
    } optional { source_identity: String }

    AssumeRoleInput { role_arn: String, role_session_name: String } optional {
        policy_arns: Vec<PolicyDescriptorType>,
        policy: String,
        duration_seconds: u32,
        tags: Vec<Tag>,
        transitive_tag_keys: Vec<String>,
        external_id: String,
        serial_number: String,
        token_code: String,
        source_identity: String,
        provided_contexts: Vec<ProvidedContext>,
        minimum_session_token_size: u32,
    }
    AssumeRoleOutput {
        credentials: Credentials,
        assumed_role_user: AssumedRoleUser,
        packed_policy_size: u32,
    } optional { source_identity: String }

    GetSessionTokenInput {} optional {
        duration_seconds: u32,
        serial_number: String,
        token_code: String,
        minimum_session_token_size: u32,
    }
    GetSessionTokenOutput { credentials: Credentials } optional {}

    DecodeAuthorizationMessageInput { encoded_message: String } optional {}
    DecodeAuthorizationMessageOutput { decoded_message: String } optional {}

    Credentials {
        access_key_id: AccessKeyId,
        #[serde(with = "crate::secret_text")]
        secret_access_key: Secret,
        #[serde(with = "crate::secret_text")]
        session_token: Secret,
        expiration: Moment,
    } optional {}
    AssumedRoleUser { assumed_role_id: String, arn: String } optional {}
    PolicyDescriptorType {} optional {
        #[serde(rename = "arn")]
        arn: String,
    }
    Tag { key: String, value: String } optional {}
    ProvidedContext {} optional { provider_arn: String, context_assertion: String }
}
