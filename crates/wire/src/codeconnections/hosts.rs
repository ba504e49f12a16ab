//! Hosts: where a provider that an organisation runs itself is reached.

use super::{ProviderType, Tag};
use crate::shapes::shapes;
use domain::HostArn;

shapes! { "PascalCase";
    CreateHostInput {
        name: String,
        provider_type: ProviderType,
        provider_endpoint: String,
    } optional {
        vpc_configuration: VpcConfiguration,
        tags: Vec<Tag>,
    }
    CreateHostOutput { host_arn: HostArn } optional { tags: Vec<Tag> }

    GetHostInput { host_arn: HostArn } optional {}
    /// `Status` is a free text in the model: `PENDING`, `AVAILABLE`, …
    GetHostOutput {
        name: String,
        status: String,
        provider_type: ProviderType,
        provider_endpoint: String,
    } optional {
        vpc_configuration: VpcConfiguration,
    }

    ListHostsInput {} optional { max_results: u32, next_token: String }
    ListHostsOutput { hosts: Vec<Host> } optional { next_token: String }

    Host {
        name: String,
        host_arn: HostArn,
        provider_type: ProviderType,
        provider_endpoint: String,
        status: String,
    } optional {
        vpc_configuration: VpcConfiguration,
        status_message: String,
    }

    UpdateHostInput { host_arn: HostArn } optional {
        provider_endpoint: String,
        vpc_configuration: VpcConfiguration,
    }
    DeleteHostInput { host_arn: HostArn } optional {}

    VpcConfiguration {
        vpc_id: String,
        subnet_ids: Vec<String>,
        security_group_ids: Vec<String>,
    } optional {
        tls_certificate: String,
    }
}
