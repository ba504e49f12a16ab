//! Which types an operation's input and output have.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::{Service, codeconnections, codepipeline, iam, s3, secretsmanager, ssm, sts, towpath};

/// Reads a tree as a type and writes it again.
fn through<T: DeserializeOwned + Serialize>(tree: Value) -> Result<Value, String> {
    let read: T = serde_json::from_value(tree).map_err(|error| error.to_string())?;
    serde_json::to_value(read).map_err(|error| error.to_string())
}

type Through = fn(Value) -> Result<Value, String>;

/// Defines a service's table: operation, input type, output type, both of one module.
macro_rules! table {
    ($table:ident of $module:ident; $($name:ident: $($input:ident)::+ => $($output:ident)::+,)*) => {
        const $table: &[(&str, Through, Through)] = &[$(
            (
                stringify!($name),
                through::<$module::$($input)::+>,
                through::<$module::$($output)::+>,
            ),
        )*];
    };
}

table! { CODEPIPELINE of codepipeline;
    CreatePipeline: CreatePipelineInput => CreatePipelineOutput,
    GetPipeline: GetPipelineInput => GetPipelineOutput,
    UpdatePipeline: UpdatePipelineInput => UpdatePipelineOutput,
    DeletePipeline: DeletePipelineInput => Nothing,
    ListPipelines: ListPipelinesInput => ListPipelinesOutput,
    StartPipelineExecution: StartPipelineExecutionInput => StartPipelineExecutionOutput,
    StopPipelineExecution: StopPipelineExecutionInput => StopPipelineExecutionOutput,
    GetPipelineExecution: GetPipelineExecutionInput => GetPipelineExecutionOutput,
    ListPipelineExecutions: ListPipelineExecutionsInput => ListPipelineExecutionsOutput,
    GetPipelineState: GetPipelineStateInput => GetPipelineStateOutput,
    ListActionExecutions: ListActionExecutionsInput => ListActionExecutionsOutput,
    PutApprovalResult: PutApprovalResultInput => PutApprovalResultOutput,
    EnableStageTransition: EnableStageTransitionInput => Nothing,
    DisableStageTransition: DisableStageTransitionInput => Nothing,
    RetryStageExecution: RetryStageExecutionInput => RetryStageExecutionOutput,
    TagResource: TagResourceInput => Nothing,
    UntagResource: UntagResourceInput => Nothing,
    ListTagsForResource: ListTagsForResourceInput => ListTagsForResourceOutput,
    PutWebhook: PutWebhookInput => PutWebhookOutput,
    ListWebhooks: ListWebhooksInput => ListWebhooksOutput,
    DeleteWebhook: DeleteWebhookInput => Nothing,
    RegisterWebhookWithThirdParty: RegisterWebhookWithThirdPartyInput => Nothing,
    DeregisterWebhookWithThirdParty: DeregisterWebhookWithThirdPartyInput => Nothing,
}

table! { CODECONNECTIONS of codeconnections;
    CreateConnection: CreateConnectionInput => CreateConnectionOutput,
    GetConnection: GetConnectionInput => GetConnectionOutput,
    ListConnections: ListConnectionsInput => ListConnectionsOutput,
    DeleteConnection: DeleteConnectionInput => Nothing,
    CreateHost: CreateHostInput => CreateHostOutput,
    GetHost: GetHostInput => GetHostOutput,
    ListHosts: ListHostsInput => ListHostsOutput,
    UpdateHost: UpdateHostInput => Nothing,
    DeleteHost: DeleteHostInput => Nothing,
    CreateRepositoryLink: CreateRepositoryLinkInput => CreateRepositoryLinkOutput,
    GetRepositoryLink: GetRepositoryLinkInput => GetRepositoryLinkOutput,
    UpdateRepositoryLink: UpdateRepositoryLinkInput => UpdateRepositoryLinkOutput,
    DeleteRepositoryLink: DeleteRepositoryLinkInput => Nothing,
    ListRepositoryLinks: ListRepositoryLinksInput => ListRepositoryLinksOutput,
    CreateSyncConfiguration: CreateSyncConfigurationInput => CreateSyncConfigurationOutput,
    GetSyncConfiguration: GetSyncConfigurationInput => GetSyncConfigurationOutput,
    UpdateSyncConfiguration: UpdateSyncConfigurationInput => UpdateSyncConfigurationOutput,
    DeleteSyncConfiguration: DeleteSyncConfigurationInput => Nothing,
    ListSyncConfigurations: ListSyncConfigurationsInput => ListSyncConfigurationsOutput,
    ListRepositorySyncDefinitions: ListRepositorySyncDefinitionsInput => ListRepositorySyncDefinitionsOutput,
    GetRepositorySyncStatus: GetRepositorySyncStatusInput => GetRepositorySyncStatusOutput,
    GetResourceSyncStatus: GetResourceSyncStatusInput => GetResourceSyncStatusOutput,
    GetSyncBlockerSummary: GetSyncBlockerSummaryInput => GetSyncBlockerSummaryOutput,
    UpdateSyncBlocker: UpdateSyncBlockerInput => UpdateSyncBlockerOutput,
    TagResource: TagResourceInput => Nothing,
    UntagResource: UntagResourceInput => Nothing,
    ListTagsForResource: ListTagsForResourceInput => ListTagsForResourceOutput,
}

table! { IAM of iam;
    CreateRole: CreateRoleInput => RoleOutput,
    GetRole: role::Named => RoleOutput,
    ListRoles: ListInput => ListRolesOutput,
    UpdateRole: UpdateRoleInput => Nothing,
    UpdateRoleDescription: UpdateRoleDescriptionInput => RoleOutput,
    DeleteRole: role::Named => Nothing,
    UpdateAssumeRolePolicy: UpdateAssumeRolePolicyInput => Nothing,
    PutRolePolicy: role::PutPolicyInput => Nothing,
    GetRolePolicy: role::PolicyNamed => role::GetPolicyOutput,
    ListRolePolicies: role::Paged => ListPolicyNamesOutput,
    DeleteRolePolicy: role::PolicyNamed => Nothing,
    AttachRolePolicy: role::PolicyAttached => Nothing,
    DetachRolePolicy: role::PolicyAttached => Nothing,
    ListAttachedRolePolicies: role::PagedAttached => ListAttachedPoliciesOutput,
    PutRolePermissionsBoundary: role::Bounded => Nothing,
    DeleteRolePermissionsBoundary: role::Named => Nothing,
    TagRole: role::Tagged => Nothing,
    UntagRole: role::Untagged => Nothing,
    ListRoleTags: role::Paged => ListTagsOutput,
    PutUserPolicy: user::PutPolicyInput => Nothing,
    GetUserPolicy: user::PolicyNamed => user::GetPolicyOutput,
    ListUserPolicies: user::Paged => ListPolicyNamesOutput,
    DeleteUserPolicy: user::PolicyNamed => Nothing,
    AttachUserPolicy: user::PolicyAttached => Nothing,
    DetachUserPolicy: user::PolicyAttached => Nothing,
    ListAttachedUserPolicies: user::PagedAttached => ListAttachedPoliciesOutput,
    PutUserPermissionsBoundary: user::Bounded => Nothing,
    DeleteUserPermissionsBoundary: user::Named => Nothing,
    TagUser: user::Tagged => Nothing,
    UntagUser: user::Untagged => Nothing,
    ListUserTags: user::Paged => ListTagsOutput,
    PutGroupPolicy: group::PutPolicyInput => Nothing,
    GetGroupPolicy: group::PolicyNamed => group::GetPolicyOutput,
    ListGroupPolicies: group::Paged => ListPolicyNamesOutput,
    DeleteGroupPolicy: group::PolicyNamed => Nothing,
    AttachGroupPolicy: group::PolicyAttached => Nothing,
    DetachGroupPolicy: group::PolicyAttached => Nothing,
    ListAttachedGroupPolicies: group::PagedAttached => ListAttachedPoliciesOutput,
    CreatePolicy: CreatePolicyInput => PolicyOutput,
    GetPolicy: PolicyNamedInput => PolicyOutput,
    ListPolicies: ListPoliciesInput => ListPoliciesOutput,
    DeletePolicy: PolicyNamedInput => Nothing,
    CreatePolicyVersion: CreatePolicyVersionInput => PolicyVersionOutput,
    GetPolicyVersion: PolicyVersionNamed => PolicyVersionOutput,
    ListPolicyVersions: PagedPolicy => ListPolicyVersionsOutput,
    SetDefaultPolicyVersion: PolicyVersionNamed => Nothing,
    DeletePolicyVersion: PolicyVersionNamed => Nothing,
    ListEntitiesForPolicy: ListEntitiesForPolicyInput => ListEntitiesForPolicyOutput,
    TagPolicy: TagPolicyInput => Nothing,
    UntagPolicy: UntagPolicyInput => Nothing,
    ListPolicyTags: PagedPolicy => ListTagsOutput,
    CreateUser: CreateUserInput => UserOutput,
    GetUser: GetUserInput => UserOutput,
    ListUsers: ListInput => ListUsersOutput,
    UpdateUser: UpdateUserInput => Nothing,
    UpdateGroup: UpdateGroupInput => Nothing,
    GetAccountSummary: GetAccountSummaryInput => GetAccountSummaryOutput,
    DeleteUser: user::Named => Nothing,
    CreateGroup: CreateGroupInput => GroupOutput,
    GetGroup: group::Paged => GetGroupOutput,
    ListGroups: ListInput => ListGroupsOutput,
    DeleteGroup: group::Named => Nothing,
    AddUserToGroup: GroupMember => Nothing,
    RemoveUserFromGroup: GroupMember => Nothing,
    ListGroupsForUser: user::Paged => ListGroupsOutput,
    CreateAccessKey: CreateAccessKeyInput => CreateAccessKeyOutput,
    ListAccessKeys: ListAccessKeysInput => ListAccessKeysOutput,
    UpdateAccessKey: UpdateAccessKeyInput => Nothing,
    GetAccessKeyLastUsed: GetAccessKeyLastUsedInput => GetAccessKeyLastUsedOutput,
    DeleteAccessKey: DeleteAccessKeyInput => Nothing,
    CreateOpenIDConnectProvider: CreateOpenIdConnectProviderInput => CreateOpenIdConnectProviderOutput,
    GetOpenIDConnectProvider: ProviderNamed => GetOpenIdConnectProviderOutput,
    ListOpenIDConnectProviders: ListOpenIdConnectProvidersInput => ListOpenIdConnectProvidersOutput,
    DeleteOpenIDConnectProvider: ProviderNamed => Nothing,
    AddClientIDToOpenIDConnectProvider: ProviderClient => Nothing,
    RemoveClientIDFromOpenIDConnectProvider: ProviderClient => Nothing,
    UpdateOpenIDConnectProviderThumbprint: UpdateThumbprintInput => Nothing,
    TagOpenIDConnectProvider: TagProviderInput => Nothing,
    UntagOpenIDConnectProvider: UntagProviderInput => Nothing,
    ListOpenIDConnectProviderTags: PagedProvider => ListTagsOutput,
    SimulatePrincipalPolicy: SimulatePrincipalPolicyInput => SimulatePolicyOutput,
    SimulateCustomPolicy: SimulateCustomPolicyInput => SimulatePolicyOutput,
    GetAccountAuthorizationDetails: GetAccountAuthorizationDetailsInput => GetAccountAuthorizationDetailsOutput,
}

table! { STS of sts;
    GetCallerIdentity: GetCallerIdentityInput => GetCallerIdentityOutput,
    AssumeRoleWithWebIdentity: AssumeRoleWithWebIdentityInput => AssumeRoleWithWebIdentityOutput,
    AssumeRole: AssumeRoleInput => AssumeRoleOutput,
    GetSessionToken: GetSessionTokenInput => GetSessionTokenOutput,
    DecodeAuthorizationMessage: DecodeAuthorizationMessageInput => DecodeAuthorizationMessageOutput,
}

table! { SECRETS_MANAGER of secretsmanager;
    CreateSecret: CreateSecretInput => CreateSecretOutput,
    GetSecretValue: GetSecretValueInput => GetSecretValueOutput,
    BatchGetSecretValue: BatchGetSecretValueInput => BatchGetSecretValueOutput,
    PutSecretValue: PutSecretValueInput => PutSecretValueOutput,
    UpdateSecret: UpdateSecretInput => CreateSecretOutput,
    DescribeSecret: SecretNamed => DescribeSecretOutput,
    ListSecrets: ListSecretsInput => ListSecretsOutput,
    ListSecretVersionIds: ListSecretVersionIdsInput => ListSecretVersionIdsOutput,
    DeleteSecret: DeleteSecretInput => DeleteSecretOutput,
    RestoreSecret: SecretNamed => SecretKnown,
    UpdateSecretVersionStage: UpdateSecretVersionStageInput => SecretKnown,
    TagResource: TagResourceInput => Nothing,
    UntagResource: UntagResourceInput => Nothing,
    PutResourcePolicy: PutResourcePolicyInput => SecretKnown,
    ValidateResourcePolicy: ValidateResourcePolicyInput => ValidateResourcePolicyOutput,
    GetResourcePolicy: ResourcePolicyNamed => GetResourcePolicyOutput,
    DeleteResourcePolicy: ResourcePolicyNamed => SecretKnown,
    GetRandomPassword: GetRandomPasswordInput => GetRandomPasswordOutput,
    RotateSecret: RotateSecretInput => CreateSecretOutput,
    CancelRotateSecret: SecretNamed => CreateSecretOutput,
}

table! { SSM of ssm;
    PutParameter: PutParameterInput => PutParameterOutput,
    GetParameter: GetParameterInput => GetParameterOutput,
    GetParameters: GetParametersInput => GetParametersOutput,
    GetParametersByPath: GetParametersByPathInput => GetParametersByPathOutput,
    DescribeParameters: DescribeParametersInput => DescribeParametersOutput,
    GetParameterHistory: GetParameterHistoryInput => GetParameterHistoryOutput,
    DeleteParameter: ParameterNamed => Nothing,
    DeleteParameters: ParametersNamed => DeleteParametersOutput,
    LabelParameterVersion: LabelParameterVersionInput => LabelParameterVersionOutput,
    UnlabelParameterVersion: UnlabelParameterVersionInput => UnlabelParameterVersionOutput,
    AddTagsToResource: AddTagsToResourceInput => Nothing,
    RemoveTagsFromResource: RemoveTagsFromResourceInput => Nothing,
    ListTagsForResource: ListTagsForResourceInput => ListTagsForResourceOutput,
}

table! { S3 of s3;
    ListBuckets: ListBucketsInput => ListBucketsOutput,
    CreateBucket: CreateBucketInput => CreateBucketOutput,
    HeadBucket: BucketInput => HeadBucketOutput,
    DeleteBucket: BucketInput => Nothing,
    GetBucketLocation: BucketInput => LocationOutput,
    GetBucketPolicy: BucketInput => GetBucketPolicyOutput,
    PutBucketPolicy: PutBucketPolicyInput => Nothing,
    DeleteBucketPolicy: BucketInput => Nothing,
    GetBucketCors: BucketInput => CorsOutput,
    PutBucketCors: PutBucketCorsInput => Nothing,
    DeleteBucketCors: BucketInput => Nothing,
    GetBucketVersioning: BucketInput => VersioningOutput,
    PutBucketVersioning: PutBucketVersioningInput => Nothing,
    ListObjectVersions: ListObjectVersionsInput => ListObjectVersionsOutput,
    ListObjects: ListObjectsInput => ListObjectsOutput,
    ListObjectsV2: ListObjectsV2Input => ListObjectsV2Output,
    GetObject: GetObjectInput => GetObjectOutput,
    HeadObject: GetObjectInput => GetObjectOutput,
    GetObjectAttributes: GetObjectAttributesInput => GetObjectAttributesOutput,
    PutObject: PutObjectInput => PutObjectOutput,
    DeleteObject: DeleteObjectInput => DeleteObjectOutput,
    DeleteObjects: DeleteObjectsInput => DeleteObjectsOutput,
    CopyObject: CopyObjectInput => CopyOutput,
    CreateMultipartUpload: CreateMultipartUploadInput => CreateMultipartUploadOutput,
    UploadPart: UploadPartInput => PutObjectOutput,
    UploadPartCopy: UploadPartCopyInput => CopyOutput,
    CompleteMultipartUpload: CompleteMultipartUploadInput => CompleteMultipartUploadOutput,
    AbortMultipartUpload: UploadInput => Nothing,
    ListParts: UploadInput => ListPartsOutput,
    ListMultipartUploads: ListMultipartUploadsInput => ListMultipartUploadsOutput,
    GetObjectTagging: ObjectInput => TaggingOutput,
    PutObjectTagging: PutObjectTaggingInput => Nothing,
    DeleteObjectTagging: ObjectInput => Nothing,
}

table! { TOWPATH of towpath;
    ListDeliveries: ListDeliveriesInput => ListDeliveriesOutput,
    GetDelivery: GetDeliveryInput => GetDeliveryOutput,
    Explain: ExplainInput => ExplainOutput,
    GetActionLog: GetActionLogInput => GetActionLogOutput,
    CreateBucket: CreateBucketInput => CreateBucketOutput,
    ListBuckets: ListBucketsInput => ListBucketsOutput,
    ListAuditEntries: ListAuditEntriesInput => ListAuditEntriesOutput,
    GetArtifact: GetArtifactInput => GetArtifactOutput,
    RegisterForge: RegisterForgeInput => RegisterForgeOutput,
    StartAppRegistrationHandshake: StartAppRegistrationHandshakeInput => StartAppRegistrationHandshakeOutput,
    ConfigureHostNetwork: ConfigureHostNetworkInput => ConfigureHostNetworkOutput,
    ListRegistrations: ListRegistrationsInput => ListRegistrationsOutput,
    StartConnectionHandshake: StartConnectionHandshakeInput => StartConnectionHandshakeOutput,
    GetConnectionHealth: GetConnectionHealthInput => GetConnectionHealthOutput,
    RotateHookSecrets: RotateHookSecretsInput => RotateHookSecretsOutput,
    TestConnection: TestConnectionInput => TestConnectionOutput,
    ReplayDelivery: ReplayDeliveryInput => ReplayDeliveryOutput,
    PutVariable: PutVariableInput => PutVariableOutput,
    ListVariables: ListVariablesInput => ListVariablesOutput,
    DeleteVariable: DeleteVariableInput => DeleteVariableOutput,
    ListSealingKeys: ListSealingKeysInput => ListSealingKeysOutput,
    RotateSealingKey: RotateSealingKeyInput => ListSealingKeysOutput,
    CreateConsoleLink: CreateConsoleLinkInput => CreateConsoleLinkOutput,
    CreateAccessKey: CreateAccessKeyInput => CreateAccessKeyOutput,
    ListSigningKeys: ListSigningKeysInput => ListSigningKeysOutput,
    PutRelyingParty: PutRelyingPartyInput => RelyingParty,
    ListRelyingParties: ListRelyingPartiesInput => ListRelyingPartiesOutput,
    DeleteRelyingParty: DeleteRelyingPartyInput => DeleteRelyingPartyOutput,
    RotateSigningKeys: RotateSigningKeysInput => ListSigningKeysOutput,
    ListAccessKeys: ListAccessKeysInput => ListAccessKeysOutput,
    DeleteAccessKey: DeleteAccessKeyInput => DeleteAccessKeyOutput,
    Backup: BackupInput => BackupOutput,
    CreateAccount: CreateAccountInput => CreateAccountOutput,
    ListAccounts: ListAccountsInput => ListAccountsOutput,
    PutOrganisationPolicy: PutOrganisationPolicyInput => PutOrganisationPolicyOutput,
    ListOrganisationPolicies: ListOrganisationPoliciesInput => ListOrganisationPoliciesOutput,
    DeleteOrganisationPolicy: DeleteOrganisationPolicyInput => DeleteOrganisationPolicyOutput,
    PutConnectionPolicy: PutConnectionPolicyInput => PutConnectionPolicyOutput,
    GetConnectionPolicy: ConnectionPolicyInput => GetConnectionPolicyOutput,
    DeleteConnectionPolicy: ConnectionPolicyInput => DeleteConnectionPolicyOutput,
}

fn row(service: Service, name: &str) -> &'static (&'static str, Through, Through) {
    let table = match service {
        Service::CodePipeline => CODEPIPELINE,
        Service::CodeConnections | Service::CodeStarConnections => CODECONNECTIONS,
        Service::Iam => IAM,
        Service::Sts => STS,
        Service::SecretsManager => SECRETS_MANAGER,
        Service::Ssm => SSM,
        Service::S3 => S3,
        Service::Towpath => TOWPATH,
    };
    table.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("{name} has no types"))
}

/// The input as it arrives in its type.
pub fn input(service: Service, name: &str, tree: Value) -> Result<Value, String> {
    row(service, name).1(tree)
}

/// The part of a model's output that our type has.
pub fn output(service: Service, name: &str, tree: Value) -> Result<Value, String> {
    row(service, name).2(tree)
}
