//! What IAM's model (apiVersion 2010-05-08) asks of each input, under the model's names.

use crate::shape::{
    Operation, Pattern, Shape, any_text, list, matching, may, must, one_of, structure, text,
};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 85] = [
    Operation { name: "CreateRole", input: &CREATE_ROLE_INPUT },
    Operation { name: "GetRole", input: &NAMED_ROLE },
    Operation { name: "ListRoles", input: &PAGE_BELOW_PATH },
    Operation { name: "UpdateRole", input: &UPDATE_ROLE_INPUT },
    Operation { name: "UpdateRoleDescription", input: &UPDATE_ROLE_DESCRIPTION_INPUT },
    Operation { name: "DeleteRole", input: &NAMED_ROLE },
    Operation { name: "UpdateAssumeRolePolicy", input: &UPDATE_ASSUME_ROLE_POLICY_INPUT },
    Operation { name: "PutRolePolicy", input: &PUT_ROLE_POLICY_INPUT },
    Operation { name: "GetRolePolicy", input: &POLICY_OF_ROLE },
    Operation { name: "ListRolePolicies", input: &PAGE_OF_ROLE },
    Operation { name: "DeleteRolePolicy", input: &POLICY_OF_ROLE },
    Operation { name: "AttachRolePolicy", input: &POLICY_ON_ROLE },
    Operation { name: "DetachRolePolicy", input: &POLICY_ON_ROLE },
    Operation { name: "ListAttachedRolePolicies", input: &LIST_ATTACHED_ROLE_POLICIES_INPUT },
    Operation { name: "PutRolePermissionsBoundary", input: &PUT_ROLE_PERMISSIONS_BOUNDARY_INPUT },
    Operation { name: "DeleteRolePermissionsBoundary", input: &NAMED_ROLE },
    Operation { name: "TagRole", input: &TAG_ROLE_INPUT },
    Operation { name: "UntagRole", input: &UNTAG_ROLE_INPUT },
    Operation { name: "ListRoleTags", input: &PAGE_OF_ROLE },
    Operation { name: "CreatePolicy", input: &CREATE_POLICY_INPUT },
    Operation { name: "GetPolicy", input: &NAMED_POLICY },
    Operation { name: "ListPolicies", input: &LIST_POLICIES_INPUT },
    Operation { name: "DeletePolicy", input: &NAMED_POLICY },
    Operation { name: "CreatePolicyVersion", input: &CREATE_POLICY_VERSION_INPUT },
    Operation { name: "GetPolicyVersion", input: &VERSION_OF_POLICY },
    Operation { name: "ListPolicyVersions", input: &PAGE_OF_POLICY },
    Operation { name: "SetDefaultPolicyVersion", input: &VERSION_OF_POLICY },
    Operation { name: "DeletePolicyVersion", input: &VERSION_OF_POLICY },
    Operation { name: "ListEntitiesForPolicy", input: &LIST_ENTITIES_FOR_POLICY_INPUT },
    Operation { name: "TagPolicy", input: &TAG_POLICY_INPUT },
    Operation { name: "UntagPolicy", input: &UNTAG_POLICY_INPUT },
    Operation { name: "ListPolicyTags", input: &PAGE_OF_POLICY },
    Operation { name: "CreateUser", input: &CREATE_USER_INPUT },
    Operation { name: "GetUser", input: &USER_OR_CALLER },
    Operation { name: "ListUsers", input: &PAGE_BELOW_PATH },
    Operation { name: "UpdateUser", input: &UPDATE_USER_INPUT },
    Operation { name: "DeleteUser", input: &DELETE_USER_INPUT },
    Operation { name: "PutUserPolicy", input: &PUT_USER_POLICY_INPUT },
    Operation { name: "GetUserPolicy", input: &POLICY_OF_USER },
    Operation { name: "ListUserPolicies", input: &PAGE_OF_USER },
    Operation { name: "DeleteUserPolicy", input: &POLICY_OF_USER },
    Operation { name: "AttachUserPolicy", input: &POLICY_ON_USER },
    Operation { name: "DetachUserPolicy", input: &POLICY_ON_USER },
    Operation { name: "ListAttachedUserPolicies", input: &LIST_ATTACHED_USER_POLICIES_INPUT },
    Operation { name: "PutUserPermissionsBoundary", input: &PUT_USER_PERMISSIONS_BOUNDARY_INPUT },
    Operation {
        name: "DeleteUserPermissionsBoundary",
        input: &DELETE_USER_PERMISSIONS_BOUNDARY_INPUT,
    },
    Operation { name: "TagUser", input: &TAG_USER_INPUT },
    Operation { name: "UntagUser", input: &UNTAG_USER_INPUT },
    Operation { name: "ListUserTags", input: &PAGE_OF_USER },
    Operation { name: "CreateGroup", input: &CREATE_GROUP_INPUT },
    Operation { name: "GetGroup", input: &PAGE_OF_GROUP },
    Operation { name: "ListGroups", input: &PAGE_BELOW_PATH },
    Operation { name: "UpdateGroup", input: &UPDATE_GROUP_INPUT },
    Operation { name: "DeleteGroup", input: &DELETE_GROUP_INPUT },
    Operation { name: "GetAccountSummary", input: &NOTHING },
    Operation { name: "AddUserToGroup", input: &MEMBER_OF_GROUP },
    Operation { name: "RemoveUserFromGroup", input: &MEMBER_OF_GROUP },
    Operation { name: "ListGroupsForUser", input: &PAGE_OF_USER },
    Operation { name: "PutGroupPolicy", input: &PUT_GROUP_POLICY_INPUT },
    Operation { name: "GetGroupPolicy", input: &POLICY_OF_GROUP },
    Operation { name: "ListGroupPolicies", input: &PAGE_OF_GROUP },
    Operation { name: "DeleteGroupPolicy", input: &POLICY_OF_GROUP },
    Operation { name: "AttachGroupPolicy", input: &POLICY_ON_GROUP },
    Operation { name: "DetachGroupPolicy", input: &POLICY_ON_GROUP },
    Operation { name: "ListAttachedGroupPolicies", input: &LIST_ATTACHED_GROUP_POLICIES_INPUT },
    Operation { name: "CreateAccessKey", input: &USER_OR_CALLER },
    Operation { name: "ListAccessKeys", input: &LIST_ACCESS_KEYS_INPUT },
    Operation { name: "UpdateAccessKey", input: &UPDATE_ACCESS_KEY_INPUT },
    Operation { name: "DeleteAccessKey", input: &DELETE_ACCESS_KEY_INPUT },
    Operation { name: "GetAccessKeyLastUsed", input: &GET_ACCESS_KEY_LAST_USED_INPUT },
    Operation {
        name: "CreateOpenIDConnectProvider",
        input: &CREATE_OPEN_ID_CONNECT_PROVIDER_INPUT,
    },
    Operation { name: "GetOpenIDConnectProvider", input: &NAMED_PROVIDER },
    Operation { name: "ListOpenIDConnectProviders", input: &NOTHING },
    Operation { name: "DeleteOpenIDConnectProvider", input: &NAMED_PROVIDER },
    Operation { name: "AddClientIDToOpenIDConnectProvider", input: &CLIENT_OF_PROVIDER },
    Operation { name: "RemoveClientIDFromOpenIDConnectProvider", input: &CLIENT_OF_PROVIDER },
    Operation {
        name: "UpdateOpenIDConnectProviderThumbprint",
        input: &UPDATE_OPEN_ID_CONNECT_PROVIDER_THUMBPRINT_INPUT,
    },
    Operation { name: "TagOpenIDConnectProvider", input: &TAG_OPEN_ID_CONNECT_PROVIDER_INPUT },
    Operation { name: "UntagOpenIDConnectProvider", input: &UNTAG_OPEN_ID_CONNECT_PROVIDER_INPUT },
    Operation {
        name: "ListOpenIDConnectProviderTags",
        input: &LIST_OPEN_ID_CONNECT_PROVIDER_TAGS_INPUT,
    },
    Operation { name: "SimulatePrincipalPolicy", input: &SIMULATE_PRINCIPAL_POLICY_INPUT },
    Operation { name: "SimulateCustomPolicy", input: &SIMULATE_CUSTOM_POLICY_INPUT },
    Operation {
        name: "GetContextKeysForPrincipalPolicy",
        input: &GET_CONTEXT_KEYS_FOR_PRINCIPAL_POLICY_INPUT,
    },
    Operation {
        name: "GetContextKeysForCustomPolicy",
        input: &GET_CONTEXT_KEYS_FOR_CUSTOM_POLICY_INPUT,
    },
    Operation {
        name: "GetAccountAuthorizationDetails",
        input: &GET_ACCOUNT_AUTHORIZATION_DETAILS_INPUT,
    },
];

static CREATE_ROLE_INPUT: Shape = structure(&[
    may("Path", &PATH),
    must("RoleName", &ROLE_NAME),
    must("AssumeRolePolicyDocument", &POLICY_DOCUMENT),
    may("Description", &ROLE_DESCRIPTION),
    may("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION),
    may("PermissionsBoundary", &ARN),
    may("Tags", &TAG_LIST),
]);

static NAMED_ROLE: Shape = structure(&[must("RoleName", &ROLE_NAME)]);

static PAGE_BELOW_PATH: Shape = structure(&[
    may("PathPrefix", &PATH_PREFIX),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static UPDATE_ROLE_INPUT: Shape = structure(&[
    must("RoleName", &ROLE_NAME),
    may("Description", &ROLE_DESCRIPTION),
    may("MaxSessionDuration", &ROLE_MAX_SESSION_DURATION),
]);

static UPDATE_ROLE_DESCRIPTION_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("Description", &ROLE_DESCRIPTION)]);

static UPDATE_ASSUME_ROLE_POLICY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PolicyDocument", &POLICY_DOCUMENT)]);

static PUT_ROLE_POLICY_INPUT: Shape = structure(&[
    must("RoleName", &ROLE_NAME),
    must("PolicyName", &POLICY_NAME),
    must("PolicyDocument", &POLICY_DOCUMENT),
]);

static POLICY_OF_ROLE: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PolicyName", &POLICY_NAME)]);

static PAGE_OF_ROLE: Shape =
    structure(&[must("RoleName", &ROLE_NAME), may("Marker", &MARKER), may("MaxItems", &MAX_ITEMS)]);

static POLICY_ON_ROLE: Shape = structure(&[must("RoleName", &ROLE_NAME), must("PolicyArn", &ARN)]);

static LIST_ATTACHED_ROLE_POLICIES_INPUT: Shape = structure(&[
    must("RoleName", &ROLE_NAME),
    may("PathPrefix", &POLICY_PATH),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static PUT_ROLE_PERMISSIONS_BOUNDARY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PermissionsBoundary", &ARN)]);

static TAG_ROLE_INPUT: Shape = structure(&[must("RoleName", &ROLE_NAME), must("Tags", &TAG_LIST)]);

static UNTAG_ROLE_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("TagKeys", &TAG_KEY_LIST)]);

static CREATE_POLICY_INPUT: Shape = structure(&[
    must("PolicyName", &POLICY_NAME),
    may("Path", &POLICY_PATH),
    must("PolicyDocument", &POLICY_DOCUMENT),
    may("Description", &POLICY_DESCRIPTION),
    may("Tags", &TAG_LIST),
]);

static NAMED_POLICY: Shape = structure(&[must("PolicyArn", &ARN)]);

static LIST_POLICIES_INPUT: Shape = structure(&[
    may("Scope", &POLICY_SCOPE),
    may("OnlyAttached", &BOOLEAN),
    may("PathPrefix", &POLICY_PATH),
    may("PolicyUsageFilter", &POLICY_USAGE),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static CREATE_POLICY_VERSION_INPUT: Shape = structure(&[
    must("PolicyArn", &ARN),
    must("PolicyDocument", &POLICY_DOCUMENT),
    may("SetAsDefault", &BOOLEAN),
]);

static VERSION_OF_POLICY: Shape =
    structure(&[must("PolicyArn", &ARN), must("VersionId", &POLICY_VERSION_ID)]);

static PAGE_OF_POLICY: Shape =
    structure(&[must("PolicyArn", &ARN), may("Marker", &MARKER), may("MaxItems", &MAX_ITEMS)]);

static LIST_ENTITIES_FOR_POLICY_INPUT: Shape = structure(&[
    must("PolicyArn", &ARN),
    may("EntityFilter", &ENTITY),
    may("PathPrefix", &PATH),
    may("PolicyUsageFilter", &POLICY_USAGE),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static TAG_POLICY_INPUT: Shape = structure(&[must("PolicyArn", &ARN), must("Tags", &TAG_LIST)]);

static UNTAG_POLICY_INPUT: Shape =
    structure(&[must("PolicyArn", &ARN), must("TagKeys", &TAG_KEY_LIST)]);

static CREATE_USER_INPUT: Shape = structure(&[
    may("Path", &PATH),
    must("UserName", &USER_NAME),
    may("PermissionsBoundary", &ARN),
    may("Tags", &TAG_LIST),
]);

static USER_OR_CALLER: Shape = structure(&[may("UserName", &EXISTING_USER_NAME)]);

static UPDATE_USER_INPUT: Shape = structure(&[
    must("UserName", &EXISTING_USER_NAME),
    may("NewPath", &PATH),
    may("NewUserName", &USER_NAME),
]);

static DELETE_USER_INPUT: Shape = structure(&[must("UserName", &EXISTING_USER_NAME)]);

static PUT_USER_POLICY_INPUT: Shape = structure(&[
    must("UserName", &EXISTING_USER_NAME),
    must("PolicyName", &POLICY_NAME),
    must("PolicyDocument", &POLICY_DOCUMENT),
]);

static POLICY_OF_USER: Shape =
    structure(&[must("UserName", &EXISTING_USER_NAME), must("PolicyName", &POLICY_NAME)]);

static PAGE_OF_USER: Shape = structure(&[
    must("UserName", &EXISTING_USER_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static POLICY_ON_USER: Shape = structure(&[must("UserName", &USER_NAME), must("PolicyArn", &ARN)]);

static LIST_ATTACHED_USER_POLICIES_INPUT: Shape = structure(&[
    must("UserName", &USER_NAME),
    may("PathPrefix", &POLICY_PATH),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static PUT_USER_PERMISSIONS_BOUNDARY_INPUT: Shape =
    structure(&[must("UserName", &USER_NAME), must("PermissionsBoundary", &ARN)]);

static DELETE_USER_PERMISSIONS_BOUNDARY_INPUT: Shape = structure(&[must("UserName", &USER_NAME)]);

static TAG_USER_INPUT: Shape =
    structure(&[must("UserName", &EXISTING_USER_NAME), must("Tags", &TAG_LIST)]);

static UNTAG_USER_INPUT: Shape =
    structure(&[must("UserName", &EXISTING_USER_NAME), must("TagKeys", &TAG_KEY_LIST)]);

static CREATE_GROUP_INPUT: Shape = structure(&[may("Path", &PATH), must("GroupName", &GROUP_NAME)]);

static PAGE_OF_GROUP: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static UPDATE_GROUP_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    may("NewPath", &PATH),
    may("NewGroupName", &GROUP_NAME),
]);

static NOTHING: Shape = structure(&[]);

static DELETE_GROUP_INPUT: Shape = structure(&[must("GroupName", &GROUP_NAME)]);

static MEMBER_OF_GROUP: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("UserName", &EXISTING_USER_NAME)]);

static PUT_GROUP_POLICY_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    must("PolicyName", &POLICY_NAME),
    must("PolicyDocument", &POLICY_DOCUMENT),
]);

static POLICY_OF_GROUP: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("PolicyName", &POLICY_NAME)]);

static POLICY_ON_GROUP: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("PolicyArn", &ARN)]);

static LIST_ATTACHED_GROUP_POLICIES_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    may("PathPrefix", &POLICY_PATH),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static LIST_ACCESS_KEYS_INPUT: Shape = structure(&[
    may("UserName", &EXISTING_USER_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static UPDATE_ACCESS_KEY_INPUT: Shape = structure(&[
    may("UserName", &EXISTING_USER_NAME),
    must("AccessKeyId", &ACCESS_KEY_ID),
    must("Status", &STATUS),
]);

static DELETE_ACCESS_KEY_INPUT: Shape =
    structure(&[may("UserName", &EXISTING_USER_NAME), must("AccessKeyId", &ACCESS_KEY_ID)]);

static GET_ACCESS_KEY_LAST_USED_INPUT: Shape = structure(&[must("AccessKeyId", &ACCESS_KEY_ID)]);

static CREATE_OPEN_ID_CONNECT_PROVIDER_INPUT: Shape = structure(&[
    must("Url", &OPEN_ID_CONNECT_PROVIDER_URL),
    may("ClientIDList", &CLIENT_ID_LIST),
    may("ThumbprintList", &THUMBPRINT_LIST),
    may("Tags", &TAG_LIST),
]);

static NAMED_PROVIDER: Shape = structure(&[must("OpenIDConnectProviderArn", &ARN)]);

static CLIENT_OF_PROVIDER: Shape =
    structure(&[must("OpenIDConnectProviderArn", &ARN), must("ClientID", &CLIENT_ID)]);

static UPDATE_OPEN_ID_CONNECT_PROVIDER_THUMBPRINT_INPUT: Shape =
    structure(&[must("OpenIDConnectProviderArn", &ARN), must("ThumbprintList", &THUMBPRINT_LIST)]);

static TAG_OPEN_ID_CONNECT_PROVIDER_INPUT: Shape =
    structure(&[must("OpenIDConnectProviderArn", &ARN), must("Tags", &TAG_LIST)]);

static UNTAG_OPEN_ID_CONNECT_PROVIDER_INPUT: Shape =
    structure(&[must("OpenIDConnectProviderArn", &ARN), must("TagKeys", &TAG_KEY_LIST)]);

static LIST_OPEN_ID_CONNECT_PROVIDER_TAGS_INPUT: Shape = structure(&[
    must("OpenIDConnectProviderArn", &ARN),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static SIMULATE_PRINCIPAL_POLICY_INPUT: Shape = structure(&[
    must("PolicySourceArn", &ARN),
    may("PolicyInputList", &SIMULATION_POLICY_LIST),
    may("PermissionsBoundaryPolicyInputList", &SIMULATION_POLICY_LIST),
    may("PolicyExclusionList", &POLICY_EXCLUSIONS_LIST),
    must("ActionNames", &ACTION_NAME_LIST),
    may("ResourceArns", &RESOURCE_NAME_LIST),
    may("ResourcePolicy", &POLICY_DOCUMENT),
    may("ResourceOwner", &RESOURCE_NAME),
    may("CallerArn", &RESOURCE_NAME),
    may("ContextEntries", &CONTEXT_ENTRY_LIST),
    may("ResourceHandlingOption", &RESOURCE_HANDLING_OPTION),
    may("MaxItems", &MAX_ITEMS),
    may("Marker", &MARKER),
]);

static SIMULATE_CUSTOM_POLICY_INPUT: Shape = structure(&[
    must("PolicyInputList", &SIMULATION_POLICY_LIST),
    may("PermissionsBoundaryPolicyInputList", &SIMULATION_POLICY_LIST),
    may("OrderedOrganizationPolicyInputList", &ORGANIZATION_POLICY_LIST),
    must("ActionNames", &ACTION_NAME_LIST),
    may("ResourceArns", &RESOURCE_NAME_LIST),
    may("ResourcePolicy", &POLICY_DOCUMENT),
    may("ResourceOwner", &RESOURCE_NAME),
    may("CallerArn", &RESOURCE_NAME),
    may("ContextEntries", &CONTEXT_ENTRY_LIST),
    may("ResourceHandlingOption", &RESOURCE_HANDLING_OPTION),
    may("MaxItems", &MAX_ITEMS),
    may("Marker", &MARKER),
]);

static GET_CONTEXT_KEYS_FOR_PRINCIPAL_POLICY_INPUT: Shape =
    structure(&[must("PolicySourceArn", &ARN), may("PolicyInputList", &SIMULATION_POLICY_LIST)]);

static GET_CONTEXT_KEYS_FOR_CUSTOM_POLICY_INPUT: Shape =
    structure(&[must("PolicyInputList", &SIMULATION_POLICY_LIST)]);

static POLICY_EXCLUSIONS_LIST: Shape = list(0, 256, &POLICY_IDENTIFIER);
static POLICY_IDENTIFIER: Shape = structure(&[
    may("PolicyType", &POLICY_IDENTIFIER_POLICY_TYPE),
    may("PolicyArn", &ARN),
    may("InlinePolicyIdentifier", &INLINE_POLICY_IDENTIFIER),
]);
static POLICY_IDENTIFIER_POLICY_TYPE: Shape =
    one_of(&["inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp"]);
static INLINE_POLICY_IDENTIFIER: Shape = structure(&[
    must("PolicyName", &POLICY_NAME),
    must("AttachmentType", &ATTACHMENT_TYPE),
    must("AttachmentName", &POLICY_NAME),
]);
static ATTACHMENT_TYPE: Shape = one_of(&["user", "group", "role"]);
static ORGANIZATION_POLICY_LIST: Shape = list(0, 7, &ORDERED_ORGANIZATION_POLICY);
static ORDERED_ORGANIZATION_POLICY: Shape =
    structure(&[may("ServiceControlPolicyInputList", &SIMULATION_POLICY_LIST)]);

static GET_ACCOUNT_AUTHORIZATION_DETAILS_INPUT: Shape =
    structure(&[may("Filter", &ENTITY_LIST), may("MaxItems", &MAX_ITEMS), may("Marker", &MARKER)]);

static PATH_PATTERN: Pattern = Pattern::new(r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)");
static PATH: Shape = matching(1, 512, &PATH_PATTERN);
static ROLE_NAME_PATTERN: Pattern = Pattern::new(r"[\w+=,.@-]+");
static ROLE_NAME: Shape = matching(1, 64, &ROLE_NAME_PATTERN);
static POLICY_DOCUMENT_PATTERN: Pattern = Pattern::new(r"[\u0009\u000A\u000D\u0020-\u00FF]+");
static POLICY_DOCUMENT: Shape = matching(1, 131072, &POLICY_DOCUMENT_PATTERN);
static ROLE_DESCRIPTION_PATTERN: Pattern =
    Pattern::new(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*");
static ROLE_DESCRIPTION: Shape = matching(0, 1000, &ROLE_DESCRIPTION_PATTERN);
static ROLE_MAX_SESSION_DURATION: Shape = Shape::Integer(3600, 43200);
static ARN: Shape = text(20, 2048);
static TAG_KEY_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+");
static TAG_KEY: Shape = matching(1, 128, &TAG_KEY_PATTERN);
static TAG_VALUE_PATTERN: Pattern = Pattern::new(r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");
static TAG_VALUE: Shape = matching(0, 256, &TAG_VALUE_PATTERN);
static TAG: Shape = structure(&[must("Key", &TAG_KEY), must("Value", &TAG_VALUE)]);
static TAG_LIST: Shape = list(0, 50, &TAG);
static PATH_PREFIX_PATTERN: Pattern = Pattern::new(r"\u002F[\u0021-\u007F]*");
static PATH_PREFIX: Shape = matching(1, 512, &PATH_PREFIX_PATTERN);
static MARKER_PATTERN: Pattern = Pattern::new(r"[\u0020-\u00FF]+");
static MARKER: Shape = matching(1, 320, &MARKER_PATTERN);
static MAX_ITEMS: Shape = Shape::Integer(1, 1000);
static POLICY_NAME_PATTERN: Pattern = Pattern::new(r"[\w+=,.@-]+");
static POLICY_NAME: Shape = matching(1, 128, &POLICY_NAME_PATTERN);
static POLICY_PATH_PATTERN: Pattern = Pattern::new(r"((/[A-Za-z0-9\.,\+@=_-]+)*)/");
static POLICY_PATH: Shape = matching(1, 512, &POLICY_PATH_PATTERN);
static TAG_KEY_LIST: Shape = list(0, 50, &TAG_KEY);
static POLICY_DESCRIPTION: Shape = text(0, 1000);
static POLICY_SCOPE: Shape = one_of(&["All", "AWS", "Local"]);
static BOOLEAN: Shape = Shape::Flag;
static POLICY_USAGE: Shape = one_of(&["PermissionsPolicy", "PermissionsBoundary"]);
static POLICY_VERSION_ID_PATTERN: Pattern = Pattern::new(r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?");
static POLICY_VERSION_ID: Shape = matching(0, usize::MAX, &POLICY_VERSION_ID_PATTERN);
static ENTITY: Shape = one_of(&["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]);
static USER_NAME_PATTERN: Pattern = Pattern::new(r"[\w+=,.@-]+");
static USER_NAME: Shape = matching(1, 64, &USER_NAME_PATTERN);
static EXISTING_USER_NAME_PATTERN: Pattern = Pattern::new(r"[\w+=,.@-]+");
static EXISTING_USER_NAME: Shape = matching(1, 128, &EXISTING_USER_NAME_PATTERN);
static GROUP_NAME_PATTERN: Pattern = Pattern::new(r"[\w+=,.@-]+");
static GROUP_NAME: Shape = matching(1, 128, &GROUP_NAME_PATTERN);
static ACCESS_KEY_ID_PATTERN: Pattern = Pattern::new(r"[\w]+");
static ACCESS_KEY_ID: Shape = matching(16, 128, &ACCESS_KEY_ID_PATTERN);
static STATUS: Shape = one_of(&["Active", "Inactive", "Expired"]);
static OPEN_ID_CONNECT_PROVIDER_URL: Shape = text(1, 255);
static CLIENT_ID: Shape = text(1, 255);
static CLIENT_ID_LIST: Shape = list(0, usize::MAX, &CLIENT_ID);
static THUMBPRINT: Shape = text(40, 40);
static THUMBPRINT_LIST: Shape = list(0, usize::MAX, &THUMBPRINT);
static SIMULATION_POLICY_LIST: Shape = list(0, usize::MAX, &POLICY_DOCUMENT);
static ACTION_NAME: Shape = text(3, 128);
static ACTION_NAME_LIST: Shape = list(0, usize::MAX, &ACTION_NAME);
static RESOURCE_NAME: Shape = text(1, 2048);
static RESOURCE_NAME_LIST: Shape = list(0, usize::MAX, &RESOURCE_NAME);
static CONTEXT_KEY_NAME: Shape = text(5, 256);
static CONTEXT_KEY_VALUE: Shape = any_text();
static CONTEXT_KEY_VALUE_LIST: Shape = list(0, usize::MAX, &CONTEXT_KEY_VALUE);
static CONTEXT_KEY_TYPE_ENUM: Shape = one_of(&[
    "string",
    "stringList",
    "numeric",
    "numericList",
    "boolean",
    "booleanList",
    "ip",
    "ipList",
    "binary",
    "binaryList",
    "date",
    "dateList",
]);
static CONTEXT_ENTRY: Shape = structure(&[
    may("ContextKeyName", &CONTEXT_KEY_NAME),
    may("ContextKeyValues", &CONTEXT_KEY_VALUE_LIST),
    may("ContextKeyType", &CONTEXT_KEY_TYPE_ENUM),
]);
static CONTEXT_ENTRY_LIST: Shape = list(0, usize::MAX, &CONTEXT_ENTRY);
static RESOURCE_HANDLING_OPTION: Shape = text(1, 64);
static ENTITY_LIST: Shape = list(0, usize::MAX, &ENTITY);
