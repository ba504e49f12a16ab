//! How the connections through an App's installation fare: what a delivery to the App, a look at the
//! forge, or a token that was not given says of them.

use domain::connection::{ConnectionStatus, Halted, HookState, Missing};
use domain::{AccountId, ConnectionArn, Installation, RegistrationId, RepositoryName, Timestamp};
use store::{Changes, ConnectionRow, HookRow, Key, Query, TokenRow, View, Want};
use webhooks::InstallationHappening;

use crate::limits::CONNECTIONS_MAX;
use crate::refusal::Refused;
use crate::revocations;
use crate::turn::{Now, Turn};
use crate::watches::{connection_key, register};

fn hooks(row: &ConnectionRow) -> Query {
    HookRow::of_connection(&row.account, &row.arn, CONNECTIONS_MAX)
}

/// Whether the forge has a hook of the repository's own.
fn has_own(hook: &HookRow) -> bool {
    hook.forge_hook_id.is_some()
}

fn key(row: &ConnectionRow) -> Key {
    ConnectionRow::at(&row.account, &row.id)
}

/// What somebody says of a connection's installation, as of a moment. News overtake each other: a
/// token that was refused may be told of after the look that found the installation well again.
struct News<'a> {
    row: &'a ConnectionRow,
    as_of: Timestamp,
}

impl News<'_> {
    fn is_late(&self) -> bool {
        self.row.installation_seen.is_some_and(|known| self.as_of < known)
    }

    fn put(&self, status: ConnectionStatus, seen: &View, changes: &mut Changes) {
        let installation_seen = Some(self.as_of);
        changes.put(seen, ConnectionRow { status, installation_seen, ..self.row.clone() });
    }

    /// The connection's installation serves no more.
    fn halt(&self, why: Halted, seen: &View, changes: &mut Changes) {
        let is_ours = match self.row.status {
            ConnectionStatus::Available => true,
            ConnectionStatus::Error(missing) => matches!(missing, Missing::InstallationAgain(_)),
            ConnectionStatus::Pending(_) => false,
        };
        if is_ours && !self.is_late() {
            let status = ConnectionStatus::Error(Missing::InstallationAgain(why));
            self.put(status, seen, changes);
        }
    }

    /// It serves, and does so again where it had stopped for one of these reasons: its hooks are
    /// brought to the forge now, and what was pushed meanwhile is looked for.
    fn resume(&self, from: &[Halted], seen: &View, now: &Now, changes: &mut Changes) {
        match self.row.status {
            _ if self.is_late() => {}
            ConnectionStatus::Available => {
                self.put(ConnectionStatus::Available, seen, changes);
            }
            ConnectionStatus::Error(Missing::InstallationAgain(why)) if from.contains(&why) => {
                self.put(ConnectionStatus::Available, seen, changes);
                register_all(self.row, &format!("resumed {}", now.at.0), seen, now, changes);
            }
            _ => {}
        }
    }
}

/// Those that the forge has, too: they may be gone, or have told nobody, since the connection worked
/// last.
fn register_all(row: &ConnectionRow, occasion: &str, seen: &View, now: &Now, into: &mut Changes) {
    use HookState as State;
    let is_ours =
        |hook: &&HookRow| matches!(hook.state, State::Wanted | State::Failed | State::Registered);
    for hook in seen.list::<HookRow>(&hooks(row)).into_iter().filter(is_ours) {
        register(hook, occasion, now, into);
    }
}

/// The connections through one installation, as a delivery to the App changes them.
pub(crate) struct Through<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) installation: Installation,
    pub(crate) happened: Option<&'a InstallationHappening>,
    /// When the delivery came.
    pub(crate) received: Timestamp,
}

impl Through<'_> {
    fn query(&self) -> Query {
        ConnectionRow::of_installation(self.account, &self.installation, CONNECTIONS_MAX)
    }

    /// What [`Through::apply`] looks at.
    pub(crate) fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![self.query().into()];
        for row in seen.known_list::<ConnectionRow>(&self.query()) {
            wants.push(key(row).into());
            wants.push(hooks(row).into());
            let of_row = seen.known_list::<HookRow>(&hooks(row));
            wants.extend(of_row.into_iter().map(|hook| HookRow::at(&hook.id).into()));
        }
        wants
    }

    pub(crate) fn apply(&self, seen: &View, now: &Now, changes: &mut Changes) {
        use InstallationHappening as It;
        let Some(happened) = self.happened else { return };
        for row in seen.list::<ConnectionRow>(&self.query()) {
            let row = seen.row::<ConnectionRow>(key(row));
            let Some(row) = row.filter(|row| row.through().is_some()) else { continue };
            let news = News { row, as_of: self.received };
            match happened {
                It::Suspended => news.halt(Halted::Suspended, seen, changes),
                It::Uninstalled => news.halt(Halted::Uninstalled, seen, changes),
                It::Resumed => news.resume(&[Halted::Suspended], seen, now, changes),
                It::PermissionsAccepted => news.resume(&[Halted::Permissions], seen, now, changes),
                It::Repositories { added, removed } => {
                    let of_row = Repositories { row, added, removed };
                    of_row.apply(seen, now, changes);
                }
            }
        }
    }
}

/// A connection whose installation sees other repositories now.
struct Repositories<'a> {
    row: &'a ConnectionRow,
    added: &'a [RepositoryName],
    removed: &'a [RepositoryName],
}

impl Repositories<'_> {
    fn apply(&self, seen: &View, now: &Now, changes: &mut Changes) {
        let owner = self.row.installed_in.as_deref().unwrap_or("the account");
        for hook in seen.list::<HookRow>(&hooks(self.row)) {
            let Some(hook) = seen.row::<HookRow>(HookRow::at(&hook.id)) else { continue };
            let name = hook.present_name();
            if self.removed.contains(name) && hook.state == HookState::Registered {
                let trouble = Some(format!(
                    "the App is not installed on {name} any more: an owner of {owner} must add the \
                     repository to the App's installation in the forge's settings"
                ));
                let state = HookState::Failed;
                changes.put(seen, HookRow { state, trouble, ..hook.clone() });
            }
            let available = self.row.status == ConnectionStatus::Available;
            if available && self.added.contains(name) && hook.state == HookState::Failed {
                register(hook, &format!("added {}", now.at.0), now, changes);
            }
        }
    }
}

/// A token was not given, and the installation is why.
pub struct Stopped {
    /// The account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// Why.
    pub halted: Halted,
    /// When it was asked for.
    pub asked: Timestamp,
}

impl Turn for Stopped {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![connection_key(&self.account, &self.connection).into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<ConnectionRow>(connection_key(&self.account, &self.connection));
        if let Some(row) = row.filter(|row| row.through().is_some()) {
            News { row, as_of: self.asked }.halt(self.halted, seen, &mut changes);
        }
        Ok((changes, ()))
    }
}

/// The forge was asked where an App is installed.
pub struct Looked {
    /// The account.
    pub account: AccountId,
    /// The App.
    pub registration: RegistrationId,
    /// Each installation's number, and whether it is suspended.
    pub installations: Vec<(u64, bool)>,
    /// When it was asked.
    pub asked: Timestamp,
}

impl Looked {
    fn connections(&self) -> Query {
        ConnectionRow::of_account(&self.account, "", CONNECTIONS_MAX)
    }

    /// The connections through this App.
    fn rows<'a>(
        &'a self,
        listed: Vec<&'a ConnectionRow>,
    ) -> impl Iterator<Item = (&'a ConnectionRow, u64)> {
        let of_app = |row: &&ConnectionRow| {
            row.through().filter(|it| it.registration == self.registration).map(|it| it.number)
        };
        listed.into_iter().filter_map(move |row| Some((row, of_app(&row)?)))
    }
}

impl Turn for Looked {
    type Answer = ();

    fn wants(&self, seen: &View) -> Vec<Want> {
        let mut wants: Vec<Want> = vec![self.connections().into()];
        for (row, _) in self.rows(seen.known_list(&self.connections())) {
            wants.extend([Want::from(key(row)), hooks(row).into()]);
        }
        wants
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        for (row, number) in self.rows(seen.list(&self.connections())) {
            let Some(row) = seen.row::<ConnectionRow>(key(row)) else { continue };
            let back = [Halted::Suspended, Halted::Uninstalled, Halted::Key];
            let news = News { row, as_of: self.asked };
            match self.installations.iter().find(|(known, _)| *known == number) {
                None => news.halt(Halted::Uninstalled, seen, &mut changes),
                Some((_, true)) => news.halt(Halted::Suspended, seen, &mut changes),
                Some((_, false)) => news.resume(&back, seen, now, &mut changes),
            }
        }
        Ok((changes, ()))
    }
}

/// Somebody authorised an App and chose one of its installations: the connection is AVAILABLE.
pub struct Chosen {
    /// The connection's account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// The forge's user who authorised it.
    pub login: String,
    /// The installation.
    pub installation: Installation,
    /// Whose account that is in.
    pub owner: String,
}

impl Turn for Chosen {
    /// Whether the connection was still there.
    type Answer = bool;

    fn wants(&self, seen: &View) -> Vec<Want> {
        let connection = connection_key(&self.account, &self.connection);
        let row = seen.known::<ConnectionRow>(connection.clone());
        let token = TokenRow::at(&self.account, &self.connection);
        let hooks = row.map(|row| hooks(row).into());
        [connection.into(), token.into()].into_iter().chain(hooks).collect()
    }

    fn decide(&self, seen: &View, now: &Now) -> Result<(Changes, bool), Refused> {
        let mut changes = Changes::of_loop();
        let Some(row) = seen.row::<ConnectionRow>(connection_key(&self.account, &self.connection))
        else {
            return Ok((changes, false));
        };
        let row = ConnectionRow {
            status: ConnectionStatus::Available,
            login: Some(self.login.clone()),
            installation: Some(self.installation.clone()),
            installed_in: Some(self.owner.clone()),
            installation_seen: Some(now.at),
            left: None,
            ..row.clone()
        };
        changes.put(seen, row.clone());
        let occasion = format!("chosen {} {}", self.installation, now.at.0);
        // Hooks of their own go with this, and with the last of them the token that removes them.
        register_all(&row, &occasion, seen, now, &mut changes);
        let has_own = seen.list::<HookRow>(&hooks(&row)).into_iter().any(has_own);
        let token = TokenRow::at(&self.account, &self.connection);
        if let Some(before) = seen.row::<TokenRow>(token.clone()).filter(|_| !has_own) {
            revocations::begin(before, now, &mut changes);
            changes.delete::<TokenRow>(seen, token);
        }
        Ok((changes, true))
    }
}

/// Somebody authorised an App that is not installed where they may use it, or asked an organisation
/// to install it: the connection says so, unless it works already.
pub struct NotInstalled {
    /// The connection's account.
    pub account: AccountId,
    /// The connection.
    pub connection: ConnectionArn,
    /// The step that is missing.
    pub missing: Missing,
}

impl Turn for NotInstalled {
    type Answer = ();

    fn wants(&self, _: &View) -> Vec<Want> {
        vec![connection_key(&self.account, &self.connection).into()]
    }

    fn decide(&self, seen: &View, _: &Now) -> Result<(Changes, ()), Refused> {
        let mut changes = Changes::of_loop();
        let row = seen.row::<ConnectionRow>(connection_key(&self.account, &self.connection));
        if let Some(row) = row.filter(|row| matches!(row.status, ConnectionStatus::Pending(_))) {
            let status = ConnectionStatus::Pending(self.missing);
            changes.put(seen, ConnectionRow { status, ..row.clone() });
        }
        Ok((changes, ()))
    }
}
