//! The secrets of a connection's hooks are replaced. The secret before verifies on, until some time
//! after the forge has taken the new one.

use domain::connection::HookState;
use domain::{ConnectionArn, EffectId, Secret};
use engine::Effect;
use store::{Changes, EffectRow, HookRow, Key, Place, Query, View};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::caller::Caller;
use crate::connections::seen;
use crate::limits::ROTATED_HOOKS_MAX;
use crate::line::new_effect;
use crate::mending::mend_id;
use crate::page::{cursor, cut};
use crate::refusal::Refused;
use crate::shares;
use crate::table::operation;
use crate::turn::Now;
use crate::watches::connection_key;

/// The name that its pages' tokens are sealed with.
const ROTATE: &str = "RotateHookSecrets";

operation! {
    /// `towpath:RotateHookSecrets`, of the hooks that the caller's account has by the connection.
    Rotate: shapes::RotateHookSecretsInput => shapes::RotateHookSecretsOutput;
    resource(_, input) { input.connection_arn.to_string() }
    ask(caller, input, view, ask) { shares::for_own(caller, &input.connection_arn, view, ask) }
    also(caller, input, view) {
        shares::seeing(caller, &input.connection_arn, view).into_iter().collect()
    }
    wants(caller, input, view) {
        let mut wants = shares::wants(caller, &input.connection_arn);
        let Ok(Some(hooks)) = page(caller, ROTATE, arn_and_token(input), view) else { return wants };
        for hook in view.known_list::<HookRow>(&hooks) {
            wants.push(HookRow::at(&hook.id).into());
            wants.push(mending(hook).into());
        }
        wants.push(hooks.into());
        wants
    }
    decide(caller, input, view, now, changes) {
        let mut changes = changes;
        seen(caller, &input.connection_arn, view)?;
        let query = page(caller, ROTATE, arn_and_token(input), view)?.ok_or_else(AwsError::internal)?;
        let (size, mut rotated) = (ROTATED_HOOKS_MAX as usize, Vec::new());
        let (rows, filter) = (view.list::<HookRow>(&query), input.connection_arn.id());
        let (rows, next_token) = cut(caller, ROTATE, filter, rows, size, |row| row.id.to_string());
        for listed in rows {
            let Some(hook) = view.row::<HookRow>(HookRow::at(&listed.id)) else { continue };
            let is_changed = match input.end_overlap {
                Some(true) => end_overlap(hook, view, &mut changes)?,
                _ => rotate(caller, hook, view, now, &mut changes)?,
            };
            if is_changed {
                let (hook_id, repository) = (hook.id.clone(), hook.repository.clone());
                rotated.push(shapes::NamedHook { hook_id, repository });
            }
        }
        Ok((changes, shapes::RotateHookSecretsOutput { hooks: rotated, next_token }))
    }
}

/// Hooks know a connection by the ARN that it was made with.
pub(crate) fn hooks(caller: &Caller, arn: &ConnectionArn, view: &View) -> Option<Query> {
    let row = view.known::<store::ConnectionRow>(connection_key(caller.account(), arn))?;
    Some(HookRow::of_connection(caller.account(), &row.arn, ROTATED_HOOKS_MAX))
}

fn arn_and_token(input: &shapes::RotateHookSecretsInput) -> (&ConnectionArn, Option<&String>) {
    (&input.connection_arn, input.next_token.as_ref())
}

/// The hooks from an operation's token on, and one more.
pub(crate) fn page(
    caller: &Caller,
    operation: &str,
    (arn, token): (&ConnectionArn, Option<&String>),
    view: &View,
) -> Result<Option<Query>, Refused> {
    let after = cursor(caller, operation, arn.id(), token)?.unwrap_or_default();
    let row = view.known::<store::ConnectionRow>(connection_key(caller.account(), arn));
    let more = ROTATED_HOOKS_MAX + 1;
    let query = |arn| HookRow::of_connection_after(caller.account(), arn, &after, more);
    Ok(row.map(|row| query(&row.arn)))
}

fn mending(hook: &HookRow) -> Key {
    EffectRow::at(&hook.account, &mend_id(&hook.id))
}

/// A third secret has no place, and two effects at once could leave the older one at the forge.
fn is_free(hook: &HookRow, view: &View) -> Result<(), Refused> {
    let until = hook.previous_until.map(|until| format!(", until {}", until.rfc3339()));
    let busy = match (&hook.sealed_previous, view.row::<EffectRow>(mending(hook))) {
        (Some(_), _) => format!(
            "was replaced before, and the one before that still verifies{}; try again then{}",
            until.as_deref().unwrap_or(": the forge has not taken the new one yet"),
            if until.is_some() { ", or end it now with `--end-overlap` (endOverlap)" } else { "" }
        ),
        (None, Some(_)) => "is on its way to the forge; try again in a moment".to_owned(),
        (None, None) => return Ok(()),
    };
    let message = format!("The secret of the hook of {} {busy}.", hook.repository);
    Err(AwsError::refused("ConflictException", message))
}

/// A secret that somebody else knows verifies no longer. While the forge signs with it, as it does
/// until it has taken the next one, nothing else could.
fn end_overlap(hook: &HookRow, view: &View, changes: &mut Changes) -> Result<bool, Refused> {
    if hook.sealed_previous.is_none() {
        return Ok(false);
    }
    if hook.previous_until.is_none() {
        let message = format!(
            "The forge has not taken the new secret of the hook of {} yet; try again in a moment.",
            hook.repository
        );
        return Err(AwsError::refused("ConflictException", message));
    }
    let (sealed_previous, previous_until) = (None, None);
    changes.put(view, HookRow { sealed_previous, previous_until, ..hook.clone() });
    Ok(true)
}

fn rotate(
    caller: &Caller,
    hook: &HookRow,
    view: &View,
    now: &Now,
    changes: &mut Changes,
) -> Result<bool, Refused> {
    if hook.state != HookState::Registered {
        return Ok(false);
    }
    is_free(hook, view)?;
    let secret = Secret::new(caller.word(&format!("secret {}", hook.id)));
    let sealed = caller.sealer.seal(&Place::of_hook(&hook.account, &hook.id), &secret);
    let rotated = HookRow {
        sealed_secret: sealed.map_err(|_| AwsError::internal())?,
        sealed_previous: Some(hook.sealed_secret.clone()),
        previous_until: None,
        verified: None,
        ..hook.clone()
    };
    changes.put(view, rotated);
    let effect = Effect::RegisterHook { account: hook.account.clone(), hook: hook.id.clone() };
    let id: EffectId = mend_id(&hook.id);
    changes.effect(new_effect(&hook.account, id, effect, now));
    Ok(true)
}
