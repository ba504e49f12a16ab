//! What our own operations ask of each input, in the same words as AWS's models.

use crate::shape::{
    Operation, Pattern, Shape, list, matching, may, must, one_of, secret, structure, text,
};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 42] = [
    Operation { name: "ListDeliveries", input: &LIST_DELIVERIES },
    Operation { name: "GetDelivery", input: &GET_DELIVERY },
    Operation { name: "Explain", input: &EXPLAIN },
    Operation { name: "GetActionLog", input: &GET_ACTION_LOG },
    Operation { name: "CreateBucket", input: &CREATE_BUCKET },
    Operation { name: "ListBuckets", input: &PAGE },
    Operation { name: "GetArtifact", input: &GET_ARTIFACT },
    Operation { name: "RegisterForge", input: &REGISTER_FORGE },
    Operation { name: "ListRegistrations", input: &PAGE },
    Operation { name: "StartAppRegistrationHandshake", input: &START_APP_REGISTRATION },
    Operation { name: "ConfigureHostNetwork", input: &CONFIGURE_HOST_NETWORK },
    Operation { name: "StartConnectionHandshake", input: &START_CONNECTION_HANDSHAKE },
    Operation { name: "GetConnectionHealth", input: &CONNECTION_HEALTH },
    Operation { name: "RotateHookSecrets", input: &ROTATE_HOOK_SECRETS },
    Operation { name: "RepairConnection", input: &REPAIR_CONNECTION },
    Operation { name: "TestConnection", input: &TEST_CONNECTION },
    Operation { name: "ReplayDelivery", input: &REPLAY_DELIVERY },
    Operation { name: "PutVariable", input: &PUT_VARIABLE },
    Operation { name: "ListVariables", input: &LIST_VARIABLES },
    Operation { name: "DeleteVariable", input: &DELETE_VARIABLE },
    Operation { name: "ListSealingKeys", input: &NOTHING },
    Operation { name: "RotateSealingKey", input: &NOTHING },
    Operation { name: "CreateConsoleLink", input: &NOTHING },
    Operation { name: "CreateAccessKey", input: &NOTHING },
    Operation { name: "ListAccessKeys", input: &PAGE },
    Operation { name: "DeleteAccessKey", input: &DELETE_ACCESS_KEY },
    Operation { name: "ListSigningKeys", input: &NOTHING },
    Operation { name: "RotateSigningKeys", input: &ROTATE_SIGNING_KEYS },
    Operation { name: "DescribeStepToken", input: &DESCRIBE_STEP_TOKEN },
    Operation { name: "PutRelyingParty", input: &PUT_RELYING_PARTY },
    Operation { name: "ListRelyingParties", input: &NOTHING },
    Operation { name: "DeleteRelyingParty", input: &DELETE_RELYING_PARTY },
    Operation { name: "Backup", input: &BACKUP },
    Operation { name: "CreateAccount", input: &CREATE_ACCOUNT },
    Operation { name: "ListAccounts", input: &NOTHING },
    Operation { name: "PutOrganisationPolicy", input: &PUT_ORGANISATION_POLICY },
    Operation { name: "ListOrganisationPolicies", input: &NOTHING },
    Operation { name: "DeleteOrganisationPolicy", input: &DELETE_ORGANISATION_POLICY },
    Operation { name: "PutConnectionPolicy", input: &PUT_CONNECTION_POLICY },
    Operation { name: "GetConnectionPolicy", input: &CONNECTION },
    Operation { name: "DeleteConnectionPolicy", input: &CONNECTION },
    Operation { name: "ListAuditEntries", input: &PAGE },
];

static NOTHING: Shape = structure(&[]);

static PAGE: Shape = structure(&[may("maxResults", &MAX_RESULTS), may("nextToken", &NEXT_TOKEN)]);

static LIST_DELIVERIES: Shape = structure(&[
    may("repository", &REPOSITORY),
    may("outcome", &OUTCOME),
    may("maxResults", &MAX_RESULTS),
    may("nextToken", &NEXT_TOKEN),
]);

static GET_DELIVERY: Shape =
    structure(&[must("deliveryId", &DELIVERY_ID), may("includeBody", &Shape::Flag)]);

static EXPLAIN: Shape = structure(&[must("id", &ANY_ID)]);

static GET_ACTION_LOG: Shape = structure(&[
    must("pipelineName", &NAME),
    must("pipelineExecutionId", &EXECUTION_ID),
    must("stageName", &NAME),
    must("actionName", &NAME),
    may("attempt", &ATTEMPT),
    may("offset", &OFFSET),
]);

static DESCRIBE_STEP_TOKEN: Shape = structure(&[
    must("pipelineName", &NAME),
    may("actionName", &NAME),
    may("environment", &ENVIRONMENT),
]);

static CREATE_BUCKET: Shape = structure(&[must("bucketName", &BUCKET_NAME)]);

static GET_ARTIFACT: Shape = structure(&[
    must("pipelineName", &NAME),
    must("pipelineExecutionId", &EXECUTION_ID),
    must("artifactName", &ARTIFACT_NAME),
    may("offset", &OFFSET),
]);

static REGISTER_FORGE: Shape = structure(&[
    must("kind", &PROVIDER_TYPE),
    must("host", &HOST),
    must("clientId", &CLIENT_ID),
    must("clientSecret", &CLIENT_SECRET),
    may("app", &APP),
]);

static APP: Shape = structure(&[
    must("appId", &APP_ID),
    must("slug", &SLUG),
    must("privateKey", &PRIVATE_KEY),
    must("webhookSecret", &CLIENT_SECRET),
]);

static START_APP_REGISTRATION: Shape = structure(&[
    must("kind", &PROVIDER_TYPE),
    must("host", &HOST),
    may("organization", &SLUG),
    may("appName", &APP_NAME),
]);

static CONFIGURE_HOST_NETWORK: Shape = structure(&[
    must("hostArn", &HOST_ARN),
    may("proxy", &HOST),
    may("proxyUser", &PROXY_USER),
    may("proxyPassword", &CLIENT_SECRET),
    may("allowedAddresses", &ADDRESSES),
    may("tlsCertificate", &CERTIFICATES),
]);

static START_CONNECTION_HANDSHAKE: Shape = structure(&[must("connectionArn", &CONNECTION_ARN)]);

static CONNECTION: Shape = structure(&[must("connectionArn", &CONNECTION_ARN)]);

static ROTATE_HOOK_SECRETS: Shape = structure(&[
    must("connectionArn", &CONNECTION_ARN),
    may("nextToken", &NEXT_TOKEN),
    may("endOverlap", &Shape::Flag),
]);

static REPAIR_CONNECTION: Shape =
    structure(&[must("connectionArn", &CONNECTION_ARN), may("nextToken", &NEXT_TOKEN)]);

static CONNECTION_HEALTH: Shape =
    structure(&[must("connectionArn", &CONNECTION_OR_SOURCE_ACTION_ARN)]);

static TEST_CONNECTION: Shape =
    structure(&[must("connectionArn", &CONNECTION_ARN), must("repository", &REPOSITORY)]);

static REPLAY_DELIVERY: Shape = structure(&[
    must("deliveryId", &DELIVERY_ID),
    may("pipelineName", &NAME),
    may("dryRun", &Shape::Flag),
]);

static DELETE_ACCESS_KEY: Shape = structure(&[must("accessKeyId", &ACCESS_KEY_ID)]);

static ROTATE_SIGNING_KEYS: Shape = structure(&[may("revoke", &Shape::Flag)]);

static PUT_RELYING_PARTY: Shape = structure(&[
    must("kind", &PARTY_KIND),
    may("name", &PARTY_NAME),
    must("document", &PARTY_DOCUMENT),
]);

static DELETE_RELYING_PARTY: Shape =
    structure(&[must("kind", &PARTY_KIND), must("name", &PARTY_NAME)]);

static BACKUP: Shape = structure(&[must("path", &PATH)]);

static CREATE_ACCOUNT: Shape = structure(&[may("accountId", &ACCOUNT_ID), may("alias", &ALIAS)]);

static PUT_ORGANISATION_POLICY: Shape = structure(&[
    must("target", &TARGET),
    must("policyName", &POLICY_NAME),
    must("policy", &POLICY),
    may("onResources", &Shape::Flag),
]);

static DELETE_ORGANISATION_POLICY: Shape =
    structure(&[must("target", &TARGET), must("policyName", &POLICY_NAME)]);

static PUT_CONNECTION_POLICY: Shape =
    structure(&[must("connectionArn", &CONNECTION_ARN), must("policy", &POLICY)]);

static VARIABLE_SCOPE: Shape = structure(&[
    may("workspace", &OWNER),
    may("repository", &OWNER),
    may("deployment", &ENVIRONMENT),
]);

static PUT_VARIABLE: Shape = structure(&[
    must("scope", &VARIABLE_SCOPE),
    must("name", &VARIABLE_NAME),
    must("value", &VARIABLE_VALUE),
    may("secured", &Shape::Flag),
]);

static LIST_VARIABLES: Shape = structure(&[must("scope", &VARIABLE_SCOPE)]);

static DELETE_VARIABLE: Shape =
    structure(&[must("scope", &VARIABLE_SCOPE), must("name", &VARIABLE_NAME)]);

static MAX_RESULTS: Shape = Shape::Integer(1, 100);
static NEXT_TOKEN: Shape = text(1, 1024);
static NAME: Shape = matching(1, 100, &WORD);

static ARTIFACT_NAME: Shape = matching(1, 100, &ARTIFACT);
static EXECUTION_ID: Shape = matching(36, 36, &UUID);
static ATTEMPT: Shape = Shape::Integer(1, i32::MAX as i64);
static OFFSET: Shape = Shape::Integer(0, i64::MAX);
static DELIVERY_ID: Shape = matching(1, 100, &DELIVERY);
static ANY_ID: Shape = matching(1, 512, &ID);
static REPOSITORY: Shape = matching(1, 512, &ONE_LINE);
static OWNER: Shape = matching(1, 512, &ID);
static ENVIRONMENT: Shape = matching(1, 100, &ONE_LINE);
static VARIABLE_NAME: Shape = matching(1, 255, &ID);
static VARIABLE_VALUE: Shape = secret(1, 32_768);
static OUTCOME: Shape = one_of(&["started", "duplicate", "filtered", "stale", "unusable"]);
static BUCKET_NAME: Shape = matching(3, 63, &BUCKET);
static PROVIDER_TYPE: Shape = one_of(&[
    "GitHub",
    "GitHubEnterpriseServer",
    "GitLab",
    "GitLabSelfManaged",
    "Bitbucket",
    "BitbucketServer",
]);
static HOST: Shape = matching(1, 256, &ID);
static PATH: Shape = matching(1, 4096, &ABSOLUTE);
static CLIENT_ID: Shape = matching(1, 256, &ID);
static CLIENT_SECRET: Shape = secret(1, 1024);
static APP_ID: Shape = Shape::Integer(1, u32::MAX as i64);
static SLUG: Shape = matching(1, 100, &WORD);
static APP_NAME: Shape = matching(1, 34, &ONE_LINE);
static PRIVATE_KEY: Shape = secret(1, 16_384);
static CERTIFICATES: Shape = text(1, 16_384);
static ADDRESS: Shape = matching(1, 100, &ID);
static PROXY_USER: Shape = matching(1, 255, &ONE_LINE);
static ADDRESSES: Shape = list(0, 20, &ADDRESS);
static CONNECTION_ARN: Shape = matching(1, 256, &ARN);
static HOST_ARN: Shape = matching(1, 256, &ARN_OF_HOST);
static CONNECTION_OR_SOURCE_ACTION_ARN: Shape = matching(1, 512, &ARN_OR_SOURCE_ACTION);
static ACCESS_KEY_ID: Shape = matching(16, 128, &KEY);

static ACCOUNT_ID: Shape = matching(12, 12, &ACCOUNT);
static ALIAS: Shape = matching(1, 63, &WORD);
static TARGET: Shape = matching(1, 12, &ACCOUNT_OR_ALL);
static POLICY_NAME: Shape = matching(1, 128, &WORD);
static POLICY: Shape = text(1, 131_072);

static PARTY_KIND: Shape = one_of(&["azure-app", "google-provider", "google-service-account"]);
static PARTY_NAME: Shape = matching(1, 128, &ID);
static PARTY_DOCUMENT: Shape = text(2, 65_536);

static ACCOUNT: Pattern = Pattern::new(r"[0-9]{12}");
static ACCOUNT_OR_ALL: Pattern = Pattern::new(r"\*|[0-9]{12}");
static WORD: Pattern = Pattern::new(r"[A-Za-z0-9.@\-_]+");
static ARTIFACT: Pattern = Pattern::new(r"[a-zA-Z0-9_\-]+");
static UUID: Pattern =
    Pattern::new(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
static DELIVERY: Pattern = Pattern::new(r"dlv-[A-Za-z0-9\-]+");
static ID: Pattern = Pattern::new(r"[!-~]+");
static ABSOLUTE: Pattern = Pattern::new(r"/.*");
static ONE_LINE: Pattern = Pattern::new(r".*");
static BUCKET: Pattern = Pattern::new(r"[a-z0-9][a-z0-9.\-]*[a-z0-9]");
static ARN_OR_SOURCE_ACTION: Pattern = Pattern::new(
    r"arn:aws(-[\w]+)*:((codestar-connections|codeconnections):.+:[0-9]{12}:connection/.+|codepipeline:.+:[0-9]{12}:.+/.+/.+)",
);
static ARN: Pattern = Pattern::new(
    r"arn:aws(-[\w]+)*:(codestar-connections|codeconnections):.+:[0-9]{12}:connection/.+",
);
static ARN_OF_HOST: Pattern =
    Pattern::new(r"arn:aws(-[\w]+)*:(codestar-connections|codeconnections):.+:[0-9]{12}:host/.+");
static KEY: Pattern = Pattern::new(r"[A-Z0-9]+");
