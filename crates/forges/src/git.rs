//! The git command, run so that nothing but its arguments and our settings decides what it does.
//!
//! No shell, no system or user configuration, no hooks, no prompts, no helpers, no redirects, only
//! the one protocol that the remote needs, at the addresses that the egress guard checked. A
//! credential goes in by the environment of the git process alone, bound to one origin; it is on
//! no command line, in no URL and in no file.

mod failure;
mod process;
mod trace;

pub use failure::GitError;
pub(crate) use process::GitCommand;

use crate::forge::Head;
use crate::limits::{QUESTION_TIME_MAX, TRANSFER_BYTES_PER_SECOND_MIN, TRANSFER_STUCK_SECONDS_MAX};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::forge_event::GitRef;
use domain::{CommitSha, Secret};
use egress::{Authorities, Guard, Pinned, Url};
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::NamedTempFile;

/// Settings of every git process.
const SETTINGS: [(&str, &str); 23] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("credential.helper", ""),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("http.followRedirects", "false"),
    ("http.proxy", ""),
    ("maintenance.auto", "false"),
    ("protocol.version", "2"),
    ("submodule.recurse", "false"),
    ("transfer.bundleURI", "false"),
    ("transfer.fsckObjects", "true"),
    // What old tools wrote wrong about people and times, and how they wrote a folder's mode, is in the
    // history of well-known repositories for good. It leads nowhere, and nothing here rests on it.
    ("fetch.fsck.badDate", "ignore"),
    ("fetch.fsck.badDateOverflow", "ignore"),
    ("fetch.fsck.badEmail", "ignore"),
    ("fetch.fsck.badTimezone", "ignore"),
    ("fetch.fsck.missingEmail", "ignore"),
    ("fetch.fsck.missingNameBeforeEmail", "ignore"),
    ("fetch.fsck.missingSpaceBeforeDate", "ignore"),
    ("fetch.fsck.missingSpaceBeforeEmail", "ignore"),
    ("fetch.fsck.zeroPaddedDate", "ignore"),
    ("fetch.fsck.zeroPaddedFilemode", "ignore"),
    // A mirror can be fetched again, so it need not survive a power cut.
    ("core.fsync", "none"),
];

/// Where a repository is fetched from.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly every remote is a forge")]
pub enum Remote {
    /// A forge.
    Http {
        /// The URL with its checked addresses.
        pinned: Pinned,
        /// The value of the `Authorization` header.
        authorization: Option<Secret>,
        /// The certificates of the authorities that the forge's must come from, where git reads
        /// them; gone with the last that uses it.
        authorities: Option<Arc<NamedTempFile>>,
    },
    /// A repository on this machine's disk, by its absolute path.
    Local(PathBuf),
}

impl Remote {
    /// A forge's repository, once the guard has let its URL through.
    pub async fn http(
        guard: &Guard,
        url: &Url,
        authorization: Option<Secret>,
    ) -> Result<Self, GitError> {
        let pinned = guard.check(url).await?;
        let authorities = pinned.authorities.as_ref().map(written).transpose()?.map(Arc::new);
        Ok(Self::Http { pinned, authorization, authorities })
    }

    /// The one protocol that git may speak for this remote.
    fn protocol(&self) -> &str {
        match self {
            Self::Http { pinned, .. } => pinned.url.scheme(),
            Self::Local(_) => "file",
        }
    }

    /// What stands for the remote on the command line; never begins with a dash.
    fn address(&self) -> Result<OsString, GitError> {
        match self {
            Self::Http { pinned, .. } => Ok(pinned.url.as_str().into()),
            Self::Local(path) if path.is_absolute() => Ok(path.into()),
            Self::Local(path) => Err(GitError::NotAbsolute(path.clone())),
        }
    }

    fn settings(&self) -> Vec<(String, String)> {
        let Self::Http { pinned, authorization, authorities } = self else { return Vec::new() };
        let (bytes, seconds) = (TRANSFER_BYTES_PER_SECOND_MIN, TRANSFER_STUCK_SECONDS_MAX);
        let mut settings = vec![
            ("http.lowSpeedLimit".to_owned(), bytes.to_string()),
            ("http.lowSpeedTime".to_owned(), seconds.to_string()),
        ];
        if let Some(resolved) = pinned.curlopt_resolve() {
            settings.push(("http.curloptResolve".to_owned(), resolved));
        }
        if let Some(proxy) = &pinned.proxy {
            settings.push(("http.proxy".to_owned(), proxy.whole().expose().to_owned()));
            settings.push(("http.proxyAuthMethod".to_owned(), "basic".to_owned()));
        }
        if let Some(file) = authorities {
            let path = file.path().to_string_lossy().into_owned();
            settings.push(("http.sslCAInfo".to_owned(), path));
        }
        if let Some(value) = authorization {
            let origin = pinned.url.origin().ascii_serialization();
            let header = format!("Authorization: {}", value.expose());
            settings.push((format!("http.{origin}/.extraHeader"), header));
        }
        settings
    }
}

/// git's TLS reads certificates from files only.
fn written(authorities: &Authorities) -> std::io::Result<NamedTempFile> {
    let mut file = NamedTempFile::with_prefix("towpath-authorities-")?;
    file.write_all(authorities.pem().as_bytes())?;
    file.flush()?;
    Ok(file)
}

/// The `Authorization` value of HTTP Basic (RFC 7617), the way in that every forge's git has.
pub fn basic_authorization(user: &str, password: &Secret) -> Secret {
    Secret::new(format!("Basic {}", basic(user, password).expose()))
}

/// What follows the word `Basic` there.
pub(crate) fn basic(user: &str, password: &Secret) -> Secret {
    Secret::new(STANDARD.encode(format!("{user}:{}", password.expose())))
}

/// Asks a remote what a ref points at; `None` where it is not there.
pub async fn resolve(remote: &Remote, git_ref: &GitRef) -> Result<Option<Head>, GitError> {
    git_ref.check()?;
    let full = git_ref.full();
    let (quiet, end) = ("--quiet", "--end-of-options");
    let command = GitCommand::new(["ls-remote", quiet, end]).remote(remote)?;
    let command = command.args([full.clone(), format!("{full}^{{}}")]);
    let output = command.time(QUESTION_TIME_MAX).run().await?;
    let text = String::from_utf8_lossy(&output);
    let lines = || text.lines().filter_map(|line| line.split_once('\t'));
    let find = |name: &str| lines().find(|(_, it)| *it == name).map(|(sha, _)| CommitSha::new(sha));
    let after = find(&full).filter(CommitSha::is_valid);
    let peeled = find(&format!("{full}^{{}}")).filter(CommitSha::is_valid);
    Ok(after.map(|after| Head { commit: peeled.unwrap_or_else(|| after.clone()), after }))
}

/// The short name of a remote's default branch and what it points at; `None` in a repository
/// without commits.
pub async fn default_branch(remote: &Remote) -> Result<Option<(String, CommitSha)>, GitError> {
    let asked = ["ls-remote", "--quiet", "--symref", "--end-of-options"];
    let command = GitCommand::new(asked).remote(remote)?.args(["HEAD"]);
    let output = command.time(QUESTION_TIME_MAX).run().await?;
    let text = String::from_utf8_lossy(&output);
    let mut lines = text.lines().filter_map(|line| line.strip_suffix("\tHEAD"));
    let name = lines.next().and_then(|line| line.strip_prefix("ref: refs/heads/"));
    let head = lines.next().map(CommitSha::new).filter(CommitSha::is_valid);
    Ok(name.map(str::to_owned).zip(head))
}

/// Every branch and tag of a remote with where it leads, by full ref; at most `limit` of them.
pub async fn heads(remote: &Remote, limit: usize) -> Result<Vec<(String, Head)>, GitError> {
    let asked = ["ls-remote", "--quiet", "--heads", "--tags", "--end-of-options"];
    let command = GitCommand::new(asked).remote(remote)?.time(QUESTION_TIME_MAX);
    let output = command.run().await?;
    Ok(read_heads(&String::from_utf8_lossy(&output), limit))
}

/// An annotated tag has two lines, the second for the commit, with `^{}` behind its name.
fn read_heads(text: &str, limit: usize) -> Vec<(String, Head)> {
    let mut heads: Vec<(String, Head)> = Vec::new();
    for (sha, name) in text.lines().filter_map(|line| line.split_once('\t')) {
        let sha = CommitSha::new(sha);
        match name.strip_suffix("^{}") {
            _ if !sha.is_valid() => {}
            Some(tag) => {
                let last = heads.last_mut().filter(|(last, _)| last == tag);
                last.into_iter().for_each(|(_, head)| head.commit = sha.clone());
            }
            None if heads.len() == limit => break,
            None => heads.push((name.to_owned(), Head { after: sha.clone(), commit: sha })),
        }
    }
    heads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotated_tag_leads_to_its_commit() {
        let (a, b, c) = ("a".repeat(40), "b".repeat(40), "c".repeat(40));
        let text = format!(
            "{a}\trefs/heads/main\n{b}\trefs/tags/v1\n{a}\trefs/tags/v1^{{}}\n{c}\trefs/tags/v2\n"
        );
        let read = |limit| {
            let head = |(name, head): (String, Head)| (name, head.after, head.commit);
            read_heads(&text, limit).into_iter().map(head).collect::<Vec<_>>()
        };
        let row = |name: &str, after: &str, commit: &str| {
            (name.to_owned(), CommitSha::new(after), CommitSha::new(commit))
        };
        let all = [
            row("refs/heads/main", &a, &a),
            row("refs/tags/v1", &b, &a),
            row("refs/tags/v2", &c, &c),
        ];
        assert_eq!(read(9), all);
        assert_eq!(read(2), all[..2], "a tag that is counted keeps its commit");
    }
}
