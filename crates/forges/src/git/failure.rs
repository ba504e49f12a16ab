//! git's words read as errors that a caller can act on. git has no codes for them, so they are
//! known by their English text, which `LC_ALL=C` holds still; what the forge answered is in its trace.

use super::trace::Said;
use domain::forge_event::RefError;
use egress::EgressRefusal;
use std::path::PathBuf;
use std::time::Duration;

/// Why git did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Our own guard does not let the request out.
    #[error(transparent)]
    Egress(EgressRefusal),
    /// A branch or tag by that name is not asked for.
    #[error(transparent)]
    Name(#[from] RefError),
    /// Not a full hash.
    #[error("{0:?} is not a commit's hash: 40 or 64 lower-case hex digits")]
    NotACommit(String),
    /// A relative path would depend on where the server was started.
    #[error("{} is not an absolute path", .0.display())]
    NotAbsolute(PathBuf),
    /// No git.
    #[error("git could not be run: {why}")]
    NotStarted {
        /// What the system said.
        why: String,
    },
    /// The forge does not take the credential.
    #[error("the forge does not accept the credential for this repository")]
    Unauthorised,
    /// Not there, or not to be seen.
    #[error("the repository was not found, or the token's user may not see it")]
    NotFound,
    /// Rewritten or deleted between the push and now.
    #[error("the commit is no longer reachable in the repository")]
    CommitUnreachable,
    /// The forge sends us elsewhere, perhaps because the repository moved.
    #[error(
        "the forge redirects to another place, which is not followed; has the repository moved?"
    )]
    Redirected,
    /// No connection, or a broken one.
    #[error("the forge could not be reached: {why}")]
    Unreachable {
        /// git's own words.
        why: String,
    },
    /// Asked too often.
    #[error("the forge asks git to wait {} s", wait.as_secs())]
    RateLimited {
        /// From now.
        wait: Duration,
    },
    /// A page where git's protocol was asked for: a proxy's, a sign-in, a maintenance.
    #[error(
        "the forge did not answer git: {kind} came instead, perhaps a page of a proxy, a sign-in or a maintenance"
    )]
    NoGits {
        /// What it was.
        kind: String,
    },
    /// It took too long.
    #[error("git {command} took longer than {seconds} s")]
    TimedOut {
        /// The subcommand.
        command: String,
        /// The limit.
        seconds: u64,
    },
    /// It wrote too much.
    #[error("the repository is larger than the limit of {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: u64,
    },
    /// The mirror on this machine is broken; it was removed and will be fetched anew.
    #[error("the mirror was damaged and is removed; the next fetch makes a new one")]
    Damaged,
    /// This machine's own disk or folder.
    #[error("the mirror's folder could not be used: {0}")]
    Folder(#[from] std::io::Error),
    /// Anything else.
    #[error("git {command} failed: {why}")]
    Failed {
        /// The subcommand.
        command: String,
        /// git's own words.
        why: String,
    },
}

impl GitError {
    /// Whether the same question may be answered later without anybody having mended anything.
    pub fn passes(&self) -> bool {
        use GitError::{Damaged, Folder, NoGits, RateLimited, Unreachable};
        matches!(
            self,
            Unreachable { .. } | RateLimited { .. } | NoGits { .. } | Damaged | Folder(_)
        )
    }
}

impl From<EgressRefusal> for GitError {
    /// A name that is not resolved now may be in a moment.
    fn from(refusal: EgressRefusal) -> Self {
        match refusal {
            EgressRefusal::Unresolved { .. } => Self::Unreachable { why: refusal.to_string() },
            refusal => Self::Egress(refusal),
        }
    }
}

/// A proxy that answers 407, in the words of older and of newer libcurl.
const PROXY_REFUSES: &[&str] = &["http code 407 from proxy", "connect tunnel failed, response 407"];
/// Each error by words that git says then, the more telling first.
const UNAUTHORISED: &[&str] =
    &["could not read username", "authentication failed", "error: 401", "error: 403"];
const REDIRECTED: &[&str] =
    &["unable to update url base", "error: 301", "error: 302", "error: 307", "error: 308"];
const NOT_FOUND: &[&str] =
    &["error: 404", "not found", "does not appear to be a git repository", "does not exist"];
const UNREACHABLE_COMMIT: &[&str] =
    &["not our ref", "unadvertised object", "couldn't find remote ref"];
const DAMAGED: &[&str] = &[
    "bad object",
    "unable to read",
    "corrupt",
    "not a valid object name",
    "not a tree object",
    "unable to find",
];
const UNREACHABLE: &[&str] = &[
    "could not resolve",
    "failed to connect",
    "timed out",
    "connection",
    "unable to access",
    "early eof",
    "operation too slow",
    "ssl",
    "disconnect",
    "hung up",
    "rpc failed",
    // A page for people where git asked: a proxy's sign-in, or its sorrow.
    "is this a git repository?",
    // An answer that breaks off, wherever it does.
    "are still expected",
    "expected flush after",
    "expected 'acknowledgments'",
    "expected 'packfile'",
    "could not read from remote repository",
    "bad line length",
    "bad pack header",
    "invalid server response",
];

/// Something answered git that is no git server.
pub(super) fn no_gits(kind: &str) -> GitError {
    let kind: String = kind.chars().filter(|c| !c.is_control()).take(KIND_CHARS_MAX).collect();
    let kind = if kind.is_empty() { "something without a type".to_owned() } else { kind };
    GitError::NoGits { kind }
}

/// Reads what git complained, beside what it was answered.
pub(super) fn read(command: &str, said: &Said) -> GitError {
    match (said.limit(), said.no_gits()) {
        (Some(wait), _) => GitError::RateLimited { wait },
        (None, Some(kind)) => no_gits(kind),
        (None, None) => complained(command, &said.complaint),
    }
}

fn complained(command: &str, complaint: &str) -> GitError {
    let lower = complaint.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let why = || match says(PROXY_REFUSES) {
        true => egress::PROXY_REFUSES.to_owned(),
        false => summary(complaint),
    };
    let is_local =
        matches!(command, "archive" | "cat-file" | "diff-tree" | "ls-tree" | "merge-base");
    match () {
        () if is_local && says(DAMAGED) => GitError::Damaged,
        () if says(PROXY_REFUSES) => GitError::Unreachable { why: why() },
        () if says(UNREACHABLE_COMMIT) => GitError::CommitUnreachable,
        () if says(UNAUTHORISED) => GitError::Unauthorised,
        () if says(REDIRECTED) => GitError::Redirected,
        () if says(NOT_FOUND) => GitError::NotFound,
        () if says(UNREACHABLE) => GitError::Unreachable { why: why() },
        () => GitError::Failed { command: command.to_owned(), why: why() },
    }
}

/// Characters of a type that are repeated.
const KIND_CHARS_MAX: usize = 100;

/// The first line that is a complaint, without control characters.
fn summary(complaint: &str) -> String {
    let telling = |line: &&str| line.starts_with("fatal: ") || line.starts_with("error: ");
    let line = complaint.lines().find(telling).or_else(|| complaint.lines().last());
    line.unwrap_or("no message").chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_words_are_told_apart_by_who_can_mend_it() {
        fn check(complaint: &str, expect: &str) {
            let seen = format!("{:?}", complained("fetch", complaint));
            assert!(seen.starts_with(expect), "{complaint}: {seen}");
        }
        for broken_off in [
            "error: 42 bytes of body are still expected\nfatal: expected flush after ref listing",
            "fatal: expected flush after capabilities",
            "fatal: expected 'packfile'",
            "fatal: expected 'acknowledgments'",
            "fatal: Could not read from remote repository.\n\nPlease make sure you have the correct",
            "fatal: remote-curl: bad line length character: <htm",
            "fatal: protocol error: bad pack header",
        ] {
            check(broken_off, "Unreachable");
        }
        check(
            "fatal: could not read Username for 'http://x': terminal prompts disabled",
            "Unauthorised",
        );
        check(
            "fatal: unable to access 'http://x/': The requested URL returned error: 403",
            "Unauthorised",
        );
        check("fatal: repository 'http://127.0.0.1:1/a/b.git/' not found", "NotFound");
        check(
            "fatal: unable to access 'http://x/': The requested URL returned error: 404",
            "NotFound",
        );
        check(
            "fatal: unable to access 'http://x/': The requested URL returned error: 302",
            "Redirected",
        );
        check("fatal: unable to update url base from redirection", "Redirected");
        check("fatal: remote error: upload-pack: not our ref 1234", "CommitUnreachable");
        check(
            "error: Server does not allow request for unadvertised object 1234",
            "CommitUnreachable",
        );
        check("fatal: unable to access 'http://x/': Failed to connect to x", "Unreachable");
        check(
            "error: RPC failed; HTTP 503 curl 22 The requested URL returned error: 503",
            "Unreachable",
        );
        check("fatal: http://x/info/refs not valid: is this a git repository?", "Unreachable");
        check("fatal: transport 'ext' not allowed", "Failed");
    }
}
