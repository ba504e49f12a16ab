//! Why callers were refused: each denial is kept under its request's id, for whoever may see it.

use domain::AccountId;
use identity::policy::Explanation;
use identity::{Denial, OtherSide};
use store::{AccountRow, Changes, DenialRow, View};

use crate::caller::Caller;
use crate::turn::Now;

/// Keeps a denial, and changes nothing else. Across accounts each of the two sees its own side; one
/// that is none here sees nothing. Whoever is refused was known before: a caller who is
/// nobody gets no row, and one who is refused all the time gets no more of them.
pub fn keep(caller: &Caller, denial: &Denial, seen: &View, now: &Now) -> Changes {
    let mut changes = Changes::of_loop();
    if !caller.keeps_denials {
        return changes;
    }
    let mut row = |account: &AccountId, explanation: &Explanation, keys: &[_]| {
        changes.insert(DenialRow {
            account: account.clone(),
            id: caller.request_id(),
            at: now.at,
            explanation: explanation.clone(),
            keys: keys.to_vec(),
        });
    };
    row(caller.account(), &denial.explanation, &denial.keys);
    let is_here =
        |there: &&OtherSide| seen.known::<AccountRow>(AccountRow::at(&there.account)).is_some();
    if let Some(there) = denial.there.as_ref().filter(is_here) {
        row(&there.account, &there.explanation, &there.keys);
    }
    changes
}
