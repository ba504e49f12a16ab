//! What the operator set, each value of its own type.

mod layers;
mod names;
mod read;
mod retention;
mod setting;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use domain::connection::ProviderType;
use egress::AllowedAddress;
use ipnet::IpNet;
pub use layers::{ConfigError, Layers, Origin};
pub use names::stray_variables;
use read::{database, list, optional, parsed, public_url, stand_in, step_isolation, step_network};
pub use setting::{SETTINGS, Setting};
use store::Retention;

/// The network a step sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepNetwork {
    /// The host's.
    Host,
    /// None at all.
    None,
}

/// What keeps a step in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepIsolation {
    /// A bubblewrap sandbox; where it is missing the action fails and names the package.
    Bubblewrap,
    /// Nothing but an own user: an operator's explicit choice.
    Host,
}

/// The configuration, every value of its own type.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// What serves everything.
    pub listen: SocketAddr,
    /// What serves only hooks, the OAuth callback and health.
    pub public_listen: Option<SocketAddr>,
    /// Scheme, host and port under which forges and browsers reach us.
    pub public_url: Option<String>,
    /// A PostgreSQL URL.
    pub database: Option<domain::Secret>,
    /// Where the sealing key lies.
    pub sealing_key: PathBuf,
    /// Certificate and key files.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Whose forwarded headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// What stands in for forges that are one place for everybody.
    pub stand_ins: Vec<(ProviderType, String)>,
    /// Private targets that requests may go to.
    pub allowed_addresses: Vec<AllowedAddress>,
    /// The network of steps.
    pub step_network: StepNetwork,
    /// The isolation of steps.
    pub step_isolation: StepIsolation,
    /// Steps at once.
    pub step_concurrency: usize,
    /// Seconds between two looks at all repositories; 0 where nobody looks.
    pub reconcile_seconds: u64,
    /// Seconds between two looks at what nobody tells of; 0 where nobody looks.
    pub polling_seconds: u64,
    /// Seconds.
    pub fetch_seconds_max: u32,
    /// Seconds.
    pub step_seconds_max: u32,
    /// Bytes.
    pub step_memory_bytes_max: u64,
    /// Processes.
    pub step_processes_max: u32,
    /// Bytes.
    pub step_log_bytes_max: u64,
    /// Bytes.
    pub step_workspace_bytes_max: u64,
    /// How long what is remembered is kept.
    pub retention: Retention,
}

impl Config {
    /// Gives every value its type and checks what goes together.
    /// `data_default` and `key_default` are the folders that the environment names.
    ///
    /// # Errors
    /// [`ConfigError::Value`] and [`ConfigError::Together`].
    pub fn from_layers(
        layers: &Layers,
        data_default: &Path,
        key_default: &Path,
    ) -> Result<Self, ConfigError> {
        let path =
            |name, default: &Path| layers.some(name).map_or(default.to_owned(), PathBuf::from);
        let config = Self {
            data: path("data", data_default),
            listen: layers.parse("listen", ADDRESS, parsed)?,
            public_listen: layers.parse("public-listen", ADDRESS, |it| optional(it, parsed))?,
            public_url: layers.parse("public-url", PUBLIC_URL, |it| optional(it, public_url))?,
            database: layers.parse("database", DATABASE, |it| optional(it, database))?,
            sealing_key: path("sealing-key", key_default),
            tls: tls_files(layers)?,
            trusted_proxies: layers.parse("trusted-proxy", RANGES, |it| list(it, parsed))?,
            stand_ins: layers.parse("stand-in", STAND_IN, |it| list(it, stand_in))?,
            allowed_addresses: layers.parse("allow-address", TARGETS, |it| list(it, parsed))?,
            step_network: layers.parse("steps.network", NETWORK, step_network)?,
            step_isolation: layers.parse("steps.isolation", ISOLATION, step_isolation)?,
            step_concurrency: layers.parse("steps.concurrency", WHOLE, parsed)?,
            reconcile_seconds: layers.parse("reconcile.seconds", SECONDS, parsed)?,
            polling_seconds: layers.parse("polling.seconds", SECONDS, parsed)?,
            fetch_seconds_max: layers.limit("limits.fetch_seconds_max")?,
            step_seconds_max: layers.limit("limits.step_seconds_max")?,
            step_memory_bytes_max: layers.limit("limits.step_memory_bytes_max")?,
            step_processes_max: layers.limit("limits.step_processes_max")?,
            step_log_bytes_max: layers.limit("limits.step_log_bytes_max")?,
            step_workspace_bytes_max: layers.limit("limits.step_workspace_bytes_max")?,
            retention: retention::retention(layers)?,
        };
        config.refuse_open_http(layers.parse(
            "insecure-http",
            "must be true or false",
            parsed,
        )?)?;
        Ok(config)
    }

    /// Listening beyond loopback needs TLS, a trusted proxy, or the operator's word.
    fn refuse_open_http(&self, insecure_http: bool) -> Result<(), ConfigError> {
        let guarded = self.tls.is_some() || !self.trusted_proxies.is_empty() || insecure_http;
        let addresses = [Some(self.listen), self.public_listen];
        match addresses.into_iter().flatten().find(|address| !address.ip().is_loopback()) {
            Some(open) if !guarded => Err(ConfigError::Together(format!(
                "{open} is not a loopback address: give --tls-cert and --tls-key, name the proxy \
                 in front with --trusted-proxy CIDR, or accept plain HTTP with --insecure-http"
            ))),
            _ => Ok(()),
        }
    }
}

const ADDRESS: &str = "must be ADDRESS:PORT, such as 127.0.0.1:7700";
const DATABASE: &str = "must begin with postgres://";
const RANGES: &str = "must be CIDR ranges";
const TARGETS: &str = "must be CIDR:PORT, such as 10.0.0.0/8:443 or 127.0.0.1:*";
const NETWORK: &str = "must be \"host\" or \"none\"";
const ISOLATION: &str = "must be \"bubblewrap\" or \"host\"";
const WHOLE: &str = "must be a whole number";
const SECONDS: &str = "must be a whole number of seconds, or 0";
const STAND_IN: &str = "must be PROVIDER=URL, the provider GitHub, GitLab or Bitbucket and the URL scheme and host \
                        without a path, such as GitLab=http://127.0.0.1:7800";
const PUBLIC_URL: &str = "must be scheme and host without a path, such as https://ci.example.com";

fn tls_files(layers: &Layers) -> Result<Option<(PathBuf, PathBuf)>, ConfigError> {
    match (layers.some("tls-cert"), layers.some("tls-key")) {
        (Some(certificate), Some(key)) => Ok(Some((certificate.into(), key.into()))),
        (None, None) => Ok(None),
        _ => Err(ConfigError::Together("--tls-cert and --tls-key go together: give both".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn read(flags: &[(&'static str, &str)], file: &str) -> Result<Config, ConfigError> {
        let flags = flags.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let variable = |name: &str| (name == "TOWPATH_STEPS_NETWORK").then(|| "none".to_owned());
        let layers = Layers::read(&flags, variable, Some((Path::new("towpath.toml"), file)))?;
        Config::from_layers(&layers, Path::new("data"), Path::new("key"))
    }

    #[test]
    fn flags_win_over_variables_and_those_over_the_file() {
        let file = "listen = \"127.0.0.1:1\"\n[steps]\nnetwork = \"host\"\n[limits]\nstep_seconds_max = 7\n";
        let config = read(&[("listen", "127.0.0.1:2")], file).expect("a good configuration");
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.step_network, StepNetwork::None);
        assert_eq!(config.step_seconds_max, 7);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_would_be_right() {
        fn check(flags: &[(&'static str, &str)], file: &str, expect: &str) {
            let error = read(flags, file).expect_err("a refusal").to_string();
            assert!(error.contains(expect), "{error}");
        }
        check(&[("listen", "nowhere")], "", "ADDRESS:PORT");
        check(&[("listen", "0.0.0.0:80")], "", "--insecure-http");
        check(&[("tls-cert", "c.pem")], "", "give both");
        check(&[], "lisen = 1", "`lisen` is no setting; did you mean `listen`?");
        check(&[], "colour = 1", "`colour` is no setting; known are: data, listen");
        check(&[], "listen = ", "towpath.toml");
        check(&[("public-url", "https://a/b")], "", "without a path");
        check(&[("database", "mysql://x")], "", "postgres://");
        for wrong in ["GitLab", "GitLab=there", "Forge=http://a", "BitbucketServer=http://a"] {
            check(&[("stand-in", wrong)], "", "GitLab=http://127.0.0.1:7800");
        }
    }

    #[test]
    fn the_printed_configuration_names_origins_and_hides_the_password() {
        let flags = BTreeMap::from([("database", "postgres://u:secret@h/db".to_owned())]);
        let text = Layers::read(&flags, |_| None, None).expect("layers").print();
        assert!(text.contains("from the command line") && text.contains("default"), "{text}");
        assert!(!text.contains("secret@") && text.contains("@h/db"), "{text}");
    }
}
