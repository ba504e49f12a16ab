//! Which other accounts' pipelines rest on a connection: for its own account, which alone may ask.

use std::collections::{BTreeMap, BTreeSet};

use domain::AccountId;
use store::{ConnectionRow, Query, View, WatchRow};
use wire::towpath as shapes;

use crate::limits::USERS_TOLD_MAX;

/// What [`shown`] looks at, for a caller of this account.
pub(super) fn wants(row: &ConnectionRow, account: &AccountId) -> Option<Query> {
    let query = || WatchRow::of_others(&row.arn, &row.account, USERS_TOLD_MAX);
    (row.account == *account).then(query)
}

/// How many pipelines of each; `None` where no other account has one.
pub(super) fn shown(
    row: &ConnectionRow,
    account: &AccountId,
    view: &View,
) -> Option<Vec<shapes::AccountPipelines>> {
    let mut users: BTreeMap<&AccountId, BTreeSet<_>> = BTreeMap::new();
    for watch in view.list::<WatchRow>(&wants(row, account)?) {
        users.entry(&watch.account).or_default().insert(&watch.pipeline);
    }
    let shape = |(account, pipelines): (&AccountId, BTreeSet<_>)| shapes::AccountPipelines {
        account_id: account.clone(),
        pipelines: pipelines.len() as u32,
    };
    Some(users.into_iter().map(shape).collect()).filter(|it: &Vec<_>| !it.is_empty())
}
