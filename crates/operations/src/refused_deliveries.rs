//! Deliveries that nobody showed to have signed: of each hook the last one and how many, whoever sends
//! them.

use domain::{AccountId, ConnectionArn, HookId, Timestamp};
use store::{Changes, ConnectionRow, DeliveryRow, Key, Query, RefusedDeliveryRow, View, Want};
use wire::towpath as shapes;

use crate::limits::{REFUSALS_TOLD_SECONDS, ROTATED_HOOKS_MAX};
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// A hook has refused deliveries.
pub struct RefusedDeliveries {
    /// Whose hook.
    pub account: AccountId,
    /// Which.
    pub hook: HookId,
    /// Its connection; none of an App's one hook.
    pub connection: Option<ConnectionArn>,
    /// How many.
    pub count: u32,
    /// When the last one came.
    pub last: Timestamp,
    /// Why it was refused.
    pub why: String,
    /// Where it came from.
    pub peer: String,
}

impl RefusedDeliveries {
    fn key(&self) -> Key {
        RefusedDeliveryRow::at(&self.account, &self.hook)
    }
}

impl Turn for RefusedDeliveries {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![self.key().into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let before = seen.row::<RefusedDeliveryRow>(self.key()).map_or(0, |row| row.count);
        let row = RefusedDeliveryRow {
            account: self.account.clone(),
            hook: self.hook.clone(),
            connection: self.connection.clone().unwrap_or_else(|| ConnectionArn::new("")),
            last: self.last,
            count: before.saturating_add(self.count),
            why: self.why.clone(),
            peer: self.peer.clone(),
        };
        changes.put(seen, row);
        Ok((changes, ()))
    }
}

/// Those of a connection's hooks.
pub fn of_connection(account: &AccountId, connection: &ConnectionArn) -> Query {
    RefusedDeliveryRow::of_connection(account, connection, ROTATED_HOOKS_MAX)
}

/// Whether they still say that something is amiss: the hook took nothing since, and it is not long ago.
pub fn is_amiss(row: &RefusedDeliveryRow, newest: Option<&DeliveryRow>, at: Timestamp) -> bool {
    let is_last = newest.is_none_or(|taken| taken.received < row.last);
    is_last && at < row.last.plus_seconds(REFUSALS_TOLD_SECONDS)
}

/// What [`amiss`] looks at.
pub(crate) fn wants(connection: &ConnectionRow, account: &AccountId, view: &View) -> Vec<Want> {
    let refused = of_connection(account, &connection.arn);
    let known = view.known_list::<RefusedDeliveryRow>(&refused);
    let newest = known.into_iter().map(|row| DeliveryRow::newest_of_hook(&row.hook).into());
    newest.chain([refused.clone().into()]).collect()
}

/// Those of a connection's hooks that say that something is amiss.
pub(crate) fn amiss<'a>(
    connection: &ConnectionRow,
    account: &AccountId,
    view: &'a View,
    at: Timestamp,
) -> Vec<&'a RefusedDeliveryRow> {
    let mut rows = view.list::<RefusedDeliveryRow>(&of_connection(account, &connection.arn));
    rows.retain(|row| {
        let newest = view.list::<DeliveryRow>(&DeliveryRow::newest_of_hook(&row.hook));
        is_amiss(row, newest.first().copied(), at)
    });
    rows
}

/// The row of a hook among them.
pub fn of_hook<'a>(
    hook: &HookId,
    rows: &[&'a RefusedDeliveryRow],
) -> Option<&'a RefusedDeliveryRow> {
    rows.iter().find(|row| row.hook == *hook).copied()
}

pub(crate) fn shape(row: &RefusedDeliveryRow) -> shapes::RefusedDeliveries {
    shapes::RefusedDeliveries {
        count: row.count,
        last_at: row.last.into(),
        because: row.why.clone(),
        peer: row.peer.clone(),
    }
}
