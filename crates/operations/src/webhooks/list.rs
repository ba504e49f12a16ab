//! Webhooks as the API shows them, their secrets as stars, with what keeps one from starting
//! anything.

use std::collections::BTreeMap;

use domain::connection::HookState;
use domain::webhook::{WebhookAuthentication, WebhookFilter};
use domain::{PipelineName, Secret};
use store::{HookRow, PipelineRow, Want, WebhookRow};
use wire::codepipeline::{self as shapes, WebhookAuthenticationType};

use super::{arn, target};
use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::refusal::Refused;
use crate::source_tokens::STARS;
use crate::table::operation;

const LIST: &str = "codepipeline:ListWebhooks";

operation! {
    /// `codepipeline:ListWebhooks`, by name.
    List: shapes::ListWebhooksInput => shapes::ListWebhooksOutput;
    resource(_, _) { "*".to_owned() }
    wants(caller, input, view) {
        let Ok(query) = list_query(caller, input) else { return Vec::new() };
        let rows = view.known_list::<WebhookRow>(&query);
        let of_row = |row: &WebhookRow| -> [Want; 2] {
            let pipeline = PipelineRow::at(caller.account(), &row.pipeline);
            [HookRow::at(&row.hook).into(), pipeline.into()]
        };
        let mut wants: Vec<Want> = rows.into_iter().flat_map(of_row).collect();
        wants.push(query.into());
        wants
    }
    decide(caller, input, view, _, changes) {
        let rows = view.list::<WebhookRow>(&list_query(caller, input)?);
        let size = page::size(input.max_results, LIST_MAX);
        let (rows, next_token) = page::cut(caller, LIST, "", rows, size, |row| row.name.clone());
        let pipeline = |name: &PipelineName| {
            view.row::<PipelineRow>(PipelineRow::at(caller.account(), name))
        };
        let shown = |row: &WebhookRow| {
            let hook = view.row::<HookRow>(HookRow::at(&row.hook))?;
            Some(shape(caller, row, hook, pipeline(&row.pipeline)))
        };
        let webhooks = rows.into_iter().filter_map(shown).collect();
        Ok((changes, shapes::ListWebhooksOutput { webhooks, next_token }))
    }
}

fn list_query(caller: &Caller, input: &shapes::ListWebhooksInput) -> Result<store::Query, Refused> {
    let after = page::cursor(caller, LIST, "", input.next_token.as_ref())?.unwrap_or_default();
    let size = page::size(input.max_results, LIST_MAX) as i64;
    Ok(WebhookRow::of_account(caller.account(), &after, size + 1))
}

/// A webhook as the API shows it.
pub(super) fn shape(
    caller: &Caller,
    row: &WebhookRow,
    hook: &HookRow,
    pipeline: Option<&PipelineRow>,
) -> shapes::ListWebhookItem {
    let error = error(row, hook, pipeline);
    shapes::ListWebhookItem {
        definition: definition(row),
        url: format!("{}/hooks/{}", caller.public_url, row.hook),
        error_message: error.as_ref().map(|(_, message)| message.clone()),
        error_code: error.map(|(code, _)| code.to_owned()),
        last_triggered: row.last_triggered.map(Into::into),
        arn: Some(arn(caller, &row.name)),
        tags: shown_tags(&row.tags),
    }
}

fn shown_tags(tags: &BTreeMap<String, String>) -> Option<Vec<shapes::Tag>> {
    let tag =
        |(key, value): (&String, &String)| shapes::Tag { key: key.clone(), value: value.clone() };
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}

fn definition(row: &WebhookRow) -> shapes::WebhookDefinition {
    let (mut secret_token, mut allowed_ip_range) = (None, None);
    let authentication = match &row.authentication {
        WebhookAuthentication::GithubHmac => {
            secret_token = Some(Secret::new(STARS));
            WebhookAuthenticationType::GithubHmac
        }
        WebhookAuthentication::Ip { range } => {
            allowed_ip_range = Some(range.clone());
            WebhookAuthenticationType::Ip
        }
        WebhookAuthentication::Unauthenticated => WebhookAuthenticationType::Unauthenticated,
    };
    let rule = |filter: &WebhookFilter| shapes::WebhookFilterRule {
        json_path: filter.json_path.clone(),
        match_equals: filter.match_equals.clone(),
    };
    shapes::WebhookDefinition {
        name: row.name.clone(),
        target_pipeline: row.pipeline.clone(),
        target_action: row.action.clone(),
        filters: row.filters.iter().map(rule).collect(),
        authentication,
        authentication_configuration: shapes::WebhookAuthConfiguration {
            allowed_ip_range,
            secret_token,
        },
    }
}

/// What keeps a webhook from starting anything, as code and sentence.
fn error(
    row: &WebhookRow,
    hook: &HookRow,
    pipeline: Option<&PipelineRow>,
) -> Option<(&'static str, String)> {
    let Some(pipeline) = pipeline else {
        return Some(("PipelineNotFound", format!("There is no pipeline {}.", row.pipeline)));
    };
    if target(pipeline, row).is_none() {
        let message = format!(
            "Pipeline {} has no source action {} with the provider ThirdParty GitHub.",
            row.pipeline, row.action
        );
        return Some(("TargetActionNotFound", message));
    }
    let trouble = hook.trouble.clone().filter(|_| hook.state == HookState::Failed)?;
    Some(("RegistrationFailed", trouble))
}
