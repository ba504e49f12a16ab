//! Users, OAuth apps and tokens.

use crate::PracticeForge;
use crate::world::grant::{OAuthClient, Token};
use crate::world::user::{Consent, User};
use anyhow::{Context, bail};
use domain::{Entropy, Secret};
use url::Url;

/// An OAuth app that was registered.
#[derive(Clone, Debug)]
pub struct RegisteredApp {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: Secret,
}

impl PracticeForge {
    /// Makes another user.
    ///
    /// # Errors
    /// There is one of that name.
    pub fn add_user(&self, login: &str) -> anyhow::Result<()> {
        let uuid = self.shared.entropy.uuid();
        let mut world = self.shared.world();
        if world.user(login).is_some() {
            bail!("there is a user {login} already");
        }
        let id = world.next_id();
        world.users.push(User { id, login: login.to_owned(), uuid });
        Ok(())
    }

    /// Signs the browser in as somebody else; pushes are that user's too from now on.
    ///
    /// # Errors
    /// There is no such user.
    pub fn sign_in(&self, login: &str) -> anyhow::Result<()> {
        let mut world = self.shared.world();
        world.user(login).with_context(|| format!("there is no user {login}"))?;
        world.signed_in = login.to_owned();
        Ok(())
    }

    /// What the signed-in user does from now on when an OAuth app asks.
    pub fn consent(&self, how: Consent) {
        self.shared.world().consent = how;
    }

    /// People grant these scopes whatever is asked for; `None` for what is asked for.
    pub fn grant_only(&self, scopes: Option<&str>) {
        self.shared.world().scopes_granted = scopes.map(str::to_owned);
    }

    /// Registers an OAuth app whose codes go to this URL, or below it where the forge allows that.
    pub fn register_app(&self, callback: &Url) -> RegisteredApp {
        let (client_id, secret) = (self.shared.random_hex(10), self.shared.random_hex(20));
        let app = RegisteredApp { client_id, client_secret: Secret::new(secret) };
        self.admit_app(&app, callback);
        app
    }

    /// Takes an OAuth app as if it had been registered: for commands that are printed beforehand.
    pub fn admit_app(&self, app: &RegisteredApp, callback: &Url) {
        let (id, secret) = (app.client_id.clone(), app.client_secret.expose().to_owned());
        let client = OAuthClient { id, secret, callback: callback.clone() };
        self.shared.world().grants.clients.push(client);
    }

    /// A token of the signed-in user with every right, as one would make in the settings; git
    /// takes it as a password.
    pub fn personal_token(&self) -> Secret {
        let prefix = self.shared.kind.personal_prefix();
        let token = Secret::new(format!("{prefix}{}", self.shared.random_hex(18)));
        self.admit_token(&token);
        token
    }

    /// Takes a token as if it had been given out to the signed-in user, with every right.
    pub fn admit_token(&self, token: &Secret) {
        let mut world = self.shared.world();
        let (login, family, expires_at) = (world.signed_in.clone(), None, None);
        let scope = self.shared.kind.every_scope().to_owned();
        let (client_id, installed) = (None, None);
        let made = Token { login, scope, family, expires_at, client_id, installed };
        world.grants.tokens.insert(token.expose().to_owned(), made);
    }

    /// Ends the access tokens of OAuth apps before their time; what renews them stays good.
    pub fn end_access_tokens(&self) {
        self.shared.world().grants.tokens.retain(|_, token| token.family.is_none());
    }

    /// How many access tokens of OAuth apps are good.
    pub fn tokens_given(&self) -> usize {
        let world = self.shared.world();
        world.grants.tokens.values().filter(|token| token.family.is_some()).count()
    }

    /// Makes every token worthless that was given out so far, refresh tokens and codes too.
    pub fn revoke_tokens(&self) {
        self.shared.world().grants.revoke_all(None);
    }

    /// The same for one user's.
    pub fn revoke_user(&self, login: &str) {
        self.shared.world().grants.revoke_all(Some(login));
    }
}
