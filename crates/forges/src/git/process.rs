//! One git process: its environment, its limits, its end.

use super::trace::{self, Said};
use super::{GitError, Remote, SETTINGS, failure};
use crate::limits::{GIT_OUTPUT_BYTES_MAX, QUESTION_TIME_MAX, SIZE_LOOK_INTERVAL};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdout, Command};

/// What is moved from a pipe at once.
const COPY_BYTES: usize = 256 * 1024;

/// A git command in the making.
pub(crate) struct GitCommand {
    arguments: Vec<OsString>,
    settings: Vec<(String, String)>,
    protocol: String,
    time_max: Duration,
    size: Option<SizeLimit>,
    work_tree: Option<PathBuf>,
}

/// A file or a folder of files that may not grow past a limit.
struct SizeLimit {
    path: PathBuf,
    bytes_max: u64,
}

impl GitCommand {
    /// `git <arguments>`.
    pub(crate) fn new<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self {
            arguments: arguments.into_iter().map(Into::into).collect(),
            settings: SETTINGS.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
            protocol: "none".to_owned(),
            time_max: QUESTION_TIME_MAX,
            size: None,
            work_tree: None,
        }
    }

    /// `git --git-dir=<folder> <arguments>`.
    pub(crate) fn at<A: Into<OsString>>(
        folder: &Path,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let mut command = Self::new(arguments);
        let mut option = OsString::from("--git-dir=");
        option.push(folder);
        command.arguments.insert(0, option);
        command
    }

    /// Adds the remote's address, and what it takes to reach it and nothing else.
    pub(crate) fn remote(mut self, remote: &Remote) -> Result<Self, GitError> {
        self.arguments.push(remote.address()?);
        self.settings.extend(remote.settings());
        self.protocol = remote.protocol().to_owned();
        Ok(self)
    }

    pub(crate) fn args<A: Into<OsString>>(mut self, more: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    /// Overrides one of our settings, or adds one.
    pub(crate) fn setting(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Works in the files of this folder, and looks at no others.
    pub(crate) fn work_tree(mut self, folder: &Path) -> Self {
        let mut option = OsString::from("--work-tree=");
        option.push(folder);
        self.arguments.insert(0, option);
        self.work_tree = Some(folder.to_owned());
        self
    }

    pub(crate) fn time(mut self, time_max: Duration) -> Self {
        self.time_max = time_max;
        self
    }

    /// Ends the command when the file, or the files in the folder, hold more bytes than this.
    pub(crate) fn size(mut self, path: &Path, bytes_max: u64) -> Self {
        self.size = Some(SizeLimit { path: path.to_owned(), bytes_max });
        self
    }

    /// Runs it; gives what it wrote to its standard output.
    pub(crate) async fn run(self) -> Result<Vec<u8>, GitError> {
        let mut child = self.spawn()?;
        let output = head(child.stdout.take());
        self.follow(&mut child, async { Ok(output.await?) }).await
    }

    /// Runs it; what it writes to its standard output goes into `into`, at most `bytes_max` of it.
    pub(crate) async fn run_into<W: Write + Send + 'static>(
        self,
        into: W,
        bytes_max: u64,
    ) -> Result<W, GitError> {
        let mut child = self.spawn()?;
        let output = child.stdout.take().map(ChildStdout::into_owned_fd).transpose()?;
        let copying = tokio::task::spawn_blocking(move || copy(output, into, bytes_max));
        let copied = async { copying.await.map_err(std::io::Error::other)? };
        self.follow(&mut child, copied).await
    }

    fn spawn(&self) -> Result<Child, GitError> {
        self.command().spawn().map_err(|error| GitError::NotStarted {
            why: format!("{error}; git must be installed and on the PATH"),
        })
    }

    /// Waits for the end of the process and of what takes its output, within the limits.
    async fn follow<T>(
        &self,
        child: &mut Child,
        output: impl Future<Output = Result<T, GitError>>,
    ) -> Result<T, GitError> {
        let name = self.name();
        let ended = tokio::select! {
            ended = finish(child, output) => ended,
            () = tokio::time::sleep(self.time_max) => {
                Err(GitError::TimedOut { command: name.clone(), seconds: self.time_max.as_secs() })
            }
            limit = outgrown(self.size.as_ref()) => Err(GitError::TooLarge { bytes_max: limit }),
        };
        if ended.is_err() {
            end(child).await;
        }
        let (status, output, complaint) = ended?;
        let output = output?;
        let said = Said::read(&String::from_utf8_lossy(&complaint));
        match (status.success(), said.no_gits()) {
            (true, None) => Ok(output),
            (true, Some(kind)) => Err(failure::no_gits(kind)),
            (false, _) => Err(failure::read(&name, &said)),
        }
    }

    /// The subcommand, for messages.
    fn name(&self) -> String {
        let plain = |it: &&OsString| !it.as_encoded_bytes().starts_with(b"-");
        self.arguments
            .iter()
            .find(plain)
            .map(|it| it.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.args(&self.arguments).env_clear().kill_on_drop(true).process_group(0);
        if let Some(folder) = &self.work_tree {
            command.current_dir(folder);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs([("LC_ALL", "C"), ("TZ", "UTC"), ("HOME", "/dev/null")]);
        command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")]);
        command.envs([("GIT_TERMINAL_PROMPT", "0"), ("GIT_ALLOW_PROTOCOL", &*self.protocol)]);
        command.envs([("GIT_ATTR_NOSYSTEM", "1"), ("GIT_OPTIONAL_LOCKS", "0")]);
        if self.protocol.starts_with("http") {
            command.envs(trace::VARIABLES);
        }
        command.env("GIT_CONFIG_COUNT", self.settings.len().to_string());
        for (index, (key, value)) in self.settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        command
    }
}

/// Where git lies, looked up once. By a bare name, beside a PATH of its own, the standard library copies
/// this whole process to start another, which takes longer than git itself.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut places = std::env::split_paths(&folders).map(|folder| folder.join("git"));
        places.find(|place| place.is_file()).unwrap_or_else(|| PathBuf::from("git"))
    })
}

/// Takes what it says, and waits for its end. Where its output cannot be taken, the closed pipe
/// ends it.
async fn finish<T>(
    child: &mut Child,
    output: impl Future<Output = Result<T, GitError>>,
) -> Result<(ExitStatus, Result<T, GitError>, Vec<u8>), GitError> {
    let complaint = head(child.stderr.take());
    let (output, complaint, status) = tokio::join!(output, complaint, child.wait());
    Ok((status?, output, complaint?))
}

/// Moves a pipe's content on, on a thread that may block.
fn copy<W: Write>(from: Option<OwnedFd>, mut into: W, bytes_max: u64) -> Result<W, GitError> {
    let (mut buffer, mut moved) = (vec![0; COPY_BYTES], 0);
    let Some(mut from) = from.map(File::from) else { return Ok(into) };
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(into),
            read => {
                moved += read as u64;
                if moved > bytes_max {
                    return Err(GitError::TooLarge { bytes_max });
                }
                into.write_all(&buffer[..read])?;
            }
        }
    }
}

async fn head(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(GIT_OUTPUT_BYTES_MAX).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Ends the process and those it started, which share its group.
async fn end(child: &mut Child) {
    let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id.try_into().ok()?));
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.wait().await;
}

/// Returns once there is too much, with the limit; never otherwise.
async fn outgrown(limit: Option<&SizeLimit>) -> u64 {
    let Some(limit) = limit else { return std::future::pending().await };
    loop {
        tokio::time::sleep(SIZE_LOOK_INTERVAL).await;
        if size_of(&limit.path) > limit.bytes_max {
            return limit.bytes_max;
        }
    }
}

/// Bytes of a file, or of the files in a folder.
fn size_of(path: &Path) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| size(&entry.path())).sum(),
        Err(_) => size(path),
    }
}

impl std::fmt::Debug for GitCommand {
    /// Without the settings: they hold the credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = self.arguments.iter().map(OsStr::new);
        f.debug_list().entries(words).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Secret;
    use egress::{Pinned, Url};

    #[test]
    fn a_credential_is_in_the_environment_of_one_origin_and_nowhere_else() {
        let url = Url::parse("https://forge.example/ada/engine.git").expect("a URL");
        let addresses = vec!["192.0.2.1:443".parse().expect("an address")];
        let authorization = Some(super::super::basic_authorization("x", &Secret::new("canary")));
        let pinned = Pinned { url, addresses, proxy: None, authorities: None };
        let remote = Remote::Http { pinned, authorization, authorities: None };
        let secret = "eDpjYW5hcnk="; // x:canary
        let made = GitCommand::new(["fetch"]).remote(&remote).expect("a command");
        assert!(!format!("{made:?}").contains(secret));

        let command = made.command();
        let texts = |it: &OsStr| it.to_string_lossy().into_owned();
        assert!(!command.as_std().get_args().any(|it| texts(it).contains(secret)));
        let envs = || command.as_std().get_envs();
        let held = envs().filter(|(_, value)| value.is_some_and(|it| texts(it).contains(secret)));
        let held: Vec<_> = held.map(|(name, _)| texts(name).replace("VALUE", "KEY")).collect();
        let key = envs().find(|(name, _)| texts(name) == held[0]);
        let key = key.and_then(|(_, value)| value).map(texts);
        assert_eq!(
            (held.len(), key.as_deref()),
            (1, Some("http.https://forge.example/.extraHeader"))
        );
    }

    #[test]
    fn git_may_speak_one_protocol_and_reads_no_configuration_of_the_machine() {
        let command = GitCommand::new(["fetch"]).command();
        let value = |wanted: &str| {
            let found = command.as_std().get_envs().find(|(name, _)| *name == wanted);
            found.and_then(|(_, value)| value).and_then(OsStr::to_str)
        };
        assert_eq!(value("GIT_ALLOW_PROTOCOL"), Some("none"));
        assert_eq!(value("GIT_CONFIG_GLOBAL"), Some("/dev/null"));
        assert_eq!(value("GIT_CONFIG_NOSYSTEM"), Some("1"));
        assert_eq!(value("GIT_TERMINAL_PROMPT"), Some("0"));
        assert_eq!(value("SSH_AUTH_SOCK"), None);
    }
}
