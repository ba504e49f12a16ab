//! A connection that was deleted is gone at once for whoever asks; what it has at its forge is
//! removed after that. What a forge does not let go, or does not answer for, is told by the log and by
//! the audit log, and holds up nothing.

use domain::{AccountId, ConnectionArn, EffectId};
use engine::Effect;
use identity::audit::{Details, Entry};
use store::limits::DEPARTING_HOOKS_MAX;
use store::{
    Changes, ConnectionRow, DepartureRow, EffectRow, HookRow, Query, TokenRow, View, Want,
};

use crate::line::new_effect;
use crate::refusal::Refused;
use crate::revocations;
use crate::turn::{Now, Turn};

/// Begins the departure of a connection that is being deleted.
pub(crate) fn begin(
    connection: &ConnectionRow,
    token: Option<&TokenRow>,
    now: &Now,
    changes: &mut Changes,
) {
    let (account, arn) = (&connection.account, &connection.arn);
    let is_usable = connection.status.missing().is_none() && connection.installation.is_none();
    match token {
        Some(token) if is_usable => changes.insert(DepartureRow::of(connection, token)),
        Some(token) => revocations::begin(token, now, changes),
        None => {}
    }
    changes.effect(effect(account, arn, "first", now));
}

fn effect(account: &AccountId, connection: &ConnectionArn, turn: &str, now: &Now) -> EffectRow {
    let id = EffectId::new(format!("eff-depart-{}-{turn}", connection.id()));
    let effect = Effect::Depart { account: account.clone(), connection: connection.clone() };
    new_effect(account, id, effect, now)
}

/// A connection has left its forge, or is let go all the same.
pub struct Departed {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// The effect.
    pub effect: EffectId,
    /// What the forge still has, and why.
    pub left: Vec<String>,
}

impl Departed {
    fn hooks(&self) -> Query {
        HookRow::by_connection(&self.connection, DEPARTING_HOOKS_MAX)
    }

    fn departure(&self) -> store::Key {
        DepartureRow::at(&self.account, &self.connection)
    }
}

/// What is left of a connection at its forge, for whoever looks after it there.
pub(crate) fn left_behind(
    account: &AccountId,
    connection: &ConnectionArn,
    left: &str,
    now: &Now,
) -> Entry {
    Entry {
        at: now.at,
        account: account.clone(),
        principal: "departures".to_owned(),
        access_key: None,
        action: "towpath:LeaveAtForge".to_owned(),
        resource: format!("{connection}: {left}"),
        details: Details::default(),
    }
}

impl Turn for Departed {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![
            EffectRow::at(&self.account, &self.effect).into(),
            self.departure().into(),
            self.hooks().into(),
        ];
        for hook in seen.known_list::<HookRow>(&self.hooks()) {
            wants.push(HookRow::at(&hook.id).into());
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        changes.delete::<EffectRow>(seen, EffectRow::at(&self.account, &self.effect));
        let hooks = seen.list::<HookRow>(&self.hooks());
        for hook in &hooks {
            changes.delete::<HookRow>(seen, HookRow::at(&hook.id));
        }
        let (account, connection) = (&self.account, &self.connection);
        for left in &self.left {
            changes.record(left_behind(account, connection, left, now));
        }
        match hooks.len() as i64 == DEPARTING_HOOKS_MAX {
            true => {
                let turn = hooks.last().map_or("", |hook| hook.id.as_str());
                changes.effect(effect(&self.account, &self.connection, turn, now));
            }
            false => changes.delete::<DepartureRow>(seen, self.departure()),
        }
        Ok((changes, ()))
    }
}
