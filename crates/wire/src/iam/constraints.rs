//! What IAM's model (apiVersion 2010-05-08) asks of each input, under the model's names.

use crate::shape::{
    Operation, Pattern, Shape, any_text, list, matching, may, must, one_of, structure, text,
};

/// The operations that are spoken.
pub static OPERATIONS: [Operation; 83] = [
    Operation { name: "CreateRole", input: &CREATE_ROLE_INPUT },
    Operation { name: "GetRole", input: &GET_ROLE_INPUT },
    Operation { name: "ListRoles", input: &LIST_ROLES_INPUT },
    Operation { name: "UpdateRole", input: &UPDATE_ROLE_INPUT },
    Operation { name: "UpdateRoleDescription", input: &UPDATE_ROLE_DESCRIPTION_INPUT },
    Operation { name: "DeleteRole", input: &DELETE_ROLE_INPUT },
    Operation { name: "UpdateAssumeRolePolicy", input: &UPDATE_ASSUME_ROLE_POLICY_INPUT },
    Operation { name: "PutRolePolicy", input: &PUT_ROLE_POLICY_INPUT },
    Operation { name: "GetRolePolicy", input: &GET_ROLE_POLICY_INPUT },
    Operation { name: "ListRolePolicies", input: &LIST_ROLE_POLICIES_INPUT },
    Operation { name: "DeleteRolePolicy", input: &DELETE_ROLE_POLICY_INPUT },
    Operation { name: "AttachRolePolicy", input: &ATTACH_ROLE_POLICY_INPUT },
    Operation { name: "DetachRolePolicy", input: &DETACH_ROLE_POLICY_INPUT },
    Operation { name: "ListAttachedRolePolicies", input: &LIST_ATTACHED_ROLE_POLICIES_INPUT },
    Operation { name: "PutRolePermissionsBoundary", input: &PUT_ROLE_PERMISSIONS_BOUNDARY_INPUT },
    Operation {
        name: "DeleteRolePermissionsBoundary",
        input: &DELETE_ROLE_PERMISSIONS_BOUNDARY_INPUT,
    },
    Operation { name: "TagRole", input: &TAG_ROLE_INPUT },
    Operation { name: "UntagRole", input: &UNTAG_ROLE_INPUT },
    Operation { name: "ListRoleTags", input: &LIST_ROLE_TAGS_INPUT },
    Operation { name: "CreatePolicy", input: &CREATE_POLICY_INPUT },
    Operation { name: "GetPolicy", input: &GET_POLICY_INPUT },
    Operation { name: "ListPolicies", input: &LIST_POLICIES_INPUT },
    Operation { name: "DeletePolicy", input: &DELETE_POLICY_INPUT },
    Operation { name: "CreatePolicyVersion", input: &CREATE_POLICY_VERSION_INPUT },
    Operation { name: "GetPolicyVersion", input: &GET_POLICY_VERSION_INPUT },
    Operation { name: "ListPolicyVersions", input: &LIST_POLICY_VERSIONS_INPUT },
    Operation { name: "SetDefaultPolicyVersion", input: &SET_DEFAULT_POLICY_VERSION_INPUT },
    Operation { name: "DeletePolicyVersion", input: &DELETE_POLICY_VERSION_INPUT },
    Operation { name: "ListEntitiesForPolicy", input: &LIST_ENTITIES_FOR_POLICY_INPUT },
    Operation { name: "TagPolicy", input: &TAG_POLICY_INPUT },
    Operation { name: "UntagPolicy", input: &UNTAG_POLICY_INPUT },
    Operation { name: "ListPolicyTags", input: &LIST_POLICY_TAGS_INPUT },
    Operation { name: "CreateUser", input: &CREATE_USER_INPUT },
    Operation { name: "GetUser", input: &GET_USER_INPUT },
    Operation { name: "ListUsers", input: &LIST_USERS_INPUT },
    Operation { name: "UpdateUser", input: &UPDATE_USER_INPUT },
    Operation { name: "DeleteUser", input: &DELETE_USER_INPUT },
    Operation { name: "PutUserPolicy", input: &PUT_USER_POLICY_INPUT },
    Operation { name: "GetUserPolicy", input: &GET_USER_POLICY_INPUT },
    Operation { name: "ListUserPolicies", input: &LIST_USER_POLICIES_INPUT },
    Operation { name: "DeleteUserPolicy", input: &DELETE_USER_POLICY_INPUT },
    Operation { name: "AttachUserPolicy", input: &ATTACH_USER_POLICY_INPUT },
    Operation { name: "DetachUserPolicy", input: &DETACH_USER_POLICY_INPUT },
    Operation { name: "ListAttachedUserPolicies", input: &LIST_ATTACHED_USER_POLICIES_INPUT },
    Operation { name: "PutUserPermissionsBoundary", input: &PUT_USER_PERMISSIONS_BOUNDARY_INPUT },
    Operation {
        name: "DeleteUserPermissionsBoundary",
        input: &DELETE_USER_PERMISSIONS_BOUNDARY_INPUT,
    },
    Operation { name: "TagUser", input: &TAG_USER_INPUT },
    Operation { name: "UntagUser", input: &UNTAG_USER_INPUT },
    Operation { name: "ListUserTags", input: &LIST_USER_TAGS_INPUT },
    Operation { name: "CreateGroup", input: &CREATE_GROUP_INPUT },
    Operation { name: "GetGroup", input: &GET_GROUP_INPUT },
    Operation { name: "ListGroups", input: &LIST_GROUPS_INPUT },
    Operation { name: "UpdateGroup", input: &UPDATE_GROUP_INPUT },
    Operation { name: "DeleteGroup", input: &DELETE_GROUP_INPUT },
    Operation { name: "GetAccountSummary", input: &GET_ACCOUNT_SUMMARY_INPUT },
    Operation { name: "AddUserToGroup", input: &ADD_USER_TO_GROUP_INPUT },
    Operation { name: "RemoveUserFromGroup", input: &REMOVE_USER_FROM_GROUP_INPUT },
    Operation { name: "ListGroupsForUser", input: &LIST_GROUPS_FOR_USER_INPUT },
    Operation { name: "PutGroupPolicy", input: &PUT_GROUP_POLICY_INPUT },
    Operation { name: "GetGroupPolicy", input: &GET_GROUP_POLICY_INPUT },
    Operation { name: "ListGroupPolicies", input: &LIST_GROUP_POLICIES_INPUT },
    Operation { name: "DeleteGroupPolicy", input: &DELETE_GROUP_POLICY_INPUT },
    Operation { name: "AttachGroupPolicy", input: &ATTACH_GROUP_POLICY_INPUT },
    Operation { name: "DetachGroupPolicy", input: &DETACH_GROUP_POLICY_INPUT },
    Operation { name: "ListAttachedGroupPolicies", input: &LIST_ATTACHED_GROUP_POLICIES_INPUT },
    Operation { name: "CreateAccessKey", input: &CREATE_ACCESS_KEY_INPUT },
    Operation { name: "ListAccessKeys", input: &LIST_ACCESS_KEYS_INPUT },
    Operation { name: "UpdateAccessKey", input: &UPDATE_ACCESS_KEY_INPUT },
    Operation { name: "DeleteAccessKey", input: &DELETE_ACCESS_KEY_INPUT },
    Operation { name: "GetAccessKeyLastUsed", input: &GET_ACCESS_KEY_LAST_USED_INPUT },
    Operation {
        name: "CreateOpenIDConnectProvider",
        input: &CREATE_OPEN_ID_CONNECT_PROVIDER_INPUT,
    },
    Operation { name: "GetOpenIDConnectProvider", input: &GET_OPEN_ID_CONNECT_PROVIDER_INPUT },
    Operation { name: "ListOpenIDConnectProviders", input: &LIST_OPEN_ID_CONNECT_PROVIDERS_INPUT },
    Operation {
        name: "DeleteOpenIDConnectProvider",
        input: &DELETE_OPEN_ID_CONNECT_PROVIDER_INPUT,
    },
    Operation {
        name: "AddClientIDToOpenIDConnectProvider",
        input: &ADD_CLIENT_ID_TO_OPEN_ID_CONNECT_PROVIDER_INPUT,
    },
    Operation {
        name: "RemoveClientIDFromOpenIDConnectProvider",
        input: &REMOVE_CLIENT_ID_FROM_OPEN_ID_CONNECT_PROVIDER_INPUT,
    },
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

static GET_ROLE_INPUT: Shape = structure(&[must("RoleName", &ROLE_NAME)]);

static LIST_ROLES_INPUT: Shape = structure(&[
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

static DELETE_ROLE_INPUT: Shape = structure(&[must("RoleName", &ROLE_NAME)]);

static UPDATE_ASSUME_ROLE_POLICY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PolicyDocument", &POLICY_DOCUMENT)]);

static PUT_ROLE_POLICY_INPUT: Shape = structure(&[
    must("RoleName", &ROLE_NAME),
    must("PolicyName", &POLICY_NAME),
    must("PolicyDocument", &POLICY_DOCUMENT),
]);

static GET_ROLE_POLICY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PolicyName", &POLICY_NAME)]);

static LIST_ROLE_POLICIES_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), may("Marker", &MARKER), may("MaxItems", &MAX_ITEMS)]);

static DELETE_ROLE_POLICY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PolicyName", &POLICY_NAME)]);

static ATTACH_ROLE_POLICY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PolicyArn", &ARN)]);

static DETACH_ROLE_POLICY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PolicyArn", &ARN)]);

static LIST_ATTACHED_ROLE_POLICIES_INPUT: Shape = structure(&[
    must("RoleName", &ROLE_NAME),
    may("PathPrefix", &POLICY_PATH),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static PUT_ROLE_PERMISSIONS_BOUNDARY_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("PermissionsBoundary", &ARN)]);

static DELETE_ROLE_PERMISSIONS_BOUNDARY_INPUT: Shape = structure(&[must("RoleName", &ROLE_NAME)]);

static TAG_ROLE_INPUT: Shape = structure(&[must("RoleName", &ROLE_NAME), must("Tags", &TAG_LIST)]);

static UNTAG_ROLE_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), must("TagKeys", &TAG_KEY_LIST)]);

static LIST_ROLE_TAGS_INPUT: Shape =
    structure(&[must("RoleName", &ROLE_NAME), may("Marker", &MARKER), may("MaxItems", &MAX_ITEMS)]);

static CREATE_POLICY_INPUT: Shape = structure(&[
    must("PolicyName", &POLICY_NAME),
    may("Path", &POLICY_PATH),
    must("PolicyDocument", &POLICY_DOCUMENT),
    may("Description", &POLICY_DESCRIPTION),
    may("Tags", &TAG_LIST),
]);

static GET_POLICY_INPUT: Shape = structure(&[must("PolicyArn", &ARN)]);

static LIST_POLICIES_INPUT: Shape = structure(&[
    may("Scope", &POLICY_SCOPE),
    may("OnlyAttached", &BOOLEAN),
    may("PathPrefix", &POLICY_PATH),
    may("PolicyUsageFilter", &POLICY_USAGE),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static DELETE_POLICY_INPUT: Shape = structure(&[must("PolicyArn", &ARN)]);

static CREATE_POLICY_VERSION_INPUT: Shape = structure(&[
    must("PolicyArn", &ARN),
    must("PolicyDocument", &POLICY_DOCUMENT),
    may("SetAsDefault", &BOOLEAN),
]);

static GET_POLICY_VERSION_INPUT: Shape =
    structure(&[must("PolicyArn", &ARN), must("VersionId", &POLICY_VERSION_ID)]);

static LIST_POLICY_VERSIONS_INPUT: Shape =
    structure(&[must("PolicyArn", &ARN), may("Marker", &MARKER), may("MaxItems", &MAX_ITEMS)]);

static SET_DEFAULT_POLICY_VERSION_INPUT: Shape =
    structure(&[must("PolicyArn", &ARN), must("VersionId", &POLICY_VERSION_ID)]);

static DELETE_POLICY_VERSION_INPUT: Shape =
    structure(&[must("PolicyArn", &ARN), must("VersionId", &POLICY_VERSION_ID)]);

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

static LIST_POLICY_TAGS_INPUT: Shape =
    structure(&[must("PolicyArn", &ARN), may("Marker", &MARKER), may("MaxItems", &MAX_ITEMS)]);

static CREATE_USER_INPUT: Shape = structure(&[
    may("Path", &PATH),
    must("UserName", &USER_NAME),
    may("PermissionsBoundary", &ARN),
    may("Tags", &TAG_LIST),
]);

static GET_USER_INPUT: Shape = structure(&[may("UserName", &EXISTING_USER_NAME)]);

static LIST_USERS_INPUT: Shape = structure(&[
    may("PathPrefix", &PATH_PREFIX),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

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

static GET_USER_POLICY_INPUT: Shape =
    structure(&[must("UserName", &EXISTING_USER_NAME), must("PolicyName", &POLICY_NAME)]);

static LIST_USER_POLICIES_INPUT: Shape = structure(&[
    must("UserName", &EXISTING_USER_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static DELETE_USER_POLICY_INPUT: Shape =
    structure(&[must("UserName", &EXISTING_USER_NAME), must("PolicyName", &POLICY_NAME)]);

static ATTACH_USER_POLICY_INPUT: Shape =
    structure(&[must("UserName", &USER_NAME), must("PolicyArn", &ARN)]);

static DETACH_USER_POLICY_INPUT: Shape =
    structure(&[must("UserName", &USER_NAME), must("PolicyArn", &ARN)]);

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

static LIST_USER_TAGS_INPUT: Shape = structure(&[
    must("UserName", &EXISTING_USER_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static CREATE_GROUP_INPUT: Shape = structure(&[may("Path", &PATH), must("GroupName", &GROUP_NAME)]);

static GET_GROUP_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static LIST_GROUPS_INPUT: Shape = structure(&[
    may("PathPrefix", &PATH_PREFIX),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static UPDATE_GROUP_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    may("NewPath", &PATH),
    may("NewGroupName", &GROUP_NAME),
]);

static GET_ACCOUNT_SUMMARY_INPUT: Shape = structure(&[]);

static DELETE_GROUP_INPUT: Shape = structure(&[must("GroupName", &GROUP_NAME)]);

static ADD_USER_TO_GROUP_INPUT: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("UserName", &EXISTING_USER_NAME)]);

static REMOVE_USER_FROM_GROUP_INPUT: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("UserName", &EXISTING_USER_NAME)]);

static LIST_GROUPS_FOR_USER_INPUT: Shape = structure(&[
    must("UserName", &EXISTING_USER_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static PUT_GROUP_POLICY_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    must("PolicyName", &POLICY_NAME),
    must("PolicyDocument", &POLICY_DOCUMENT),
]);

static GET_GROUP_POLICY_INPUT: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("PolicyName", &POLICY_NAME)]);

static LIST_GROUP_POLICIES_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static DELETE_GROUP_POLICY_INPUT: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("PolicyName", &POLICY_NAME)]);

static ATTACH_GROUP_POLICY_INPUT: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("PolicyArn", &ARN)]);

static DETACH_GROUP_POLICY_INPUT: Shape =
    structure(&[must("GroupName", &GROUP_NAME), must("PolicyArn", &ARN)]);

static LIST_ATTACHED_GROUP_POLICIES_INPUT: Shape = structure(&[
    must("GroupName", &GROUP_NAME),
    may("PathPrefix", &POLICY_PATH),
    may("Marker", &MARKER),
    may("MaxItems", &MAX_ITEMS),
]);

static CREATE_ACCESS_KEY_INPUT: Shape = structure(&[may("UserName", &EXISTING_USER_NAME)]);

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

static GET_OPEN_ID_CONNECT_PROVIDER_INPUT: Shape =
    structure(&[must("OpenIDConnectProviderArn", &ARN)]);

static LIST_OPEN_ID_CONNECT_PROVIDERS_INPUT: Shape = structure(&[]);

static DELETE_OPEN_ID_CONNECT_PROVIDER_INPUT: Shape =
    structure(&[must("OpenIDConnectProviderArn", &ARN)]);

static ADD_CLIENT_ID_TO_OPEN_ID_CONNECT_PROVIDER_INPUT: Shape =
    structure(&[must("OpenIDConnectProviderArn", &ARN), must("ClientID", &CLIENT_ID)]);

static REMOVE_CLIENT_ID_FROM_OPEN_ID_CONNECT_PROVIDER_INPUT: Shape =
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
