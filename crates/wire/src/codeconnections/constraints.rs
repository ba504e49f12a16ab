//! What CodeConnections' model (apiVersion 2023-12-01) asks of each input, under the model's names.
//!
//! CodeStar Connections (2019-12-01) differs only in knowing fewer providers and one spelling of
//! host ARNs, and no `PullRequestComment`; every call takes both, so one table serves both.
//! `BitbucketServer` and `CODEPIPELINE_SYNC` are ours.

use crate::shape::{
    Member, Operation, Pattern, Shape, any_text, list, matching, may, must, one_of, structure, text,
};

/// The operations that are spoken, the same under both names.
pub static OPERATIONS: [Operation; 27] = [
    Operation { name: "CreateConnection", input: &CREATE_CONNECTION_INPUT },
    Operation { name: "GetConnection", input: &GET_CONNECTION_INPUT },
    Operation { name: "ListConnections", input: &LIST_CONNECTIONS_INPUT },
    Operation { name: "DeleteConnection", input: &DELETE_CONNECTION_INPUT },
    Operation { name: "CreateHost", input: &CREATE_HOST_INPUT },
    Operation { name: "GetHost", input: &GET_HOST_INPUT },
    Operation { name: "ListHosts", input: &LIST_HOSTS_INPUT },
    Operation { name: "UpdateHost", input: &UPDATE_HOST_INPUT },
    Operation { name: "DeleteHost", input: &DELETE_HOST_INPUT },
    Operation { name: "CreateRepositoryLink", input: &CREATE_REPOSITORY_LINK_INPUT },
    Operation { name: "GetRepositoryLink", input: &GET_REPOSITORY_LINK_INPUT },
    Operation { name: "UpdateRepositoryLink", input: &UPDATE_REPOSITORY_LINK_INPUT },
    Operation { name: "DeleteRepositoryLink", input: &DELETE_REPOSITORY_LINK_INPUT },
    Operation { name: "ListRepositoryLinks", input: &LIST_REPOSITORY_LINKS_INPUT },
    Operation { name: "CreateSyncConfiguration", input: &CREATE_SYNC_CONFIGURATION_INPUT },
    Operation { name: "GetSyncConfiguration", input: &GET_SYNC_CONFIGURATION_INPUT },
    Operation { name: "UpdateSyncConfiguration", input: &UPDATE_SYNC_CONFIGURATION_INPUT },
    Operation { name: "DeleteSyncConfiguration", input: &DELETE_SYNC_CONFIGURATION_INPUT },
    Operation { name: "ListSyncConfigurations", input: &LIST_SYNC_CONFIGURATIONS_INPUT },
    Operation {
        name: "ListRepositorySyncDefinitions",
        input: &LIST_REPOSITORY_SYNC_DEFINITIONS_INPUT,
    },
    Operation { name: "GetRepositorySyncStatus", input: &GET_REPOSITORY_SYNC_STATUS_INPUT },
    Operation { name: "GetResourceSyncStatus", input: &GET_RESOURCE_SYNC_STATUS_INPUT },
    Operation { name: "GetSyncBlockerSummary", input: &GET_SYNC_BLOCKER_SUMMARY_INPUT },
    Operation { name: "UpdateSyncBlocker", input: &UPDATE_SYNC_BLOCKER_INPUT },
    Operation { name: "TagResource", input: &TAG_RESOURCE_INPUT },
    Operation { name: "UntagResource", input: &UNTAG_RESOURCE_INPUT },
    Operation { name: "ListTagsForResource", input: &LIST_TAGS_FOR_RESOURCE_INPUT },
];

static CREATE_CONNECTION_INPUT: Shape = structure(&[
    may("ProviderType", &PROVIDER_TYPE),
    must("ConnectionName", &CONNECTION_NAME),
    may("Tags", &TAG_LIST),
    may("HostArn", &HOST_ARN),
]);

static GET_CONNECTION_INPUT: Shape = structure(&[must("ConnectionArn", &CONNECTION_ARN)]);

static LIST_CONNECTIONS_INPUT: Shape = structure(&[
    may("ProviderTypeFilter", &PROVIDER_TYPE),
    may("HostArnFilter", &HOST_ARN),
    may("MaxResults", &MAX_RESULTS),
    may("NextToken", &NEXT_TOKEN),
]);

static DELETE_CONNECTION_INPUT: Shape = structure(&[must("ConnectionArn", &CONNECTION_ARN)]);

static CREATE_HOST_INPUT: Shape = structure(&[
    must("Name", &HOST_NAME),
    must("ProviderType", &PROVIDER_TYPE),
    must("ProviderEndpoint", &URL),
    may("VpcConfiguration", &VPC_CONFIGURATION),
    may("Tags", &TAG_LIST),
]);

static GET_HOST_INPUT: Shape = structure(&[must("HostArn", &HOST_ARN)]);

static LIST_HOSTS_INPUT: Shape =
    structure(&[may("MaxResults", &MAX_RESULTS), may("NextToken", &NEXT_TOKEN)]);

static UPDATE_HOST_INPUT: Shape = structure(&[
    must("HostArn", &HOST_ARN),
    may("ProviderEndpoint", &URL),
    may("VpcConfiguration", &VPC_CONFIGURATION),
]);

static DELETE_HOST_INPUT: Shape = structure(&[must("HostArn", &HOST_ARN)]);

static CREATE_REPOSITORY_LINK_INPUT: Shape = structure(&[
    must("ConnectionArn", &CONNECTION_ARN),
    must("OwnerId", &OWNER_ID),
    must("RepositoryName", &REPOSITORY_NAME),
    may("EncryptionKeyArn", &KMS_KEY_ARN),
    may("Tags", &TAG_LIST),
]);

static GET_REPOSITORY_LINK_INPUT: Shape =
    structure(&[must("RepositoryLinkId", &REPOSITORY_LINK_ID)]);

static UPDATE_REPOSITORY_LINK_INPUT: Shape = structure(&[
    may("ConnectionArn", &CONNECTION_ARN),
    may("EncryptionKeyArn", &KMS_KEY_ARN),
    must("RepositoryLinkId", &REPOSITORY_LINK_ID),
]);

static DELETE_REPOSITORY_LINK_INPUT: Shape =
    structure(&[must("RepositoryLinkId", &REPOSITORY_LINK_ID)]);

static LIST_REPOSITORY_LINKS_INPUT: Shape =
    structure(&[may("MaxResults", &MAX_RESULTS), may("NextToken", &SHARP_NEXT_TOKEN)]);

static CREATE_SYNC_CONFIGURATION_INPUT: Shape = structure(&[
    must("Branch", &BRANCH_NAME),
    must("ConfigFile", &DEPLOYMENT_FILE_PATH),
    must("RepositoryLinkId", &REPOSITORY_LINK_ID),
    must("ResourceName", &RESOURCE_NAME),
    must("RoleArn", &IAM_ROLE_ARN),
    must("SyncType", &SYNC_TYPE),
    may("PublishDeploymentStatus", &TOGGLE),
    may("TriggerResourceUpdateOn", &TRIGGER_RESOURCE_UPDATE_ON),
    may("PullRequestComment", &TOGGLE),
]);

static GET_SYNC_CONFIGURATION_INPUT: Shape = structure(&SYNCED_RESOURCE);

static UPDATE_SYNC_CONFIGURATION_INPUT: Shape = structure(&[
    may("Branch", &BRANCH_NAME),
    may("ConfigFile", &DEPLOYMENT_FILE_PATH),
    may("RepositoryLinkId", &REPOSITORY_LINK_ID),
    must("ResourceName", &RESOURCE_NAME),
    may("RoleArn", &IAM_ROLE_ARN),
    must("SyncType", &SYNC_TYPE),
    may("PublishDeploymentStatus", &TOGGLE),
    may("TriggerResourceUpdateOn", &TRIGGER_RESOURCE_UPDATE_ON),
    may("PullRequestComment", &TOGGLE),
]);

static DELETE_SYNC_CONFIGURATION_INPUT: Shape = structure(&SYNCED_RESOURCE);

static LIST_SYNC_CONFIGURATIONS_INPUT: Shape = structure(&[
    may("MaxResults", &MAX_RESULTS),
    may("NextToken", &SHARP_NEXT_TOKEN),
    must("RepositoryLinkId", &REPOSITORY_LINK_ID),
    must("SyncType", &SYNC_TYPE),
]);

static LIST_REPOSITORY_SYNC_DEFINITIONS_INPUT: Shape =
    structure(&[must("RepositoryLinkId", &REPOSITORY_LINK_ID), must("SyncType", &SYNC_TYPE)]);

static GET_REPOSITORY_SYNC_STATUS_INPUT: Shape = structure(&[
    must("Branch", &BRANCH_NAME),
    must("RepositoryLinkId", &REPOSITORY_LINK_ID),
    must("SyncType", &SYNC_TYPE),
]);

static GET_RESOURCE_SYNC_STATUS_INPUT: Shape = structure(&SYNCED_RESOURCE);

static GET_SYNC_BLOCKER_SUMMARY_INPUT: Shape = structure(&SYNCED_RESOURCE);

static UPDATE_SYNC_BLOCKER_INPUT: Shape = structure(&[
    must("Id", &BLOCKER_ID),
    must("SyncType", &SYNC_TYPE),
    must("ResourceName", &RESOURCE_NAME),
    must("ResolvedReason", &RESOLVED_REASON),
]);

static SYNCED_RESOURCE: [Member; 2] =
    [must("SyncType", &SYNC_TYPE), must("ResourceName", &RESOURCE_NAME)];

static TAG_RESOURCE_INPUT: Shape =
    structure(&[must("ResourceArn", &AMAZON_RESOURCE_NAME), must("Tags", &TAG_LIST)]);

static UNTAG_RESOURCE_INPUT: Shape =
    structure(&[must("ResourceArn", &AMAZON_RESOURCE_NAME), must("TagKeys", &TAG_KEY_LIST)]);

static LIST_TAGS_FOR_RESOURCE_INPUT: Shape =
    structure(&[must("ResourceArn", &AMAZON_RESOURCE_NAME)]);

static TAG: Shape = structure(&[must("Key", &TAG_KEY), must("Value", &TAG_VALUE)]);

static VPC_CONFIGURATION: Shape = structure(&[
    must("VpcId", &VPC_ID),
    must("SubnetIds", &SUBNET_IDS),
    must("SecurityGroupIds", &SECURITY_GROUP_IDS),
    may("TlsCertificate", &TLS_CERTIFICATE),
]);

static PROVIDER_TYPE: Shape = one_of(&[
    "Bitbucket",
    "GitHub",
    "GitHubEnterpriseServer",
    "GitLab",
    "GitLabSelfManaged",
    "AzureDevOps",
    "BitbucketServer",
]);
static CONNECTION_NAME: Shape = matching(1, 32, &ANYTHING);
static TAG_KEY: Shape = matching(1, 128, &ONE_LINE);
static TAG_VALUE: Shape = matching(0, 256, &ONE_LINE);
static TAG_LIST: Shape = list(0, 200, &TAG);
static HOST_ARN: Shape = matching(0, 256, &HOST);
static CONNECTION_ARN: Shape = matching(0, 256, &ARN);
static MAX_RESULTS: Shape = Shape::Integer(0, 100);
static NEXT_TOKEN: Shape = matching(1, 1024, &TOKEN);
static HOST_NAME: Shape = matching(1, 64, &ONE_LINE);
static URL: Shape = matching(1, 512, &ONE_LINE);
static VPC_ID: Shape = matching(12, 21, &VPC);
static SUBNET_ID: Shape = matching(15, 24, &SUBNET);
static SUBNET_IDS: Shape = list(1, 10, &SUBNET_ID);
static SECURITY_GROUP_ID: Shape = matching(11, 20, &SECURITY_GROUP);
static SECURITY_GROUP_IDS: Shape = list(1, 10, &SECURITY_GROUP_ID);
static TLS_CERTIFICATE: Shape = matching(1, 16384, &ANYTHING);
static AMAZON_RESOURCE_NAME: Shape = matching(1, 1011, &ARN);
static TAG_KEY_LIST: Shape = list(0, 200, &TAG_KEY);
static OWNER_ID: Shape = matching(1, 255, &TOKEN);
static REPOSITORY_NAME: Shape = matching(1, 128, &TOKEN);
static KMS_KEY_ARN: Shape = matching(1, 1024, &KMS_KEY);
static REPOSITORY_LINK_ID: Shape = matching(0, usize::MAX, &UUID);
static SHARP_NEXT_TOKEN: Shape = matching(1, 2048, &TOKEN);
static BRANCH_NAME: Shape = matching(1, 255, &TOKEN);
static DEPLOYMENT_FILE_PATH: Shape = any_text();
static RESOURCE_NAME: Shape = matching(1, 100, &RESOURCE);
static IAM_ROLE_ARN: Shape = matching(1, 1024, &ROLE);
static SYNC_TYPE: Shape = one_of(&["CFN_STACK_SYNC", "CODEPIPELINE_SYNC"]);
static TOGGLE: Shape = one_of(&["ENABLED", "DISABLED"]);
static TRIGGER_RESOURCE_UPDATE_ON: Shape = one_of(&["ANY_CHANGE", "FILE_CHANGE"]);
static BLOCKER_ID: Shape = text(1, 50);
static RESOLVED_REASON: Shape = text(1, 250);

static ANYTHING: Pattern = Pattern::new(r"[\s\S]*");
static ONE_LINE: Pattern = Pattern::new(r".*");
static HOST: Pattern =
    Pattern::new(r"arn:aws(-[\w]+)*:(codestar-connections|codeconnections):.+:[0-9]{12}:host\/.+");
static ARN: Pattern = Pattern::new(r"arn:aws(-[\w]+)*:.+:.+:[0-9]{12}:.+");
static TOKEN: Pattern = Pattern::new(r"^.*$");
static VPC: Pattern = Pattern::new(r"vpc-\w{8}(\w{9})?");
static SUBNET: Pattern = Pattern::new(r"subnet-\w{8}(\w{9})?");
static SECURITY_GROUP: Pattern = Pattern::new(r"sg-\w{8}(\w{9})?");
static KMS_KEY: Pattern =
    Pattern::new(r"arn:aws(-[\w]+)*:kms:[a-z\-0-9]+:\d{12}:key/[a-zA-Z0-9\-]+");
static UUID: Pattern = Pattern::new(
    r"^[0-9a-fA-F]{8}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{4}\b-[0-9a-fA-F]{12}$",
);
static RESOURCE: Pattern = Pattern::new(r"^[0-9A-Za-z]+[0-9A-Za-z_\\-]*$");
static ROLE: Pattern = Pattern::new(r"arn:aws(-[\w]+)*:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+");
