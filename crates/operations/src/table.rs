//! Every operation of every service: its codec, its action's name, and what it means.

use identity::audit::Parameters;
use identity::{Ask, Denial, Permit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{Changes, View, Want};
use wire::{Call, Input, Request, Service, check, typed};

use crate::arrival::Arrival;
use crate::caller::Caller;
use crate::refusal::{self, Refused};
use crate::turn::{Now, Turn};
use crate::{
    accounts, apps, audit, buckets, connections, deliveries, denials, executions, explain,
    handshake, health, hosts, iam, issuer, organisation, parameters, permissions, pipelines,
    records, registrations, relying_parties, repair, replay, repository_links, rotation, s3,
    sealing_keys, secrets, session, shares, standing, state, step_tokens, sts, sync_configurations,
    sync_status, tags, told, variables, webhooks,
};

/// What one API operation means.
pub trait Operation: Send + Sync + 'static {
    /// The decoded input; it holds every constraint of the model.
    type Input: DeserializeOwned + Send + Sync;
    /// The output, before it is encoded.
    type Output: Serialize + Send;

    /// What is wrong with the input, or with this caller's asking for it, whatever policies say and
    /// rows hold.
    ///
    /// # Errors
    /// As of [`Operation::decide`].
    fn check(_caller: &Caller, _input: &Self::Input) -> Result<(), Refused> {
        Ok(())
    }

    /// The resource that it acts on, as policies name it; `*` where it names none.
    fn resource(caller: &Caller, input: &Self::Input) -> String;

    /// The same with what else is known of what is asked: condition keys, the resource's policy.
    fn ask(_caller: &Caller, _input: &Self::Input, _seen: &View, ask: Ask) -> Ask {
        ask
    }

    /// What the caller must be allowed besides: to pass on a role, a connection.
    fn also(_caller: &Caller, _input: &Self::Input, _seen: &View) -> Vec<Ask> {
        Vec::new()
    }

    /// What it has to see; asked again until it adds nothing.
    fn wants(caller: &Caller, input: &Self::Input, seen: &View) -> Vec<Want>;

    /// What it does: `changes` was begun under the caller's permit.
    ///
    /// # Errors
    /// A refusal whose code is one that the operation declares.
    fn decide(
        caller: &Caller,
        input: &Self::Input,
        seen: &View,
        now: &Now,
        changes: Changes,
    ) -> Result<(Changes, Self::Output), Refused>;
}

/// Writes an [`Operation`]: what it takes and gives, then its functions with the names that their
/// bodies use; `check`, `ask` and `also` may be left out. What is about one resource names it in place
/// of `resource`, `ask` and `wants`, `with` the condition keys that the request adds.
macro_rules! operation {
    (
        $(#[$about:meta])*
        $name:ident: $input:ty => $output:ty;
        $(check($c6:pat_param, $i6:pat_param) $check:block)?
        resource($c1:pat_param, $i1:pat_param) $resource:block
        $(ask($c4:pat_param, $i4:pat_param, $s4:pat_param, $ask:pat_param) $refined:block)?
        $(also($c5:pat_param, $i5:pat_param, $s5:pat_param) $also:block)?
        wants($c2:pat_param, $i2:pat_param, $s2:pat_param) $wants:block
        decide($c3:pat_param, $i3:pat_param, $s3:pat_param, $now:pat_param, $changes:pat_param)
        $decide:block
    ) => {
        $(#[$about])*
        pub struct $name;

        impl $crate::table::Operation for $name {
            type Input = $input;
            type Output = $output;

            $(fn check(
                $c6: &$crate::caller::Caller,
                $i6: &Self::Input,
            ) -> Result<(), $crate::refusal::Refused> $check)?

            fn resource($c1: &$crate::caller::Caller, $i1: &Self::Input) -> String $resource

            $(fn ask(
                $c4: &$crate::caller::Caller,
                $i4: &Self::Input,
                $s4: &store::View,
                $ask: identity::Ask,
            ) -> identity::Ask $refined)?

            $(fn also(
                $c5: &$crate::caller::Caller,
                $i5: &Self::Input,
                $s5: &store::View,
            ) -> Vec<identity::Ask> $also)?

            fn wants(
                $c2: &$crate::caller::Caller,
                $i2: &Self::Input,
                $s2: &store::View,
            ) -> Vec<store::Want> $wants

            fn decide(
                $c3: &$crate::caller::Caller,
                $i3: &Self::Input,
                $s3: &store::View,
                $now: &$crate::turn::Now,
                $changes: store::Changes,
            ) -> Result<(store::Changes, Self::Output), $crate::refusal::Refused> $decide
        }
    };
    (
        $(#[$about:meta])*
        $name:ident: $input:ty => $output:ty;
        about($named:tt) $subject:block
        $(with $keys:block)?
        decide($($decided:tt)*) $decide:block
    ) => {
        $crate::table::operation! {
            $(#[$about])*
            $name: $input => $output;
            resource(caller, $named) { $crate::subject::Subject::resource(&$subject, caller) }
            ask(caller, $named, view, ask) {
                $(let ask = ask.with($keys);)?
                $crate::subject::Subject::ask(&$subject, caller, view, ask)
            }
            wants(caller, $named, view) {
                $crate::subject::Subject::wants(&$subject, caller, view)
            }
            decide($($decided)*) $decide
        }
    };
}

pub(crate) use operation;

/// One call of an operation, as a turn.
pub struct Asked<O: Operation> {
    caller: Caller,
    input: O::Input,
    action: String,
    told: Parameters,
}

impl<O: Operation> Asked<O> {
    /// The operation itself, then everything else that the caller must be allowed, with what is
    /// known of how the call came in.
    fn asks(&self, seen: &View) -> (Ask, Vec<Ask>) {
        let (caller, input) = (&self.caller, &self.input);
        let ask = O::ask(caller, input, seen, Ask::new(&*self.action, O::resource(caller, input)));
        let arrived = |ask: Ask| {
            let mut keys = caller.arrival.as_ref().map(Arrival::keys).unwrap_or_default();
            keys.extend(&ask.keys);
            ask.with(keys)
        };
        (arrived(ask), O::also(caller, input, seen).into_iter().map(arrived).collect())
    }

    /// Everything that the caller must be allowed, with all that was seen.
    fn permit(&self, seen: &View, now: &Now) -> Result<Permit, Box<Denial>> {
        let principal = &self.caller.principal;
        let judge = |ask: Ask| {
            identity::judge(principal, &standing::below_owner(principal, ask, seen), now.at)
        };
        let (ask, also) = self.asks(seen);
        let permit = judge(ask)?;
        also.into_iter().try_for_each(|ask| judge(ask).map(drop))?;
        Ok(permit)
    }
}

/// What came of a call: its output, or the refusal of a caller who may not.
pub type Answered = Result<Value, Refused>;

impl<O: Operation> Turn for Asked<O> {
    type Answer = Answered;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants = O::wants(&self.caller, &self.input, seen);
        // What is asked is known once all else is.
        if seen.missing(&wants).is_empty() {
            let (ask, also) = self.asks(seen);
            let owners = also.iter().chain([&ask]).map(Ask::owner);
            let own = self.caller.account();
            wants.extend(owners.flat_map(|owner| standing::wants_of_owner(own, owner)));
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Answered), Refused> {
        let permit = match self.permit(seen, now) {
            Ok(permit) => permit,
            Err(denial) => {
                let changes = denials::keep(&self.caller, &denial, seen, now);
                return Ok((changes, Err(refusal::denied(&denial))));
            }
        };
        let changes = Changes::under(&permit, now.at).told(self.told.clone());
        let (changes, output) = O::decide(&self.caller, &self.input, seen, now, changes)?;
        Ok((changes, Ok(serde_json::to_value(output).expect("an output has text keys"))))
    }
}

/// An operation's turn, and the members of its input that nobody knows.
pub struct Begun {
    /// To be taken.
    pub turn: Box<dyn Turn<Answer = Answered>>,
    /// Paths of ignored members.
    pub ignored: Vec<String>,
}

type Begin =
    fn(Value, Caller, String, Parameters) -> Result<Box<dyn Turn<Answer = Answered>>, Refused>;

/// One row of the table.
pub struct Row {
    /// The service; both connection prefixes have rows of their own.
    pub service: Service,
    /// The operation's name.
    pub name: &'static str,
    /// The action that policies allow or deny, where it is not `service:name`.
    action: Option<&'static str>,
    begin: Begin,
}

impl Row {
    /// The action that policies allow or deny: `codepipeline:CreatePipeline`.
    pub fn action(&self) -> String {
        let own = || format!("{}:{}", self.service.signing_name(), self.name);
        self.action.map_or_else(own, str::to_owned)
    }
}

fn begin<O: Operation>(
    input: Value,
    caller: Caller,
    action: String,
    told: Parameters,
) -> Result<Box<dyn Turn<Answer = Answered>>, Refused> {
    let input = typed(input)?;
    O::check(&caller, &input)?;
    Ok(Box::new(Asked::<O> { caller, input, action, told }))
}

/// Decodes a call and makes its turn.
///
/// # Errors
/// The input breaks a constraint, or the operation is known to the wire and not to this table.
pub fn turn(call: &Call, request: &Request, caller: Caller) -> Result<Begun, Refused> {
    let Input { value, ignored } = check(call, request)?;
    Ok(Begun { turn: turn_of(call.service, call.operation.name, value, caller)?, ignored })
}

/// The turn of an input that was checked, and that the server may have added to: what was kept of a
/// content.
///
/// # Errors
/// The operation is known to the wire and not to this table.
pub fn turn_of(
    service: Service,
    name: &str,
    input: Value,
    caller: Caller,
) -> Result<Box<dyn Turn<Answer = Answered>>, Refused> {
    let fits = |row: &&Row| row.service == service && row.name == name;
    let row = ROWS.iter().find(fits).ok_or_else(wire::AwsError::internal)?;
    session::check_reach(&caller.principal, service, name)?;
    let told = told::parameters(service, &input);
    (row.begin)(input, caller, row.action(), told)
}

/// Operations that are several calls of another one, each judged and answered by itself.
pub const BY_PARTS: &[(Service, &str)] = &[(Service::S3, "DeleteObjects")];

/// Operations whose callers sign nothing: what they show stands for the signature, and each is a turn
/// of its own.
pub const BY_TOKEN: &[(Service, &str)] = &[(Service::Sts, "AssumeRoleWithWebIdentity")];

/// Whether a call comes without a signature.
pub fn is_by_token(call: &Call) -> bool {
    BY_TOKEN.contains(&(call.service, call.operation.name))
}

macro_rules! ops {
    ($($service:ident { $($name:ident = $operation:ty $(, $action:literal)?;)* })*) => {
        /// The table.
        pub const ROWS: &[Row] = &[$($(
            Row {
                service: Service::$service,
                name: stringify!($name),
                action: ops!(@action $($action)?),
                begin: begin::<$operation>,
            },
        )*)*];
    };
    (@action) => { None };
    (@action $action:literal) => { Some($action) };
}

ops! {
    CodePipeline {
        CreatePipeline = pipelines::Create;
        GetPipeline = pipelines::Get;
        UpdatePipeline = pipelines::Update;
        DeletePipeline = pipelines::Delete;
        ListPipelines = pipelines::List;
        StartPipelineExecution = executions::Start;
        StopPipelineExecution = executions::Stop;
        RetryStageExecution = executions::Retry;
        PutApprovalResult = executions::PutApproval;
        EnableStageTransition = executions::EnableTransition;
        DisableStageTransition = executions::DisableTransition;
        GetPipelineState = state::Get;
        GetPipelineExecution = records::GetExecution;
        ListPipelineExecutions = records::ListExecutions;
        ListActionExecutions = records::ListActions;
        PutWebhook = webhooks::Put;
        ListWebhooks = webhooks::List;
        DeleteWebhook = webhooks::Delete;
        RegisterWebhookWithThirdParty = webhooks::Register;
        DeregisterWebhookWithThirdParty = webhooks::Deregister;
        TagResource = tags::pipelines::Tag;
        UntagResource = tags::pipelines::Untag;
        ListTagsForResource = tags::pipelines::List;
    }
    CodeConnections {
        CreateConnection = connections::Create;
        GetConnection = connections::Get;
        ListConnections = connections::List;
        DeleteConnection = connections::Delete;
        CreateHost = hosts::Create;
        GetHost = hosts::Get;
        ListHosts = hosts::List;
        UpdateHost = hosts::Update;
        DeleteHost = hosts::Delete;
        CreateRepositoryLink = repository_links::Create;
        GetRepositoryLink = repository_links::Get;
        UpdateRepositoryLink = repository_links::Update;
        DeleteRepositoryLink = repository_links::Delete;
        ListRepositoryLinks = repository_links::List;
        CreateSyncConfiguration = sync_configurations::Create;
        GetSyncConfiguration = sync_configurations::Get;
        UpdateSyncConfiguration = sync_configurations::Update;
        DeleteSyncConfiguration = sync_configurations::Delete;
        ListSyncConfigurations = sync_configurations::List;
        ListRepositorySyncDefinitions = sync_configurations::ListDefinitions;
        GetRepositorySyncStatus = sync_status::OfRepository;
        GetResourceSyncStatus = sync_status::OfResource;
        GetSyncBlockerSummary = sync_status::Blockers;
        UpdateSyncBlocker = sync_status::Resolve;
        TagResource = tags::connections::Tag;
        UntagResource = tags::connections::Untag;
        ListTagsForResource = tags::connections::List;
    }
    CodeStarConnections {
        CreateConnection = connections::Create;
        GetConnection = connections::Get;
        ListConnections = connections::List;
        DeleteConnection = connections::Delete;
        CreateHost = hosts::Create;
        GetHost = hosts::Get;
        ListHosts = hosts::List;
        UpdateHost = hosts::Update;
        DeleteHost = hosts::Delete;
        CreateRepositoryLink = repository_links::Create;
        GetRepositoryLink = repository_links::Get;
        UpdateRepositoryLink = repository_links::Update;
        DeleteRepositoryLink = repository_links::Delete;
        ListRepositoryLinks = repository_links::List;
        CreateSyncConfiguration = sync_configurations::Create;
        GetSyncConfiguration = sync_configurations::Get;
        UpdateSyncConfiguration = sync_configurations::Update;
        DeleteSyncConfiguration = sync_configurations::Delete;
        ListSyncConfigurations = sync_configurations::List;
        ListRepositorySyncDefinitions = sync_configurations::ListDefinitions;
        GetRepositorySyncStatus = sync_status::OfRepository;
        GetResourceSyncStatus = sync_status::OfResource;
        GetSyncBlockerSummary = sync_status::Blockers;
        UpdateSyncBlocker = sync_status::Resolve;
        TagResource = tags::connections::Tag;
        UntagResource = tags::connections::Untag;
        ListTagsForResource = tags::connections::List;
    }
    Iam {
        CreateRole = iam::roles::Create;
        GetRole = iam::roles::Get;
        ListRoles = iam::roles::List;
        UpdateRole = iam::roles::Update;
        UpdateRoleDescription = iam::roles::UpdateDescription;
        DeleteRole = iam::roles::Delete;
        UpdateAssumeRolePolicy = iam::roles::UpdateTrust;
        PutRolePolicy = iam::inline::role::Put;
        GetRolePolicy = iam::inline::role::Get;
        ListRolePolicies = iam::inline::role::ListNames;
        DeleteRolePolicy = iam::inline::role::Delete;
        AttachRolePolicy = iam::attached::role::Attach;
        DetachRolePolicy = iam::attached::role::Detach;
        ListAttachedRolePolicies = iam::attached::role::ListAttached;
        PutRolePermissionsBoundary = iam::bounds::role::Put;
        DeleteRolePermissionsBoundary = iam::bounds::role::Delete;
        TagRole = iam::bounds::role::Tag;
        UntagRole = iam::bounds::role::Untag;
        ListRoleTags = iam::bounds::role::ListTags;
        PutUserPolicy = iam::inline::user::Put;
        GetUserPolicy = iam::inline::user::Get;
        ListUserPolicies = iam::inline::user::ListNames;
        DeleteUserPolicy = iam::inline::user::Delete;
        AttachUserPolicy = iam::attached::user::Attach;
        DetachUserPolicy = iam::attached::user::Detach;
        ListAttachedUserPolicies = iam::attached::user::ListAttached;
        PutUserPermissionsBoundary = iam::bounds::user::Put;
        DeleteUserPermissionsBoundary = iam::bounds::user::Delete;
        TagUser = iam::bounds::user::Tag;
        UntagUser = iam::bounds::user::Untag;
        ListUserTags = iam::bounds::user::ListTags;
        PutGroupPolicy = iam::inline::group::Put;
        GetGroupPolicy = iam::inline::group::Get;
        ListGroupPolicies = iam::inline::group::ListNames;
        DeleteGroupPolicy = iam::inline::group::Delete;
        AttachGroupPolicy = iam::attached::group::Attach;
        DetachGroupPolicy = iam::attached::group::Detach;
        ListAttachedGroupPolicies = iam::attached::group::ListAttached;
        CreatePolicy = iam::policies::Create;
        GetPolicy = iam::policies::Get;
        ListPolicies = iam::policies::List;
        DeletePolicy = iam::policies::Delete;
        CreatePolicyVersion = iam::versions::Create;
        GetPolicyVersion = iam::versions::Get;
        ListPolicyVersions = iam::versions::List;
        SetDefaultPolicyVersion = iam::versions::SetDefault;
        DeletePolicyVersion = iam::versions::Delete;
        ListEntitiesForPolicy = iam::holders::List;
        TagPolicy = iam::policies::Tag;
        UntagPolicy = iam::policies::Untag;
        ListPolicyTags = iam::policies::ListTags;
        CreateUser = iam::users::Create;
        GetUser = iam::users::Get;
        ListUsers = iam::users::List;
        UpdateUser = iam::users::Update;
        DeleteUser = iam::users::Delete;
        CreateGroup = iam::groups::Create;
        GetGroup = iam::groups::Get;
        ListGroups = iam::groups::List;
        UpdateGroup = iam::groups::Update;
        DeleteGroup = iam::groups::Delete;
        AddUserToGroup = iam::groups::Add;
        RemoveUserFromGroup = iam::groups::Remove;
        ListGroupsForUser = iam::groups::ListOfUser;
        CreateAccessKey = iam::keys::Create;
        ListAccessKeys = iam::keys::List;
        UpdateAccessKey = iam::keys::Update;
        DeleteAccessKey = iam::keys::Delete;
        GetAccessKeyLastUsed = iam::keys::LastUsed;
        CreateOpenIDConnectProvider = iam::providers::Create;
        GetOpenIDConnectProvider = iam::providers::Get;
        ListOpenIDConnectProviders = iam::providers::List;
        DeleteOpenIDConnectProvider = iam::providers::Delete;
        AddClientIDToOpenIDConnectProvider = iam::providers::AddClient;
        RemoveClientIDFromOpenIDConnectProvider = iam::providers::RemoveClient;
        UpdateOpenIDConnectProviderThumbprint = iam::providers::UpdateThumbprints;
        TagOpenIDConnectProvider = iam::providers::Tag;
        UntagOpenIDConnectProvider = iam::providers::Untag;
        ListOpenIDConnectProviderTags = iam::providers::ListTags;
        SimulatePrincipalPolicy = iam::simulate::Principal;
        SimulateCustomPolicy = iam::simulate::Custom;
        GetContextKeysForPrincipalPolicy = iam::simulate::keys::Principal;
        GetContextKeysForCustomPolicy = iam::simulate::keys::Custom;
        GetAccountAuthorizationDetails = iam::details::Get;
        GetAccountSummary = iam::summary::Get;
    }
    Sts {
        GetCallerIdentity = accounts::GetCallerIdentity;
        AssumeRole = sts::AssumeRole;
        GetSessionToken = sts::GetSessionToken;
        DecodeAuthorizationMessage = sts::DecodeAuthorizationMessage;
    }
    SecretsManager {
        CreateSecret = secrets::create::Create;
        GetSecretValue = secrets::read::GetValue;
        BatchGetSecretValue = secrets::read::BatchGetValue;
        PutSecretValue = secrets::create::PutValue;
        UpdateSecret = secrets::create::Update;
        DescribeSecret = secrets::describe::Describe;
        ListSecrets = secrets::describe::List;
        ListSecretVersionIds = secrets::describe::ListVersions;
        DeleteSecret = secrets::delete::Delete;
        RestoreSecret = secrets::delete::Restore;
        UpdateSecretVersionStage = secrets::stages::Update;
        TagResource = secrets::tags::Tag;
        UntagResource = secrets::tags::Untag;
        PutResourcePolicy = secrets::policy::Put;
        GetResourcePolicy = secrets::policy::Get;
        DeleteResourcePolicy = secrets::policy::Delete;
        ValidateResourcePolicy = secrets::policy::Validate;
        GetRandomPassword = secrets::password::Get;
        RotateSecret = secrets::rotate::Rotate;
        CancelRotateSecret = secrets::rotate::Cancel;
    }
    Ssm {
        PutParameter = parameters::put::Put;
        GetParameter = parameters::get::Get;
        GetParameters = parameters::get::GetSeveral;
        GetParametersByPath = parameters::get::GetByPath;
        DescribeParameters = parameters::describe::Describe;
        GetParameterHistory = parameters::describe::History;
        DeleteParameter = parameters::delete::Delete;
        DeleteParameters = parameters::delete::DeleteSeveral;
        LabelParameterVersion = parameters::labels::Label;
        UnlabelParameterVersion = parameters::labels::Unlabel;
        AddTagsToResource = parameters::tags::Add;
        RemoveTagsFromResource = parameters::tags::Remove;
        ListTagsForResource = parameters::tags::List;
    }
    S3 {
        ListBuckets = s3::List, "s3:ListAllMyBuckets";
        CreateBucket = s3::Create;
        HeadBucket = s3::Head, "s3:ListBucket";
        DeleteBucket = s3::Delete;
        GetBucketLocation = s3::Location;
        GetBucketPolicy = s3::GetPolicy;
        PutBucketPolicy = s3::PutPolicy;
        DeleteBucketPolicy = s3::DeletePolicy;
        GetBucketCors = s3::GetCors, "s3:GetBucketCORS";
        PutBucketCors = s3::PutCors, "s3:PutBucketCORS";
        DeleteBucketCors = s3::DeleteCors, "s3:PutBucketCORS";
        GetBucketVersioning = s3::GetVersioning;
        PutBucketVersioning = s3::PutVersioning;
        ListObjectVersions = s3::ListVersions, "s3:ListBucketVersions";
        ListObjects = s3::ListObjects, "s3:ListBucket";
        ListObjectsV2 = s3::ListObjectsV2, "s3:ListBucket";
        GetObject = s3::GetObject;
        HeadObject = s3::GetObject, "s3:GetObject";
        GetObjectAttributes = s3::GetAttributes;
        PutObject = s3::PutObject;
        DeleteObject = s3::DeleteObject;
        CopyObject = s3::Copy, "s3:PutObject";
        CreateMultipartUpload = s3::CreateUpload, "s3:PutObject";
        UploadPart = s3::Part, "s3:PutObject";
        UploadPartCopy = s3::CopyPart, "s3:PutObject";
        CompleteMultipartUpload = s3::Complete, "s3:PutObject";
        AbortMultipartUpload = s3::Abort;
        ListParts = s3::ListParts, "s3:ListMultipartUploadParts";
        ListMultipartUploads = s3::ListUploads, "s3:ListBucketMultipartUploads";
        GetObjectTagging = s3::GetTags;
        PutObjectTagging = s3::PutTags;
        DeleteObjectTagging = s3::DeleteTags;
    }
    Towpath {
        ListDeliveries = deliveries::List;
        GetDelivery = deliveries::Get;
        Explain = explain::Explain;
        GetActionLog = records::GetActionLog;
        GetArtifact = records::GetArtifact;
        CreateBucket = buckets::Create;
        ListBuckets = buckets::List;
        Backup = accounts::Backup;
        CreateAccount = organisation::Create;
        ListAccounts = organisation::List;
        PutOrganisationPolicy = organisation::PutPolicy;
        ListOrganisationPolicies = organisation::ListPolicies;
        DeleteOrganisationPolicy = organisation::DeletePolicy;
        PutConnectionPolicy = shares::Put;
        GetConnectionPolicy = shares::Get;
        DeleteConnectionPolicy = shares::Delete;
        ListAuditEntries = audit::List;
        RegisterForge = registrations::Register;
        ListRegistrations = registrations::List;
        StartAppRegistrationHandshake = apps::Start, "codeconnections:StartAppRegistrationHandshake";
        ConfigureHostNetwork = hosts::Network;
        StartConnectionHandshake = handshake::Start, "codeconnections:StartOAuthHandshake";
        GetConnectionHealth = health::Get;
        RotateHookSecrets = rotation::Rotate;
        RepairConnection = repair::Repair;
        TestConnection = permissions::Test;
        ReplayDelivery = replay::Replay;
        PutVariable = variables::Put;
        ListVariables = variables::List;
        DeleteVariable = variables::Delete;
        ListSealingKeys = sealing_keys::List;
        RotateSealingKey = sealing_keys::Rotate;
        CreateConsoleLink = accounts::CreateConsoleLink;
        CreateAccessKey = accounts::CreateAccessKey;
        ListSigningKeys = issuer::List;
        RotateSigningKeys = issuer::Rotate;
        DescribeStepToken = step_tokens::Describe;
        PutRelyingParty = relying_parties::Put;
        ListRelyingParties = relying_parties::List;
        DeleteRelyingParty = relying_parties::Delete;
        ListAccessKeys = accounts::ListAccessKeys;
        DeleteAccessKey = accounts::DeleteAccessKey;
    }
}
