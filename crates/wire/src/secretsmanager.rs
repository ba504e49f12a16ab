//! Secrets Manager (2017-10-17): secrets with versions and staging labels. AwsJson 1.1.
#![allow(missing_docs, reason = "shape tables; the members are AWS's own")]

mod constraints;

use crate::moment::Moment;
use crate::shapes::{shapes, words};
use domain::Secret;
use std::collections::BTreeMap;

pub use constraints::OPERATIONS;

words! {
    /// What a filter looks at.
    FilterKey {
        Description = "description", Name = "name", TagKey = "tag-key", TagValue = "tag-value",
        PrimaryRegion = "primary-region", OwningService = "owning-service", All = "all",
    }
    /// Which end of a list comes first.
    SortOrder { Ascending = "asc", Descending = "desc" }
    /// What a list is sorted by.
    SortBy {
        CreatedDate = "created-date", LastAccessedDate = "last-accessed-date",
        LastChangedDate = "last-changed-date", Name = "name",
    }
}

shapes! { "PascalCase";
    /// What an operation gives that has nothing to say.
    Nothing {} optional {}
    Tag {} optional { key: String, value: String }
    Filter {} optional { key: FilterKey, values: Vec<String> }

    CreateSecretInput { name: String } optional {
        client_request_token: String,
        description: String,
        kms_key_id: String,
        #[serde(with = "crate::secret_text::maybe")]
        secret_binary: Secret,
        #[serde(with = "crate::secret_text::maybe")]
        secret_string: Secret,
        tags: Vec<Tag>,
        add_replica_regions: Vec<ReplicaRegion>,
        force_overwrite_replica_secret: bool,
        r#type: String,
        #[serde(rename = "CrossAccountPrimaryARN")]
        cross_account_primary_arn: String,
    }
    ReplicaRegion {} optional { region: String, kms_key_id: String }
    CreateSecretOutput {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
    } optional { version_id: String }

    GetSecretValueInput { secret_id: String } optional {
        version_id: String,
        version_stage: String,
    }
    GetSecretValueOutput {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
        version_id: String,
        version_stages: Vec<String>,
        created_date: Moment,
    } optional {
        #[serde(with = "crate::secret_text::maybe")]
        secret_binary: Secret,
        #[serde(with = "crate::secret_text::maybe")]
        secret_string: Secret,
    }

    BatchGetSecretValueInput {} optional {
        secret_id_list: Vec<String>,
        filters: Vec<Filter>,
        max_results: u32,
        next_token: String,
    }
    BatchGetSecretValueOutput {
        secret_values: Vec<GetSecretValueOutput>,
        errors: Vec<ApiError>,
    } optional { next_token: String }
    ApiError { secret_id: String, error_code: String, message: String } optional {}

    PutSecretValueInput { secret_id: String } optional {
        client_request_token: String,
        #[serde(with = "crate::secret_text::maybe")]
        secret_binary: Secret,
        #[serde(with = "crate::secret_text::maybe")]
        secret_string: Secret,
        version_stages: Vec<String>,
        #[serde(with = "crate::secret_text::maybe")]
        rotation_token: Secret,
    }
    PutSecretValueOutput {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
        version_id: String,
        version_stages: Vec<String>,
    } optional {}

    UpdateSecretInput { secret_id: String } optional {
        client_request_token: String,
        description: String,
        kms_key_id: String,
        #[serde(with = "crate::secret_text::maybe")]
        secret_binary: Secret,
        #[serde(with = "crate::secret_text::maybe")]
        secret_string: Secret,
        r#type: String,
    }

    SecretNamed { secret_id: String } optional {}
    DescribeSecretOutput {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
        version_ids_to_stages: BTreeMap<String, Vec<String>>,
        created_date: Moment,
    } optional {
        description: String,
        kms_key_id: String,
        last_changed_date: Moment,
        last_accessed_date: Moment,
        deleted_date: Moment,
        tags: Vec<Tag>,
    }

    ListSecretsInput {} optional {
        include_planned_deletion: bool,
        max_results: u32,
        next_token: String,
        filters: Vec<Filter>,
        sort_order: SortOrder,
        sort_by: SortBy,
    }
    ListSecretsOutput { secret_list: Vec<SecretListEntry> } optional { next_token: String }
    SecretListEntry {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
        secret_versions_to_stages: BTreeMap<String, Vec<String>>,
        created_date: Moment,
    } optional {
        description: String,
        kms_key_id: String,
        last_changed_date: Moment,
        last_accessed_date: Moment,
        deleted_date: Moment,
        tags: Vec<Tag>,
    }

    ListSecretVersionIdsInput { secret_id: String } optional {
        max_results: u32,
        next_token: String,
        include_deprecated: bool,
    }
    ListSecretVersionIdsOutput {
        versions: Vec<SecretVersionsListEntry>,
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
    } optional { next_token: String }
    SecretVersionsListEntry { version_id: String, created_date: Moment } optional {
        version_stages: Vec<String>,
        last_accessed_date: Moment,
    }

    DeleteSecretInput { secret_id: String } optional {
        recovery_window_in_days: i64,
        force_delete_without_recovery: bool,
    }
    DeleteSecretOutput {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
        deletion_date: Moment,
    } optional {}
    /// The ARN and the name of a secret.
    SecretKnown {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
    } optional {}

    UpdateSecretVersionStageInput { secret_id: String, version_stage: String } optional {
        remove_from_version_id: String,
        move_to_version_id: String,
    }

    TagResourceInput { secret_id: String, tags: Vec<Tag> } optional {}
    UntagResourceInput { secret_id: String, tag_keys: Vec<String> } optional {}

    PutResourcePolicyInput { secret_id: String, resource_policy: String } optional {
        policy_name: String,
        block_public_policy: bool,
    }
    ResourcePolicyNamed { secret_id: String } optional { policy_name: String }
    GetResourcePolicyOutput {
        #[serde(rename = "ARN")]
        arn: String,
        name: String,
    } optional { resource_policy: String }

    ValidateResourcePolicyInput { resource_policy: String } optional { secret_id: String }
    ValidateResourcePolicyOutput {
        policy_validation_passed: bool,
        validation_errors: Vec<ValidationErrorsEntry>,
    } optional {}
    ValidationErrorsEntry { check_name: String, error_message: String } optional {}

    GetRandomPasswordInput {} optional {
        password_length: i64,
        exclude_characters: String,
        exclude_numbers: bool,
        exclude_punctuation: bool,
        exclude_uppercase: bool,
        exclude_lowercase: bool,
        include_space: bool,
        require_each_included_type: bool,
    }
    GetRandomPasswordOutput {
        #[serde(with = "crate::secret_text")]
        random_password: Secret,
    } optional {}

    RotateSecretInput { secret_id: String } optional {
        client_request_token: String,
        #[serde(rename = "RotationLambdaARN")]
        rotation_lambda_arn: String,
        rotation_rules: RotationRules,
        external_secret_rotation_metadata: Vec<RotationMetadata>,
        external_secret_rotation_role_arn: String,
        rotate_immediately: bool,
    }
    RotationRules {} optional {
        automatically_after_days: i64,
        duration: String,
        schedule_expression: String,
    }
    RotationMetadata {} optional { key: String, value: String }
}
