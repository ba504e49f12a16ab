//! What came of bringing a forge to the hooks that are wanted.

use domain::connection::HookState;
use domain::{AccountId, CommitSha, EffectId, HookId};
use store::{Changes, EffectRow, HeadRow, HookRow, View, Want};

use crate::refusal::Refused;
use crate::sync;
use crate::turn::{Now, Turn};
use crate::watches::register;

/// A hook's effect is done.
pub struct HookDone {
    /// Which hook.
    pub hook: HookId,
    /// The effect.
    pub effect: EffectId,
    /// The account.
    pub account: AccountId,
    /// What the forge has now.
    pub outcome: HookOutcome,
}

/// What the forge has now.
pub enum HookOutcome {
    /// The hook, under its own id; and where the repository's refs are.
    Registered {
        /// The forge's id of the hook.
        forge_hook_id: String,
        /// The forge's id of the repository.
        repository_id: String,
        /// Whether the forge signs its deliveries.
        signs: bool,
        /// Full ref and what it points at.
        heads: Vec<(String, CommitSha)>,
    },
    /// Nothing: it was removed, or never there.
    Removed,
    /// Not what was wanted.
    Failed {
        /// Why, for people.
        trouble: String,
    },
}

impl HookDone {
    fn head_keys(&self, hook: &HookRow) -> Vec<(store::Key, CommitSha)> {
        let HookOutcome::Registered { heads, .. } = &self.outcome else { return Vec::new() };
        let key =
            |name: &String| HeadRow::at(&hook.account, &hook.connection, &hook.repository, name);
        heads.iter().map(|(name, sha)| (key(name), sha.clone())).collect()
    }

    /// What we know of a ref is only ever moved by the head rule.
    fn remember_heads(
        &self,
        hook: &HookRow,
        heads: &[(String, CommitSha)],
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) {
        for ((key, sha), (ref_name, _)) in self.head_keys(hook).into_iter().zip(heads) {
            if seen.row::<HeadRow>(key).is_none() {
                changes.put(seen, first_head(hook, ref_name, sha, now));
            }
        }
    }
}

impl Turn for HookDone {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let hook = HookRow::at(&self.hook);
        let mut wants: Vec<Want> =
            vec![hook.clone().into(), EffectRow::at(&self.account, &self.effect).into()];
        if let Some(row) = seen.known::<HookRow>(hook) {
            wants.extend(self.head_keys(row).into_iter().map(|(key, _)| key.into()));
            wants.extend(sync::wants_of_push(row, seen));
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        changes.delete::<EffectRow>(seen, EffectRow::at(&self.account, &self.effect));
        let Some(row) = seen.row::<HookRow>(HookRow::at(&self.hook)) else {
            return Ok((changes, ()));
        };
        match &self.outcome {
            HookOutcome::Removed if row.state == HookState::Unwanted => {
                changes.delete::<HookRow>(seen, HookRow::at(&self.hook));
            }
            // The last pipeline went away meanwhile: it is about to be removed, and stays so. Its
            // id is kept, so that the forge can be asked to.
            HookOutcome::Registered { forge_hook_id, .. } if row.state == HookState::Unwanted => {
                let forge_hook_id = Some(forge_hook_id.clone());
                changes.put(seen, HookRow { forge_hook_id, ..row.clone() });
            }
            _ if row.state == HookState::Unwanted => {}
            HookOutcome::Removed => {}
            HookOutcome::Failed { trouble } => {
                let (state, trouble) = (HookState::Failed, Some(trouble.clone()));
                changes.put(seen, HookRow { state, trouble, ..row.clone() });
            }
            HookOutcome::Registered { forge_hook_id, repository_id, signs, heads } => {
                self.remember_heads(row, heads, seen, now, &mut changes);
                sync::again(row, self.effect.as_str(), seen, now, &mut changes);
                let registered = HookRow {
                    state: HookState::Registered,
                    forge_hook_id: Some(forge_hook_id.clone()),
                    repository_id: Some(repository_id.clone()),
                    signs: Some(*signs),
                    trouble: None,
                    ..row.clone()
                };
                changes.put(seen, registered);
            }
        }
        Ok((changes, ()))
    }
}

/// The forge was looked at, and does not have a hook as it should: it is registered anew.
pub struct HookMissing {
    /// Which hook.
    pub hook: HookId,
    /// What no other look has.
    pub occasion: String,
}

impl Turn for HookMissing {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HookRow::at(&self.hook).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<HookRow>(HookRow::at(&self.hook));
        let lost = |row: &&HookRow| matches!(row.state, HookState::Registered | HookState::Failed);
        if let Some(row) = row.filter(lost) {
            changes.put(seen, HookRow { state: HookState::Wanted, ..row.clone() });
            register(row, &self.occasion, now, &mut changes);
        }
        Ok((changes, ()))
    }
}

fn first_head(hook: &HookRow, ref_name: &str, sha: CommitSha, now: &Now) -> HeadRow {
    HeadRow {
        account: hook.account.clone(),
        connection: hook.connection.clone(),
        repository: hook.repository.clone(),
        ref_name: ref_name.to_owned(),
        sha: Some(sha),
        updated: now.at,
    }
}
