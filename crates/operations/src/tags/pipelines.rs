//! Tags of pipelines and webhooks.

use std::collections::BTreeMap;

use domain::{Arn, PipelineName};
use store::{Changes, Key, PipelineRow, View, Want, WebhookRow};
use wire::codepipeline as shapes;
use wire::error::AwsError;

use super::{add, of_pipeline, remove};
use crate::caller::Caller;
use crate::limits::LIST_MAX;
use crate::page;
use crate::refusal::Refused;
use crate::subject::Subject;
use crate::table::operation;

/// What an ARN names.
struct Tagged<'a>(&'a str);

impl Subject for Tagged<'_> {
    fn resource(&self, _caller: &Caller) -> String {
        self.0.to_owned()
    }

    fn wants(&self, caller: &Caller, _seen: &View) -> Vec<Want> {
        named(caller, self.0).map(|key| vec![key.into()]).unwrap_or_default()
    }
}

/// Where the pipeline or webhook lies: `arn:…:codepipeline:R:A:NAME` or `…:webhook:NAME`.
fn named(caller: &Caller, arn: &str) -> Result<Key, Refused> {
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "codepipeline");
    let wrong = || {
        let message = format!("{arn} is the ARN of no pipeline and no webhook.");
        AwsError::refused("InvalidArnException", message)
    };
    let resource = parsed.map(|arn| arn.resource).ok_or_else(wrong)?;
    let plain = |name: &str| !name.is_empty() && !name.contains([':', '/']);
    match resource.strip_prefix("webhook:") {
        Some(name) if plain(name) => Ok(WebhookRow::at(caller.account(), &name.to_owned())),
        None if plain(&resource) => {
            Ok(PipelineRow::at(caller.account(), &PipelineName::new(resource)))
        }
        _ => Err(wrong()),
    }
}

/// A pipeline or a webhook.
enum Found<'a> {
    Pipeline(&'a PipelineRow),
    Webhook(&'a WebhookRow),
}

impl Found<'_> {
    fn tags(&self) -> &BTreeMap<String, String> {
        match self {
            Self::Pipeline(row) => &row.tags,
            Self::Webhook(row) => &row.tags,
        }
    }

    fn put(&self, tags: BTreeMap<String, String>, seen: &View, changes: &mut Changes) {
        match self {
            Self::Pipeline(row) => changes.put(seen, PipelineRow { tags, ..(*row).clone() }),
            Self::Webhook(row) => changes.put(seen, WebhookRow { tags, ..(*row).clone() }),
        }
    }
}

fn find<'a>(caller: &Caller, arn: &str, seen: &'a View) -> Result<Found<'a>, Refused> {
    let key = named(caller, arn)?;
    // Another region's resource of this name is not this one.
    let found = if key.table.name == "webhooks" {
        let row = seen.row::<WebhookRow>(key);
        let row = row.filter(|row| crate::webhooks::arn(caller, &row.name) == arn);
        row.map(Found::Webhook)
    } else {
        let row = seen.row::<PipelineRow>(key);
        let row = row.filter(|row| crate::pipelines::arn(caller, &row.name) == arn);
        row.map(Found::Pipeline)
    };
    found.ok_or_else(|| {
        let message = format!("There is no pipeline and no webhook {arn}.");
        AwsError::refused("ResourceNotFoundException", message)
    })
}

operation! {
    /// `codepipeline:TagResource`.
    Tag: shapes::TagResourceInput => shapes::Nothing;
    about(input) { Tagged(&input.resource_arn) }
    decide(caller, input, seen, _, mut changes) {
        let found = find(caller, &input.resource_arn, seen)?;
        let mut tags = found.tags().clone();
        add(&mut tags, of_pipeline(Some(&input.tags)), &input.resource_arn)?;
        found.put(tags, seen, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codepipeline:UntagResource`.
    Untag: shapes::UntagResourceInput => shapes::Nothing;
    about(input) { Tagged(&input.resource_arn) }
    decide(caller, input, seen, _, mut changes) {
        let found = find(caller, &input.resource_arn, seen)?;
        let mut tags = found.tags().clone();
        remove(&mut tags, &input.tag_keys)?;
        found.put(tags, seen, &mut changes);
        Ok((changes, shapes::Nothing::default()))
    }
}

const LIST: &str = "codepipeline:ListTagsForResource";

operation! {
    /// `codepipeline:ListTagsForResource`, by key.
    List: shapes::ListTagsForResourceInput => shapes::ListTagsForResourceOutput;
    about(input) { Tagged(&input.resource_arn) }
    decide(caller, input, seen, _, changes) {
        let arn = &input.resource_arn;
        let after = page::cursor(caller, LIST, arn, input.next_token.as_ref())?;
        let found = find(caller, arn, seen)?;
        let rest = found.tags().iter().filter(|(key, _)| after.as_ref().is_none_or(|it| *key > it));
        let size = page::size(input.max_results, LIST_MAX);
        let (rest, next_token) = page::cut(caller, LIST, arn, rest.collect(), size, |(key, _)| (*key).clone());
        let tag = |(key, value): (&String, &String)| shapes::Tag { key: key.clone(), value: value.clone() };
        let tags = rest.into_iter().map(tag).collect();
        Ok((changes, shapes::ListTagsForResourceOutput { tags, next_token }))
    }
}
