//! The repositories of a working copy: the source itself, and the submodules in it and in each other.
//!
//! Each has a mirror of its own, as if it were a source; what is missing is fetched by the source's
//! connection, which is opened for each repository by itself: a token of an App is for one.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use domain::reason::FailureCode;
use domain::revision::CloneReference;
use domain::{CommitSha, RepositoryName};
use egress::Url;
use engine::StartAction;
use forges::Mirror;
use forges::git::GitError;
use forges::github::Purpose;
use forges::lfs::{self, Kept, Lfs, LfsError, Wanted};
use forges::mirror::{Home, NoSubmodules, Submodule, WorkingCopy, activate, leave_alone};

use crate::access::Access;
use crate::git::Unanswered;
use crate::leave::AskedLeave;
use crate::limits::{SUBMODULE_DEPTH_MAX, SUBMODULES_MAX};
use crate::perform::Performer;
use crate::trouble::Trouble;

/// One repository of a working copy.
#[derive(Clone)]
pub struct Part {
    /// Where it is, here.
    pub mirror: Mirror,
    /// Where it lies, from the top of the working copy; empty for the source itself.
    pub path: PathBuf,
    repository: RepositoryName,
    commit: CommitSha,
    url: Url,
    /// Of a submodule, its name in the repository around it, and where that lies.
    around: Option<(String, PathBuf)>,
    depth: usize,
}

/// Looks for the parts of a working copy, and fetches what is missing.
pub struct Gather<'a> {
    /// By which.
    pub performer: &'a Performer,
    /// For which action.
    pub start: &'a StartAction,
    /// What is cloned.
    pub reference: &'a CloneReference,
    /// Whether the source's tags are fetched as they are now, though the commit is here.
    pub with_tags: bool,
}

impl Gather<'_> {
    /// The source itself.
    pub async fn source(&self) -> Result<Part, Trouble> {
        let reference = self.reference;
        let url = Url::parse(&reference.clone_url);
        let part = Part {
            mirror: self.mirror(&reference.full_repository_id),
            path: PathBuf::new(),
            repository: reference.full_repository_id.clone(),
            commit: reference.commit_id.clone(),
            url: url.map_err(|cause| Trouble::unusable(cause.into()))?,
            around: None,
            depth: 0,
        };
        self.fetch(&part).await?;
        Ok(part)
    }

    /// Every part that is wanted, the outer before the inner.
    pub async fn all(&self) -> Result<Vec<Part>, Trouble> {
        let source = self.source().await?;
        if !self.reference.fetch_submodules {
            return Ok(vec![source]);
        }
        let none = || anyhow::anyhow!("submodules of {} cannot be placed", source.url);
        let home = Home::of(&source.url, &source.repository);
        let home = home.ok_or_else(|| Trouble::unusable(none()))?;
        let (mut parts, mut waiting) = (Vec::new(), VecDeque::from([source]));
        while let Some(part) = waiting.pop_front() {
            self.may_fetch(&part).await?;
            self.fetch(&part).await?;
            waiting.extend(self.submodules(&part, &home).await?);
            parts.push(part);
            if parts.len() + waiting.len() > SUBMODULES_MAX + 1 {
                let message = format!("more than {SUBMODULES_MAX} submodules (SUBMODULES_MAX)");
                return Err(Trouble::Fails(FailureCode::LimitReached, message));
            }
        }
        Ok(parts)
    }

    fn mirror(&self, repository: &RepositoryName) -> Mirror {
        let (connection, depth) = (&self.reference.connection_arn, self.reference.git_clone_depth);
        self.performer.mirrors.of_depth(connection, repository.as_str(), depth)
    }

    /// Whoever may use the connection for the source may not for any other repository, though it be
    /// here already. For the source itself that was asked before.
    async fn may_fetch(&self, part: &Part) -> Result<(), Trouble> {
        if part.around.is_none() {
            return Ok(());
        }
        let (start, connection) = (self.start.clone(), self.reference.connection_arn.clone());
        let asked = AskedLeave { start, connection, repository: part.repository.clone() };
        let given = (self.performer.leave)(asked).await.map_err(Trouble::Passes)?;
        given.map_err(|why| {
            Trouble::Fails(FailureCode::PermissionError, format!("{}: {why}", part.named()))
        })
    }

    /// Brings the commit here, unless it is.
    async fn fetch(&self, part: &Part) -> Result<(), Trouble> {
        let as_they_are = self.with_tags && part.around.is_none();
        if part.mirror.holds(&part.commit) && !as_they_are {
            return Ok(());
        }
        let access = self.open(part).await?;
        let fetch =
            |remote| async move { part.mirror.fetch_with_tags(&remote, &part.commit).await };
        let fetched = access.by_git(&part.repository, fetch).await;
        fetched.map(drop).map_err(|why| part.not_fetched(why, &access))
    }

    async fn open(&self, part: &Part) -> Result<Access, Trouble> {
        let (of, connection) = (&self.start.attempt, &self.reference.connection_arn);
        let opened = self.performer.open(&of.account, connection, &part.repository, Purpose::Read);
        opened.await.map_err(|cause| match &part.around {
            None => cause.into(),
            Some(_) => Trouble::from(cause).of_part(&part.named()),
        })
    }

    async fn submodules(&self, part: &Part, home: &Home) -> Result<Vec<Part>, Trouble> {
        let found = part.mirror.submodules(&part.commit, &part.repository, home).await;
        let found = found.map_err(|cause| part.without(cause))?;
        if part.depth == SUBMODULE_DEPTH_MAX && !found.is_empty() {
            let message = format!(
                "{}: submodules lie in each other deeper than {SUBMODULE_DEPTH_MAX} \
                 (SUBMODULE_DEPTH_MAX)",
                part.named()
            );
            return Err(Trouble::Fails(FailureCode::LimitReached, message));
        }
        let inner = |it: Submodule| Part {
            mirror: self.mirror(&it.repository),
            path: part.path.join(&it.path),
            url: home.clone_url(&it.repository),
            repository: it.repository,
            commit: it.commit,
            around: Some((it.name, part.path.clone())),
            depth: part.depth + 1,
        };
        Ok(found.into_iter().map(inner).collect())
    }

    /// Puts the files that LFS keeps in the place of their pointers in the copy of a part.
    pub async fn large_files(&self, part: &Part, top: &Path) -> Result<(), Trouble> {
        let copy = top.join(&part.path);
        let wanted = lfs::pointers(&copy).await.map_err(Trouble::of_pointers(part.named()))?;
        let kept = part.mirror.lfs();
        if !wanted.iter().all(|(_, pointer)| kept.has(pointer)) {
            self.bring(part, &wanted, &kept).await?;
        }
        let paths: Vec<_> = wanted.iter().map(|(path, _)| path.as_str()).collect();
        leave_alone(&copy, &paths).await.map_err(Trouble::of_git(part.named()))?;
        let put = move |_: &blobs::Blobs| {
            wanted.iter().try_for_each(|(path, pointer)| kept.put(pointer, &copy.join(path)))
        };
        Ok(self.performer.on_disk(put).await??)
    }

    async fn bring(&self, part: &Part, wanted: &[Wanted], kept: &Kept) -> Result<(), Trouble> {
        let access = self.open(part).await?;
        let authorization = access.forge.git_authorization(&access.token);
        let lfs = |clone_url| Lfs {
            client: access.client(),
            clone_url,
            authorization: &authorization,
            file_time_max: self.performer.mirrors.fetch_time_max(),
        };
        let mut brought = lfs(&part.url).bring(wanted, kept).await;
        if let (Err(LfsError::Redirected), Some(name)) =
            (&brought, access.new_name(&part.repository).await)
        {
            let url = access.forge.clone_url(&name);
            let url = url.map_err(|cause| Trouble::unusable(cause.into()))?;
            brought = lfs(&url).bring(wanted, kept).await;
        }
        brought.map_err(Trouble::of_lfs(part.named()))
    }
}

impl Part {
    /// Makes the working copy of this repository in its place below `top`.
    pub async fn copy(
        &self,
        reference: &CloneReference,
        depth: Option<NonZeroU32>,
        top: &Path,
    ) -> Result<(), Trouble> {
        if !is_folder(top, &self.path) {
            let message = format!("{}: its place is no folder", self.named());
            return Err(Trouble::Fails(FailureCode::ConfigurationError, message));
        }
        let git_ref = reference.git_ref.as_ref().filter(|_| self.around.is_none());
        let copy = WorkingCopy { commit: &self.commit, git_ref, origin: self.url.as_str(), depth };
        let copied = self.mirror.copy_into(&copy, &top.join(&self.path)).await;
        copied.map_err(Trouble::of_git(self.named()))?;
        if let Some((name, around)) = &self.around {
            activate(&top.join(around), name, self.url.as_str())?;
        }
        Ok(())
    }

    /// For messages.
    pub fn named(&self) -> String {
        let of = format!("commit {} of {}", self.commit, self.repository);
        match &self.around {
            None => of,
            Some(_) => format!("submodule {} ({of})", self.path.display()),
        }
    }

    /// A submodule that nobody may see is another trouble than a source: who authorised the
    /// connection may see that.
    fn not_fetched(&self, why: Unanswered, access: &Access) -> Trouble {
        use GitError::{NotFound, Unauthorised};
        match (&self.around, &why) {
            (Some(_), Unanswered::Git(cause @ (NotFound | Unauthorised))) => {
                let (named, repository) = (self.named(), &self.repository);
                let message = format!(
                    "{named} could not be fetched: {cause}. Give the user who authorised {} read \
                     access to {repository}, or set FetchSubmodules of the source action to false",
                    access.connection.arn
                );
                Trouble::Fails(FailureCode::PermissionError, message)
            }
            _ => Trouble::of_unanswered(self.named())(why),
        }
    }

    fn without(&self, cause: NoSubmodules) -> Trouble {
        let code = match cause {
            NoSubmodules::Git(cause) => return Trouble::of_git(self.named())(cause),
            NoSubmodules::TooMany { .. } => FailureCode::LimitReached,
            NoSubmodules::Unusable { .. } | NoSubmodules::Unreadable(_) => {
                FailureCode::ConfigurationError
            }
        };
        Trouble::Fails(code, format!("{}: {cause}", self.named()))
    }
}

/// Whether a path leads to a folder by folders alone: nothing is made beyond a link.
fn is_folder(top: &Path, path: &Path) -> bool {
    let is_folder =
        |part: &Path| std::fs::symlink_metadata(top.join(part)).is_ok_and(|data| data.is_dir());
    path.ancestors().all(is_folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_copy_is_made_beyond_a_link() {
        let top = tempfile::tempdir().expect("a folder");
        let made = top.path().join("a/b");
        std::fs::create_dir_all(&made).expect("folders");
        std::os::unix::fs::symlink("/tmp", top.path().join("out")).expect("a link");
        std::os::unix::fs::symlink("../a", top.path().join("a/round")).expect("a link");
        let check = |path: &str| is_folder(top.path(), Path::new(path));
        assert!(check("") && check("a") && check("a/b"));
        assert!(!check("out") && !check("out/x") && !check("a/round/b") && !check("none"));
    }
}
