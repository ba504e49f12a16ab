//! What happens in a repository, before any dialect has put it into words.

use crate::Shared;
use crate::deliver::{self, Letter};
use crate::git::Commit;
use crate::world::World;
use crate::world::hook::Hook;
use crate::world::pull_request::{Change, PullRequest};
use crate::world::repository::Repository;
use crate::world::user::User;
use std::sync::Arc;

/// Forty zeros: no commit.
pub(crate) const ZEROS: &str = "0000000000000000000000000000000000000000";

/// A ref that a push changed; an absent side means that the ref was, or is, not there.
#[derive(Clone, Debug, Default)]
pub(crate) struct RefUpdate {
    pub(crate) name: String,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    /// The commit it led to before.
    pub(crate) old_head: Option<Commit>,
    /// The commit it leads to now.
    pub(crate) head: Option<Commit>,
    pub(crate) forced: bool,
    /// Oldest first.
    pub(crate) commits: Vec<Commit>,
}

impl RefUpdate {
    pub(crate) fn is_tag(&self) -> bool {
        self.name.starts_with("refs/tags/")
    }

    pub(crate) fn short_name(&self) -> &str {
        let branch = self.name.strip_prefix("refs/heads/");
        branch.or_else(|| self.name.strip_prefix("refs/tags/")).unwrap_or(&self.name)
    }

    /// What the ref held, or zeros.
    pub(crate) fn before(&self) -> &str {
        self.before.as_deref().unwrap_or(ZEROS)
    }

    /// What the ref holds, or zeros.
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or(ZEROS)
    }

    /// The newest commits of a push, oldest first.
    pub(crate) fn newest(&self, most: usize) -> &[Commit] {
        &self.commits[self.commits.len().saturating_sub(most)..]
    }
}

/// Something that hooks may be told of.
#[derive(Clone, Debug)]
pub(crate) enum News {
    Push(Vec<RefUpdate>),
    PullRequest(Box<PullRequest>, Change),
    Ping,
}

/// Where it happened, and who did it: what every payload begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    /// Ends in a slash.
    pub(crate) base: &'a str,
    pub(crate) repository: &'a Repository,
    pub(crate) user: &'a User,
    pub(crate) world: &'a World,
}

/// Tells the repository's hooks.
pub(crate) fn tell(shared: &Arc<Shared>, repository: u64, user: &User, news: &News) {
    let world = shared.world();
    let hooks = world.hooks.iter().filter(|hook| hook.repository == repository);
    let letters = hooks.flat_map(|hook| letters(shared, &world, hook, user, news)).collect();
    drop(world);
    deliver::send_all(shared, letters);
}

/// Tells one hook, wanted or not: a ping.
pub(crate) fn ping(shared: &Arc<Shared>, user: &User, hook: &Hook) {
    let letters = letters(shared, &shared.world(), hook, user, &News::Ping);
    deliver::send_all(shared, letters);
}

fn letters(shared: &Shared, world: &World, hook: &Hook, user: &User, news: &News) -> Vec<Letter> {
    let Some(repository) = world.repository_by_id(hook.repository) else { return Vec::new() };
    let scene = Scene { base: shared.base.as_str(), repository, user, world };
    let tellings = shared.kind.tell(scene, hook, news);
    tellings.iter().map(|telling| Letter::new(shared, hook, telling)).collect()
}
