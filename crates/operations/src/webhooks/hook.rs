//! The hook behind a webhook: its URL, its secret, and whether it is at GitHub.

use domain::connection::{HookState, ProviderType};
use domain::{HookId, Secret};
use store::{Changes, HookRow, NewHook, Place, View, WebhookRow};
use wire::error::AwsError;

use super::put::Target;
use crate::caller::Caller;
use crate::refusal::Refused;
use crate::turn::Now;
use crate::watches;

/// The hook whose URL the webhook has. One that is at GitHub hears of a new secret.
pub(super) fn put_hook(
    caller: &Caller,
    target: &Target<'_>,
    secret: Option<Secret>,
    known: Option<(&WebhookRow, &HookRow)>,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<HookRow, Refused> {
    let Some((row, hook)) = known else {
        let hook = new_hook(caller, target, secret)?;
        changes.insert(hook.clone());
        return Ok(hook);
    };
    let moves = (&hook.connection, &hook.repository) != (&target.source_action, &target.repository);
    if moves && hook.state != HookState::Given {
        return Err(AwsError::validation(format!(
            "Webhook {} is registered with {} for {}: deregister it first, so that it is removed \
             there.",
            row.name, hook.repository, hook.connection
        )));
    }
    let mut next = HookRow {
        connection: target.source_action.clone(),
        repository: target.repository.clone(),
        ..hook.clone()
    };
    if let Some(secret) = secret {
        let at_forge = hook.state == HookState::Registered;
        next.sealed_previous = at_forge.then(|| hook.sealed_secret.clone());
        (next.sealed_secret, next.previous_until) = (seal(caller, &hook.id, &secret)?, None);
        if at_forge {
            watches::register(&next, &caller.uuid("register"), now, changes);
        }
    }
    changes.put(view, next.clone());
    Ok(next)
}

fn new_hook(
    caller: &Caller,
    target: &Target<'_>,
    secret: Option<Secret>,
) -> Result<HookRow, Refused> {
    let id = HookId::new(caller.word("webhook"));
    // Stars stand for a secret that is kept, and none is.
    let made = || Secret::new(caller.word("webhook's secret"));
    let sealed_secret = seal(caller, &id, &secret.unwrap_or_else(made))?;
    Ok(HookRow::from(NewHook {
        id,
        account: caller.account().clone(),
        connection: target.source_action.clone(),
        repository: target.repository.clone(),
        provider: ProviderType::GitHub,
        sealed_secret,
        state: HookState::Given,
    }))
}

fn seal(caller: &Caller, hook: &HookId, secret: &Secret) -> Result<Vec<u8>, Refused> {
    let sealed = caller.sealer.seal(&Place::of_hook(caller.account(), hook), secret);
    sealed.map_err(|_| AwsError::internal())
}
