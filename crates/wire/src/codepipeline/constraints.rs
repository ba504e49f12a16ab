//! What CodePipeline's model (apiVersion 2015-07-09) asks of each input, under the model's names.

use crate::shape::{
    Operation, Pattern, Shape, closed, list, map, matching, may, must, one_of, secret, structure,
    text,
};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 23] = [
    Operation { name: "CreatePipeline", input: &CREATE_PIPELINE_INPUT },
    Operation { name: "GetPipeline", input: &GET_PIPELINE_INPUT },
    Operation { name: "UpdatePipeline", input: &UPDATE_PIPELINE_INPUT },
    Operation { name: "DeletePipeline", input: &NAMED_PIPELINE },
    Operation { name: "ListPipelines", input: &LIST_PIPELINES_INPUT },
    Operation { name: "StartPipelineExecution", input: &START_PIPELINE_EXECUTION_INPUT },
    Operation { name: "StopPipelineExecution", input: &STOP_PIPELINE_EXECUTION_INPUT },
    Operation { name: "GetPipelineExecution", input: &GET_PIPELINE_EXECUTION_INPUT },
    Operation { name: "ListPipelineExecutions", input: &LIST_PIPELINE_EXECUTIONS_INPUT },
    Operation { name: "GetPipelineState", input: &NAMED_PIPELINE },
    Operation { name: "ListActionExecutions", input: &LIST_ACTION_EXECUTIONS_INPUT },
    Operation { name: "PutApprovalResult", input: &PUT_APPROVAL_RESULT_INPUT },
    Operation { name: "EnableStageTransition", input: &ENABLE_STAGE_TRANSITION_INPUT },
    Operation { name: "DisableStageTransition", input: &DISABLE_STAGE_TRANSITION_INPUT },
    Operation { name: "RetryStageExecution", input: &RETRY_STAGE_EXECUTION_INPUT },
    Operation { name: "PutWebhook", input: &PUT_WEBHOOK_INPUT },
    Operation { name: "ListWebhooks", input: &LIST_WEBHOOKS_INPUT },
    Operation { name: "DeleteWebhook", input: &DELETE_WEBHOOK_INPUT },
    Operation { name: "RegisterWebhookWithThirdParty", input: &WEBHOOK_NAMED },
    Operation { name: "DeregisterWebhookWithThirdParty", input: &WEBHOOK_NAMED },
    Operation { name: "TagResource", input: &TAG_RESOURCE_INPUT },
    Operation { name: "UntagResource", input: &UNTAG_RESOURCE_INPUT },
    Operation { name: "ListTagsForResource", input: &LIST_TAGS_FOR_RESOURCE_INPUT },
];

static CREATE_PIPELINE_INPUT: Shape =
    structure(&[must("pipeline", &PIPELINE_DECLARATION), may("tags", &TAG_LIST)]);

static GET_PIPELINE_INPUT: Shape =
    structure(&[must("name", &PIPELINE_NAME), may("version", &PIPELINE_VERSION)]);

static UPDATE_PIPELINE_INPUT: Shape = structure(&[must("pipeline", &PIPELINE_DECLARATION)]);

static NAMED_PIPELINE: Shape = structure(&[must("name", &PIPELINE_NAME)]);

static LIST_PIPELINES_INPUT: Shape =
    structure(&[may("nextToken", &NEXT_TOKEN), may("maxResults", &MAX_PIPELINES)]);

static START_PIPELINE_EXECUTION_INPUT: Shape = structure(&[
    must("name", &PIPELINE_NAME),
    may("variables", &PIPELINE_VARIABLE_LIST),
    may("clientRequestToken", &CLIENT_REQUEST_TOKEN),
    may("sourceRevisions", &SOURCE_REVISION_OVERRIDE_LIST),
]);

static STOP_PIPELINE_EXECUTION_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    must("pipelineExecutionId", &PIPELINE_EXECUTION_ID),
    may("abandon", &BOOLEAN),
    may("reason", &STOP_PIPELINE_EXECUTION_REASON),
]);

static GET_PIPELINE_EXECUTION_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    must("pipelineExecutionId", &PIPELINE_EXECUTION_ID),
]);

static LIST_PIPELINE_EXECUTIONS_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    may("maxResults", &MAX_RESULTS),
    may("filter", &PIPELINE_EXECUTION_FILTER),
    may("nextToken", &NEXT_TOKEN),
]);

static LIST_ACTION_EXECUTIONS_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    may("filter", &ACTION_EXECUTION_FILTER),
    may("maxResults", &MAX_RESULTS),
    may("nextToken", &NEXT_TOKEN),
]);

static PUT_APPROVAL_RESULT_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    must("stageName", &STAGE_NAME),
    must("actionName", &ACTION_NAME),
    must("result", &APPROVAL_RESULT),
    must("token", &APPROVAL_TOKEN),
]);

static ENABLE_STAGE_TRANSITION_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    must("stageName", &STAGE_NAME),
    must("transitionType", &STAGE_TRANSITION_TYPE),
]);

static DISABLE_STAGE_TRANSITION_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    must("stageName", &STAGE_NAME),
    must("transitionType", &STAGE_TRANSITION_TYPE),
    must("reason", &DISABLED_REASON),
]);

static RETRY_STAGE_EXECUTION_INPUT: Shape = structure(&[
    must("pipelineName", &PIPELINE_NAME),
    must("stageName", &STAGE_NAME),
    must("pipelineExecutionId", &PIPELINE_EXECUTION_ID),
    must("retryMode", &STAGE_RETRY_MODE),
]);

static PUT_WEBHOOK_INPUT: Shape =
    structure(&[must("webhook", &WEBHOOK_DEFINITION), may("tags", &TAG_LIST)]);

static LIST_WEBHOOKS_INPUT: Shape =
    structure(&[may("NextToken", &NEXT_TOKEN), may("MaxResults", &MAX_RESULTS)]);

static DELETE_WEBHOOK_INPUT: Shape = structure(&[must("name", &WEBHOOK_NAME)]);

static WEBHOOK_NAMED: Shape = structure(&[may("webhookName", &WEBHOOK_NAME)]);

static WEBHOOK_DEFINITION: Shape = structure(&[
    must("name", &WEBHOOK_NAME),
    must("targetPipeline", &PIPELINE_NAME),
    must("targetAction", &ACTION_NAME),
    must("filters", &WEBHOOK_FILTERS),
    must("authentication", &WEBHOOK_AUTHENTICATION_TYPE),
    must("authenticationConfiguration", &WEBHOOK_AUTH_CONFIGURATION),
]);

static WEBHOOK_FILTER_RULE: Shape =
    structure(&[must("jsonPath", &JSON_PATH), may("matchEquals", &MATCH_EQUALS)]);

static WEBHOOK_AUTH_CONFIGURATION: Shape = structure(&[
    may("AllowedIPRange", &WEBHOOK_AUTH_CONFIGURATION_ALLOWED_IP_RANGE),
    may("SecretToken", &WEBHOOK_AUTH_CONFIGURATION_SECRET_TOKEN),
]);

static TAG_RESOURCE_INPUT: Shape =
    structure(&[must("resourceArn", &RESOURCE_ARN), must("tags", &TAG_LIST)]);

static UNTAG_RESOURCE_INPUT: Shape =
    structure(&[must("resourceArn", &RESOURCE_ARN), must("tagKeys", &TAG_KEY_LIST)]);

static LIST_TAGS_FOR_RESOURCE_INPUT: Shape = structure(&[
    must("resourceArn", &RESOURCE_ARN),
    may("nextToken", &NEXT_TOKEN),
    may("maxResults", &MAX_RESULTS),
]);

static ENCRYPTION_KEY: Shape =
    structure(&[must("id", &ENCRYPTION_KEY_ID), must("type", &ENCRYPTION_KEY_TYPE)]);

static ARTIFACT_STORE: Shape = structure(&[
    must("type", &ARTIFACT_STORE_TYPE),
    must("location", &ARTIFACT_STORE_LOCATION),
    may("encryptionKey", &ENCRYPTION_KEY),
]);

static BLOCKER_DECLARATION: Shape =
    structure(&[must("name", &BLOCKER_NAME), must("type", &BLOCKER_TYPE)]);

static ACTION_TYPE_ID: Shape = structure(&[
    must("category", &ACTION_CATEGORY),
    must("owner", &ACTION_OWNER),
    must("provider", &ACTION_PROVIDER),
    must("version", &VERSION),
]);

static OUTPUT_ARTIFACT: Shape =
    structure(&[must("name", &ARTIFACT_NAME), may("files", &FILE_PATH_LIST)]);

static INPUT_ARTIFACT: Shape = structure(&[must("name", &ARTIFACT_NAME)]);

static ENVIRONMENT_VARIABLE: Shape = structure(&[
    must("name", &ENVIRONMENT_VARIABLE_NAME),
    must("value", &ENVIRONMENT_VARIABLE_VALUE),
    may("type", &ENVIRONMENT_VARIABLE_TYPE),
]);

static ACTION_DECLARATION: Shape = structure(&[
    must("name", &ACTION_NAME),
    must("actionTypeId", &ACTION_TYPE_ID),
    may("runOrder", &ACTION_RUN_ORDER),
    may("configuration", &ACTION_CONFIGURATION_MAP),
    may("commands", &COMMAND_LIST),
    may("outputArtifacts", &OUTPUT_ARTIFACT_LIST),
    may("inputArtifacts", &INPUT_ARTIFACT_LIST),
    may("outputVariables", &OUTPUT_VARIABLE_LIST),
    may("roleArn", &ROLE_ARN),
    may("region", &AWS_REGION_NAME),
    may("namespace", &ACTION_NAMESPACE),
    may("timeoutInMinutes", &ACTION_TIMEOUT),
    may("environmentVariables", &ENVIRONMENT_VARIABLE_LIST),
]);

static RETRY_CONFIGURATION: Shape = structure(&[may("retryMode", &STAGE_RETRY_MODE)]);

static RULE_TYPE_ID: Shape = structure(&[
    must("category", &RULE_CATEGORY),
    may("owner", &RULE_OWNER),
    must("provider", &RULE_PROVIDER),
    may("version", &VERSION),
]);

static RULE_DECLARATION: Shape = structure(&[
    must("name", &RULE_NAME),
    must("ruleTypeId", &RULE_TYPE_ID),
    may("configuration", &RULE_CONFIGURATION_MAP),
    may("commands", &COMMAND_LIST),
    may("inputArtifacts", &INPUT_ARTIFACT_LIST),
    may("roleArn", &ROLE_ARN),
    may("region", &AWS_REGION_NAME),
    may("timeoutInMinutes", &RULE_TIMEOUT),
]);

static CONDITION: Shape =
    structure(&[may("result", &RESULT), may("rules", &RULE_DECLARATION_LIST)]);

static FAILURE_CONDITIONS: Shape = structure(&[
    may("result", &RESULT),
    may("retryConfiguration", &RETRY_CONFIGURATION),
    may("conditions", &CONDITION_LIST),
]);

static SUCCESS_CONDITIONS: Shape = structure(&[must("conditions", &CONDITION_LIST)]);

static BEFORE_ENTRY_CONDITIONS: Shape = structure(&[must("conditions", &CONDITION_LIST)]);

static STAGE_DECLARATION: Shape = structure(&[
    must("name", &STAGE_NAME),
    may("blockers", &STAGE_BLOCKER_DECLARATION_LIST),
    must("actions", &STAGE_ACTION_DECLARATION_LIST),
    may("onFailure", &FAILURE_CONDITIONS),
    may("onSuccess", &SUCCESS_CONDITIONS),
    may("beforeEntry", &BEFORE_ENTRY_CONDITIONS),
]);

static PIPELINE_VARIABLE_DECLARATION: Shape = structure(&[
    must("name", &PIPELINE_VARIABLE_NAME),
    may("defaultValue", &PIPELINE_VARIABLE_VALUE),
    may("description", &PIPELINE_VARIABLE_DESCRIPTION),
]);

static GIT_TAG_FILTER_CRITERIA: Shape =
    structure(&[may("includes", &GIT_TAG_PATTERN_LIST), may("excludes", &GIT_TAG_PATTERN_LIST)]);

static GIT_BRANCH_FILTER_CRITERIA: Shape = structure(&[
    may("includes", &GIT_BRANCH_PATTERN_LIST),
    may("excludes", &GIT_BRANCH_PATTERN_LIST),
]);

static GIT_FILE_PATH_FILTER_CRITERIA: Shape = structure(&[
    may("includes", &GIT_FILE_PATH_PATTERN_LIST),
    may("excludes", &GIT_FILE_PATH_PATTERN_LIST),
]);

static GIT_PUSH_FILTER: Shape = structure(&[
    may("tags", &GIT_TAG_FILTER_CRITERIA),
    may("branches", &GIT_BRANCH_FILTER_CRITERIA),
    may("filePaths", &GIT_FILE_PATH_FILTER_CRITERIA),
]);

static GIT_PULL_REQUEST_FILTER: Shape = structure(&[
    may("events", &GIT_PULL_REQUEST_EVENT_TYPE_LIST),
    may("branches", &GIT_BRANCH_FILTER_CRITERIA),
    may("filePaths", &GIT_FILE_PATH_FILTER_CRITERIA),
]);

static GIT_CONFIGURATION: Shape = structure(&[
    must("sourceActionName", &ACTION_NAME),
    may("push", &GIT_PUSH_FILTER_LIST),
    may("pullRequest", &GIT_PULL_REQUEST_FILTER_LIST),
]);

static PIPELINE_TRIGGER_DECLARATION: Shape = structure(&[
    must("providerType", &PIPELINE_TRIGGER_PROVIDER_TYPE),
    must("gitConfiguration", &GIT_CONFIGURATION),
]);

static PIPELINE_DECLARATION: Shape = closed(&[
    must("name", &PIPELINE_NAME),
    must("roleArn", &ROLE_ARN),
    may("artifactStore", &ARTIFACT_STORE),
    may("artifactStores", &ARTIFACT_STORE_MAP),
    must("stages", &PIPELINE_STAGE_DECLARATION_LIST),
    may("version", &PIPELINE_VERSION),
    may("executionMode", &EXECUTION_MODE),
    may("pipelineType", &PIPELINE_TYPE),
    may("variables", &PIPELINE_VARIABLE_DECLARATION_LIST),
    may("triggers", &PIPELINE_TRIGGER_DECLARATION_LIST),
]);

static TAG: Shape = structure(&[must("key", &TAG_KEY), must("value", &TAG_VALUE)]);

static PIPELINE_VARIABLE: Shape =
    structure(&[must("name", &PIPELINE_VARIABLE_NAME), must("value", &PIPELINE_VARIABLE_VALUE)]);

static SOURCE_REVISION_OVERRIDE: Shape = structure(&[
    must("actionName", &ACTION_NAME),
    must("revisionType", &SOURCE_REVISION_TYPE),
    must("revisionValue", &REVISION),
]);

static SUCCEEDED_IN_STAGE_FILTER: Shape = structure(&[may("stageName", &STAGE_NAME)]);

static PIPELINE_EXECUTION_FILTER: Shape =
    structure(&[may("succeededInStage", &SUCCEEDED_IN_STAGE_FILTER)]);

static LATEST_IN_PIPELINE_EXECUTION_FILTER: Shape = structure(&[
    must("pipelineExecutionId", &PIPELINE_EXECUTION_ID),
    must("startTimeRange", &START_TIME_RANGE),
]);

static ACTION_EXECUTION_FILTER: Shape = structure(&[
    may("pipelineExecutionId", &PIPELINE_EXECUTION_ID),
    may("latestInPipelineExecution", &LATEST_IN_PIPELINE_EXECUTION_FILTER),
]);

static APPROVAL_RESULT: Shape =
    structure(&[must("summary", &APPROVAL_SUMMARY), must("status", &APPROVAL_STATUS)]);

static PIPELINE_NAME: Shape = matching(1, 100, &NAME);
static ROLE_ARN: Shape = matching(0, 1024, &ROLE);
static ARTIFACT_STORE_TYPE: Shape = one_of(&["S3"]);
static ARTIFACT_STORE_LOCATION: Shape = matching(3, 63, &BUCKET);
static ENCRYPTION_KEY_ID: Shape = text(1, 400);
static ENCRYPTION_KEY_TYPE: Shape = one_of(&["KMS"]);
static AWS_REGION_NAME: Shape = text(4, 30);
static ARTIFACT_STORE_MAP: Shape = map(usize::MAX, &AWS_REGION_NAME, &ARTIFACT_STORE);
static STAGE_NAME: Shape = matching(1, 100, &NAME);
static BLOCKER_NAME: Shape = text(1, 100);
static BLOCKER_TYPE: Shape = one_of(&["Schedule"]);
static STAGE_BLOCKER_DECLARATION_LIST: Shape = list(0, usize::MAX, &BLOCKER_DECLARATION);
static ACTION_NAME: Shape = matching(1, 100, &NAME);
static ACTION_CATEGORY: Shape =
    one_of(&["Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"]);
static ACTION_OWNER: Shape = one_of(&["AWS", "ThirdParty", "Custom"]);
static ACTION_PROVIDER: Shape = matching(1, 35, &WORD);
static VERSION: Shape = matching(1, 9, &WORD);
static ACTION_RUN_ORDER: Shape = Shape::Integer(1, 999);
static ACTION_CONFIGURATION_KEY: Shape = text(1, 50);
/// It may hold a token of a forge, so it is never repeated.
static ACTION_CONFIGURATION_VALUE: Shape = secret(1, 1000);
static ACTION_CONFIGURATION_MAP: Shape =
    map(usize::MAX, &ACTION_CONFIGURATION_KEY, &ACTION_CONFIGURATION_VALUE);
static COMMAND: Shape = text(1, 1000);
static COMMAND_LIST: Shape = list(1, 50, &COMMAND);
static ARTIFACT_NAME: Shape = matching(1, 100, &ARTIFACT);
static FILE_PATH: Shape = text(1, 128);
static FILE_PATH_LIST: Shape = list(1, 10, &FILE_PATH);
static OUTPUT_ARTIFACT_LIST: Shape = list(0, usize::MAX, &OUTPUT_ARTIFACT);
static INPUT_ARTIFACT_LIST: Shape = list(0, usize::MAX, &INPUT_ARTIFACT);
static OUTPUT_VARIABLE: Shape = text(1, 128);
static OUTPUT_VARIABLE_LIST: Shape = list(1, 15, &OUTPUT_VARIABLE);
static ACTION_NAMESPACE: Shape = matching(1, 100, &VARIABLE);
static ACTION_TIMEOUT: Shape = Shape::Integer(5, 86400);
static ENVIRONMENT_VARIABLE_NAME: Shape = matching(1, 128, &ENVIRONMENT);
static ENVIRONMENT_VARIABLE_VALUE: Shape = matching(1, 2000, &ONE_LINE);
static ENVIRONMENT_VARIABLE_TYPE: Shape =
    one_of(&["PLAINTEXT", "SECRETS_MANAGER", "PARAMETER_STORE"]);
static ENVIRONMENT_VARIABLE_LIST: Shape = list(1, 10, &ENVIRONMENT_VARIABLE);
static STAGE_ACTION_DECLARATION_LIST: Shape = list(0, usize::MAX, &ACTION_DECLARATION);
static RESULT: Shape = one_of(&["ROLLBACK", "FAIL", "RETRY", "SKIP"]);
static STAGE_RETRY_MODE: Shape = one_of(&["FAILED_ACTIONS", "ALL_ACTIONS"]);
static RULE_NAME: Shape = matching(1, 100, &NAME);
static RULE_CATEGORY: Shape = one_of(&["Rule"]);
static RULE_OWNER: Shape = one_of(&["AWS"]);
static RULE_PROVIDER: Shape = matching(1, 35, &WORD);
static RULE_CONFIGURATION_KEY: Shape = text(1, 50);
static RULE_CONFIGURATION_VALUE: Shape = text(1, 10000);
static RULE_CONFIGURATION_MAP: Shape = map(200, &RULE_CONFIGURATION_KEY, &RULE_CONFIGURATION_VALUE);
static RULE_TIMEOUT: Shape = Shape::Integer(5, 86400);
static RULE_DECLARATION_LIST: Shape = list(1, 5, &RULE_DECLARATION);
static CONDITION_LIST: Shape = list(1, 1, &CONDITION);
static PIPELINE_STAGE_DECLARATION_LIST: Shape = list(0, usize::MAX, &STAGE_DECLARATION);
static PIPELINE_VERSION: Shape = Shape::Integer(1, i32::MAX as i64);
static EXECUTION_MODE: Shape = one_of(&["QUEUED", "SUPERSEDED", "PARALLEL"]);
static PIPELINE_TYPE: Shape = one_of(&["V1", "V2"]);
static PIPELINE_VARIABLE_NAME: Shape = matching(1, 128, &VARIABLE);
static PIPELINE_VARIABLE_VALUE: Shape = matching(1, 1000, &ONE_LINE);
static PIPELINE_VARIABLE_DESCRIPTION: Shape = matching(0, 200, &ONE_LINE);
static PIPELINE_VARIABLE_DECLARATION_LIST: Shape = list(0, 50, &PIPELINE_VARIABLE_DECLARATION);
static PIPELINE_TRIGGER_PROVIDER_TYPE: Shape = one_of(&["CodeStarSourceConnection"]);
static GIT_TAG_NAME_PATTERN: Shape = text(1, 255);
static GIT_TAG_PATTERN_LIST: Shape = list(1, 8, &GIT_TAG_NAME_PATTERN);
static GIT_BRANCH_NAME_PATTERN: Shape = matching(1, 255, &ONE_LINE);
static GIT_BRANCH_PATTERN_LIST: Shape = list(1, 8, &GIT_BRANCH_NAME_PATTERN);
static GIT_FILE_PATH_PATTERN: Shape = matching(1, 255, &ONE_LINE);
static GIT_FILE_PATH_PATTERN_LIST: Shape = list(1, 8, &GIT_FILE_PATH_PATTERN);
static GIT_PUSH_FILTER_LIST: Shape = list(1, 3, &GIT_PUSH_FILTER);
static GIT_PULL_REQUEST_EVENT_TYPE: Shape = one_of(&["OPEN", "UPDATED", "CLOSED"]);
static GIT_PULL_REQUEST_EVENT_TYPE_LIST: Shape = list(1, 3, &GIT_PULL_REQUEST_EVENT_TYPE);
static GIT_PULL_REQUEST_FILTER_LIST: Shape = list(1, 3, &GIT_PULL_REQUEST_FILTER);
static PIPELINE_TRIGGER_DECLARATION_LIST: Shape = list(0, 50, &PIPELINE_TRIGGER_DECLARATION);
static WEBHOOK_NAME: Shape = matching(1, 100, &NAME);
static WEBHOOK_FILTERS: Shape = list(0, 5, &WEBHOOK_FILTER_RULE);
static JSON_PATH: Shape = text(1, 150);
static MATCH_EQUALS: Shape = text(1, 150);
static WEBHOOK_AUTHENTICATION_TYPE: Shape = one_of(&["GITHUB_HMAC", "IP", "UNAUTHENTICATED"]);
static WEBHOOK_AUTH_CONFIGURATION_ALLOWED_IP_RANGE: Shape = text(1, 100);
static WEBHOOK_AUTH_CONFIGURATION_SECRET_TOKEN: Shape = secret(1, 100);
static TAG_KEY: Shape = text(1, 128);
static TAG_VALUE: Shape = text(0, 256);
static TAG_LIST: Shape = list(0, usize::MAX, &TAG);
static NEXT_TOKEN: Shape = text(1, 2048);
static MAX_PIPELINES: Shape = Shape::Integer(1, 1000);
static PIPELINE_VARIABLE_LIST: Shape = list(1, 50, &PIPELINE_VARIABLE);
static CLIENT_REQUEST_TOKEN: Shape = matching(1, 128, &REQUEST_TOKEN);
static SOURCE_REVISION_TYPE: Shape =
    one_of(&["COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY"]);
static REVISION: Shape = text(1, 1500);
static SOURCE_REVISION_OVERRIDE_LIST: Shape = list(0, 50, &SOURCE_REVISION_OVERRIDE);
static PIPELINE_EXECUTION_ID: Shape = matching(0, usize::MAX, &UUID);
static BOOLEAN: Shape = Shape::Flag;
static STOP_PIPELINE_EXECUTION_REASON: Shape = text(0, 200);
static MAX_RESULTS: Shape = Shape::Integer(1, 100);
static START_TIME_RANGE: Shape = one_of(&["Latest", "All"]);
static APPROVAL_SUMMARY: Shape = text(0, 512);
static APPROVAL_STATUS: Shape = one_of(&["Approved", "Rejected"]);
static APPROVAL_TOKEN: Shape = matching(0, usize::MAX, &UUID);
static STAGE_TRANSITION_TYPE: Shape = one_of(&["Inbound", "Outbound"]);
static DISABLED_REASON: Shape = matching(1, 300, &REASON);
static RESOURCE_ARN: Shape = matching(0, usize::MAX, &ARN);
static TAG_KEY_LIST: Shape = list(0, usize::MAX, &TAG_KEY);

static NAME: Pattern = Pattern::new(r"[A-Za-z0-9.@\-_]+");
static ROLE: Pattern = Pattern::new(r"arn:aws(-[\w]+)*:iam::[0-9]{12}:role/.*");
static BUCKET: Pattern = Pattern::new(r"[a-zA-Z0-9\-\.]+");
static WORD: Pattern = Pattern::new(r"[0-9A-Za-z_-]+");
static ARTIFACT: Pattern = Pattern::new(r"[a-zA-Z0-9_\-]+");
static VARIABLE: Pattern = Pattern::new(r"[A-Za-z0-9@\-_]+");
static ENVIRONMENT: Pattern = Pattern::new(r"[A-Za-z0-9_]+");
static ONE_LINE: Pattern = Pattern::new(r".*");
static REQUEST_TOKEN: Pattern = Pattern::new(r"^[a-zA-Z0-9-]+$");
static UUID: Pattern =
    Pattern::new(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
static REASON: Pattern = Pattern::new(r"[a-zA-Z0-9!@ \(\)\.\*\?\-]+");
static ARN: Pattern = Pattern::new(r"arn:aws(-[\w]+)*:codepipeline:.+:[0-9]{12}:.+");
