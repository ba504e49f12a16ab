//! What CodeConnections' model (apiVersion 2023-12-01) asks of each input, under the model's names.
//!
//! CodeStar Connections (2019-12-01) differs only in knowing fewer providers and one spelling of
//! host ARNs; every call takes both spellings, so one table serves both. `BitbucketServer` is ours.

use crate::shape::{Operation, Pattern, Shape, list, matching, may, must, one_of, structure};

/// The operations that are spoken, the same under both names.
pub static OPERATIONS: [Operation; 12] = [
    Operation { name: "CreateConnection", input: &CREATE_CONNECTION_INPUT },
    Operation { name: "GetConnection", input: &GET_CONNECTION_INPUT },
    Operation { name: "ListConnections", input: &LIST_CONNECTIONS_INPUT },
    Operation { name: "DeleteConnection", input: &DELETE_CONNECTION_INPUT },
    Operation { name: "CreateHost", input: &CREATE_HOST_INPUT },
    Operation { name: "GetHost", input: &GET_HOST_INPUT },
    Operation { name: "ListHosts", input: &LIST_HOSTS_INPUT },
    Operation { name: "UpdateHost", input: &UPDATE_HOST_INPUT },
    Operation { name: "DeleteHost", input: &DELETE_HOST_INPUT },
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

static ANYTHING: Pattern = Pattern::new(r"[\s\S]*");
static ONE_LINE: Pattern = Pattern::new(r".*");
static HOST: Pattern =
    Pattern::new(r"arn:aws(-[\w]+)*:(codestar-connections|codeconnections):.+:[0-9]{12}:host\/.+");
static ARN: Pattern = Pattern::new(r"arn:aws(-[\w]+)*:.+:.+:[0-9]{12}:.+");
static TOKEN: Pattern = Pattern::new(r"^.*$");
static VPC: Pattern = Pattern::new(r"vpc-\w{8}(\w{9})?");
static SUBNET: Pattern = Pattern::new(r"subnet-\w{8}(\w{9})?");
static SECURITY_GROUP: Pattern = Pattern::new(r"sg-\w{8}(\w{9})?");
