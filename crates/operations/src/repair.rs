//! A forge is asked for a connection's hooks now: those that it does not have are registered again,
//! and what was pushed meanwhile starts what it should have. This is what becomes of them by itself
//! once a reconcile period.

use domain::connection::ConnectionStatus;
use store::{ConnectionRow, EffectRow, HookRow, View, Want};
use wire::error::AwsError;
use wire::towpath as shapes;

use crate::connections::seen;
use crate::limits::ROTATED_HOOKS_MAX;
use crate::line::new_effect;
use crate::mending::Mend;
use crate::page::cut;
use crate::refusal::Refused;
use crate::rotation::page;
use crate::shares;
use crate::table::operation;

/// The name that its pages' tokens are sealed with.
const REPAIR: &str = "RepairConnection";

operation! {
    /// `towpath:RepairConnection`, for the hooks that the caller's account has by the connection.
    Repair: shapes::RepairConnectionInput => shapes::RepairConnectionOutput;
    resource(_, input) { input.connection_arn.to_string() }
    ask(caller, input, view, ask) { shares::for_own(caller, &input.connection_arn, view, ask) }
    also(caller, input, view) {
        shares::seeing(caller, &input.connection_arn, view).into_iter().collect()
    }
    wants(caller, input, view) {
        let mut wants = shares::wants(caller, &input.connection_arn);
        let asked = (&input.connection_arn, input.next_token.as_ref());
        let Ok(Some(hooks)) = page(caller, REPAIR, asked, view) else { return wants };
        for hook in view.known_list::<HookRow>(&hooks) {
            wants.push(HookRow::at(&hook.id).into());
            let effect = Mend::effect(hook).map(|(id, _)| EffectRow::at(&hook.account, &id));
            wants.extend(effect.map(Want::from));
        }
        wants.push(hooks.into());
        wants
    }
    decide(caller, input, view, now, changes) {
        let (mut changes, arn) = (changes, &input.connection_arn);
        works(seen(caller, arn, view)?)?;
        let asked = (arn, input.next_token.as_ref());
        let query = page(caller, REPAIR, asked, view)?.ok_or_else(AwsError::internal)?;
        let (rows, size) = (view.list::<HookRow>(&query), ROTATED_HOOKS_MAX as usize);
        let (rows, next_token) = cut(caller, REPAIR, arn.id(), rows, size, |row| row.id.to_string());
        let mut hooks = Vec::new();
        for listed in rows {
            let Some(hook) = view.row::<HookRow>(HookRow::at(&listed.id)) else { continue };
            let Some((id, effect)) = Mend::effect(hook) else { continue };
            // One that is on its way is asked for once.
            if !is_under_way(hook, &id, view) {
                changes.effect(new_effect(&hook.account, id, effect, now));
            }
            let (hook_id, repository) = (hook.id.clone(), hook.repository.clone());
            hooks.push(shapes::NamedHook { hook_id, repository });
        }
        Ok((changes, shapes::RepairConnectionOutput { hooks, next_token }))
    }
}

fn is_under_way(hook: &HookRow, id: &domain::EffectId, view: &View) -> bool {
    view.row::<EffectRow>(EffectRow::at(&hook.account, id)).is_some()
}

/// Without a token that the forge takes there is nothing to ask with.
fn works(connection: &ConnectionRow) -> Result<(), Refused> {
    let Some(missing) = connection.status.missing() else { return Ok(()) };
    let (arn, status) = (&connection.arn, ConnectionStatus::as_str(connection.status));
    let message =
        format!("{arn} is {status}: {}. Its forge is asked once that is done.", missing.sentence());
    Err(AwsError::refused("ConflictException", message))
}
