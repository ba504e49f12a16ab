//! git on the forge's own disk, and git as a person would push with it.

use anyhow::{Context, bail};
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Who commits here.
pub(crate) const PERSON: (&str, &str) = ("Practice User", "practice@example.org");

/// A ref and what it points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefLine {
    pub(crate) name: String,
    pub(crate) sha: String,
    /// `commit` or `tag`.
    pub(crate) kind: String,
}

/// A git command that reads no configuration of this machine.
pub(crate) fn git(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")]);
    command.envs([("GIT_TERMINAL_PROMPT", "0"), ("LC_ALL", "C"), ("HOME", "/dev/null")]);
    command.current_dir(folder).kill_on_drop(true);
    command.args(["-c", "core.quotePath=false", "-c", "gc.auto=0"]);
    command
}

/// Runs it with this input; gives its output, if it succeeded.
pub(crate) async fn run(command: &mut Command, input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let output = finish(command, input).await?;
    if !output.status.success() {
        bail!("git failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

/// Runs it with this input; gives what became of it.
pub(crate) async fn finish(command: &mut Command, input: &[u8]) -> anyhow::Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("git could not be started; is it installed?")?;
    let mut stdin = child.stdin.take().context("git has no standard input")?;
    let writing = async {
        // git may end before it has read everything; its status says whether that was right.
        let _ = stdin.write_all(input).await;
        drop(stdin);
    };
    let ((), output) = tokio::join!(writing, child.wait_with_output());
    Ok(output?)
}

async fn text(command: &mut Command) -> anyhow::Result<String> {
    Ok(String::from_utf8_lossy(&run(command, b"").await?).into_owned())
}

/// Makes a bare repository.
pub(crate) async fn init(folder: &Path, default_branch: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let branch = format!("--initial-branch={default_branch}");
    run(git(folder).args(["init", "--quiet", "--bare", "--template=", &branch]), b"").await?;
    Ok(())
}

/// Every branch and tag.
pub(crate) async fn refs(folder: &Path) -> anyhow::Result<Vec<RefLine>> {
    let format = "--format=%(refname) %(objectname) %(objecttype)";
    let listed =
        text(git(folder).args(["for-each-ref", format, "refs/heads", "refs/tags"])).await?;
    let line = |line: &str| {
        let mut words = line.split(' ').map(str::to_owned);
        Some(RefLine { name: words.next()?, sha: words.next()?, kind: words.next()? })
    };
    Ok(listed.lines().filter_map(line).collect())
}

/// What an annotated tag's own object points at.
pub(crate) async fn tag_target(folder: &Path, tag: &str) -> anyhow::Result<RefLine> {
    let listed = text(git(folder).args(["cat-file", "tag", tag])).await?;
    let value = |name: &str| {
        let found = listed.lines().find_map(|line| line.strip_prefix(name));
        found.map(str::to_owned).context("not a tag object")
    };
    Ok(RefLine { name: value("tag ")?, sha: value("object ")?, kind: value("type ")? })
}

/// Whether the repository has a commit of this hash.
pub(crate) async fn has_commit(folder: &Path, sha: &str) -> bool {
    let object = format!("{sha}^{{commit}}");
    let hex = sha.bytes().all(|b| b.is_ascii_hexdigit());
    hex && text(git(folder).args(["cat-file", "-e", &object])).await.is_ok()
}

/// The first branch that a commit is on.
pub(crate) async fn branch_with(folder: &Path, sha: &str) -> Option<String> {
    let asked = ["for-each-ref", "--count=1", "--format=%(refname:short)", "--contains", sha];
    let found = text(git(folder).args(asked).arg("refs/heads")).await.ok()?;
    found.lines().next().map(str::to_owned)
}

/// One commit as a push payload lists it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Commit {
    pub(crate) id: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) author_name: String,
    pub(crate) author_email: String,
    pub(crate) timestamp: String,
    pub(crate) message: String,
    pub(crate) added: Vec<String>,
    pub(crate) removed: Vec<String>,
    pub(crate) modified: Vec<String>,
}

/// Commits that a payload lists at most (GitHub's own limit).
const LISTED_COMMITS_MAX: &str = "--max-count=2048";

/// The commits reachable from `after` and from none of `known`, oldest first; with no `known`,
/// just the one.
pub(crate) async fn commits(
    folder: &Path,
    after: &str,
    known: &[String],
) -> anyhow::Result<Vec<Commit>> {
    let count = if known.is_empty() { "--max-count=1" } else { LISTED_COMMITS_MAX };
    let mut command = git(folder);
    command.args(["log", "--reverse", "--name-status", "--no-renames", count, FORMAT, after]);
    command.arg("--not").args(known).arg("--");
    Ok(text(&mut command).await?.split('\x1e').filter_map(read_commit).collect())
}

/// The commits that lead to one, newest first, from the `skip`-th on.
pub(crate) async fn history(
    folder: &Path,
    from: &str,
    skip: usize,
    count: usize,
) -> anyhow::Result<Vec<Commit>> {
    let (skip, count) = (format!("--skip={skip}"), format!("--max-count={count}"));
    let mut command = git(folder);
    command.args(["log", "--name-status", "--no-renames", &skip, &count, FORMAT, from, "--"]);
    Ok(text(&mut command).await?.split('\x1e').filter_map(read_commit).collect())
}

const FORMAT: &str = "--format=%x1e%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%B%x1f";

fn read_commit(record: &str) -> Option<Commit> {
    let mut parts = record.split('\x1f').map(str::to_owned);
    let mut commit = Commit {
        id: parts.next().filter(|id| !id.is_empty())?,
        tree: parts.next()?,
        parents: parts.next()?.split_whitespace().map(str::to_owned).collect(),
        author_name: parts.next()?,
        author_email: parts.next()?,
        timestamp: parts.next()?,
        message: parts.next()?.trim_end().to_owned(),
        ..Commit::default()
    };
    for (letter, path) in parts.next()?.lines().filter_map(|line| line.split_once('\t')) {
        match letter {
            "A" => commit.added.push(path.to_owned()),
            "D" => commit.removed.push(path.to_owned()),
            _ => commit.modified.push(path.to_owned()),
        }
    }
    Some(commit)
}

/// Whether `after` does not follow from `before`.
pub(crate) async fn is_forced(folder: &Path, before: &str, after: &str) -> bool {
    text(git(folder).args(["merge-base", "--is-ancestor", before, after])).await.is_err()
}

/// What a new commit holds.
#[derive(Clone, Copy, Debug)]
pub struct NewCommit<'a> {
    /// The branch's short name; made where it is not there.
    pub branch: &'a str,
    /// What to say.
    pub message: &'a str,
    /// Paths with their content; added to what the parent holds.
    pub files: &'a [(&'a str, &'a str)],
}

/// Makes a commit on top of `parent` in a repository, by one `git fast-import`; gives its hash.
pub(crate) async fn write_commit(
    folder: &Path,
    parent: Option<&str>,
    new: NewCommit<'_>,
    at_seconds: i64,
) -> anyhow::Result<String> {
    let mut stream = begun(new.branch, new.message, parent, at_seconds);
    for (path, content) in new.files {
        stream.push_str(&format!("M 100644 inline {}\n", quoted(path)));
        push_data(&mut stream, content);
    }
    import(folder, stream).await
}

/// Makes a commit on a branch of a repository that puts another repository's commit at a path.
pub(crate) async fn write_link(
    folder: &Path,
    branch: &str,
    (path, commit): (&str, &str),
    at_seconds: i64,
) -> anyhow::Result<String> {
    let parent = format!("refs/heads/{branch}^0");
    let mut stream = begun(branch, "Link", Some(&parent), at_seconds);
    stream.push_str(&format!("M 160000 {commit} {}\n", quoted(path)));
    import(folder, stream).await
}

/// The beginning of a commit as git-fast-import reads it.
fn begun(branch: &str, message: &str, parent: Option<&str>, at_seconds: i64) -> String {
    let mut stream = format!(
        "commit refs/heads/{branch}\nmark :1\ncommitter {} <{}> {at_seconds} +0000\n",
        PERSON.0, PERSON.1
    );
    push_data(&mut stream, message);
    parent.iter().for_each(|parent| stream.push_str(&format!("from {parent}\n")));
    stream
}

/// Has git make the commit of a stream; gives its hash.
async fn import(folder: &Path, mut stream: String) -> anyhow::Result<String> {
    stream.push_str("get-mark :1\ndone\n");
    let mut command = git(folder);
    command.args(["fast-import", "--quiet", "--done", "--force"]);
    let printed = run(&mut command, stream.as_bytes()).await?;
    Ok(String::from_utf8_lossy(&printed).trim().to_owned())
}

/// A path as git-fast-import reads it, whatever it is made of.
fn quoted(path: &str) -> String {
    let escaped = path.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

fn push_data(stream: &mut String, text: &str) {
    stream.push_str(&format!("data {}\n{text}\n", text.len()));
}

/// Pushes a ref as a person would, over HTTP with a token.
pub(crate) async fn push(
    folder: &Path,
    url: &str,
    token: &str,
    refspecs: &[&str],
) -> anyhow::Result<()> {
    use base64::Engine;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"));
    let mut command = git(folder);
    command.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "http.extraHeader");
    command.env("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {basic}"));
    command.args(["push", "--quiet", "--force", "--end-of-options", url]).args(refspecs);
    run(&mut command, b"").await?;
    Ok(())
}

/// Copies a repository: branches and tags, no configuration.
pub(crate) async fn fork(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut command = git(from);
    command.args(["clone", "--quiet", "--bare", "--template=", "--end-of-options"]);
    run(command.arg(from).arg(to), b"").await?;
    Ok(())
}

/// Brings a branch of another repository here: under a name, or just its objects.
pub(crate) async fn bring(
    to: &Path,
    from: &Path,
    branch: &str,
    name: Option<&str>,
) -> anyhow::Result<()> {
    let refspec = format!("+refs/heads/{branch}:{}", name.unwrap_or_default());
    let mut command = git(to);
    command.args(["fetch", "--quiet", "--no-tags", "--end-of-options"]);
    run(command.arg(from).arg(refspec), b"").await?;
    Ok(())
}

/// Merges a commit into a branch without looking at a working folder; gives the merge commit.
pub(crate) async fn merge(
    folder: &Path,
    branch: &str,
    head: &str,
    message: &str,
    at_seconds: i64,
) -> anyhow::Result<String> {
    let target = format!("refs/heads/{branch}");
    let base = text(git(folder).args(["rev-parse", "--verify", &target])).await?;
    let base = base.trim();
    let merged = text(git(folder).args(["merge-tree", "--write-tree", base, head])).await;
    let merged = merged.with_context(|| format!("{head} does not merge into {branch}"))?;
    let tree = merged.lines().next().context("no tree was merged")?;
    let date = format!("{at_seconds} +0000");
    let mut command = git(folder);
    command.envs([("GIT_AUTHOR_NAME", PERSON.0), ("GIT_AUTHOR_EMAIL", PERSON.1)]);
    command.envs([("GIT_COMMITTER_NAME", PERSON.0), ("GIT_COMMITTER_EMAIL", PERSON.1)]);
    command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", &date);
    command.args(["commit-tree", tree, "-p", base, "-p", head, "-m", message]);
    let commit = text(&mut command).await?.trim().to_owned();
    run(git(folder).args(["update-ref", &target, &commit, base]), b"").await?;
    Ok(commit)
}

/// A commit by its hash, or by the branch or tag that leads to it.
pub(crate) async fn commit(folder: &Path, wanted: &str) -> Option<Commit> {
    let plain = !wanted.starts_with('-') && !wanted.contains("..");
    let names = refs(folder).await.ok()?;
    let named = names.iter().find(|line| {
        let short = line.name.strip_prefix("refs/heads/");
        let short = short.or_else(|| line.name.strip_prefix("refs/tags/"));
        line.name == wanted || short == Some(wanted)
    });
    let sha = named.map_or(wanted, |line| line.sha.as_str());
    if !plain || !has_commit(folder, sha).await {
        return None;
    }
    commits(folder, sha, &[]).await.ok()?.pop()
}
