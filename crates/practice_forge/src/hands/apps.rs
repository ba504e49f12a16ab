//! GitHub Apps: registered without a browser, installed, suspended, and taken away again.

use crate::deliver::{Letter, Telling, send_all};
use crate::world::World;
use crate::world::app::Installation;
use crate::{PracticeForge, Shared, github};
use anyhow::{Context, ensure};
use domain::Secret;
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

/// A GitHub App that was registered by hand.
#[derive(Clone, Debug)]
pub struct GitHubApp {
    /// Its number.
    pub number: u64,
    /// Its name in URLs.
    pub slug: String,
    /// Its OAuth client.
    pub client_id: String,
    /// That client's secret.
    pub client_secret: Secret,
    /// What its hook signs with.
    pub webhook_secret: Secret,
    /// Its key in PEM.
    pub private_key: Secret,
}

impl PracticeForge {
    /// Registers an App as one would in the settings, with what a pipeline needs.
    ///
    /// # Errors
    /// Its name is taken.
    pub fn register_github_app(
        &self,
        name: &str,
        hook: &Url,
        callback: &Url,
    ) -> anyhow::Result<GitHubApp> {
        let manifest = json!({
            "name": name,
            "hook_attributes": {"url": hook.as_str()},
            "callback_urls": [callback.as_str()],
            "default_events": ["push", "pull_request"],
            "default_permissions": {
                "contents": "read", "metadata": "read", "pull_requests": "read", "statuses": "write",
            },
        });
        let owner = self.shared.world().signed_in.clone();
        let made = self.shared.make_app(&owner, &manifest)?;
        let world = self.shared.world();
        let app = world.apps.iter().find(|app| app.number == made.app).context("it was made")?;
        Ok(GitHubApp {
            number: app.number,
            slug: app.slug.clone(),
            client_id: app.client_id.clone(),
            client_secret: Secret::new(made.client_secret),
            webhook_secret: Secret::new(made.webhook_secret),
            private_key: Secret::new(made.pem),
        })
    }

    /// Installs an App in an account: on these repositories by name, or on all of them.
    ///
    /// # Errors
    /// There is no such App or repository.
    pub fn install_app(
        &self,
        slug: &str,
        owner: &str,
        repositories: Option<&[&str]>,
    ) -> anyhow::Result<u64> {
        self.shared.install(slug, owner, repositories)
    }

    /// How many Apps are told of what happens in a repository.
    pub fn apps_listening(&self, full_name: &str) -> usize {
        let world = self.shared.world();
        let Some(found) = world.repository(full_name) else { return 0 };
        let hears = |it: &&Installation| it.suspended_at.is_none() && it.covers(found);
        world.installations.iter().filter(hears).count()
    }

    /// Suspends an installation, or lets it go on.
    ///
    /// # Errors
    /// There is none of that number.
    pub fn suspend_installation(&self, number: u64, suspended: bool) -> anyhow::Result<()> {
        let at = suspended.then(|| self.shared.now().rfc3339());
        self.shared.installation(number, |it| it.suspended_at = at)?;
        let action = if suspended { "suspend" } else { "unsuspend" };
        self.shared.tell_app("installation", number, action, json!({}))
    }

    /// Uninstalls an App from an account; its tokens end.
    ///
    /// # Errors
    /// There is none of that number.
    pub fn uninstall_app(&self, number: u64) -> anyhow::Result<()> {
        self.shared.tell_app("installation", number, "deleted", json!({}))?;
        let mut world = self.shared.world();
        world.installations.retain(|it| it.number != number);
        let of = |token: &crate::world::grant::Token| {
            token.installed.as_ref().is_some_and(|it| it.installation == number)
        };
        world.grants.tokens.retain(|_, token| !of(token));
        Ok(())
    }

    /// Leaves an installation only these repositories.
    ///
    /// # Errors
    /// There is no such installation or repository.
    pub fn choose_repositories(&self, number: u64, names: &[&str]) -> anyhow::Result<()> {
        let (chosen, removed) = {
            let world = self.shared.world();
            let found = world.installations.iter().find(|it| it.number == number);
            let found = found.context("there is no such installation")?;
            let chosen = numbers(&world, &found.owner, names)?;
            let mine = world.repositories.iter().filter(|it| found.covers(it));
            let removed = mine.filter(|it| !chosen.contains(&it.id));
            let shown = |it: &crate::world::repository::Repository| json!({"id": it.id, "name": it.name, "full_name": it.full_name(), "private": true});
            let removed: Vec<_> = removed.map(shown).collect();
            (chosen, removed)
        };
        self.shared.installation(number, |it| it.repositories = Some(chosen))?;
        let more = json!({
            "repository_selection": "selected",
            "repositories_added": [],
            "repositories_removed": removed,
        });
        self.shared.tell_app("installation_repositories", number, "removed", more)
    }

    /// Takes a permission away from an installation, as where an App's new ones were not accepted.
    ///
    /// # Errors
    /// There is none of that number.
    pub fn withhold_permission(&self, number: u64, name: &str) -> anyhow::Result<()> {
        self.shared.installation(number, |it| drop(it.permissions.remove(name)))
    }

    /// Gives an App another key: what the old one signs is not taken any more.
    ///
    /// # Errors
    /// There is no such App.
    pub fn forget_app_key(&self, slug: &str) -> anyhow::Result<()> {
        let mut world = self.shared.world();
        let app = world.apps.iter_mut().find(|app| app.slug == slug);
        app.context("there is no such App")?.public_key.clear();
        Ok(())
    }
}

fn numbers(world: &World, owner: &str, names: &[&str]) -> anyhow::Result<Vec<u64>> {
    let number = |name: &&str| {
        let found = world.repository(&format!("{owner}/{name}"));
        found.map(|it| it.id).with_context(|| format!("there is no repository {owner}/{name}"))
    };
    names.iter().map(number).collect()
}

impl Shared {
    /// Installs an App, and tells it.
    pub(crate) fn install(
        self: &Arc<Self>,
        slug: &str,
        owner: &str,
        repositories: Option<&[&str]>,
    ) -> anyhow::Result<u64> {
        let number = {
            let mut world = self.world();
            let app = world.apps.iter().find(|app| app.slug == slug);
            let app = app.context("there is no such App")?;
            let (app, permissions) = (app.number, app.permissions.clone());
            let again = |it: &Installation| it.app == app && it.owner == owner;
            ensure!(!world.installations.iter().any(again), "it is installed there already");
            let chosen = repositories.map(|names| numbers(&world, owner, names)).transpose()?;
            let number = world.next_id();
            world.installations.push(Installation {
                number,
                app,
                owner: owner.to_owned(),
                repositories: chosen,
                suspended_at: None,
                permissions,
            });
            number
        };
        self.tell_app("installation", number, "created", json!({}))?;
        Ok(number)
    }

    fn installation(
        &self,
        number: u64,
        change: impl FnOnce(&mut Installation),
    ) -> anyhow::Result<()> {
        let mut world = self.world();
        let found = world.installations.iter_mut().find(|it| it.number == number);
        change(found.context("there is no such installation")?);
        Ok(())
    }

    /// Tells an App's one hook what became of an installation, whatever it subscribed to.
    fn tell_app(
        self: &Arc<Self>,
        event: &str,
        number: u64,
        action: &str,
        more: Value,
    ) -> anyhow::Result<()> {
        let world = self.world();
        let found = world.installations.iter().find(|it| it.number == number);
        let found = found.context("there is no such installation")?;
        let app = world.apps.iter().find(|app| app.number == found.app).context("an App")?;
        let hook = world.hooks.iter().find(|hook| hook.id == app.hook).context("its hook")?;
        let body = github::installation_news(self, &world, found, action, more);
        let letter = Letter::new(self, hook, &Telling::new(event, body));
        drop(world);
        send_all(self, vec![letter]);
        Ok(())
    }
}
