#![doc = include_str!("../README.md")]

mod api;
mod deliver;
mod hooks;
mod oauth;
mod payload;
mod problem;
mod repository;
mod smart_http;
mod world;

pub use repository::NewCommit;
pub use world::{Delivery, Misbehaviour, Status};

use anyhow::{Context, bail};
use domain::clock::{SystemClock, SystemEntropy};
use domain::{Clock, CommitSha, Secret};
use egress::{AllowedAddress, Client, Guard};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;
use tokio::sync::watch;
use url::Url;
use world::{OAuthClient, Repository, Token, User, World};

/// How the forge is to be.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens; a loopback address, port 0 for a free one.
    pub listen: SocketAddr,
    /// Where its repositories lie; `None` for a folder that is gone when it stops.
    pub folder: Option<PathBuf>,
    /// The one user, who is always signed in.
    pub login: String,
    /// Whether the user agrees to every OAuth app without being asked.
    pub auto_approve: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            folder: None,
            login: "practice".to_owned(),
            auto_approve: true,
        }
    }
}

/// A running forge. Dropping it stops it.
#[derive(Debug)]
pub struct PracticeForge {
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
    _temporary: Option<TempDir>,
}

/// An OAuth app that was registered.
#[derive(Clone, Debug)]
pub struct RegisteredApp {
    /// `client_id`.
    pub client_id: String,
    /// `client_secret`.
    pub client_secret: Secret,
}

/// What every request sees.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Ends in a slash.
    base: Url,
    folder: PathBuf,
    login: String,
    auto_approve: bool,
    world: Mutex<World>,
    client: Client,
    clock: SystemClock,
    entropy: SystemEntropy,
    /// How many deliveries have been recorded.
    delivered: watch::Sender<usize>,
    pushing: tokio::sync::Mutex<()>,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folder_of(&self, repository: &Repository) -> PathBuf {
        self.folder.join(repository.folder())
    }
}

impl PracticeForge {
    /// Starts a forge. Needs git on the PATH; refuses to listen beyond loopback.
    pub async fn start(config: Config) -> anyhow::Result<Self> {
        if !config.listen.ip().is_loopback() {
            bail!("a practice forge listens on loopback only, not on {}", config.listen.ip());
        }
        let temporary = match &config.folder {
            Some(_) => None,
            None => Some(TempDir::new().context("no temporary folder")?),
        };
        let folder = config.folder.or_else(|| temporary.as_ref().map(|it| it.path().to_owned()));
        let listener = tokio::net::TcpListener::bind(config.listen).await?;
        let base = Url::parse(&format!("http://{}/", listener.local_addr()?))?;
        let user = User { id: 1, login: config.login.clone() };
        let shared = Arc::new(Shared {
            base,
            folder: folder.unwrap_or_default(),
            login: config.login,
            auto_approve: config.auto_approve,
            world: Mutex::new(World { users: vec![user], last_id: 1, ..World::default() }),
            client: Client::new(loopback()),
            clock: SystemClock,
            entropy: SystemEntropy,
            delivered: watch::Sender::new(0),
            pushing: tokio::sync::Mutex::default(),
        });
        let routes = api::routes().merge(hooks::routes()).merge(oauth::routes());
        let routes = routes.merge(smart_http::routes()).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { shared, serving, _temporary: temporary })
    }

    /// `http://127.0.0.1:PORT/`: what a GitHub Enterprise Server host's endpoint is set to.
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }

    /// Registers an OAuth app whose codes go to this URL or below.
    pub fn register_app(&self, callback: &Url) -> RegisteredApp {
        let (id, secret) = (self.shared.random_hex(10), self.shared.random_hex(20));
        let (client_id, client_secret) = (id.clone(), Secret::new(&*secret));
        let callback = callback.clone();
        self.shared.world().clients.push(OAuthClient { id, secret, callback });
        RegisteredApp { client_id, client_secret }
    }

    /// Takes an OAuth app as if it had been registered: for commands that are printed beforehand.
    pub fn admit_app(&self, app: &RegisteredApp, callback: &Url) {
        let (id, secret) = (app.client_id.clone(), app.client_secret.expose().to_owned());
        let callback = callback.clone();
        self.shared.world().clients.push(OAuthClient { id, secret, callback });
    }

    /// A token of the user with every right, as one would make in the settings; git takes it as a
    /// password.
    pub fn personal_token(&self) -> Secret {
        let token = Secret::new(format!("ghp_{}", self.shared.random_hex(18)));
        self.admit_token(&token);
        token
    }

    /// Takes a token as if it had been given out, with every right.
    pub fn admit_token(&self, token: &Secret) {
        let login = self.shared.login.clone();
        let scope = "repo,admin:repo_hook,read:user".to_owned();
        let token = token.expose().to_owned();
        self.shared.world().tokens.insert(token, Token { login, scope });
    }

    /// Makes every token worthless that was given out so far.
    pub fn revoke_tokens(&self) {
        self.shared.world().tokens.clear();
    }

    /// Makes a repository with a first commit on `main`; gives the commit. The owner need not be
    /// the user.
    pub async fn create_repository(
        &self,
        full_name: &str,
        files: &[(&str, &str)],
    ) -> anyhow::Result<CommitSha> {
        let plain = |text: &str| {
            let good = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            !text.starts_with('.') && !text.is_empty() && text.bytes().all(good)
        };
        let parts = full_name.split_once('/').filter(|(owner, name)| plain(owner) && plain(name));
        let (owner, name) = parts.with_context(|| format!("{full_name:?} is not owner/name"))?;
        if self.shared.world().repository(owner, name).is_some() {
            bail!("{full_name} is there already");
        }
        let id = self.shared.world().next_id();
        let (owner, name, default_branch) = (owner.to_owned(), name.to_owned(), "main".to_owned());
        let made = Repository { id, owner, name, default_branch };
        let folder = self.shared.folder_of(&made);
        repository::init(&folder, "main").await?;
        let first = NewCommit { branch: "main", message: "First commit", files };
        let sha = repository::write_commit(&folder, None, first, self.now_seconds()).await?;
        self.shared.world().repositories.push(made);
        Ok(CommitSha::new(sha))
    }

    /// Commits on a branch and pushes it with git over HTTP, as the user would; gives the commit.
    /// When this returns the hooks' deliveries are on their way.
    pub async fn push_commit(
        &self,
        full_name: &str,
        commit: NewCommit<'_>,
    ) -> anyhow::Result<CommitSha> {
        let scratch = self.scratch(full_name).await?;
        let full = format!("refs/heads/{}", commit.branch);
        let refs = repository::refs(&self.folder(full_name)?).await?;
        let parent = refs.iter().find(|it| it.name == full);
        let parent = parent.or_else(|| refs.iter().find(|it| it.name == "refs/heads/main"));
        let parent = parent.map(|it| it.sha.as_str());
        let sha =
            repository::write_commit(scratch.path(), parent, commit, self.now_seconds()).await?;
        self.push(scratch.path(), full_name, &format!("{sha}:{full}")).await?;
        Ok(CommitSha::new(sha))
    }

    /// Pushes a tag of a commit: annotated with these words, or lightweight without.
    pub async fn push_tag(
        &self,
        full_name: &str,
        tag: &str,
        commit: &CommitSha,
        annotation: Option<&str>,
    ) -> anyhow::Result<()> {
        let scratch = self.scratch(full_name).await?;
        let mut command = repository::git(scratch.path());
        command.args(["-c", "user.name=Practice User", "-c", "user.email=practice@example.org"]);
        command.args(["tag", "--force"]);
        annotation.iter().for_each(|words| {
            command.args(["--annotate", "--message", words]);
        });
        command.args(["--end-of-options", tag, commit.as_str()]);
        repository::run(&mut command, b"").await?;
        self.push(scratch.path(), full_name, &format!("refs/tags/{tag}")).await
    }

    /// Pushes whatever `refspec` says of what is there already: `SHA:refs/heads/x` moves or makes
    /// a branch, `:refs/heads/x` deletes one.
    pub async fn push_ref(&self, full_name: &str, refspec: &str) -> anyhow::Result<()> {
        let scratch = self.scratch(full_name).await?;
        self.push(scratch.path(), full_name, refspec).await
    }

    async fn push(&self, from: &Path, full_name: &str, refspec: &str) -> anyhow::Result<()> {
        let url = self.shared.base.join(&format!("{full_name}.git"))?;
        let token = self.personal_token();
        let pushed = repository::push(from, url.as_str(), token.expose(), refspec).await;
        self.shared.world().tokens.remove(token.expose());
        pushed
    }

    /// A working repository of the user's, which borrows the objects of the forge's.
    async fn scratch(&self, full_name: &str) -> anyhow::Result<TempDir> {
        let scratch = TempDir::new()?;
        repository::init(scratch.path(), "main").await?;
        let objects = self.folder(full_name)?.join("objects");
        let alternates = scratch.path().join("objects/info/alternates");
        std::fs::create_dir_all(scratch.path().join("objects/info"))?;
        std::fs::write(alternates, format!("{}\n", objects.display()))?;
        Ok(scratch)
    }

    /// Where a repository lies on disk.
    pub fn folder(&self, full_name: &str) -> anyhow::Result<PathBuf> {
        let parts = full_name.split_once('/');
        let world = self.shared.world();
        let found = parts.and_then(|(owner, name)| world.repository(owner, name));
        let found = found.with_context(|| format!("there is no repository {full_name}"))?;
        Ok(self.shared.folder_of(found))
    }

    /// Every delivery so far, oldest first.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.world().deliveries.clone()
    }

    /// Waits until this many deliveries were answered or given up; gives all of them.
    pub async fn delivered(&self, count: usize) -> Vec<Delivery> {
        let mut counting = self.shared.delivered.subscribe();
        let _ = counting.wait_for(|recorded| *recorded >= count).await;
        self.deliveries()
    }

    /// Sends a delivery again, as its button in the settings does.
    pub fn redeliver(&self, id: u64) -> anyhow::Result<()> {
        self.shared.redeliver(id).map_err(|_| anyhow::anyhow!("there is no delivery {id}"))
    }

    /// Every status that was set, oldest first.
    pub fn statuses(&self) -> Vec<Status> {
        self.shared.world().statuses.clone()
    }

    /// Does deliveries wrong from now on, or right again with `None`.
    pub fn misbehave(&self, how: Option<Misbehaviour>) {
        self.shared.world().misbehaviour = how;
    }

    /// Stops listening.
    pub fn stop(self) {}

    fn now_seconds(&self) -> i64 {
        self.shared.clock.now().0 / 1000
    }
}

impl Drop for PracticeForge {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Deliveries go to this machine only.
fn loopback() -> Guard {
    let addresses = [IpAddr::from([127, 0, 0, 1]), IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])];
    Guard::new(addresses.map(AllowedAddress::any_port).to_vec())
}
