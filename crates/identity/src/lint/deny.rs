//! What a denying statement keeps out, so that the allowing one beside it stands less open than it
//! looks alone.

use crate::policy::{Condition, Principals, Statement};

/// Whether a statement denies an action to all of those that `means` finds in its principal, but
/// those whom the values of its one condition name. With two conditions it denies fewer: only whom
/// both are about.
pub(super) fn spares_only_named(
    deny: &Statement,
    action: &str,
    means: impl Fn(&Principals) -> bool,
    names: impl Fn(&Condition) -> bool,
) -> bool {
    let about = deny.actions.names(|glob| glob.matches(action))
        && deny.principals.as_ref().is_some_and(means);
    let spares = |only: &Condition| {
        only.operator.row.negated && only.operator.holds_without_key() && names(only)
    };
    about
        && match &*deny.conditions {
            [] => true,
            [only] => spares(only),
            _ => false,
        }
}
