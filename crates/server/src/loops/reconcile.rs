//! Compares the forges with what is known of them, at the start and then once a period: pushes
//! that no delivery told of start what they would have started, hooks are brought back to what is
//! wanted, and deliveries that never came are asked for again.
//!
//! This is also how pushes of a forge are found that cannot reach this server: one list of refs a
//! repository and period, however many pipelines watch it.
//!
//! Repositories are looked at side by side, so many of one forge at once. A forge that hangs keeps its own
//! waiting and nobody else's: the next look begins when it is due, and what the one before is still at is
//! looked at once more after it.

mod comparing;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::connection::ConnectionStatus;
use domain::{AccountId, Arn, HookId, Timestamp};
use effects::Performer;
use operations::host_looks::LookAgain;
use operations::installations::Looked;
use operations::mending::ForgetPrevious;
use store::{AccountRow, ConnectionRow, HookRow, HostRow, RegistrationRow};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::limits::{HOOKS_LOOKED_AT_MAX, RECONCILE_DELAY, RECONCILE_MARGIN_SECONDS};
use crate::shared::Shared;

/// Starts the loop, where `reconcile.seconds` says how often. What is already in the inbox gets a head start.
/// The repositories of hooks that come by `registered` are compared at once: nobody may have told of what
/// was pushed before.
pub fn start(shared: &Arc<Shared>, performer: Performer, registered: UnboundedReceiver<HookId>) {
    let period = Duration::from_secs(shared.config.reconcile_seconds);
    if period.is_zero() {
        return;
    }
    let (shared, looked, under_way) = (shared.clone(), Mutex::default(), Mutex::default());
    let looking = Looking { shared, performer, looked, under_way };
    tokio::spawn(Arc::new(looking).go_on(period, registered));
}

struct Looking {
    shared: Arc<Shared>,
    performer: Performer,
    /// When each hook's deliveries were last looked through.
    looked: Mutex<BTreeMap<HookId, Timestamp>>,
    /// The hooks that are being looked at, and whether they are to be once more.
    under_way: Mutex<BTreeMap<HookId, bool>>,
}

/// Looks at a hook, until it goes on no more.
struct Begun {
    looking: Arc<Looking>,
    hook: HookId,
}

impl Begun {
    /// Whether it is to be looked at once more, which it is then; else it is under way no more.
    fn goes_on(&self) -> bool {
        let mut under_way = self.looking.under_way();
        let again = under_way.get_mut(&self.hook).is_some_and(std::mem::take);
        if !again {
            under_way.remove(&self.hook);
        }
        again
    }
}

impl Drop for Begun {
    /// A bug that panics costs one look.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.looking.under_way().remove(&self.hook);
        }
    }
}

/// The hook of an App, or what stands for it.
fn hook_of(app: &RegistrationRow) -> HookId {
    app.hook.clone().unwrap_or_else(|| app.id.as_str().into())
}

impl Looking {
    async fn go_on(self: Arc<Self>, period: Duration, mut registered: UnboundedReceiver<HookId>) {
        let mut changed = self.shared.changed.subscribe();
        let mut due = self.shared.now().plus_millis(RECONCILE_DELAY.as_millis() as i64);
        loop {
            let pause = due.millis_since(self.shared.now()).max(0) as u64;
            let pause = Duration::from_millis(pause).min(period.max(RECONCILE_DELAY));
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                // A stepped clock rings; on a busy server this is one comparison.
                _ = changed.changed() => if self.shared.now() < due { continue },
                Some(hook) = registered.recv() => {
                    let looking = self.clone();
                    tokio::spawn(async move { looking.has_again(&hook).await });
                    continue;
                }
                () = self.shared.stop.cancelled() => return,
            }
            let began = self.shared.now();
            if let Err(cause) = self.look().await {
                tracing::warn!(%cause, "not every repository could be compared with what is known of it");
            }
            // From beginning to beginning: time may have been put forward during a look.
            let rested = self.shared.now().plus_millis(RECONCILE_DELAY.as_millis() as i64);
            due = began.plus_millis(period.as_millis() as i64).max(rested);
        }
    }

    fn under_way(&self) -> MutexGuard<'_, BTreeMap<HookId, bool>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn looked(&self) -> MutexGuard<'_, BTreeMap<HookId, Timestamp>> {
        self.looked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to look at a hook; one that is being looked at is then looked at once more.
    fn begin<L, F>(self: &Arc<Self>, hook: HookId, look: L)
    where
        L: Fn(Arc<Self>) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        match self.under_way().entry(hook.clone()) {
            Entry::Occupied(mut again) => {
                again.insert(true);
                return;
            }
            Entry::Vacant(begun) => begun.insert(false),
        };
        let begun = Begun { looking: self.clone(), hook };
        tokio::spawn(async move {
            loop {
                look(begun.looking.clone()).await;
                if !begun.goes_on() {
                    return;
                }
            }
        });
    }

    /// Begins to look at everything.
    async fn look(self: &Arc<Self>) -> anyhow::Result<()> {
        let store = &self.shared.desk.store;
        for account in store.list::<AccountRow>(AccountRow::all(HOOKS_LOOKED_AT_MAX)).await? {
            self.look_at_hosts(&account.account).await?;
            let registrations = RegistrationRow::of_account(&account.account);
            let mut apps = store.list::<RegistrationRow>(registrations).await?;
            apps.retain(|it| it.app.is_some());
            for connection in self.connections(&account.account).await? {
                let of_app = |app: &RegistrationRow| {
                    connection.through().is_some_and(|it| it.registration == app.id)
                };
                if !apps.iter().any(of_app) {
                    self.look_by(&connection).await?;
                }
            }
            self.look_by_shared(&account.account).await?;
            for app in apps {
                self.begin(hook_of(&app), move |looking| {
                    let app = app.clone();
                    async move { looking.look_at_app_and_through(&app).await }
                });
            }
        }
        Ok(())
    }

    /// Has hosts that could not be reached looked at again.
    async fn look_at_hosts(&self, account: &AccountId) -> anyhow::Result<()> {
        let store = &self.shared.desk.store;
        let hosts = HostRow::of_account(account, "", HOOKS_LOOKED_AT_MAX);
        let hosts = store.list::<HostRow>(hosts).await?.into_iter();
        for HostRow { account, arn: host, .. } in hosts.filter(|host| host.trouble.is_some()) {
            let again = LookAgain { account, host };
            if let Err(cause) = self.shared.desk.take(&again, self.shared.now()).await {
                tracing::warn!(host = %again.host, %cause, "a host is not looked at again");
            }
        }
        Ok(())
    }

    /// An account's connections, and what stands in their place.
    async fn connections(&self, account: &AccountId) -> Result<Vec<ConnectionRow>, store::Error> {
        let store = &self.shared.desk.store;
        let connections = ConnectionRow::of_account(account, "", HOOKS_LOOKED_AT_MAX);
        let source_actions = ConnectionRow::of_source_actions(account, "", HOOKS_LOOKED_AT_MAX);
        let mut all = store.list::<ConnectionRow>(connections).await?;
        all.extend(store.list::<ConnectionRow>(source_actions).await?);
        Ok(all)
    }

    async fn look_at_app_and_through(self: &Arc<Self>, app: &RegistrationRow) {
        self.look_at_app(app).await;
        if let Err(cause) = self.look_through(app).await {
            tracing::warn!(registration = %app.id, %cause, "an App's repositories were not looked at");
        }
    }

    /// Begins to look at the repositories of an App's connections, once it is known how those fare.
    async fn look_through(self: &Arc<Self>, app: &RegistrationRow) -> anyhow::Result<()> {
        let through =
            |row: &ConnectionRow| row.through().is_some_and(|it| it.registration == app.id);
        let connections = self.connections(&app.account).await?;
        for connection in connections.iter().filter(|row| through(row)) {
            self.look_by(connection).await?;
        }
        Ok(())
    }

    /// Begins to look at a connection's repositories.
    async fn look_by(self: &Arc<Self>, connection: &ConnectionRow) -> anyhow::Result<()> {
        let (account, arn) = (&connection.account, &connection.arn);
        let host = self.performer.host_of_connection(account, arn).await?.unwrap_or_default();
        let hooks = HookRow::of_connection(account, arn, HOOKS_LOOKED_AT_MAX);
        for hook in self.shared.desk.store.list::<HookRow>(hooks).await? {
            self.look_by_hook(connection, &host, hook).await;
        }
        Ok(())
    }

    /// Begins to look at the repositories that an account watches by connections of others.
    async fn look_by_shared(self: &Arc<Self>, account: &AccountId) -> anyhow::Result<()> {
        let store = &self.shared.desk.store;
        let hooks = HookRow::of_account(account, HOOKS_LOOKED_AT_MAX);
        for hook in store.list::<HookRow>(hooks).await? {
            let owner = Arn::parse(hook.connection.as_str()).map(|arn| arn.account);
            let Some(owner) = owner.filter(|owner| owner != account) else { continue };
            let connection = ConnectionRow::at(&owner, &hook.connection.id().to_owned());
            let Some(connection) = store.get::<ConnectionRow>(connection).await? else { continue };
            let host = self.performer.host_of_connection(&owner, &connection.arn).await?;
            self.look_by_hook(&connection, &host.unwrap_or_default(), hook).await;
        }
        Ok(())
    }

    /// Begins to look at a hook's repository.
    async fn look_by_hook(self: &Arc<Self>, connection: &ConnectionRow, host: &str, hook: HookRow) {
        if hook.sealed_previous.is_some() {
            self.take(&hook, &ForgetPrevious { hook: hook.id.clone() }).await;
        }
        if connection.status == ConnectionStatus::Available {
            let (host, id) = (host.to_owned(), hook.id.clone());
            self.begin(hook.id, move |looking| {
                let (host, id) = (host.clone(), id.clone());
                async move { looking.look_at(&id, &host).await }
            });
        }
    }

    /// Looks at a hook as it is once there is a place at its host.
    async fn look_at(&self, hook: &HookId, host: &str) {
        let _place = self.shared.looks.at(host).await;
        if let Some(hook) = self.hook(hook).await {
            self.compare(&hook).await;
        }
    }

    /// The forge has a hook again of a repository that was known before.
    async fn has_again(&self, hook: &HookId) {
        let Some(row) = self.hook(hook).await else { return };
        let host = self.performer.host_of_connection(&row.account, &row.connection).await;
        let _place = self.shared.looks.at(&host.ok().flatten().unwrap_or_default()).await;
        self.catch_up(&row).await;
    }

    async fn hook(&self, hook: &HookId) -> Option<HookRow> {
        let found = self.shared.desk.store.get::<HookRow>(HookRow::at(hook)).await;
        let log = |cause: &_| tracing::warn!(%hook, %cause, "a hook was not looked at");
        found.inspect_err(log).ok().flatten()
    }

    /// Where an App is installed, once for all connections through it; and what its one hook was not
    /// told is asked for again.
    async fn look_at_app(&self, app: &RegistrationRow) {
        let (now, hook) = (self.shared.now(), hook_of(app));
        let first = || now.plus_seconds(-effects::limits::DELIVERIES_SECONDS);
        let since = self.looked().get(&hook).copied().unwrap_or_else(first);
        let installations = match self.performer.look_at_app(app, (since, now)).await {
            Ok(installations) => installations,
            Err(cause) => {
                return tracing::warn!(registration = %app.id, cause = %format!("{cause:#}"), "an App was not looked at");
            }
        };
        self.looked().insert(hook, now.plus_seconds(-RECONCILE_MARGIN_SECONDS));
        let (account, registration) = (app.account.clone(), app.id.clone());
        let installations = installations.into_iter().map(|it| (it.id, it.suspended)).collect();
        let turn = Looked { account, registration, installations, asked: now };
        if let Err(cause) = self.shared.desk.take(&turn, now).await {
            tracing::error!(registration = %app.id, %cause, "what was seen of an App could not be decided");
        }
    }
}
