//! What is to be done about a hook after a look at its forge. Each wish has an id of its own, so that
//! of two servers that saw the same one asks.

use domain::connection::{ConnectionStatus, HookState};
use domain::{AccountId, EffectId, HookId, Timestamp};
use engine::Effect;
use store::{Changes, ConnectionRow, EffectRow, HookRow, View, Want};

use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};
use crate::watches::connection_key;

/// The effect that brings the forge to a hook: one at a time.
pub fn mend_id(hook: &HookId) -> EffectId {
    EffectId::new(format!("eff-mend-{hook}"))
}

/// A hook is not as it should be: registered again, or removed where nobody wants it any more.
pub struct Mend {
    /// Which.
    pub hook: HookId,
}

impl Mend {
    /// `None` for a hook that is none of ours to bring to the forge.
    pub(crate) fn effect(hook: &HookRow) -> Option<(EffectId, Effect)> {
        let (account, id) = (hook.account.clone(), hook.id.clone());
        match hook.state {
            HookState::Unwanted => Some((
                EffectId::new(format!("eff-remove-{}", hook.id)),
                Effect::RemoveHook { account, hook: id },
            )),
            HookState::Wanted | HookState::Registered | HookState::Failed => {
                Some((mend_id(&hook.id), Effect::RegisterHook { account, hook: id }))
            }
            HookState::Given | HookState::Polled => None,
        }
    }
}

impl Turn for Mend {
    /// Whether that was asked for now.
    type Answer = bool;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![HookRow::at(&self.hook).into()];
        if let Some(hook) = seen.known::<HookRow>(HookRow::at(&self.hook)) {
            let effect = Self::effect(hook).map(|(id, _)| EffectRow::at(&hook.account, &id));
            wants.extend(effect.map(Want::from));
            wants.push(connection_key(&hook.account, &hook.connection).into());
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, bool), Refused> {
        let mut changes = Changes::of_loop();
        let hook = seen.row::<HookRow>(HookRow::at(&self.hook));
        let Some((hook, (id, effect))) = hook.and_then(|it| Some((it, Self::effect(it)?))) else {
            return Ok((changes, false));
        };
        let asked = seen.row::<EffectRow>(EffectRow::at(&hook.account, &id)).is_some();
        let connection = seen.row::<ConnectionRow>(connection_key(&hook.account, &hook.connection));
        let usable = connection.is_some_and(|it| it.status == ConnectionStatus::Available);
        if asked || !usable {
            return Ok((changes, false));
        }
        changes.effect(new_effect(&hook.account, id, effect, now));
        Ok((changes, true))
    }
}

/// A look was taken at a hook and its repository.
pub struct Looked {
    /// Which.
    pub hook: HookId,
    /// When it began.
    pub asked: Timestamp,
    /// Whether the forge has the hook.
    pub is_there: bool,
    /// Whether all its pull requests are known now.
    pub knows_requests: bool,
}

impl Looked {
    fn since(&self, known: Option<Timestamp>, is_told: bool) -> Option<Timestamp> {
        if is_told { known.max(Some(self.asked)) } else { known }
    }
}

impl Turn for Looked {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HookRow::at(&self.hook).into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let Some(hook) = seen.row::<HookRow>(HookRow::at(&self.hook)) else {
            return Ok((changes, ()));
        };
        let is_there = self.is_there && hook.state == HookState::Registered;
        let asked = self.since(hook.asked, is_there);
        let requests_known = self.since(hook.requests_known, self.knows_requests);
        if (asked, requests_known) != (hook.asked, hook.requests_known) {
            changes.put(seen, HookRow { asked, requests_known, ..hook.clone() });
        }
        Ok((changes, ()))
    }
}

/// No delivery has shown yet that a hook reaches us: the forge is asked to try it out. Its heads are
/// known by then, so that an example of a push tells nothing new.
pub struct TryOut {
    /// Which.
    pub hook: HookId,
}

impl Turn for TryOut {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![HookRow::at(&self.hook).into()];
        if let Some(hook) = seen.known::<HookRow>(HookRow::at(&self.hook)) {
            wants.push(EffectRow::at(&hook.account, &ping_id(&hook.id)).into());
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let hook = seen.row::<HookRow>(HookRow::at(&self.hook));
        let silent = |it: &&HookRow| it.state == HookState::Registered && it.verified.is_none();
        let Some(hook) = hook.filter(silent) else { return Ok((changes, ())) };
        let id = ping_id(&hook.id);
        if seen.row::<EffectRow>(EffectRow::at(&hook.account, &id)).is_none() {
            let effect = Effect::PingHook { account: hook.account.clone(), hook: hook.id.clone() };
            changes.effect(new_effect(&hook.account, id, effect, now));
        }
        Ok((changes, ()))
    }
}

fn ping_id(hook: &HookId) -> EffectId {
    EffectId::new(format!("eff-ping-{hook}"))
}

/// A delivery never came: it is asked for again, once, whoever noticed and however often.
pub struct AskAgain {
    /// Whose.
    pub account: AccountId,
    /// The hook.
    pub hook: HookId,
    /// The forge's id of the delivery.
    pub delivery: String,
    /// The id that it keeps when it is sent again.
    pub guid: String,
}

impl Turn for AskAgain {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HookRow::at(&self.hook).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        if seen.row::<HookRow>(HookRow::at(&self.hook)).is_none() {
            return Ok((changes, ()));
        }
        let (account, hook) = (self.account.clone(), self.hook.clone());
        let effect = Effect::Redeliver { account, hook, delivery: self.delivery.clone() };
        let id = EffectId::new(format!("eff-redeliver-{}-{}", self.hook, self.guid));
        changes.key(id.to_string(), now.at);
        changes.effect(new_effect(&self.account, id, effect, now));
        Ok((changes, ()))
    }
}

/// The secret before a hook's present one has had its time.
pub struct ForgetPrevious {
    /// The hook.
    pub hook: HookId,
}

impl Turn for ForgetPrevious {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![HookRow::at(&self.hook).into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<HookRow>(HookRow::at(&self.hook));
        let over = |row: &&HookRow| row.sealed_previous.is_some() && !row.believes_previous(now.at);
        if let Some(row) = row.filter(over) {
            let (sealed_previous, previous_until) = (None, None);
            changes.put(seen, HookRow { sealed_previous, previous_until, ..row.clone() });
        }
        Ok((changes, ()))
    }
}
