//! What came of bringing a forge to the hooks that are wanted.

use domain::connection::HookState;
use domain::{AccountId, CommitSha, EffectId, HookId, Timestamp};
use engine::{HookOutcome, RegisteredHook};
use store::{Changes, EffectRow, HeadRow, HookRow, View, Want};

use crate::heads::head_at;
use crate::limits::SECRET_OVERLAP_SECONDS;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use crate::{crossing, leftover, sync};

/// What is written of a delivery that was signed with its hook's present secret. The first one shows
/// that the hook reaches us.
pub const VERIFIED: &str = "the signature fits the hook's secret";

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

impl HookDone {
    fn head_keys(&self, hook: &HookRow) -> Vec<(store::Key, CommitSha)> {
        let heads = match &self.outcome {
            HookOutcome::Registered(RegisteredHook { heads, .. })
            | HookOutcome::Failed { heads, .. } => heads,
            HookOutcome::Removed => return Vec::new(),
        };
        let key =
            |name: &String| HeadRow::at(&hook.account, &hook.connection, &hook.repository, name);
        heads.iter().map(|(name, sha)| (key(name), sha.clone())).collect()
    }

    /// What we know of a ref is only ever moved by the head rule. Of a repository that we know
    /// already, a ref that is new is a push.
    fn remember_heads(
        &self,
        hook: &HookRow,
        heads: &[(String, CommitSha)],
        seen: &View,
        now: &Now,
        changes: &mut Changes,
    ) {
        if hook.heads_known.is_some() {
            return;
        }
        for ((key, sha), (ref_name, _)) in self.head_keys(hook).into_iter().zip(heads) {
            if seen.row::<HeadRow>(key).is_none() {
                changes.put(seen, head_at(hook, ref_name.clone(), Some(sha), now));
            }
        }
    }
}

impl Turn for HookDone {
    /// Whether the forge has the hook of a repository that we knew before: what was pushed since
    /// then, nobody may have told of.
    type Answer = bool;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let hook = HookRow::at(&self.hook);
        let mut wants: Vec<Want> =
            vec![hook.clone().into(), EffectRow::at(&self.account, &self.effect).into()];
        if let Some(row) = seen.known::<HookRow>(hook) {
            wants.extend(self.head_keys(row).into_iter().map(|(key, _)| key.into()));
            wants.extend(sync::wants_of_push(row, seen));
            wants.extend(crossing::wants(row, seen));
            if row.connection.is_source_action() {
                wants.extend(leftover::wants(row));
            }
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, bool), Refused> {
        let mut changes = Changes::of_loop();
        let effect = EffectRow::at(&self.account, &self.effect);
        let asked = seen.row::<EffectRow>(effect.clone()).map(|effect| effect.created);
        changes.delete::<EffectRow>(seen, effect);
        let Some(row) = seen.row::<HookRow>(HookRow::at(&self.hook)) else {
            return Ok((changes, false));
        };
        match &self.outcome {
            HookOutcome::Removed if row.state == HookState::Unwanted => {
                if !leftover::is_given(row, seen, &mut changes) {
                    changes.delete::<HookRow>(seen, HookRow::at(&self.hook));
                    crossing::end(row, None, (seen, now), &mut changes);
                }
            }
            // The last pipeline went away meanwhile: it is about to be removed, and stays so. Its
            // id is kept, so that the forge can be asked to.
            HookOutcome::Registered(it) if row.state == HookState::Unwanted => {
                let forge_hook_id = it.forge_hook_id.clone();
                changes.put(seen, HookRow { forge_hook_id, ..row.clone() });
            }
            _ if row.state == HookState::Unwanted => {}
            HookOutcome::Removed => {}
            HookOutcome::Failed { trouble, heads } => {
                self.remember_heads(row, heads, seen, now, &mut changes);
                let (state, trouble) = (HookState::Failed, Some(trouble.clone()));
                let known = (!heads.is_empty()).then_some(now.at);
                let heads_known = row.heads_known.or(known);
                changes.put(seen, HookRow { state, trouble, heads_known, ..row.clone() });
            }
            HookOutcome::Registered(it) => {
                self.remember_heads(row, &it.heads, seen, now, &mut changes);
                sync::again(row, self.effect.as_str(), seen, now, &mut changes);
                let present = registered(row, it, asked, now);
                crossing::end(row, Some(&present), (seen, now), &mut changes);
                changes.put(seen, present);
                return Ok((changes, row.heads_known.is_some()));
            }
        }
        Ok((changes, false))
    }
}

/// The row of a hook that the forge has now. A forge that signed once is never again believed
/// without a signature. The overlap of two secrets begins when the forge has taken the new one.
/// `asked`: when it was decided to bring it there.
fn registered(row: &HookRow, it: &RegisteredHook, asked: Option<Timestamp>, now: &Now) -> HookRow {
    let signed = row.signs == Some(true);
    let unsigned = (signed && !it.signs).then(|| {
        "the forge does not sign this hook's deliveries any more, and what is not signed is \
         refused: mend that at the forge"
            .to_owned()
    });
    let confirmed = || now.at.plus_seconds(SECRET_OVERLAP_SECONDS);
    // A delivery shows that the hook reaches us which it came by, and no other. Its number tells
    // nothing: a forge that lost its hooks may count from one again.
    let is_same = row.forge_hook_id.is_none() || row.forge_hook_id == it.forge_hook_id;
    let by_this = |at: &Timestamp| is_same && !it.made || asked.is_some_and(|asked| *at >= asked);
    HookRow {
        state: HookState::Registered,
        forge_hook_id: it.forge_hook_id.clone(),
        repository_id: Some(it.repository_id.clone()),
        known_as: it.known_as.clone(),
        signs: Some(it.signs || signed),
        trouble: unsigned,
        verified: row.verified.filter(by_this),
        asked: Some(now.at),
        heads_known: row.heads_known.or(Some(now.at)),
        previous_until: row
            .sealed_previous
            .as_ref()
            .map(|_| row.previous_until.unwrap_or_else(confirmed)),
        ..row.clone()
    }
}
