//! Every operation of every service: its codec, its action's name, and what it means.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::{Changes, View, Want};
use wire::{Call, Input, Request, Service, decode};

use crate::caller::Caller;
use crate::refusal::{self, Refused};
use crate::turn::{Now, Turn};
use crate::{
    accounts, audit, buckets, connections, deliveries, executions, explain, handshake, health,
    hosts, issuer, permissions, pipelines, records, registrations, replay, repository_links,
    rotation, state, sync_configurations, sync_status, tags,
};

/// What one API operation means.
pub trait Operation: Send + Sync + 'static {
    /// The decoded input; it holds every constraint of the model.
    type Input: DeserializeOwned + Send + Sync;
    /// The output, before it is encoded.
    type Output: Serialize + Send;

    /// The resource that it acts on, as policies name it; `*` where it names none.
    fn resource(caller: &Caller, input: &Self::Input) -> String;

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

/// Writes an [`Operation`]: what it takes and gives, then its three functions with the names that
/// their bodies use.
macro_rules! operation {
    (
        $(#[$about:meta])*
        $name:ident: $input:ty => $output:ty;
        resource($c1:pat_param, $i1:pat_param) $resource:block
        wants($c2:pat_param, $i2:pat_param, $s2:pat_param) $wants:block
        decide($c3:pat_param, $i3:pat_param, $s3:pat_param, $now:pat_param, $changes:pat_param)
        $decide:block
    ) => {
        $(#[$about])*
        pub struct $name;

        impl $crate::table::Operation for $name {
            type Input = $input;
            type Output = $output;

            fn resource($c1: &$crate::caller::Caller, $i1: &Self::Input) -> String $resource

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
}

pub(crate) use operation;

/// One call of an operation, as a turn.
pub struct Asked<O: Operation> {
    caller: Caller,
    input: O::Input,
    action: String,
}

impl<O: Operation> Turn for Asked<O> {
    type Answer = Value;

    fn wants(&self, seen: &View) -> Vec<Want> {
        O::wants(&self.caller, &self.input, seen)
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, Value), Refused> {
        let resource = O::resource(&self.caller, &self.input);
        let permit = identity::judge(&self.caller.principal, &self.action, &resource);
        let permit = permit.map_err(refusal::denied)?;
        let changes = Changes::under(&permit, now.at);
        let (changes, output) = O::decide(&self.caller, &self.input, seen, now, changes)?;
        Ok((changes, serde_json::to_value(output).expect("an output is a tree with text keys")))
    }
}

/// An operation's turn, and the members of its input that nobody knows.
pub struct Begun {
    /// To be taken.
    pub turn: Box<dyn Turn<Answer = Value>>,
    /// Paths of ignored members.
    pub ignored: Vec<String>,
}

type Begin = fn(&Call, &Request, Caller) -> Result<Begun, Refused>;

/// One row of the table.
pub struct Row {
    /// The service; both connection prefixes have rows of their own.
    pub service: Service,
    /// The operation's name, also the action's: `codepipeline:CreatePipeline`.
    pub name: &'static str,
    begin: Begin,
}

fn begin<O: Operation>(call: &Call, request: &Request, caller: Caller) -> Result<Begun, Refused> {
    let Input { value, ignored } = decode::<O::Input>(call, request)?;
    let action = format!("{}:{}", call.service.signing_name(), call.operation.name);
    let turn = Box::new(Asked::<O> { caller, input: value, action });
    Ok(Begun { turn, ignored })
}

/// Decodes a call and makes its turn.
///
/// # Errors
/// The input breaks a constraint, or the operation is known to the wire and not to this table.
pub fn turn(call: &Call, request: &Request, caller: Caller) -> Result<Begun, Refused> {
    let fits = |row: &&Row| row.service == call.service && row.name == call.operation.name;
    let row = ROWS.iter().find(fits).ok_or_else(wire::AwsError::internal)?;
    (row.begin)(call, request, caller)
}

macro_rules! ops {
    ($($service:ident { $($name:ident = $operation:ty;)* })*) => {
        /// The table.
        pub const ROWS: &[Row] = &[$($(
            Row { service: Service::$service, name: stringify!($name), begin: begin::<$operation> },
        )*)*];
    };
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
        TagResource = tags::TagPipeline;
        UntagResource = tags::UntagPipeline;
        ListTagsForResource = tags::ListPipelineTags;
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
        TagResource = tags::TagConnection;
        UntagResource = tags::UntagConnection;
        ListTagsForResource = tags::ListConnectionTags;
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
        TagResource = tags::TagConnection;
        UntagResource = tags::UntagConnection;
        ListTagsForResource = tags::ListConnectionTags;
    }
    Sts {
        GetCallerIdentity = accounts::GetCallerIdentity;
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
        ListAuditEntries = audit::List;
        RegisterForge = registrations::Register;
        ListRegistrations = registrations::List;
        StartConnectionHandshake = handshake::Start;
        GetConnectionHealth = health::Get;
        RotateHookSecrets = rotation::Rotate;
        TestConnection = permissions::Test;
        ReplayDelivery = replay::Replay;
        CreateConsoleLink = accounts::CreateConsoleLink;
        CreateAccessKey = accounts::CreateAccessKey;
        ListSigningKeys = issuer::List;
        RotateSigningKeys = issuer::Rotate;
        ListAccessKeys = accounts::ListAccessKeys;
        DeleteAccessKey = accounts::DeleteAccessKey;
    }
}
