//! Connections and tags.

use crate::shapes::{shapes, words};
use domain::{AccountId, ConnectionArn, HostArn};

shapes! { "PascalCase";
    CreateConnectionInput { connection_name: String } optional {
        provider_type: ProviderType,
        tags: Vec<Tag>,
        host_arn: HostArn,
    }
    CreateConnectionOutput { connection_arn: ConnectionArn } optional { tags: Vec<Tag> }

    GetConnectionInput { connection_arn: ConnectionArn } optional {}
    GetConnectionOutput { connection: Connection } optional {}

    Connection {
        connection_name: String,
        connection_arn: ConnectionArn,
        provider_type: ProviderType,
        owner_account_id: AccountId,
        connection_status: ConnectionStatus,
    } optional {
        host_arn: HostArn,
        /// Ours: the step that is missing and who must take it, while it is not AVAILABLE.
        status_message: String,
    }

    ListConnectionsInput {} optional {
        provider_type_filter: ProviderType,
        host_arn_filter: HostArn,
        max_results: u32,
        next_token: String,
    }
    ListConnectionsOutput { connections: Vec<Connection> } optional { next_token: String }

    DeleteConnectionInput { connection_arn: ConnectionArn } optional {}

    Tag { key: String, value: String } optional {}
    TagResourceInput { resource_arn: String, tags: Vec<Tag> } optional {}
    UntagResourceInput { resource_arn: String, tag_keys: Vec<String> } optional {}
    ListTagsForResourceInput { resource_arn: String } optional {}
    ListTagsForResourceOutput { tags: Vec<Tag> } optional {}

    /// The empty output: delete, update, tag and untag.
    Nothing {} optional {}
}

words! {
    /// AWS's providers, and `BitbucketServer`, which is ours.
    ProviderType {
        GitHub = "GitHub", GitHubEnterpriseServer = "GitHubEnterpriseServer",
        GitLab = "GitLab", GitLabSelfManaged = "GitLabSelfManaged",
        Bitbucket = "Bitbucket", BitbucketServer = "BitbucketServer", AzureDevOps = "AzureDevOps",
    }
    ConnectionStatus { Pending = "PENDING", Available = "AVAILABLE", Error = "ERROR" }
}
