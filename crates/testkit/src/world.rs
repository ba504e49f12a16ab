//! The world of a story: how it starts, starts again, and ends.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use domain::connection::ProviderType;
use egress::Url;
use practice_forge::{Kind, PracticeForge, RegisteredApp, TokenRules};
use serde_json::{Value, json};
use server::shared::Shared;
use server::{Config, Layers};
use tempfile::TempDir;
use wire::{AwsError, Service};

use crate::beside::Beside;
use crate::browser::Browser;
use crate::caller::Caller;
use crate::clock::SteppedClock;
use crate::database::Database;
use crate::forge::REPOSITORY;
use crate::process::Process;

/// The account of every story.
pub const ACCOUNT: &str = "000000000000";

/// What a world is made with.
pub struct Scene {
    settings: Vec<(&'static str, String)>,
    database: Option<Database>,
    provider: ProviderType,
    tokens: Option<TokenRules>,
}

impl Default for Scene {
    fn default() -> Self {
        let provider = ProviderType::GitHubEnterpriseServer;
        Self { settings: Vec::new(), database: None, provider, tokens: None }
    }
}

impl Scene {
    /// With a forge of this provider; one without a host has the practice forge stand in for it.
    pub fn forge(self, provider: ProviderType) -> Self {
        Self { provider, ..self }
    }

    /// With access and refresh tokens that live as these rules say.
    pub fn tokens(self, rules: TokenRules) -> Self {
        Self { tokens: Some(rules), ..self }
    }

    /// Adds a setting, by its name in `towpath.toml`.
    pub fn set(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    /// On a PostgreSQL database of the story's own; `None` where no server may be used.
    pub async fn on_postgres(story: &str) -> Option<Self> {
        let database = Database::make(story).await?;
        let scene = Self::default().set("database", &database.url());
        Some(Self { database: Some(database), ..scene })
    }

    /// Starts forge and server.
    pub async fn start(self) -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(SteppedClock::default());
        let forge = practice_forge::Config {
            kind: dialect(self.provider),
            auto_approve: false,
            token_rules: self.tokens,
            time: practice_forge::Time::of(clock.clone()),
            ..Default::default()
        };
        let forge = PracticeForge::start(forge).await.expect("the practice forge starts");
        let readme = [("README.md", "A practice repository.\n")];
        forge.create_repository(REPOSITORY, &readme).await.expect("a repository");
        let flags = self.flags(&folder, &forge);
        let config = config(&flags, folder.path());
        let process = Process::start(config.clone(), clock.clone()).await.expect("it starts");
        let caller = Caller::of(&config.data, clock.clone());
        let (process, database, provider) = (Some(process), self.database, self.provider);
        World { forge, caller, clock, config, provider, flags, process, database, folder }
    }

    fn flags(&self, folder: &TempDir, forge: &PracticeForge) -> Flags {
        let path = |name: &str| folder.path().join(name).display().to_string();
        let port = forge.base_url().port().expect("the forge has a port");
        let mut flags = vec![
            ("data", path("data")),
            ("sealing-key", path("keys/sealing.key")),
            ("listen", "127.0.0.1:0".to_owned()),
            ("allow-address", format!("127.0.0.1:{port}")),
            ("steps.isolation", isolation().to_owned()),
            // A look at the forge between a push and its delivery would tell another story.
            ("reconcile.seconds", "0".to_owned()),
            ("polling.seconds", "0".to_owned()),
        ];
        if !self.provider.needs_host() {
            flags.push(("stand-in", format!("{}=http://127.0.0.1:{port}", self.provider)));
        }
        flags.extend(self.settings.iter().cloned());
        flags.into_iter().collect()
    }
}

/// Settings by their names.
pub(crate) type Flags = BTreeMap<&'static str, String>;

/// The configuration that settings make; `folder` stands for the user's own.
pub(crate) fn config(flags: &Flags, folder: &Path) -> Config {
    let layers = Layers::read(flags, |_| None, None).expect("the settings are known");
    Config::from_layers(&layers, folder, folder).expect("a configuration")
}

/// The dialect of a provider.
fn dialect(provider: ProviderType) -> Kind {
    match provider {
        ProviderType::GitHub | ProviderType::GitHubEnterpriseServer => Kind::GitHub,
        ProviderType::GitLab | ProviderType::GitLabSelfManaged => Kind::GitLab,
        ProviderType::Bitbucket => Kind::Bitbucket,
        ProviderType::BitbucketServer => Kind::BitbucketServer,
        ProviderType::AzureDevOps => panic!("no connection is to {provider}"),
    }
}

/// Steps are kept in where the machine can do it; else they run on the host, as in the demo.
fn isolation() -> &'static str {
    let places = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];
    match places.iter().any(|path| std::path::Path::new(path).exists()) {
        true => "bubblewrap",
        false => "host",
    }
}

/// A server, a forge, and those who use them.
pub struct World {
    /// The forge.
    pub forge: PracticeForge,
    /// The client.
    pub caller: Caller,
    /// The server's clock, and the client's.
    pub clock: Arc<SteppedClock>,
    /// What the server was started with.
    pub config: Config,
    /// Whose forge it is.
    pub provider: ProviderType,
    pub(crate) flags: Flags,
    process: Option<Process>,
    database: Option<Database>,
    pub(crate) folder: TempDir,
}

impl World {
    /// A world with nothing in it but a repository.
    pub async fn start() -> Self {
        Scene::default().start().await
    }

    /// The server's inner parts, to look into.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.process.as_ref().expect("the server runs").running.shared
    }

    /// Stops the server; nobody answers until [`World::start_again`].
    pub async fn stop(&mut self) {
        self.process.take().expect("the server runs").stop().await;
    }

    /// Starts the server on the folder that the one before left.
    pub async fn start_again(&mut self) {
        let started = Process::start(self.config.clone(), self.clock.clone()).await;
        self.process = Some(started.expect("it starts again"));
        self.caller = Caller::of(&self.config.data, self.clock.clone());
    }

    /// Starts one more server on the same folder.
    ///
    /// # Errors
    /// Why it does not start.
    pub async fn start_second(&self) -> Result<()> {
        Process::start(self.config.clone(), self.clock.clone()).await.map(drop)
    }

    /// Starts a second server, with a data folder of its own, on the same database; it must be one
    /// that several may share.
    pub async fn start_beside(&self) -> Beside {
        let data = self.folder.path().join("beside");
        Beside::start(Config { data, ..self.config.clone() }, self.clock.clone()).await
    }

    /// Puts the clock forward and rings the bell.
    pub fn step(&self, seconds: i64) {
        self.clock.step(seconds);
        self.shared().changed.send_modify(|count| *count += 1);
    }

    /// Calls an operation.
    ///
    /// # Errors
    /// The server's own.
    pub async fn call(
        &self,
        service: Service,
        operation: &str,
        input: &Value,
    ) -> Result<Value, AwsError> {
        self.caller.call(service, operation, input).await
    }

    /// Calls an operation that must go well.
    pub async fn must(&self, service: Service, operation: &str, input: &Value) -> Value {
        let answer = self.call(service, operation, input).await;
        answer.unwrap_or_else(|refused| panic!("{operation} {input}: {refused}"))
    }

    /// Calls an operation that must be refused.
    pub async fn refused(&self, service: Service, operation: &str, input: &Value) -> AwsError {
        let answer = self.call(service, operation, input).await;
        answer.err().unwrap_or_else(|| panic!("{operation} {input} was not refused"))
    }

    /// Creates a pipeline and waits for its hook.
    pub async fn create(&self, pipeline: &Value) {
        let asked = json!({ "pipeline": pipeline });
        self.must(Service::CodePipeline, "CreatePipeline", &asked).await;
        self.settle().await;
    }

    /// Starts a pipeline by hand; gives the execution's id.
    pub async fn begin(&self, pipeline: &str) -> String {
        let asked = json!({ "name": pipeline });
        let begun = self.must(Service::CodePipeline, "StartPipelineExecution", &asked).await;
        begun["pipelineExecutionId"].as_str().expect("an execution's id").to_owned()
    }

    /// A host, an OAuth client and a connection over which somebody has finished connecting.
    pub async fn connect(&self) -> String {
        let connection = self.pending_connection().await;
        let page = self.authorize(&connection).await;
        assert_eq!(page.status.as_u16(), 200, "{}", String::from_utf8_lossy(&page.body));
        connection
    }

    /// A host, an OAuth client and a connection that nobody has authorised.
    pub async fn pending_connection(&self) -> String {
        let host = self.create_host().await;
        self.register(&host).await;
        self.create_connection(&host).await
    }

    /// The same with another forge than the world's own, under a name.
    pub async fn connect_elsewhere(&self, name: &str, forge: &PracticeForge) -> String {
        let host = self.host_at(name, forge).await;
        self.register_at(&host, forge).await;
        let connection = self.connection_to(name, &host).await;
        let page = self.authorize(&connection).await;
        assert_eq!(page.status.as_u16(), 200, "{}", String::from_utf8_lossy(&page.body));
        connection
    }

    /// A host whose endpoint is the practice forge; its ARN. Of a provider without hosts, the name
    /// of its one place.
    pub async fn create_host(&self) -> String {
        match self.provider.needs_host() {
            true => self.host_at("practice", &self.forge).await,
            false => "its-one-place".to_owned(),
        }
    }

    async fn host_at(&self, name: &str, forge: &PracticeForge) -> String {
        let endpoint = forge.base_url().as_str().trim_end_matches('/');
        let asked = json!({
            "Name": name, "ProviderType": self.provider, "ProviderEndpoint": endpoint,
        });
        let made = self.must(Service::CodeConnections, "CreateHost", &asked).await;
        made["HostArn"].as_str().expect("a host's ARN").to_owned()
    }

    /// Registers an OAuth client of the forge.
    pub async fn register(&self, host: &str) -> RegisteredApp {
        self.register_at(host, &self.forge).await
    }

    async fn register_at(&self, host: &str, forge: &PracticeForge) -> RegisteredApp {
        let callback = self.caller.at("/oauth/callback/");
        let app = forge.register_app(&callback);
        let asked = json!({
            "kind": self.provider, "host": host,
            "clientId": app.client_id, "clientSecret": app.client_secret.expose(),
        });
        self.must(Service::Towpath, "RegisterForge", &asked).await;
        app
    }

    /// Has the forge make an App from a manifest, in a browser; gives the last page.
    pub async fn register_app(&self, host: &str) -> egress::Response {
        let asked = json!({ "kind": self.provider, "host": host, "appName": "Towpath Story" });
        let begun = self.must(Service::Towpath, "StartAppRegistrationHandshake", &asked).await;
        let link = begun["registrationUrl"].as_str().expect("a link");
        Browser::default().register(&Url::parse(link).expect("a link")).await
    }

    /// A connection to a host; its ARN.
    pub async fn create_connection(&self, host: &str) -> String {
        self.connection_to("practice", host).await
    }

    async fn connection_to(&self, name: &str, host: &str) -> String {
        let asked = match self.provider.needs_host() {
            true => json!({ "ConnectionName": name, "HostArn": host }),
            false => json!({ "ConnectionName": name, "ProviderType": self.provider }),
        };
        let made = self.must(Service::CodeConnections, "CreateConnection", &asked).await;
        made["ConnectionArn"].as_str().expect("a connection's ARN").to_owned()
    }

    /// The link with which somebody finishes connecting.
    pub async fn handshake(&self, connection: &str) -> Url {
        let asked = json!({ "connectionArn": connection });
        let begun = self.must(Service::Towpath, "StartConnectionHandshake", &asked).await;
        Url::parse(begun["authorizationUrl"].as_str().unwrap_or_default()).expect("a link")
    }

    /// Finishes connecting in a browser; gives the last page.
    pub async fn authorize(&self, connection: &str) -> egress::Response {
        Browser::default().authorize(&self.handshake(connection).await).await
    }

    /// A person in a browser who signed in to the console by a link.
    pub async fn sign_in(&self) -> Browser {
        let made = self.must(Service::Towpath, "CreateConsoleLink", &json!({})).await;
        let link = made["url"].as_str().and_then(|url| url.rsplit('/').next()).expect("a link");
        let mut browser = Browser::default();
        let entered = browser.choose(&self.caller.at("/console/sign-in"), "link", link).await;
        assert_eq!(entered.status.as_u16(), 303, "{}", String::from_utf8_lossy(&entered.body));
        browser
    }

    /// `PENDING`, `AVAILABLE` or `ERROR`.
    pub async fn connection_status(&self, connection: &str) -> String {
        let asked = json!({ "ConnectionArn": connection });
        let found = self.must(Service::CodeConnections, "GetConnection", &asked).await;
        found["Connection"]["ConnectionStatus"].as_str().unwrap_or_default().to_owned()
    }

    /// Answers a waiting approval with the token that the state shows.
    ///
    /// # Errors
    /// The server's own.
    pub async fn answer(
        &self,
        pipeline: &str,
        stage: &str,
        action: &str,
        status: &str,
    ) -> Result<Value, AwsError> {
        let token = self.reaches(pipeline, stage, action, "InProgress").await["token"].clone();
        let asked = json!({
            "pipelineName": pipeline, "stageName": stage, "actionName": action, "token": token,
            "result": { "status": status, "summary": "as the story goes" },
        });
        self.call(Service::CodePipeline, "PutApprovalResult", &asked).await
    }
}

impl Drop for World {
    /// # Panics
    /// Where work is left that does not end, unless the test has failed already; the runtime must have
    /// threads. A look that was under way may still find something to do.
    fn drop(&mut self) {
        if self.process.is_none() {
            return;
        }
        let failed = std::thread::panicking();
        let left = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                let left = if failed { Vec::new() } else { self.rest().await };
                self.stop().await;
                if let Some(database) = self.database.take() {
                    database.remove().await;
                }
                left
            })
        });
        assert!(left.is_empty(), "the world ends with work left: {left:#?}");
    }
}
