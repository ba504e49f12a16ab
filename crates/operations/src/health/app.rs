//! How the App fares that a connection goes through: which it is, where it is installed, and whether
//! its one hook tells anything.

use domain::{AccountId, HookId, Timestamp};
use store::{
    ConnectionRow, DeliveryRow, HookRow, Key, RefusedDeliveryRow, RegistrationRow, View, Want,
};
use wire::towpath as shapes;

use crate::refused_deliveries;

fn registration(row: &ConnectionRow) -> Option<Key> {
    let installation = row.through()?;
    Some(RegistrationRow::at(&row.account, &installation.registration))
}

/// What [`shown`] looks at.
pub(super) fn wants(row: &ConnectionRow, view: &View) -> Vec<Want> {
    let Some(key) = registration(row) else { return Vec::new() };
    let known = view.known::<RegistrationRow>(key.clone()).and_then(|it| it.hook.clone());
    let of_hook = known.into_iter().flat_map(|hook| -> [Want; 2] {
        let refused = RefusedDeliveryRow::at(&row.account, &hook);
        [refused.into(), DeliveryRow::newest_of_hook(&hook).into()]
    });
    [Want::from(key)].into_iter().chain(of_hook).collect()
}

/// The App, with what came to its one hook: for its installations, or for repositories of it. What
/// that refused is its own account's to see.
pub(super) fn shown(
    row: &ConnectionRow,
    account: &AccountId,
    hooks: &[&HookRow],
    view: &View,
) -> Option<shapes::AppHealth> {
    let registered = view.row::<RegistrationRow>(registration(row)?)?;
    let hook = registered.hook.as_ref();
    let refused = hook.filter(|_| row.account == *account).and_then(|hook| {
        view.row::<RefusedDeliveryRow>(RefusedDeliveryRow::at(&row.account, hook))
    });
    let heard = hook.and_then(|hook| newest(hook, view));
    let heard = hooks.iter().filter_map(|hook| hook.verified).chain(heard).max();
    Some(shapes::AppHealth {
        slug: registered.app.as_ref()?.slug.clone(),
        installation: row.through()?.number,
        installed_in: row.installed_in.clone(),
        heard_at: heard.map(Into::into),
        refused: refused.map(refused_deliveries::shape),
    })
}

fn newest(hook: &HookId, view: &View) -> Option<Timestamp> {
    let rows = view.list::<DeliveryRow>(&DeliveryRow::newest_of_hook(hook));
    rows.first().map(|row| row.received)
}
