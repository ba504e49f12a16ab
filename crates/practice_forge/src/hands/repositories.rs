//! Repositories, and who may do what there.

use crate::git::{self, NewCommit};
use crate::world::repository::{Access, Repository, Restriction};
use crate::{Kind, PracticeForge};
use anyhow::{Context, bail};
use domain::{CommitSha, Entropy};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use url::Url;

impl PracticeForge {
    /// Makes a repository with a first commit on `main`; gives the commit. The owner need not be
    /// the user; at GitLab it may be groups within groups, at Bitbucket Server it is a project's
    /// key.
    pub async fn create_repository(
        &self,
        full_name: &str,
        files: &[(&str, &str)],
    ) -> anyhow::Result<CommitSha> {
        let made = self.new_repository(full_name)?;
        let folder = self.shared.folder_of(&made);
        git::init(&folder, "main").await?;
        let first = NewCommit { branch: "main", message: "First commit", files };
        let sha = git::write_commit(&folder, None, first, self.now_seconds()).await?;
        self.shared.world().repositories.push(made);
        Ok(CommitSha::new(sha))
    }

    /// Copies a repository, branches and tags, as a fork of it.
    pub async fn fork(&self, full_name: &str, fork: &str) -> anyhow::Result<()> {
        let from = self.shared.present(full_name)?;
        let made = Repository { fork_of: Some(from.id), ..self.new_repository(fork)? };
        git::fork(&self.shared.folder_of(&from), &self.shared.folder_of(&made)).await?;
        self.shared.world().repositories.push(made);
        Ok(())
    }

    /// Gives a repository another name; the old one leads to it until somebody takes it.
    pub fn rename_repository(&self, full_name: &str, to: &str) -> anyhow::Result<()> {
        let id = self.shared.present(full_name)?.id;
        let named = self.new_repository(to)?;
        let mut world = self.shared.world();
        let found = world.repositories.iter_mut().find(|it| it.id == id);
        let found = found.context("the repository is gone")?;
        found.old_names.push(full_name.to_owned());
        (found.owner, found.name) = (named.owner, named.name);
        Ok(())
    }

    /// Removes a repository, its hooks and its pull requests.
    pub fn remove_repository(&self, full_name: &str) -> anyhow::Result<()> {
        let id = self.shared.present(full_name)?.id;
        let mut world = self.shared.world();
        world.repositories.retain(|it| it.id != id);
        world.hooks.retain(|it| it.repository != id);
        world.pull_requests.retain(|it| it.repository != id);
        Ok(())
    }

    /// Takes a repository's hooks away, as anyone with the right may do in its settings.
    pub fn remove_hooks(&self, full_name: &str) -> anyhow::Result<()> {
        let id = self.shared.present(full_name)?.id;
        self.shared.world().hooks.retain(|it| it.repository != id);
        Ok(())
    }

    /// Says what a user may do there; everybody else may do everything.
    pub fn allow(&self, full_name: &str, login: &str, access: Access) -> anyhow::Result<()> {
        let id = self.shared.present(full_name)?.id;
        let mut world = self.shared.world();
        let found = world.repositories.iter_mut().find(|it| it.id == id);
        found.context("the repository is gone")?.access.insert(login.to_owned(), access);
        Ok(())
    }

    /// Protects a full ref, `refs/heads/main`, or no longer. Only what the API and payloads say of it
    /// changes: everybody who may push goes on pushing to it.
    pub fn protect(&self, full_name: &str, full_ref: &str, protected: bool) -> anyhow::Result<()> {
        let id = self.shared.present(full_name)?.id;
        let mut world = self.shared.world();
        let found = world.repositories.iter_mut().find(|it| it.id == id);
        let refs = &mut found.context("the repository is gone")?.protected;
        match protected {
            true => refs.insert(full_ref.to_owned()),
            false => refs.remove(full_ref),
        };
        Ok(())
    }

    /// What an organisation asks of OAuth apps from now on; only GitHub has such settings.
    pub fn restrict(&self, owner: &str, how: Option<Restriction>) -> anyhow::Result<()> {
        if self.shared.kind != Kind::GitHub {
            bail!("only GitHub's organisations restrict OAuth apps");
        }
        let mut world = self.shared.world();
        match how {
            Some(how) => world.restrictions.insert(owner.to_owned(), how),
            None => world.restrictions.remove(owner),
        };
        Ok(())
    }

    /// Where git fetches a repository from, whether it is there or not.
    pub fn clone_url(&self, full_name: &str) -> anyhow::Result<Url> {
        Ok(self.shared.base.join(&self.shared.kind.clone_path(full_name))?)
    }

    /// Where a repository lies on disk.
    pub fn folder(&self, full_name: &str) -> anyhow::Result<PathBuf> {
        Ok(self.shared.folder_of(&self.shared.present(full_name)?))
    }

    /// A repository of a name that is free and may be one; nothing of it is on disk yet.
    fn new_repository(&self, full_name: &str) -> anyhow::Result<Repository> {
        let plain = |text: &str| {
            let good = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
            !text.starts_with('.') && !text.is_empty() && text.bytes().all(good)
        };
        let parts = full_name.rsplit_once('/').filter(|(owner, name)| {
            let nested = self.shared.kind == Kind::GitLab;
            plain(name) && owner.split('/').all(plain) && (nested || plain(owner))
        });
        let (owner, name) = parts.with_context(|| format!("{full_name:?} is not owner/name"))?;
        let mut world = self.shared.world();
        if world.repository(full_name).is_some() {
            bail!("{full_name} is there already");
        }
        world.repositories.iter_mut().for_each(|it| it.old_names.retain(|old| old != full_name));
        Ok(Repository {
            id: world.next_id(),
            uuid: self.shared.entropy.uuid(),
            owner: owner.to_owned(),
            name: name.to_owned(),
            default_branch: "main".to_owned(),
            old_names: Vec::new(),
            fork_of: None,
            protected: BTreeSet::new(),
            access: HashMap::new(),
        })
    }

    pub(super) fn now_seconds(&self) -> i64 {
        self.shared.now().0 / 1000
    }
}
