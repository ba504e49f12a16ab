//! What Secrets Manager's model (apiVersion 2017-10-17) asks of each input.

use crate::shape::{
    Operation, Pattern, Shape, blob, list, matching, may, must, one_of, secret, secret_matching,
    structure, text,
};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 20] = [
    Operation { name: "CreateSecret", input: &CREATE_SECRET },
    Operation { name: "GetSecretValue", input: &GET_SECRET_VALUE },
    Operation { name: "BatchGetSecretValue", input: &BATCH_GET_SECRET_VALUE },
    Operation { name: "PutSecretValue", input: &PUT_SECRET_VALUE },
    Operation { name: "UpdateSecret", input: &UPDATE_SECRET },
    Operation { name: "DescribeSecret", input: &SECRET_NAMED },
    Operation { name: "ListSecrets", input: &LIST_SECRETS },
    Operation { name: "ListSecretVersionIds", input: &LIST_SECRET_VERSION_IDS },
    Operation { name: "DeleteSecret", input: &DELETE_SECRET },
    Operation { name: "RestoreSecret", input: &SECRET_NAMED },
    Operation { name: "UpdateSecretVersionStage", input: &UPDATE_SECRET_VERSION_STAGE },
    Operation { name: "TagResource", input: &TAG_RESOURCE },
    Operation { name: "UntagResource", input: &UNTAG_RESOURCE },
    Operation { name: "PutResourcePolicy", input: &PUT_RESOURCE_POLICY },
    Operation { name: "GetResourcePolicy", input: &RESOURCE_POLICY_NAMED },
    Operation { name: "DeleteResourcePolicy", input: &RESOURCE_POLICY_NAMED },
    Operation { name: "ValidateResourcePolicy", input: &VALIDATE_RESOURCE_POLICY },
    Operation { name: "GetRandomPassword", input: &GET_RANDOM_PASSWORD },
    Operation { name: "RotateSecret", input: &ROTATE_SECRET },
    Operation { name: "CancelRotateSecret", input: &SECRET_NAMED },
];

static CREATE_SECRET: Shape = structure(&[
    must("Name", &NAME),
    may("ClientRequestToken", &TOKEN),
    may("Description", &DESCRIPTION),
    may("KmsKeyId", &KMS_KEY_ID),
    may("SecretBinary", &BINARY),
    may("SecretString", &STRING),
    may("Tags", &TAGS),
    may("AddReplicaRegions", &REPLICAS),
    may("ForceOverwriteReplicaSecret", &FLAG),
    may("Type", &TYPE),
    may("CrossAccountPrimaryARN", &ARN),
]);

static GET_SECRET_VALUE: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    may("VersionId", &TOKEN),
    may("VersionStage", &STAGE),
]);

static BATCH_GET_SECRET_VALUE: Shape = structure(&[
    may("SecretIdList", &SECRET_IDS),
    may("Filters", &FILTERS),
    may("MaxResults", &BATCH),
    may("NextToken", &NEXT_TOKEN),
]);

static PUT_SECRET_VALUE: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    may("ClientRequestToken", &TOKEN),
    may("SecretBinary", &BINARY),
    may("SecretString", &STRING),
    may("VersionStages", &STAGES),
    may("RotationToken", &ROTATION_TOKEN),
]);

static UPDATE_SECRET: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    may("ClientRequestToken", &TOKEN),
    may("Description", &DESCRIPTION),
    may("KmsKeyId", &KMS_KEY_ID),
    may("SecretBinary", &BINARY),
    may("SecretString", &STRING),
    may("Type", &TYPE),
]);

static SECRET_NAMED: Shape = structure(&[must("SecretId", &SECRET_ID)]);

static LIST_SECRETS: Shape = structure(&[
    may("IncludePlannedDeletion", &FLAG),
    may("MaxResults", &PAGE),
    may("NextToken", &NEXT_TOKEN),
    may("Filters", &FILTERS),
    may("SortOrder", &SORT_ORDER),
    may("SortBy", &SORT_BY),
]);

static LIST_SECRET_VERSION_IDS: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    may("MaxResults", &PAGE),
    may("NextToken", &NEXT_TOKEN),
    may("IncludeDeprecated", &FLAG),
]);

static DELETE_SECRET: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    may("RecoveryWindowInDays", &DAYS),
    may("ForceDeleteWithoutRecovery", &FLAG),
]);

static UPDATE_SECRET_VERSION_STAGE: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    must("VersionStage", &STAGE),
    may("RemoveFromVersionId", &TOKEN),
    may("MoveToVersionId", &TOKEN),
]);

static TAG_RESOURCE: Shape = structure(&[must("SecretId", &SECRET_ID), must("Tags", &TAGS)]);
static UNTAG_RESOURCE: Shape =
    structure(&[must("SecretId", &SECRET_ID), must("TagKeys", &TAG_KEYS)]);

static PUT_RESOURCE_POLICY: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    must("ResourcePolicy", &POLICY),
    may("PolicyName", &POLICY_NAME),
    may("BlockPublicPolicy", &FLAG),
]);

static RESOURCE_POLICY_NAMED: Shape =
    structure(&[must("SecretId", &SECRET_ID), may("PolicyName", &POLICY_NAME)]);

static VALIDATE_RESOURCE_POLICY: Shape =
    structure(&[may("SecretId", &SECRET_ID), must("ResourcePolicy", &POLICY)]);

static GET_RANDOM_PASSWORD: Shape = structure(&[
    may("PasswordLength", &PASSWORD_LENGTH),
    may("ExcludeCharacters", &EXCLUDED),
    may("ExcludeNumbers", &FLAG),
    may("ExcludePunctuation", &FLAG),
    may("ExcludeUppercase", &FLAG),
    may("ExcludeLowercase", &FLAG),
    may("IncludeSpace", &FLAG),
    may("RequireEachIncludedType", &FLAG),
]);

static ROTATE_SECRET: Shape = structure(&[
    must("SecretId", &SECRET_ID),
    may("ClientRequestToken", &TOKEN),
    may("RotationLambdaARN", &KMS_KEY_ID),
    may("RotationRules", &ROTATION_RULES),
    may("ExternalSecretRotationMetadata", &ROTATION_METADATA),
    may("ExternalSecretRotationRoleArn", &ARN),
    may("RotateImmediately", &FLAG),
]);

static FLAG: Shape = Shape::Flag;
static NAME: Shape = text(1, 512);
static SECRET_ID: Shape = text(1, 2048);
static SECRET_IDS: Shape = list(1, 20, &SECRET_ID);
static ARN: Shape = text(20, 2048);
static TOKEN: Shape = text(32, 64);
static DESCRIPTION: Shape = text(0, 2048);
static KMS_KEY_ID: Shape = text(0, 2048);
static TYPE: Shape = text(0, 256);
static BINARY: Shape = blob(1, 65_536);
static STRING: Shape = secret(1, 65_536);
static STAGE: Shape = text(1, 256);
static STAGES: Shape = list(1, 20, &STAGE);
static ROTATION_TOKEN: Shape = secret_matching(36, 256, &ROTATION_TOKEN_TEXT);
static TAG: Shape = structure(&[may("Key", &TAG_KEY), may("Value", &TAG_VALUE)]);
static TAGS: Shape = list(0, usize::MAX, &TAG);
static TAG_KEY: Shape = text(1, 128);
static TAG_KEYS: Shape = list(0, usize::MAX, &TAG_KEY);
static TAG_VALUE: Shape = text(0, 256);
static REPLICA: Shape = structure(&[may("Region", &REGION), may("KmsKeyId", &KMS_KEY_ID)]);
static REPLICAS: Shape = list(1, usize::MAX, &REPLICA);
static REGION: Shape = matching(1, 128, &REGION_TEXT);
static PAGE: Shape = Shape::Integer(1, 100);
static BATCH: Shape = Shape::Integer(1, 20);
static NEXT_TOKEN: Shape = text(1, 4096);
static FILTER: Shape = structure(&[may("Key", &FILTER_KEY), may("Values", &FILTER_VALUES)]);
static FILTERS: Shape = list(0, 10, &FILTER);
static FILTER_KEY: Shape = one_of(&[
    "description",
    "name",
    "tag-key",
    "tag-value",
    "primary-region",
    "owning-service",
    "all",
]);
static FILTER_VALUES: Shape = list(1, 10, &FILTER_VALUE);
static FILTER_VALUE: Shape = matching(0, 512, &FILTER_TEXT);
static SORT_ORDER: Shape = one_of(&["asc", "desc"]);
static SORT_BY: Shape =
    one_of(&["created-date", "last-accessed-date", "last-changed-date", "name"]);
static DAYS: Shape = Shape::Integer(i64::MIN, i64::MAX);
static POLICY: Shape = text(1, 20_480);
static POLICY_NAME: Shape = matching(1, 64, &POLICY_WORDS);
static PASSWORD_LENGTH: Shape = Shape::Integer(1, 4096);
static EXCLUDED: Shape = text(0, 4096);
static ROTATION_RULES: Shape = structure(&[
    may("AutomaticallyAfterDays", &ROTATION_DAYS),
    may("Duration", &ROTATION_DURATION),
    may("ScheduleExpression", &SCHEDULE),
]);
static ROTATION_DAYS: Shape = Shape::Integer(1, 1000);
static ROTATION_DURATION: Shape = matching(2, 3, &HOURS);
static SCHEDULE: Shape = matching(1, 256, &SCHEDULE_TEXT);
static ROTATION_METADATA: Shape = list(0, usize::MAX, &ROTATION_ITEM);
static ROTATION_ITEM: Shape =
    structure(&[may("Key", &ROTATION_KEY), may("Value", &ROTATION_VALUE)]);
static ROTATION_KEY: Shape = text(1, 256);
static ROTATION_VALUE: Shape = text(1, 2048);

static ROTATION_TOKEN_TEXT: Pattern = Pattern::new(r"^[a-zA-Z0-9\-]+$");
static REGION_TEXT: Pattern = Pattern::new(r"^([a-z]+-)+\d+$");
static FILTER_TEXT: Pattern = Pattern::new(r"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$");
static POLICY_WORDS: Pattern = Pattern::new(r"[0-9A-Za-z\-\_]+");
static HOURS: Pattern = Pattern::new(r"[0-9]+h");
static SCHEDULE_TEXT: Pattern = Pattern::new(r"[0-9A-Za-z\(\)#\?\*\-\/, ]+");
