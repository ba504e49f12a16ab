//! Why callers were refused: each denial is kept under its request's id, for whoever may see it.

use identity::Denial;
use store::{Changes, DenialRow};

use crate::caller::Caller;
use crate::turn::Now;

/// Keeps a denial, and changes nothing else. Whoever is refused was known before: a caller who is
/// nobody gets no row, and one who is refused all the time gets no more of them.
pub fn keep(caller: &Caller, denial: &Denial, now: &Now) -> Changes {
    let mut changes = Changes::of_loop();
    if !caller.keeps_denials {
        return changes;
    }
    changes.insert(DenialRow {
        account: caller.account().clone(),
        id: caller.request_id(),
        at: now.at,
        explanation: denial.explanation.clone(),
        keys: denial.keys.clone(),
    });
    changes
}
