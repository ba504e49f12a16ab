//! The command line: every command, flag and its words.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// A delivery pipeline server that you run yourself.
#[derive(Debug, Parser)]
#[command(name = "towpath", version, propagate_version = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The whole story on this machine: forge, handshake, push, execution
    Demo(Demo),
    /// The server
    Up(Box<Up>),
    /// Shell exports for the aws command: endpoint, region, keys
    Env(cli::remote::Folder),
    /// Access keys: list, create, delete; the keys that secrets are sealed with: sealing, rotate-sealing
    Keys(cli::remote::keys::Arguments),
    /// Accounts of the server, and the policies above them
    Accounts(cli::remote::accounts::Arguments),
    /// OIDC tokens of steps: keys, rotate, parties to try them at; explain one that is refused, setup
    /// where they are taken
    Oidc(cli::remote::oidc::Arguments),
    /// The console: a new sign-in link
    Console(cli::remote::console::Arguments),
    /// OAuth clients and apps of forges, one a host and account
    Forges(cli::remote::forges::Arguments),
    /// Connections: list, create, authorize
    Connections(cli::remote::connections::Arguments),
    /// Pipelines: list, show
    Pipelines(cli::remote::pipelines::Arguments),
    /// Executions of a pipeline: list, show
    Executions(cli::remote::executions::Arguments),
    /// Webhook deliveries and what became of them: list, show; normalise and verify one in a file
    Deliveries(cli::remote::deliveries::Arguments),
    /// The log of an action
    Logs(cli::remote::logs::Arguments),
    /// Artifacts of an execution: list, get
    Artifacts(cli::remote::artifacts::Arguments),
    /// Buckets: list, create
    Buckets(cli::remote::buckets::Arguments),
    /// Why a push did not start, what an execution waits for
    Why(cli::remote::why::Arguments),
    /// Run a working copy's bitbucket-pipelines.yml here, without a server
    Run(cli::local::RunArgs),
    /// What would run for an event, and why, without running it
    Plan(cli::local::PlanArgs),
    /// Check bitbucket-pipelines.yml and pipeline definitions
    Lint(cli::local::LintArgs),
    /// Variables of bitbucket-pipelines.yml: list, set, remove
    Variables(cli::remote::variables::Arguments),
    /// The audit log: list; verify that it was not altered
    Audit(cli::remote::audit::Arguments),
    /// The practice forge, to try things without a real one
    Forge(Forge),
    /// A consistent copy of the data folder, while the server runs
    Backup(cli::remote::backup::BackupArguments),
    /// Put a backup back into an empty data folder
    Restore(cli::remote::backup::RestoreArguments),
    /// Shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Flags of `demo`.
#[derive(Args, Clone, Debug)]
pub struct Demo {
    /// Exit when the execution has ended: 0 only if it succeeded
    #[arg(long)]
    pub once: bool,
    /// Print one JSON object instead of the story, and exit as with --once
    #[arg(long)]
    pub json: bool,
}

/// Flags of `forge`.
#[derive(Args, Clone, Debug)]
pub struct Forge {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: std::net::SocketAddr,
    /// A repository to make, owner/name, with one commit on main
    #[arg(long, default_value = "practice/app")]
    pub repository: String,
    /// Whose dialect to speak: github, gitlab, bitbucket or bitbucket-server
    #[arg(long, default_value = "github")]
    pub kind: practice_forge::Kind,
    /// Where the OAuth app's codes go [default: /oauth/callback/ and below, at any port of 127.0.0.1]
    #[arg(long, value_name = "URL")]
    pub callback: Option<url::Url>,
    /// Seconds that access tokens are good for [default: as that forge's own are]
    #[arg(long, value_name = "SECONDS")]
    pub token_seconds: Option<u64>,
    /// Answer wrongly: slow:MS, status:CODE, html, truncated, redirect:URL, limited:SECONDS or
    /// secondary:SECONDS, then *TIMES and @PATH where wanted; may be repeated
    #[arg(long, value_name = "TROUBLE")]
    pub trouble: Vec<practice_forge::Trouble>,
    /// Deliver wrongly: drop, duplicate, reorder or wrong-secret
    #[arg(long, value_name = "HOW")]
    pub deliveries: Option<practice_forge::Misbehaviour>,
}

/// Flags of `up`; each can also stand in `towpath.toml` or as `TOWPATH_…`.
#[derive(Args, Debug)]
pub struct Up {
    /// The data folder [default: $XDG_DATA_HOME/towpath]
    #[arg(long, value_name = "DIR")]
    pub data: Option<String>,
    /// Address and port that serve everything [default: 127.0.0.1:7700]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// A second address that serves only hooks, the OAuth callback and health
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub public_listen: Option<String>,
    /// What hooks, callbacks and statuses say [default: the listen address]
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// PostgreSQL instead of SQLite, so that several servers share it
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// The sealing key [default: $XDG_CONFIG_HOME/towpath/sealing.key]
    #[arg(long, value_name = "FILE")]
    pub sealing_key: Option<String>,
    /// Certificate chain in PEM
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// Private key in PEM
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<String>,
    /// A proxy in front whose forwarded headers are believed
    #[arg(long, value_name = "CIDR")]
    pub trusted_proxy: Vec<String>,
    /// Accept plain HTTP beyond loopback
    #[arg(long)]
    pub insecure_http: bool,
    /// A private target that requests may go to
    #[arg(long, value_name = "CIDR:PORT")]
    pub allow_address: Vec<String>,
    /// A practice forge instead of github.com, gitlab.com or bitbucket.org
    #[arg(long, value_name = "PROVIDER=URL")]
    pub stand_in: Vec<String>,
    /// The configuration file [default: towpath.toml in the data folder, where it exists]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Show the configuration and where each value came from, and exit
    #[arg(long)]
    pub print_config: bool,
}

impl Up {
    /// The flags that were given, by setting.
    pub fn flags(&self) -> std::collections::BTreeMap<&'static str, String> {
        let list = |items: &Vec<String>| (!items.is_empty()).then(|| items.join(","));
        [
            ("data", self.data.clone()),
            ("listen", self.listen.clone()),
            ("public-listen", self.public_listen.clone()),
            ("public-url", self.public_url.clone()),
            ("database", self.database.clone()),
            ("sealing-key", self.sealing_key.clone()),
            ("tls-cert", self.tls_cert.clone()),
            ("tls-key", self.tls_key.clone()),
            ("trusted-proxy", list(&self.trusted_proxy)),
            ("insecure-http", self.insecure_http.then(|| "true".to_owned())),
            ("allow-address", list(&self.allow_address)),
            ("stand-in", list(&self.stand_in)),
        ]
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)))
        .collect()
    }
}
