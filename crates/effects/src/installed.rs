//! A connection that goes through an App's installation: how it is opened, and what is said where the
//! installation gives no token.

use std::sync::{Arc, OnceLock};

use domain::connection::{Halted, Missing};
use domain::{RegistrationId, RepositoryName, Secret, Timestamp};
use egress::Client;
use forges::github::{App, Only, Purpose};
use forges::{Error, Forge, GitHub};
use store::{ConnectionRow, HookRow, Place, RegistrationRow};

use crate::access::{Access, NoAccess, github, refuse};
use crate::apps::{Apps, Scope, halted};
use crate::perform::Performer;

/// The generation of a token that the connection does not keep.
const NOT_KEPT: i64 = -1;

/// An App that asks for a token.
pub(crate) struct Asker {
    pub(crate) github: GitHub,
    pub(crate) app: App,
    pub(crate) scope: Scope,
    /// The forge's number of the repository, where a hook knows it: a rename does not change that.
    pub(crate) number: Option<u64>,
}

impl Asker {
    /// The one repository that a token is asked for.
    pub(crate) fn only(&self) -> Only<'_> {
        let name = self.scope.repository.as_str();
        self.number.map_or(Only::Name(name.rsplit('/').next().unwrap_or(name)), Only::Number)
    }
}

/// How a connection was opened that goes through an App.
pub(crate) struct Installed {
    apps: Arc<Apps>,
    asker: Asker,
    /// What was found to be wrong with the installation since, and when it was asked for.
    halted: OnceLock<(Halted, Timestamp)>,
}

impl Installed {
    /// Whether the forge takes the token for nothing any more, and if the installation is why, what
    /// is wrong with it.
    pub(crate) async fn is_lost(&self, token: &Secret) -> bool {
        let (Asker { github, app, scope, .. }, asked) = (&self.asker, self.apps.now());
        let found = github.installation(app, scope.installation.number, asked).await;
        let why = match found {
            Ok(installation) if installation.suspended => Some(Halted::Suspended),
            Ok(_) => return matches!(github.honours(token).await, Err(Error::Unauthorised)),
            Err(cause) => halted(&cause),
        };
        why.is_some_and(|why| {
            let _ = self.halted.set((why, asked));
            true
        })
    }

    /// What [`Installed::is_lost`] found.
    pub(crate) fn halted(&self) -> Option<Halted> {
        self.halted.get().map(|(why, _)| *why)
    }

    /// The token is of no use any more; a halted installation is told of.
    pub(crate) fn let_go(&self, connection: &ConnectionRow) {
        self.apps.forget(&self.asker.scope);
        if let Some((why, asked)) = self.halted.get() {
            self.apps.stop(connection, *why, *asked);
        }
    }

    /// Asks for a token anew, which tells what the old one cannot.
    pub(crate) async fn sees(&self, connection: &ConnectionRow) -> Result<(), NoAccess> {
        let asked = self.apps.now();
        let token = self.apps.new_token(&self.asker).await;
        token.map(drop).map_err(|cause| self.apps.no_token(connection, &self.asker, (cause, asked)))
    }
}

impl Apps {
    /// Why an App was given no token that was asked for at that moment; where its installation is the
    /// cause, the connection turns to ERROR. One that may only not report still fetches.
    fn no_token(
        &self,
        connection: &ConnectionRow,
        Asker { scope, .. }: &Asker,
        (cause, asked): (Error, Timestamp),
    ) -> NoAccess {
        let ConnectionRow { arn, installed_in, .. } = connection;
        let owner = installed_in.as_deref().unwrap_or("that account");
        match halted(&cause) {
            Some(why) => {
                if why != Halted::Permissions || scope.purpose == Purpose::Read {
                    self.stop(connection, why, asked);
                }
                refuse(format!("{arn}: {}", Missing::InstallationAgain(why)))
            }
            None if cause.passes() => NoAccess::Forge(cause),
            None => refuse(format!(
                "{arn}: the App's installation in {owner} does not see {}: an owner of {owner} must \
                 add it to the installation in the forge's settings ({cause})",
                scope.repository
            )),
        }
    }
}

impl Performer {
    /// By a token that the App's installation is given for just this.
    pub(crate) async fn open_installed(
        &self,
        connection: ConnectionRow,
        client: Client,
        scope: Scope,
    ) -> Result<Access, NoAccess> {
        let arn = &connection.arn;
        let registration = self.registration(&connection, &scope.installation.registration).await?;
        let not_spoken = || refuse(format!("the forge of {arn} is not spoken here"));
        let github =
            github(connection.provider, &registration.endpoint, &client).ok_or_else(not_spoken)?;
        let app = self.app(&registration)?;
        let watched = self.watched((&connection.account, arn), Box::new(github.clone()));
        let number = self.number_of(&connection, &scope.repository).await?;
        let (asker, asked) = (Asker { github, app, scope, number }, self.apps.now());
        let token = watched.ask(self.apps.token(&asker)).await;
        let token =
            token.map_err(|cause| self.apps.no_token(&connection, &asker, (cause, asked)))?;
        let installed = Installed { apps: self.apps.clone(), asker, halted: OnceLock::new() };
        let caller = watched.caller.clone();
        let (forge, generation): (Box<dyn Forge>, _) = (Box::new(watched), NOT_KEPT);
        let installed = Some(installed);
        Ok(Access { connection, forge, caller, token, generation, client, installed })
    }

    /// The App as it was registered; its tokens go to its own forge and to no other.
    async fn registration(
        &self,
        connection: &ConnectionRow,
        id: &RegistrationId,
    ) -> Result<RegistrationRow, NoAccess> {
        let key = RegistrationRow::at(&connection.account, id);
        let found = self.store.get::<RegistrationRow>(key).await?;
        let arn = &connection.arn;
        found.ok_or_else(|| refuse(format!("the App that {arn} was authorised with is gone")))
    }

    /// An App as it speaks for itself.
    ///
    /// # Errors
    /// It is none, or its key cannot be opened.
    pub fn app(&self, registration: &RegistrationRow) -> Result<App, NoAccess> {
        let RegistrationRow { account, id, client_id, .. } = registration;
        let sealed = registration.sealed_key.as_ref();
        let sealed = sealed.ok_or_else(|| refuse(format!("{id} is no App any more")))?;
        let key = self.vault.unseal(&Place::of_app_key(account, id), sealed);
        let private_key =
            key.map_err(|cause| refuse(format!("the key of the App cannot be opened: {cause}")))?;
        Ok(App { issuer: client_id.clone(), private_key })
    }

    async fn number_of(
        &self,
        connection: &ConnectionRow,
        repository: &RepositoryName,
    ) -> Result<Option<u64>, NoAccess> {
        let hooks = HookRow::of_repository(&connection.account, &connection.arn, repository);
        let hooks = self.store.list::<HookRow>(hooks).await?;
        Ok(hooks.into_iter().find_map(|hook| hook.repository_id?.parse().ok()))
    }
}
