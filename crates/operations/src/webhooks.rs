//! CodePipeline's webhooks, which people put for source actions that bring a token of their own.
//!
//! A webhook's URL is a hook's. A webhook that was registered with GitHub is a hook that is kept as
//! wanted like any other; of another the forge is told by people, and nobody looks after it. What a
//! delivery comes to is `intake`'s.

use domain::pipeline::ActionDeclaration;
use domain::{Arn, ConnectionArn};
use store::{EffectRow, HookRow, PipelineRow, View, Want, WebhookRow};
use wire::error::AwsError;

use crate::caller::Caller;
use crate::refusal::Refused;

mod hook;
mod list;
mod put;
mod registration;

pub use list::List;
pub use put::Put;
pub use registration::{Delete, Deregister, Register};
pub(crate) use registration::{removal, remove};

/// The ARN of a webhook in the caller's account.
pub fn arn(caller: &Caller, name: &str) -> String {
    caller.arn("codepipeline", &format!("webhook:{name}"))
}

/// The ARN of a webhook, told by what stands in the place of its connection.
pub(crate) fn arn_beside(source_action: &ConnectionArn, name: &str) -> Option<String> {
    let arn = Arn::parse(source_action.as_str())?;
    let resource = format!("webhook:{name}");
    Some(Arn::aws("codepipeline", &arn.region, &arn.account, &resource).to_string())
}

/// The action of a pipeline that a webhook can tell of.
pub(crate) fn target<'a>(
    pipeline: &'a PipelineRow,
    row: &WebhookRow,
) -> Option<&'a ActionDeclaration> {
    let mut sources = pipeline.declaration.sources();
    sources.find(|source| source.name == row.action && source.brings_token())
}

/// Whether a push of the branch is what a webhook lets in, by its ref alone. One that asks for more
/// of what a delivery says cannot be stood in for by a look.
pub fn is_of_pushes(row: &WebhookRow) -> bool {
    row.filters.iter().all(|filter| matches!(&*filter.json_path, "$.ref" | "$['ref']"))
}

fn no_webhook(name: Option<&str>) -> Refused {
    let message = match name {
        Some(name) => format!("There is no webhook {name} in this account."),
        None => "Write webhookName: which webhook is meant.".to_owned(),
    };
    AwsError::refused("WebhookNotFoundException", message)
}

fn wants_of(caller: &Caller, name: &str, view: &View) -> Vec<Want> {
    let key = WebhookRow::at(caller.account(), &name.to_owned());
    let mut wants: Vec<Want> = vec![key.clone().into()];
    if let Some(row) = view.known::<WebhookRow>(key) {
        wants.push(HookRow::at(&row.hook).into());
        wants.push(PipelineRow::at(caller.account(), &row.pipeline).into());
        wants.push(EffectRow::at(caller.account(), &removal(&row.hook)).into());
    }
    wants
}

fn seen<'a>(
    caller: &Caller,
    name: Option<&str>,
    view: &'a View,
) -> Result<(&'a WebhookRow, &'a HookRow), Refused> {
    let row = name.and_then(|name| {
        let row = view.row::<WebhookRow>(WebhookRow::at(caller.account(), &name.to_owned()))?;
        Some((row, view.row::<HookRow>(HookRow::at(&row.hook))?))
    });
    row.ok_or_else(|| no_webhook(name))
}
