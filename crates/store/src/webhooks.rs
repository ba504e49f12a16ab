//! CodePipeline's webhooks, which people put.

use crate::record::record;
use domain::webhook::{WebhookAuthentication, WebhookFilter};
use domain::{AccountId, ActionName, HookId, PipelineName, Timestamp};
use std::collections::BTreeMap;

record! {
    /// A webhook. Its URL is a hook's, and its secret is kept there.
    WebhookRow in "webhooks";
    key { account: AccountId, name: String }
    columns {
        hook: HookId,
        /// The pipeline that it starts.
        pipeline: PipelineName,
        created: Timestamp,
    }
    doc {
        /// The source action that it tells of.
        action: ActionName,
        filters: Vec<WebhookFilter>,
        authentication: WebhookAuthentication,
        /// When it last started the pipeline.
        last_triggered: Option<Timestamp>,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's webhooks by name, those after `after` (the first page: an empty text).
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND name > ? ORDER BY name LIMIT ?" [account, after, limit];
        /// Those that start a pipeline.
        of_pipeline(account: &AccountId, pipeline: &PipelineName, limit: i64)
            "WHERE account = ? AND pipeline = ? ORDER BY name LIMIT ?" [account, pipeline, limit];
        /// The one whose URL is a hook's: one at most.
        by_hook(hook: &HookId) "WHERE hook = ? ORDER BY name" [hook];
    }
}
