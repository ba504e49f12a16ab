//! Which submodules a commit has, and which repository of the same forge each of them is.
//!
//! `.gitmodules` belongs to whoever may push. So its URLs are read for the name of a repository and
//! are never gone to: what is fetched is the forge's own URL of that name.

use super::{Mirror, NoFile};
use crate::git::{GitCommand, GitError};
use crate::limits::{GITMODULES_BYTES_MAX, LISTING_BYTES_MAX, SUBMODULES_MAX};
use domain::{CommitSha, RepositoryName};
use egress::Url;
use std::collections::BTreeMap;

/// The file that tells of them.
const FILE: &str = ".gitmodules";

/// A repository that a commit has inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submodule {
    /// Its name in `.gitmodules`.
    pub name: String,
    /// Its folder, from the top of the repository around it.
    pub path: String,
    /// Which it is.
    pub repository: RepositoryName,
    /// The commit of it.
    pub commit: CommitSha,
}

/// Why the submodules of a commit cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NoSubmodules {
    /// One of them is nowhere that we go.
    #[error("submodule {path}: {why}")]
    Unusable {
        /// Its folder.
        path: String,
        /// Why, and what would be right.
        why: String,
    },
    /// The file that tells of them cannot be read.
    #[error("{FILE}: {0}")]
    Unreadable(String),
    /// There are too many.
    #[error("it has more than {count_max} submodules")]
    TooMany {
        /// The limit.
        count_max: usize,
    },
    /// git did not tell.
    #[error(transparent)]
    Git(#[from] GitError),
}

/// Where a forge has its repositories: all of them are below one path, each `<name>.git`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    url: Url,
    below: String,
}

impl Home {
    /// The home of a repository that is cloned from this URL; `None` where the URL is not its own.
    pub fn of(clone_url: &Url, repository: &RepositoryName) -> Option<Self> {
        let below = clone_url.path().strip_suffix(&format!("{repository}.git"))?.to_owned();
        Some(Self { url: clone_url.clone(), below })
    }

    /// Where a repository is cloned from.
    pub fn clone_url(&self, repository: &RepositoryName) -> Url {
        let mut url = self.url.clone();
        url.set_path(&self.path(repository));
        url
    }

    fn path(&self, repository: &RepositoryName) -> String {
        format!("{}{repository}.git", self.below)
    }

    /// The repository that a URL in `.gitmodules` of `around` means; or why it is none of here.
    fn repository(&self, around: &RepositoryName, text: &str) -> Result<RepositoryName, String> {
        let host = self.url.host_str().unwrap_or_default();
        let here = self.url.origin().ascii_serialization();
        let right = format!(
            "only submodules at {here} are fetched, by the same connection; write a relative URL such \
             as ../name.git in {FILE}, or mirror the repository to {here}"
        );
        let elsewhere = |there: &str| format!("it is at {there}; {right}");
        let path = if text.starts_with("./") || text.starts_with("../") {
            beside(&self.path(around), text)
                .ok_or_else(|| format!("{text} leads out of {here}; {right}"))?
        } else if let Some((there, path)) = by_ssh(text) {
            let same = there.eq_ignore_ascii_case(host);
            same.then(|| format!("{}{path}", self.below)).ok_or_else(|| elsewhere(there))?
        } else {
            let url = Url::parse(text).map_err(|_| format!("its URL is none; {right}"))?;
            let same = url.origin() == self.url.origin();
            let there = Some(url.origin()).filter(url::Origin::is_tuple);
            let there = there.map_or("no host".to_owned(), |it| it.ascii_serialization());
            same.then(|| url.path().to_owned()).ok_or_else(|| elsewhere(&there))?
        };
        let name = path.strip_prefix(&self.below).unwrap_or_default().trim_end_matches('/');
        let name = RepositoryName::new(name.strip_suffix(".git").unwrap_or(name));
        name.check()
            .map_err(|why| format!("{path} is no repository of {here} ({why}); {right}"))?;
        Ok(name)
    }
}

impl Mirror {
    /// The submodules of a commit of a repository.
    ///
    /// # Errors
    /// [`NoSubmodules`].
    pub async fn submodules(
        &self,
        commit: &CommitSha,
        repository: &RepositoryName,
        home: &Home,
    ) -> Result<Vec<Submodule>, NoSubmodules> {
        let links = self.links(commit).await?;
        if links.is_empty() {
            return Ok(Vec::new());
        }
        if links.len() > SUBMODULES_MAX {
            return Err(NoSubmodules::TooMany { count_max: SUBMODULES_MAX });
        }
        let declared = self.declared(commit).await?;
        let wanted = links.into_iter().filter_map(|(path, commit)| {
            let unusable = |why| NoSubmodules::Unusable { path: path.clone(), why };
            let Some((name, told)) = declared.iter().find(|(_, it)| it.path == path) else {
                return Some(Err(unusable(format!("{FILE} does not name it"))));
            };
            let found = home.repository(repository, &told.url).map_err(unusable);
            let made = |repository| Submodule {
                name: name.clone(),
                path: path.clone(),
                repository,
                commit,
            };
            (!told.is_left_alone).then(|| found.map(made))
        });
        wanted.collect()
    }

    /// Entries of the tree that stand for a commit of another repository.
    async fn links(&self, commit: &CommitSha) -> Result<Vec<(String, CommitSha)>, GitError> {
        self.must_hold(commit)?;
        let listing = ["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit.as_str()];
        let listed = GitCommand::at(&self.path, listing).run_into(Vec::new(), LISTING_BYTES_MAX);
        let listed = self.mend(listed.await).await?;
        Ok(listed.split(|byte| *byte == 0).filter_map(link).collect())
    }

    /// What `.gitmodules` says, by name; nothing where there is no such file.
    async fn declared(&self, commit: &CommitSha) -> Result<BTreeMap<String, Told>, NoSubmodules> {
        match self.file(commit, FILE, GITMODULES_BYTES_MAX).await.map(domain::text) {
            Ok(Ok(_)) => {}
            Ok(Err(why)) => return Err(NoSubmodules::Unreadable(why.to_string())),
            Err(NoFile::Missing) => return Ok(BTreeMap::new()),
            Err(NoFile::Git(cause)) => return Err(cause.into()),
            Err(why) => return Err(NoSubmodules::Unreadable(why.to_string())),
        }
        // As git itself reads it, but for `include`, which leads to any file of this machine.
        let blob = format!("--blob={commit}:{FILE}");
        let asked = GitCommand::at(&self.path, ["config", "--no-includes", &*blob, "-z", "--list"]);
        match asked.run().await {
            Ok(said) => Ok(read(&String::from_utf8_lossy(&said))),
            Err(GitError::Failed { why, .. }) => {
                let why = why.split(" in blob ").next().unwrap_or_default();
                Err(NoSubmodules::Unreadable(why.trim_start_matches("error: ").to_owned()))
            }
            Err(cause) => Err(cause.into()),
        }
    }
}

/// `160000 commit <hash>\t<path>`; a path that is no text is none that a file could name.
fn link(entry: &[u8]) -> Option<(String, CommitSha)> {
    let (about, path) = std::str::from_utf8(entry).ok()?.split_once('\t')?;
    let commit = CommitSha::new(about.strip_prefix("160000 commit ")?);
    commit.is_valid().then(|| (path.to_owned(), commit))
}

/// What `.gitmodules` says of one.
#[derive(Default)]
struct Told {
    path: String,
    url: String,
    /// `update = none`: it is not checked out unless somebody asks for it by name.
    is_left_alone: bool,
}

/// `submodule.<name>.<key>`, a line end, the value, a zero byte.
fn read(said: &str) -> BTreeMap<String, Told> {
    let mut all: BTreeMap<String, Told> = BTreeMap::new();
    for (key, value) in said.split('\0').filter_map(|entry| entry.split_once('\n')) {
        let name = key.strip_prefix("submodule.").and_then(|it| it.rsplit_once('.'));
        let Some((name, key)) = name else { continue };
        let told = all.entry(name.to_owned()).or_default();
        match key {
            "path" => value.trim_end_matches('/').clone_into(&mut told.path),
            "url" => value.clone_into(&mut told.url),
            "update" => told.is_left_alone = value == "none",
            _ => {}
        }
    }
    all
}

/// A relative URL as git reads it: each `../` leaves one part of the path.
fn beside(base: &str, mut relative: &str) -> Option<String> {
    let mut base = base.trim_end_matches('/');
    loop {
        if let Some(rest) = relative.strip_prefix("../") {
            base = &base[..base.rfind('/')?];
            relative = rest;
        } else if let Some(rest) = relative.strip_prefix("./") {
            relative = rest;
        } else {
            return Some(format!("{base}/{relative}"));
        }
    }
}

/// `git@host:owner/name.git` or `ssh://git@host:7999/owner/name.git`: host and path.
fn by_ssh(text: &str) -> Option<(&str, &str)> {
    let (there, path) = match text.strip_prefix("ssh://") {
        Some(rest) => rest.split_once('/')?,
        None => text.split_once(':').filter(|(there, _)| there.contains('@'))?,
    };
    let there = there.rsplit_once('@').map_or(there, |(_, host)| host);
    Some((there.split(':').next()?, path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(clone_url: &str) -> Home {
        let url = Url::parse(clone_url).expect("a URL");
        Home::of(&url, &"team/app".into()).expect("its own")
    }

    fn place(clone_url: &str, text: &str) -> Result<String, String> {
        let home = home(clone_url);
        let found = home.repository(&"team/app".into(), text)?;
        Ok(home.clone_url(&found).to_string())
    }

    const APP: &str = "https://forge.example:8443/team/app.git";
    const SERVER: &str = "https://forge.example/scm/team/app.git";

    #[test]
    fn a_submodule_is_a_repository_of_the_same_forge() {
        fn check(around: &str, text: &str, expect: &str) {
            let url = place(around, text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(url, expect, "{text}");
        }
        let lib = "https://forge.example:8443/team/lib.git";
        check(APP, "../lib.git", lib);
        check(APP, "../lib", lib);
        check(APP, "../lib/", lib);
        check(APP, "./../lib.git", lib);
        check(APP, "./lib", "https://forge.example:8443/team/app.git/lib.git");
        check(APP, "../../other/lib.git", "https://forge.example:8443/other/lib.git");
        check(APP, "https://forge.example:8443/team/lib.git", lib);
        check(APP, "https://me@forge.example:8443/team/lib", lib);
        check(APP, "https://me:canary@forge.example:8443/team/lib.git", lib);
        check(APP, "git@forge.example:team/lib.git", lib);
        check(APP, "git@FORGE.example:/team/lib.git", lib);
        check(APP, "ssh://git@forge.example:7999/team/lib.git", lib);
        check(
            SERVER,
            "ssh://git@forge.example:7999/x/lib.git",
            "https://forge.example/scm/x/lib.git",
        );
        check(SERVER, "../../x/lib.git", "https://forge.example/scm/x/lib.git");
    }

    #[test]
    fn no_other_place_is_gone_to_and_the_message_says_what_would_be_right() {
        for text in [
            "https://evil.example/a/b.git",
            "https://forge.example/a/b.git",
            "http://forge.example:8443/a/b.git",
            "https://me:canary@evil.example/a/b.git",
            "https://forge.example:8443@evil.example/a.git",
            "https://forge.example:8443\\@evil.example/a/b.git",
            "https://forge.example.evil.example:8443/a/b.git",
            "http://169.254.169.254/latest/meta-data",
            "http://2852039166/a/b",
            "http://0x7f.1/a/b.git",
            "http://[::1]/a/b.git",
            "http://127.0.0.1/a/b.git",
            "git@evil.example:a/b.git",
            "ssh://git@169.254.169.254/a/b.git",
            "ssh://-oProxyCommand=id@forge.example/a",
            "ssh://-oProxyCommand=id/a/b",
            "git://forge.example/a/b.git",
            "../../../etc/passwd",
            "../../../../../etc/passwd",
            "../a/../../b",
            "../..//x",
            "../lib.git?x",
            "../-u/x",
            "../%2e%2e/x",
            "file:///etc",
            "/etc/passwd",
            "ext::sh -c id",
            "EXT::sh -c id",
            "fd::17",
            "-u./evil",
            "--upload-pack=evil",
            "@:",
            "ssh://",
            "",
        ] {
            let why = place(APP, text).expect_err(text);
            assert!(why.contains("only submodules at https://forge.example:8443"), "{text}: {why}");
            assert!(!why.contains("canary"), "{why}");
        }
        let port = place(APP, "https://forge.example:8444/team/lib.git").expect_err("its port");
        assert!(port.contains("it is at https://forge.example:8444; only"), "{port}");
        assert!(place(SERVER, "https://forge.example/a/b.git").is_err(), "beside /scm/");
        assert_eq!(Home::of(&Url::parse(APP).expect("a URL"), &"team/lib".into()), None);
    }

    #[test]
    fn what_git_lists_of_gitmodules_is_read_by_name() {
        let said = "submodule.my.lib.path\nvendor/lib/\0submodule.my.lib.url\n../lib.git\0core.x\n1\0\
                    submodule.a.update\nnone\0submodule.b.update\n!id\0submodule.c.path\0";
        let all = read(said);
        let told = &all["my.lib"];
        assert_eq!((&*told.path, &*told.url), ("vendor/lib", "../lib.git"));
        assert!(all["a"].is_left_alone && !all["b"].is_left_alone);
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn a_link_is_a_commit_in_a_tree() {
        let commit = "a".repeat(40);
        let found = link(format!("160000 commit {commit}\tvendor/lib").as_bytes());
        assert_eq!(found, Some(("vendor/lib".to_owned(), CommitSha::new(&*commit))));
        assert_eq!(link(format!("100644 blob {commit}\ta").as_bytes()), None);
        assert_eq!(link(b"160000 commit abc\ta"), None);
        assert_eq!(link(b""), None);
    }
}
