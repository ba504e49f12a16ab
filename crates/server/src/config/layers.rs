//! What the operator set, laid over one another: flags over variables over the file over defaults.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::names::nearest;
use super::read::above_zero;
use super::setting::{SETTINGS, Setting};

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
    #[error("{file}: `{key}` is no setting; {}", meant_or_known(.meant))]
    Unknown {
        /// The file.
        file: String,
        /// The key.
        key: String,
        /// The setting that was probably meant.
        meant: Option<&'static str>,
    },
    /// A variable that is nearly the name of a setting.
    #[error("the variable {name} sets nothing; did you mean {meant}?")]
    Variable {
        /// The variable.
        name: String,
        /// The one that was probably meant.
        meant: String,
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

/// All values as text, each with its origin; [`Config`](super::Config) is made of it.
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

    /// Puts in what a setting comes to where nobody set it and its default depends on the machine.
    pub fn with_default(mut self, name: &'static str, value: &Path) -> Self {
        if let Some((text, _)) = self.values.get_mut(name).filter(|(text, _)| text.is_empty()) {
            *text = value.display().to_string();
        }
        self
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
    pub(super) fn some(&self, name: &'static str) -> Option<String> {
        Some(self.text(name).to_owned()).filter(|text| !text.is_empty())
    }

    pub(super) fn parse<T>(
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

    pub(super) fn limit<T>(&self, name: &'static str) -> Result<T, ConfigError>
    where
        T: FromStr + PartialOrd + Default,
    {
        self.parse(name, "must be a whole number above zero", above_zero)
    }
}

/// `steps.network` → `TOWPATH_STEPS_NETWORK`.
pub(super) fn variable_name(name: &str) -> String {
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

fn meant_or_known(meant: &Option<&'static str>) -> String {
    match meant {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => {
            let known: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
            format!("known are: {}", known.join(", "))
        }
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
    let stray = values.keys().find(|key| !SETTINGS.iter().any(|setting| setting.name == **key));
    match stray {
        Some(key) => Err(ConfigError::Unknown { file, key: key.clone(), meant: nearest(key) }),
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
