//! Whether the way to a host is free: looked at whenever something is said of the host, and again
//! while it is not. What was found stands at the host, and at the connections that nobody has
//! authorised yet.

use domain::connection::{ConnectionStatus, Missing};
use domain::host::{HostStatus, HostTrouble};
use domain::reach::is_reachable;
use domain::{AccountId, EffectId, HostArn};
use engine::Effect;
use store::{Changes, ConnectionRow, EffectRow, HostRow, Query, RegistrationRow, View, Want};

use crate::limits::CONNECTIONS_MAX;
use crate::line::new_effect;
use crate::refusal::Refused;
use crate::turn::{Now, Turn};

/// Its OAuth clients and Apps.
pub(crate) fn registrations(host: &HostRow) -> Query {
    RegistrationRow::by_endpoint(&host.account, host.provider, &host.endpoint)
}

/// How far a host has come, among these registrations of its account.
pub fn status<'a>(host: &'a HostRow, registrations: &[&RegistrationRow]) -> HostStatus<'a> {
    let of_host =
        |it: &&RegistrationRow| it.provider == host.provider && it.endpoint == host.endpoint;
    HostStatus::of(registrations.iter().any(of_host), host.trouble.as_ref())
}

/// Has the way to a host looked at. `occasion` is what no other wish to look has.
pub(crate) fn look(host: &HostRow, occasion: &str, now: &Now, changes: &mut Changes) {
    let effect = Effect::LookAtHost { account: host.account.clone(), host: host.arn.clone() };
    changes.effect(new_effect(&host.account, look_id(&host.id, occasion), effect, now));
}

fn look_id(host: &str, occasion: &str) -> EffectId {
    EffectId::new(format!("eff-look-{host}-{occasion}"))
}

fn host_key(account: &AccountId, arn: &HostArn) -> store::Key {
    HostRow::at(account, &arn.id().to_owned())
}

/// A host with a trouble is looked at again, once however many servers want to.
pub struct LookAgain {
    /// The account.
    pub account: AccountId,
    /// The host.
    pub host: HostArn,
}

/// The occasion of such looks.
const AGAIN: &str = "again";

impl LookAgain {
    fn effect(&self) -> store::Key {
        EffectRow::at(&self.account, &look_id(self.host.id(), AGAIN))
    }
}

impl Turn for LookAgain {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![host_key(&self.account, &self.host).into(), self.effect().into()]
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let host = seen.row::<HostRow>(host_key(&self.account, &self.host));
        let is_asked = seen.row::<EffectRow>(self.effect()).is_some();
        if let Some(host) = host.filter(|host| host.trouble.is_some() && !is_asked) {
            look(host, AGAIN, now, &mut changes);
        }
        Ok((changes, ()))
    }
}

/// A host was looked at.
pub struct Looked {
    /// The effect.
    pub effect: EffectId,
    /// The host as it was then.
    pub host: HostRow,
    /// What kept this server from it.
    pub trouble: Option<HostTrouble>,
    /// The address by which forges reach this server.
    pub public_url: String,
}

impl Looked {
    fn key(&self) -> store::Key {
        host_key(&self.host.account, &self.host.arn)
    }

    fn connections(&self) -> Query {
        ConnectionRow::of_host(&self.host.account, &self.host.arn, CONNECTIONS_MAX)
    }

    /// Whether it is still the host that was looked at: another way may lead there by now, and then
    /// another look is under way.
    fn is_of(&self, row: &HostRow) -> bool {
        let seen = &self.host;
        (&row.endpoint, &row.network, &row.vpc_configuration)
            == (&seen.endpoint, &seen.network, &seen.vpc_configuration)
    }

    /// Those that miss one of the first steps may miss another one now.
    fn tell_connections(&self, host: &HostRow, seen: &View, changes: &mut Changes) {
        let registered = !seen.list::<RegistrationRow>(&registrations(host)).is_empty();
        let reachable = is_reachable(&self.public_url, &host.endpoint);
        let first = Missing::first(host.trouble.as_ref(), registered, reachable);
        for listed in seen.list::<ConnectionRow>(&self.connections()) {
            let row = seen.row::<ConnectionRow>(ConnectionRow::at(&listed.account, &listed.id));
            let Some(row) = row else { continue };
            if matches!(row.status, ConnectionStatus::Pending(it) if it.is_first() && it != first) {
                let status = ConnectionStatus::Pending(first);
                changes.put(seen, ConnectionRow { status, ..row.clone() });
            }
        }
    }
}

impl Turn for Looked {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![
            self.key().into(),
            EffectRow::at(&self.host.account, &self.effect).into(),
            registrations(&self.host).into(),
            self.connections().into(),
        ];
        for row in seen.known_list::<ConnectionRow>(&self.connections()) {
            wants.push(ConnectionRow::at(&row.account, &row.id).into());
        }
        wants
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        changes.delete::<EffectRow>(seen, EffectRow::at(&self.host.account, &self.effect));
        let row = seen.row::<HostRow>(self.key()).filter(|row| self.is_of(row));
        if let Some(row) = row {
            let row = HostRow { trouble: self.trouble.clone(), ..row.clone() };
            self.tell_connections(&row, seen, &mut changes);
            // Lists are not checked at commit: a connection that comes meanwhile writes this row, too.
            changes.put(seen, row);
        }
        Ok((changes, ()))
    }
}
