//! Telling GitHub of a webhook, and having it forget one.

use domain::connection::HookState;
use domain::webhook::WebhookAuthentication;
use domain::{EffectId, HookId};
use engine::Effect;
use store::{Changes, EffectRow, HookRow, View, WebhookRow};
use wire::codepipeline as shapes;
use wire::error::AwsError;

use super::{arn, seen, wants_of};
use crate::line::new_effect;
use crate::table::operation;
use crate::turn::Now;
use crate::watches;

/// The effect that removes a hook at GitHub.
pub(crate) fn removal(hook: &HookId) -> EffectId {
    EffectId::new(format!("eff-remove-{hook}"))
}

/// The forge is asked to remove a hook, unless it is already.
pub(crate) fn remove(hook: &HookRow, view: &View, now: &Now, changes: &mut Changes) {
    let (account, id) = (hook.account.clone(), removal(&hook.id));
    if view.row::<EffectRow>(EffectRow::at(&account, &id)).is_none() {
        let effect = Effect::RemoveHook { account: account.clone(), hook: hook.id.clone() };
        changes.effect(new_effect(&account, id, effect, now));
    }
    changes.put(view, HookRow { state: HookState::Unwanted, ..hook.clone() });
}

operation! {
    /// `codepipeline:DeleteWebhook`; deleting what is not there succeeds. One that is registered is
    /// removed at GitHub, too.
    Delete: shapes::DeleteWebhookInput => shapes::Nothing;
    resource(caller, input) { arn(caller, &input.name) }
    wants(caller, input, view) { wants_of(caller, &input.name, view) }
    decide(caller, input, view, now, mut changes) {
        let Ok((row, hook)) = seen(caller, Some(&input.name), view) else {
            return Ok((changes, shapes::Nothing::default()));
        };
        changes.delete::<WebhookRow>(view, WebhookRow::at(caller.account(), &row.name));
        match hook.state {
            HookState::Given => changes.delete::<HookRow>(view, HookRow::at(&hook.id)),
            _ => remove(hook, view, now, &mut changes),
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codepipeline:RegisterWebhookWithThirdParty`: GitHub is told of the webhook with the token of
    /// its action; why it was not stands in `ListWebhooks`.
    Register: shapes::RegisterWebhookWithThirdPartyInput => shapes::Nothing;
    resource(caller, input) { arn(caller, input.webhook_name.as_deref().unwrap_or("*")) }
    wants(caller, input, view) {
        input.webhook_name.as_ref().map(|name| wants_of(caller, name, view)).unwrap_or_default()
    }
    decide(caller, input, view, now, mut changes) {
        let (row, hook) = seen(caller, input.webhook_name.as_deref(), view)?;
        if row.authentication != WebhookAuthentication::GithubHmac {
            return Err(AwsError::validation(format!(
                "Webhook {} is not of the authentication GITHUB_HMAC, and GitHub knows no other.",
                row.name
            )));
        }
        if hook.state == HookState::Unwanted {
            return Err(AwsError::validation(format!(
                "Webhook {} is being removed at GitHub; register it once that is done.", row.name
            )));
        }
        if matches!(hook.state, HookState::Given | HookState::Failed) {
            let next = HookRow { state: HookState::Wanted, trouble: None, ..hook.clone() };
            watches::register(&next, &caller.uuid("register"), now, &mut changes);
            changes.put(view, next);
        }
        Ok((changes, shapes::Nothing::default()))
    }
}

operation! {
    /// `codepipeline:DeregisterWebhookWithThirdParty`: it is removed at GitHub; its URL stays.
    Deregister: shapes::DeregisterWebhookWithThirdPartyInput => shapes::Nothing;
    resource(caller, input) { arn(caller, input.webhook_name.as_deref().unwrap_or("*")) }
    wants(caller, input, view) {
        input.webhook_name.as_ref().map(|name| wants_of(caller, name, view)).unwrap_or_default()
    }
    decide(caller, input, view, now, mut changes) {
        let (_, hook) = seen(caller, input.webhook_name.as_deref(), view)?;
        if hook.state != HookState::Given {
            remove(hook, view, now, &mut changes);
        }
        Ok((changes, shapes::Nothing::default()))
    }
}
