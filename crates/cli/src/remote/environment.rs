//! How a running server is found: by the two files in its data folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use domain::Secret;

use super::Output;

/// Which server: by its data folder.
#[derive(Args, Clone, Debug, Default)]
pub struct Folder {
    /// The server's data folder [default: $XDG_DATA_HOME/towpath]
    #[arg(long, value_name = "DIR", env = "TOWPATH_DATA", global = true)]
    pub data: Option<PathBuf>,
}

/// Where the server listens and with which key its calls are signed.
#[derive(Clone, Debug)]
pub struct Server {
    /// Scheme, host and port.
    pub address: String,
    /// The region in the credential scope.
    pub region: String,
    /// The access key's id.
    pub access_key: String,
    /// The access key's secret.
    pub secret: Secret,
    /// The token of a session whose key it is.
    pub session_token: Option<String>,
}

impl Server {
    /// The server and the caller that the environment names, as the `aws` command takes them:
    /// an endpoint, a key and its secret, all three; `None` where one is missing.
    pub fn named(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
        Some(Self {
            address: set("AWS_ENDPOINT_URL")?,
            access_key: set("AWS_ACCESS_KEY_ID")?,
            secret: Secret::new(set("AWS_SECRET_ACCESS_KEY")?),
            session_token: set("AWS_SESSION_TOKEN"),
            region: region.unwrap_or_else(|| DEFAULT_REGION.to_owned()),
        })
    }
}

/// The region of a server that was given none.
const DEFAULT_REGION: &str = "us-east-1";

impl Folder {
    /// The folder that was named, or the default one.
    pub fn path(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(default_folder)
    }

    /// Whether the command line names it, and not the environment alone.
    pub fn is_said(&self) -> bool {
        self.data.is_some() && self.data != std::env::var_os("TOWPATH_DATA").map(PathBuf::from)
    }

    /// Reads `server.json` and `credentials`.
    ///
    /// # Errors
    /// No server runs on the folder, or its files cannot be read; the message says what to do.
    pub fn server(&self) -> Result<Server> {
        let folder = self.path();
        let file = folder.join("server.json");
        let hint = || {
            format!(
                "no running server is known to {}: start one with `towpath up`, or name its folder \
                 with --data",
                folder.display()
            )
        };
        let text = std::fs::read_to_string(&file).with_context(hint)?;
        let damaged =
            || format!("{} is damaged; the server writes it anew when it starts", file.display());
        let found: serde_json::Value = serde_json::from_str(&text).with_context(damaged)?;
        let field = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        let (access_key, secret) = credentials(&folder.join("credentials"))?;
        let (address, region) = (field("address"), field("region"));
        Ok(Server { address, region, access_key, secret, session_token: None })
    }

    /// Answers with what `eval "$(towpath env)"` sets: the server for the `aws` command and the
    /// SDKs, and the data folder for our own commands.
    ///
    /// # Errors
    /// As [`Folder::server`], or the output is closed.
    pub fn write_exports(&self, out: &mut Output<'_>) -> Result<()> {
        let (server, folder) = (self.server()?, std::path::absolute(self.path())?);
        let exports = [
            ("AWS_ENDPOINT_URL", server.address.as_str()),
            ("AWS_REGION", server.region.as_str()),
            ("AWS_DEFAULT_REGION", server.region.as_str()),
            ("AWS_ACCESS_KEY_ID", server.access_key.as_str()),
            ("AWS_SECRET_ACCESS_KEY", server.secret.expose()),
            ("TOWPATH_DATA", &folder.to_string_lossy()),
        ];
        for (name, value) in exports {
            out.line(&format!("export {name}={}", quoted(value)))?;
        }
        if let Some(process) = self.gone()? {
            out.say(&format!(
                "the server's process {process} is not on this machine any more: where nothing \
                 answers at {}, start it again with `towpath up`",
                server.address
            ))?;
        }
        Ok(out.line("unset AWS_SESSION_TOKEN AWS_PROFILE")?)
    }
}

impl Folder {
    /// The process that wrote `server.json`, where it ended without taking the file away.
    fn gone(&self) -> Result<Option<u64>> {
        let text = std::fs::read_to_string(self.path().join("server.json"))?;
        let found: serde_json::Value = serde_json::from_str(&text)?;
        let here = |process: &u64| Path::new("/proc").join(process.to_string()).exists();
        Ok(found["pid"].as_u64().filter(|process| !here(process)))
    }
}

/// A word that a POSIX shell reads as just this text.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `$XDG_DATA_HOME/towpath`, or `~/.local/share/towpath` (XDG Base Directory Specification 0.8).
pub fn default_folder() -> PathBuf {
    base_folder("XDG_DATA_HOME", ".local/share").join("towpath")
}

/// `$XDG_CONFIG_HOME/towpath/sealing.key`, or the same under `~/.config`.
pub fn default_sealing_key() -> PathBuf {
    base_folder("XDG_CONFIG_HOME", ".config").join("towpath/sealing.key")
}

fn base_folder(variable: &str, beneath_home: &str) -> PathBuf {
    let set = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    set.unwrap_or_else(|| home().join(beneath_home))
}

/// Profile `default` of a file in the shared-credentials format.
fn credentials(path: &Path) -> Result<(String, Secret)> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the access key in {}", path.display()))?;
    let value = |name: &str| {
        let lines = text.lines().filter_map(|line| line.split_once('='));
        lines.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name)
    };
    let missing = || format!("{} holds no profile with an access key", path.display());
    let (_, id) = value("aws_access_key_id").with_context(missing)?;
    let (_, secret) = value("aws_secret_access_key").with_context(missing)?;
    Ok((id.to_owned(), Secret::new(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(files: &[(&str, &str)]) -> (tempfile::TempDir, Folder) {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).expect("written");
        }
        let data = Some(folder.path().to_owned());
        (folder, Folder { data })
    }

    const ADDRESS: &str = r#"{"address": "http://127.0.0.1:7700", "region": "us-east-1"}"#;
    const KEY: &str = "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = s'3=\n";

    #[test]
    fn exports_are_what_a_shell_reads_back() {
        let (_kept, folder) = written(&[("server.json", ADDRESS), ("credentials", KEY)]);
        let (mut answer, mut words) = (Vec::new(), Vec::new());
        let mut out = Output { answer: &mut answer, words: &mut words };
        folder.write_exports(&mut out).expect("written");
        let said = String::from_utf8(answer).expect("text");
        for line in [
            "export AWS_ENDPOINT_URL='http://127.0.0.1:7700'",
            "export AWS_REGION='us-east-1'",
            "export AWS_ACCESS_KEY_ID='AKIA1'",
            r"export AWS_SECRET_ACCESS_KEY='s'\''3='",
            "unset AWS_SESSION_TOKEN AWS_PROFILE",
        ] {
            assert!(said.lines().any(|it| it == line), "{line}\n{said}");
        }
    }

    #[test]
    fn a_caller_of_the_environment_has_an_endpoint_a_key_and_its_secret() {
        let set = [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:7700"),
            ("AWS_ACCESS_KEY_ID", "ASIA1"),
            ("AWS_SECRET_ACCESS_KEY", "s"),
            ("AWS_SESSION_TOKEN", "t"),
        ];
        let without = |left_out: &str| {
            let value = |name: &str| set.iter().find(|it| it.0 == name && name != left_out);
            Server::named(|name| value(name).map(|(_, value)| (*value).to_owned()))
        };
        let whole = without("").expect("named");
        assert_eq!((&*whole.access_key, &*whole.region), ("ASIA1", "us-east-1"));
        assert_eq!(whole.session_token.as_deref(), Some("t"));
        assert_eq!(without("AWS_SESSION_TOKEN").expect("named").session_token, None);
        for (name, _) in &set[..3] {
            assert!(without(name).is_none(), "{name}");
        }
    }

    #[test]
    fn exports_of_a_server_that_was_killed_say_so() {
        fn check(pid: u64, told: bool) {
            let address = format!(r#"{{"address": "http://h", "region": "r", "pid": {pid}}}"#);
            let (_kept, folder) = written(&[("server.json", &address), ("credentials", KEY)]);
            let (mut answer, mut words) = (Vec::new(), Vec::new());
            let mut out = Output { answer: &mut answer, words: &mut words };
            folder.write_exports(&mut out).expect("written");
            let said = String::from_utf8(words).expect("text");
            assert_eq!(said.contains("start it again with `towpath up`"), told, "{said}");
        }
        check(u64::from(std::process::id()), false);
        // No process has a number that large.
        check(99_999_999, true);
    }

    #[test]
    fn a_folder_without_a_server_says_what_to_do() {
        fn check(files: &[(&str, &str)], word: &str) {
            let (_kept, folder) = written(files);
            let said = format!("{:#}", folder.server().expect_err("refused"));
            assert!(said.contains(word), "{said}");
        }
        check(&[], "start one with `towpath up`");
        check(&[("server.json", "{")], "server.json is damaged");
        check(&[("server.json", ADDRESS)], "cannot read the access key");
        check(&[("server.json", ADDRESS), ("credentials", "[x]\n")], "no profile");
    }
}
