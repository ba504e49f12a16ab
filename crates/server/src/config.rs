//! What the operator set, and where each value came from: flags, then `TOWPATH_*` variables,
//! then `towpath.toml`, then the default.
//!
//! One table names every setting; `--print-config`, the variables and the file are read off it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use egress::AllowedAddress;
use ipnet::IpNet;

/// One setting: its name in `towpath.toml`, its default, and what it is for.
pub struct Setting {
    /// The key, dotted where it stands in a table of the file: `steps.network`.
    pub name: &'static str,
    /// What holds where nobody set it; empty for "none".
    pub default: &'static str,
    /// One sentence for people.
    pub about: &'static str,
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting("data", "", "the data folder; default $XDG_DATA_HOME/towpath"),
    setting("listen", "127.0.0.1:7700", "address and port that serve everything"),
    setting("public-listen", "", "a second address that serves only what the outside must reach"),
    setting("public-url", "", "what hooks, callbacks and statuses say; default the listen address"),
    setting("database", "", "postgres://… instead of SQLite in the data folder"),
    setting(
        "sealing-key",
        "",
        "file of the sealing key; default $XDG_CONFIG_HOME/towpath/sealing.key",
    ),
    setting("tls-cert", "", "PEM file with the certificate chain"),
    setting("tls-key", "", "PEM file with the private key"),
    setting(
        "trusted-proxy",
        "",
        "CIDR ranges whose forwarded headers are believed, comma-separated",
    ),
    setting("insecure-http", "false", "allow listening beyond loopback without TLS"),
    setting(
        "allow-address",
        "",
        "private CIDR:port targets that requests may go to, comma-separated",
    ),
    setting("steps.network", "host", "\"host\" or \"none\": the network a step sees"),
    setting("steps.isolation", "bubblewrap", "\"bubblewrap\" or \"host\": what keeps a step in"),
    setting(
        "steps.concurrency",
        "0",
        "steps that run at once; 0 for one a processor, two at least",
    ),
    setting("limits.step_seconds_max", "3300", "seconds for a step that names no limit of its own"),
    setting("limits.step_memory_bytes_max", "4294967296", "memory of a step, in bytes"),
    setting("limits.step_processes_max", "512", "processes of a step"),
    setting("limits.step_log_bytes_max", "67108864", "what a step may print, in bytes"),
];

const fn setting(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, default, about }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// This environment variable.
    Variable(String),
    /// `towpath.toml`.
    File(PathBuf),
    /// Nobody set it.
    Default,
}

/// Why a configuration cannot be used. Each message names the setting and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key of the file that is no setting.
    #[error("{file}: `{key}` is no setting; known are: {known}")]
    Unknown {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// All there are.
        known: String,
    },
    /// The file is no TOML.
    #[error("{file}: {cause}")]
    Syntax {
        /// The file.
        file: String,
        /// What the parser says, with line and column.
        cause: String,
    },
    /// A value that does not fit.
    #[error("`{name}` ({origin}) is \"{value}\": {expected}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Where it was set.
        origin: String,
        /// What was set.
        value: String,
        /// What would be right.
        expected: &'static str,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Together(String),
}

/// All values as text, each with its origin; [`Config`] is made of it.
#[derive(Clone, Debug)]
pub struct Layers {
    values: BTreeMap<&'static str, (String, Origin)>,
}

impl Layers {
    /// Lays flags over variables over the file over the defaults.
    ///
    /// # Errors
    /// [`ConfigError::Syntax`] and [`ConfigError::Unknown`] for the file.
    pub fn read(
        flags: &BTreeMap<&'static str, String>,
        variable: impl Fn(&str) -> Option<String>,
        file: Option<(&Path, &str)>,
    ) -> Result<Self, ConfigError> {
        let in_file = file.map(|(path, text)| file_values(path, text)).transpose()?;
        let in_file = in_file.unwrap_or_default();
        let value = |setting: &'static Setting| {
            let name = variable_name(setting.name);
            if let Some(value) = flags.get(setting.name) {
                return (value.clone(), Origin::Flag);
            }
            if let Some(value) = variable(&name) {
                return (value, Origin::Variable(name));
            }
            match (in_file.get(setting.name), file) {
                (Some(value), Some((path, _))) => (value.clone(), Origin::File(path.into())),
                _ => (setting.default.to_owned(), Origin::Default),
            }
        };
        let values = SETTINGS.iter().map(|setting| (setting.name, value(setting))).collect();
        Ok(Self { values })
    }

    /// The text that `--print-config` shows: TOML, with each value's origin beside it.
    pub fn print(&self) -> String {
        let mut text = String::new();
        for setting in SETTINGS {
            let (value, origin) = &self.values[setting.name];
            let origin = origin_text(origin);
            let shown =
                if setting.name == "database" { without_password(value) } else { value.clone() };
            let _ = writeln!(text, "{} = {shown:?}  # {origin}; {}", setting.name, setting.about);
        }
        text
    }

    fn text(&self, name: &'static str) -> &str {
        &self.values[name].0
    }

    /// The value where one is set.
    fn some(&self, name: &'static str) -> Option<String> {
        Some(self.text(name).to_owned()).filter(|text| !text.is_empty())
    }

    fn parse<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        let (value, origin) = &self.values[name];
        let wrong = || ConfigError::Value {
            name,
            origin: origin_text(origin),
            value: value.clone(),
            expected,
        };
        read(value).ok_or_else(wrong)
    }
}

/// `steps.network` → `TOWPATH_STEPS_NETWORK`.
fn variable_name(name: &str) -> String {
    format!("TOWPATH_{}", name.to_uppercase().replace(['-', '.'], "_"))
}

fn origin_text(origin: &Origin) -> String {
    match origin {
        Origin::Flag => "from the command line".to_owned(),
        Origin::Variable(name) => format!("from {name}"),
        Origin::File(path) => format!("from {}", path.display()),
        Origin::Default => "default".to_owned(),
    }
}

/// A database URL as it may be shown.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}://…{}", &url[..scheme], &url[at..]),
        _ => url.to_owned(),
    }
}

/// The file's values by dotted name; strings, numbers and booleans alike as text.
fn file_values(path: &Path, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let file = path.display().to_string();
    let syntax = |cause: toml::de::Error| ConfigError::Syntax {
        file: file.clone(),
        cause: cause.to_string(),
    };
    let table: toml::Table = text.parse().map_err(syntax)?;
    let mut values = BTreeMap::new();
    flatten("", &table, &mut values);
    let known = || SETTINGS.iter().map(|setting| setting.name).collect::<Vec<_>>().join(", ");
    let stray = values.keys().find(|key| !SETTINGS.iter().any(|setting| setting.name == **key));
    match stray {
        Some(key) => Err(ConfigError::Unknown { file, key: key.clone(), known: known() }),
        None => Ok(values),
    }
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&name, inner, into),
            toml::Value::String(text) => drop(into.insert(name, text.clone())),
            toml::Value::Array(items) => {
                let items =
                    items.iter().map(|item| item.as_str().map_or(item.to_string(), str::to_owned));
                into.insert(name, items.collect::<Vec<_>>().join(","));
            }
            other => drop(into.insert(name, other.to_string())),
        }
    }
}

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
    /// Private targets that requests may go to.
    pub allowed_addresses: Vec<AllowedAddress>,
    /// The network of steps.
    pub step_network: StepNetwork,
    /// The isolation of steps.
    pub step_isolation: StepIsolation,
    /// Steps at once.
    pub step_concurrency: usize,
    /// Seconds.
    pub step_seconds_max: u32,
    /// Bytes.
    pub step_memory_bytes_max: u64,
    /// Processes.
    pub step_processes_max: u32,
    /// Bytes.
    pub step_log_bytes_max: u64,
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
        let address = "must be ADDRESS:PORT, such as 127.0.0.1:7700";
        let number = "must be a whole number above zero";
        let path =
            |name, default: &Path| layers.some(name).map_or(default.to_owned(), PathBuf::from);
        let config = Self {
            data: path("data", data_default),
            listen: layers.parse("listen", address, |text| text.parse().ok())?,
            public_listen: layers
                .parse("public-listen", address, |text| optional(text, |t| t.parse().ok()))?,
            public_url: layers
                .parse("public-url", PUBLIC_URL, |text| optional(text, public_url))?,
            database: layers.parse("database", "must begin with postgres://", |text| {
                optional(text, database)
            })?,
            sealing_key: path("sealing-key", key_default),
            tls: tls_files(layers)?,
            trusted_proxies: layers.parse("trusted-proxy", "must be CIDR ranges", |text| {
                list(text, |t| t.parse().ok())
            })?,
            allowed_addresses: layers.parse(
                "allow-address",
                "must be CIDR:PORT, such as 10.0.0.0/8:443 or 127.0.0.1:*",
                |text| list(text, |t| t.parse().ok()),
            )?,
            step_network: layers.parse(
                "steps.network",
                "must be \"host\" or \"none\"",
                step_network,
            )?,
            step_isolation: layers.parse(
                "steps.isolation",
                "must be \"bubblewrap\" or \"host\"",
                step_isolation,
            )?,
            step_concurrency: layers.parse(
                "steps.concurrency",
                "must be a whole number",
                |text| text.parse().ok(),
            )?,
            step_seconds_max: layers.parse("limits.step_seconds_max", number, above_zero)?,
            step_memory_bytes_max: layers.parse(
                "limits.step_memory_bytes_max",
                number,
                above_zero,
            )?,
            step_processes_max: layers.parse("limits.step_processes_max", number, above_zero)?,
            step_log_bytes_max: layers.parse("limits.step_log_bytes_max", number, above_zero)?,
        };
        let insecure =
            layers.parse("insecure-http", "must be true or false", |text| text.parse().ok())?;
        config.refuse_open_http(insecure)?;
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

const PUBLIC_URL: &str = "must be scheme and host without a path, such as https://ci.example.com";

fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(read).collect()
}

fn above_zero<T: std::str::FromStr + PartialOrd + Default>(text: &str) -> Option<T> {
    text.parse().ok().filter(|number| *number > T::default())
}

fn public_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let named = url.has_host() && url.username().is_empty() && url.password().is_none();
    let scheme = matches!(url.scheme(), "http" | "https");
    (plain && named && scheme).then(|| url.as_str().trim_end_matches('/').to_owned())
}

fn database(text: &str) -> Option<domain::Secret> {
    let known = text.starts_with("postgres://") || text.starts_with("postgresql://");
    known.then(|| domain::Secret::new(text))
}

fn step_network(text: &str) -> Option<StepNetwork> {
    match text {
        "host" => Some(StepNetwork::Host),
        "none" => Some(StepNetwork::None),
        _ => None,
    }
}

fn step_isolation(text: &str) -> Option<StepIsolation> {
    match text {
        "bubblewrap" => Some(StepIsolation::Bubblewrap),
        "host" => Some(StepIsolation::Host),
        _ => None,
    }
}

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
        check(&[], "lisen = 1", "`lisen` is no setting");
        check(&[], "listen = ", "towpath.toml");
        check(&[("public-url", "https://a/b")], "", "without a path");
        check(&[("database", "mysql://x")], "", "postgres://");
    }

    #[test]
    fn the_printed_configuration_names_origins_and_hides_the_password() {
        let flags = BTreeMap::from([("database", "postgres://u:secret@h/db".to_owned())]);
        let text = Layers::read(&flags, |_| None, None).expect("layers").print();
        assert!(text.contains("from the command line") && text.contains("default"), "{text}");
        assert!(!text.contains("secret@") && text.contains("@h/db"), "{text}");
    }
}
