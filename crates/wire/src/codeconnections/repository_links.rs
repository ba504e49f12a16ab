//! Repository links: a repository by a connection, for what is kept in step with its files.

use super::{ProviderType, Tag};
use crate::shapes::shapes;
use domain::ConnectionArn;

shapes! { "PascalCase";
    CreateRepositoryLinkInput {
        connection_arn: ConnectionArn,
        owner_id: String,
        repository_name: String,
    } optional {
        encryption_key_arn: String,
        tags: Vec<Tag>,
    }
    CreateRepositoryLinkOutput { repository_link_info: RepositoryLinkInfo } optional {}

    GetRepositoryLinkInput { repository_link_id: String } optional {}
    GetRepositoryLinkOutput { repository_link_info: RepositoryLinkInfo } optional {}

    UpdateRepositoryLinkInput { repository_link_id: String } optional {
        connection_arn: ConnectionArn,
        encryption_key_arn: String,
    }
    UpdateRepositoryLinkOutput { repository_link_info: RepositoryLinkInfo } optional {}

    DeleteRepositoryLinkInput { repository_link_id: String } optional {}

    ListRepositoryLinksInput {} optional { max_results: u32, next_token: String }
    ListRepositoryLinksOutput { repository_links: Vec<RepositoryLinkInfo> } optional {
        next_token: String,
    }

    RepositoryLinkInfo {
        connection_arn: ConnectionArn,
        owner_id: String,
        provider_type: ProviderType,
        repository_link_arn: String,
        repository_link_id: String,
        repository_name: String,
    } optional {
        encryption_key_arn: String,
    }
}
