//! CodePipeline's webhooks: their definitions, and the operations on them.

use super::Tag;
use crate::moment::Moment;
use crate::secret_text;
use crate::shapes::{shapes, words};
use domain::{ActionName, PipelineName, Secret};

shapes! { "camelCase";
    WebhookDefinition {
        name: String,
        target_pipeline: PipelineName,
        target_action: ActionName,
        filters: Vec<WebhookFilterRule>,
        authentication: WebhookAuthenticationType,
        authentication_configuration: WebhookAuthConfiguration,
    } optional {}

    WebhookFilterRule { json_path: String } optional { match_equals: String }

    ListWebhookItem { definition: WebhookDefinition, url: String } optional {
        error_message: String,
        error_code: String,
        last_triggered: Moment,
        arn: String,
        tags: Vec<Tag>,
    }

    PutWebhookInput { webhook: WebhookDefinition } optional { tags: Vec<Tag> }
    PutWebhookOutput { webhook: ListWebhookItem } optional {}

    DeleteWebhookInput { name: String } optional {}
    RegisterWebhookWithThirdPartyInput {} optional { webhook_name: String }
    DeregisterWebhookWithThirdPartyInput {} optional { webhook_name: String }

    ListWebhooksOutput { webhooks: Vec<ListWebhookItem> } optional {
        #[serde(rename = "NextToken")]
        next_token: String,
    }
}

shapes! { "PascalCase";
    ListWebhooksInput {} optional { next_token: String, max_results: u32 }

    WebhookAuthConfiguration {} optional {
        #[serde(rename = "AllowedIPRange")]
        allowed_ip_range: String,
        #[serde(with = "secret_text::maybe")]
        secret_token: Secret,
    }
}

words! {
    WebhookAuthenticationType {
        GithubHmac = "GITHUB_HMAC", Ip = "IP", Unauthenticated = "UNAUTHENTICATED",
    }
}
