//! A connection that goes over to an App, or back to a person's token, keeps both ways until the
//! forge has been brought to every hook: there is no moment in which nobody tells of a push.

use domain::connection::HookState;
use store::{Changes, ConnectionRow, HookRow, Key, Query, TokenRow, View, Want};

use crate::limits::CONNECTIONS_MAX;
use crate::revocations;
use crate::turn::Now;
use crate::watches::connection_key;

fn connection(hook: &HookRow) -> Key {
    connection_key(&hook.account, &hook.connection)
}

fn token(row: &ConnectionRow) -> Key {
    TokenRow::at(&row.account, &row.arn)
}

fn hooks(row: &ConnectionRow) -> Query {
    HookRow::of_connection(&row.account, &row.arn, CONNECTIONS_MAX)
}

/// The connection of a hook, as far as it is known, while it keeps both ways.
fn crossing<'a>(hook: &HookRow, seen: &'a View) -> Option<&'a ConnectionRow> {
    let row = seen.known::<ConnectionRow>(connection(hook))?;
    let keeps_token = || row.through().is_some() && seen.known::<TokenRow>(token(row)).is_some();
    (row.left.is_some() || keeps_token()).then_some(row)
}

/// What [`end`] looks at.
pub(crate) fn wants(hook: &HookRow, seen: &View) -> Vec<Want> {
    let mut wants: Vec<Want> = vec![connection(hook).into()];
    let row = seen.known::<ConnectionRow>(connection(hook));
    wants.extend(row.filter(|row| row.through().is_some()).map(|row| token(row).into()));
    wants.extend(crossing(hook, seen).map(|row| hooks(row).into()));
    wants
}

/// Lets go of the way before, where this hook, at the forge as `present` from now on, was the last
/// that it was kept for.
pub(crate) fn end(
    hook: &HookRow,
    present: Option<&HookRow>,
    (seen, now): (&View, &Now),
    changes: &mut Changes,
) {
    let Some(row) = crossing(hook, seen) else { return };
    let others = seen.list::<HookRow>(&hooks(row)).into_iter().filter(|it| it.id != hook.id);
    let mut all = others.chain(present);
    let is_left = row.left.is_some();
    if all.any(|hook| if is_left { is_told_by_app(hook) } else { hook.forge_hook_id.is_some() }) {
        return;
    }
    if is_left {
        let Some(row) = seen.row::<ConnectionRow>(connection(hook)) else { return };
        changes.put(seen, row.without_installation());
    } else if let Some(spent) = seen.row::<TokenRow>(token(row)) {
        revocations::begin(spent, now, changes);
        changes.delete::<TokenRow>(seen, token(row));
    }
}

/// Whether nobody but the App's hook tells of the repository.
pub(crate) fn is_told_by_app(hook: &HookRow) -> bool {
    use HookState as State;
    let is_ours = matches!(hook.state, State::Wanted | State::Registered | State::Failed);
    is_ours && hook.forge_hook_id.is_none()
}
