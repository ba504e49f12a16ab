//! Sync configurations: which resource is kept in step with which file, and how that went.

use super::ProviderType;
use crate::moment::Moment;
use crate::shapes::{shapes, words};

shapes! { "PascalCase";
    CreateSyncConfigurationInput {
        branch: String,
        config_file: String,
        repository_link_id: String,
        resource_name: String,
        role_arn: String,
        sync_type: SyncType,
    } optional {
        publish_deployment_status: Toggle,
        trigger_resource_update_on: TriggerResourceUpdateOn,
        pull_request_comment: Toggle,
    }
    CreateSyncConfigurationOutput { sync_configuration: SyncConfiguration } optional {}

    GetSyncConfigurationInput { sync_type: SyncType, resource_name: String } optional {}
    GetSyncConfigurationOutput { sync_configuration: SyncConfiguration } optional {}

    UpdateSyncConfigurationInput { resource_name: String, sync_type: SyncType } optional {
        branch: String,
        config_file: String,
        repository_link_id: String,
        role_arn: String,
        publish_deployment_status: Toggle,
        trigger_resource_update_on: TriggerResourceUpdateOn,
        pull_request_comment: Toggle,
    }
    UpdateSyncConfigurationOutput { sync_configuration: SyncConfiguration } optional {}

    DeleteSyncConfigurationInput { sync_type: SyncType, resource_name: String } optional {}

    ListSyncConfigurationsInput { repository_link_id: String, sync_type: SyncType } optional {
        max_results: u32,
        next_token: String,
    }
    ListSyncConfigurationsOutput { sync_configurations: Vec<SyncConfiguration> } optional {
        next_token: String,
    }

    SyncConfiguration {
        branch: String,
        owner_id: String,
        provider_type: ProviderType,
        repository_link_id: String,
        repository_name: String,
        resource_name: String,
        role_arn: String,
        sync_type: SyncType,
    } optional {
        config_file: String,
        publish_deployment_status: Toggle,
        trigger_resource_update_on: TriggerResourceUpdateOn,
        pull_request_comment: Toggle,
    }

    ListRepositorySyncDefinitionsInput { repository_link_id: String, sync_type: SyncType } optional {}
    ListRepositorySyncDefinitionsOutput {
        repository_sync_definitions: Vec<RepositorySyncDefinition>,
    } optional {
        next_token: String,
    }
    RepositorySyncDefinition {
        branch: String,
        directory: String,
        parent: String,
        target: String,
    } optional {}

    GetRepositorySyncStatusInput {
        branch: String,
        repository_link_id: String,
        sync_type: SyncType,
    } optional {}
    GetRepositorySyncStatusOutput { latest_sync: RepositorySyncAttempt } optional {}
    RepositorySyncAttempt {
        started_at: Moment,
        status: RepositorySyncStatus,
        events: Vec<SyncEvent>,
    } optional {}

    GetResourceSyncStatusInput { resource_name: String, sync_type: SyncType } optional {}
    GetResourceSyncStatusOutput { latest_sync: ResourceSyncAttempt } optional {
        desired_state: Revision,
        latest_successful_sync: ResourceSyncAttempt,
    }
    ResourceSyncAttempt {
        events: Vec<SyncEvent>,
        initial_revision: Revision,
        started_at: Moment,
        status: ResourceSyncStatus,
        target_revision: Revision,
        target: String,
    } optional {}

    /// `RepositorySyncEvent` and `ResourceSyncEvent` have the same members.
    SyncEvent { event: String, time: Moment, r#type: String } optional { external_id: String }

    Revision {
        branch: String,
        directory: String,
        owner_id: String,
        repository_name: String,
        provider_type: ProviderType,
        sha: String,
    } optional {}

    GetSyncBlockerSummaryInput { sync_type: SyncType, resource_name: String } optional {}
    GetSyncBlockerSummaryOutput { sync_blocker_summary: SyncBlockerSummary } optional {}
    SyncBlockerSummary { resource_name: String } optional {
        parent_resource_name: String,
        latest_blockers: Vec<SyncBlocker>,
    }
    SyncBlocker {
        id: String,
        r#type: SyncBlockerType,
        status: SyncBlockerStatus,
        created_reason: String,
        created_at: Moment,
    } optional {
        contexts: Vec<SyncBlockerContext>,
        resolved_reason: String,
        resolved_at: Moment,
    }
    SyncBlockerContext { key: String, value: String } optional {}

    UpdateSyncBlockerInput {
        id: String,
        sync_type: SyncType,
        resource_name: String,
        resolved_reason: String,
    } optional {}
    UpdateSyncBlockerOutput { resource_name: String, sync_blocker: SyncBlocker } optional {
        parent_resource_name: String,
    }
}

words! {
    /// AWS's one type, and `CODEPIPELINE_SYNC`, which is ours.
    SyncType {
        CfnStackSync = "CFN_STACK_SYNC", CodePipelineSync = "CODEPIPELINE_SYNC",
    }
    Toggle { Enabled = "ENABLED", Disabled = "DISABLED" }
    TriggerResourceUpdateOn { FileChange = "FILE_CHANGE", AnyChange = "ANY_CHANGE" }
    RepositorySyncStatus {
        Initiated = "INITIATED", InProgress = "IN_PROGRESS", Succeeded = "SUCCEEDED",
        Failed = "FAILED", Queued = "QUEUED",
    }
    ResourceSyncStatus {
        Initiated = "INITIATED", InProgress = "IN_PROGRESS", Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
    SyncBlockerType { Automated = "AUTOMATED" }
    SyncBlockerStatus { Active = "ACTIVE", Resolved = "RESOLVED" }
}
