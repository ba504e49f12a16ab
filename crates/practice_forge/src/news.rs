//! What happens in a repository, before any dialect has put it into words.

use crate::Shared;
use crate::deliver::{self, Letter, Telling};
use crate::git::Commit;
use crate::world::World;
use crate::world::app::Installation;
use crate::world::hook::Hook;
use crate::world::pull_request::{Change, PullRequest};
use crate::world::repository::Repository;
use crate::world::user::User;
use serde_json::json;
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
    let mut letters: Vec<_> =
        hooks.flat_map(|hook| letters(shared, &world, hook, user, news)).collect();
    letters.extend(of_apps(shared, &world, repository, user, news));
    drop(world);
    deliver::send_all(shared, letters);
}

/// What the Apps are told that are installed on a repository, each by its one hook: as a
/// repository's hook, and of which installation.
fn of_apps(
    shared: &Shared,
    world: &World,
    repository: u64,
    user: &User,
    news: &News,
) -> Vec<Letter> {
    let Some(found) = world.repository_by_id(repository) else { return Vec::new() };
    let scene = Scene { base: shared.base.as_str(), repository: found, user, world };
    let sees = |it: &&Installation| it.suspended_at.is_none() && it.covers(found);
    let of = |installation: &Installation| {
        let app = world.apps.iter().find(|app| app.number == installation.app);
        let hook = app.and_then(|app| world.hooks.iter().find(|hook| hook.id == app.hook));
        let tellings = hook.map(|hook| (hook, shared.kind.tell(scene, hook, news)));
        let letter = |hook: &Hook, mut telling: Telling| {
            telling.body["installation"] =
                json!({"id": installation.number, "node_id": format!("I_{}", installation.number)});
            Letter::new(shared, hook, &telling)
        };
        let letters = tellings.into_iter().flat_map(|(hook, tellings)| {
            tellings.into_iter().map(move |telling| letter(hook, telling))
        });
        letters.collect::<Vec<_>>()
    };
    world.installations.iter().filter(sees).flat_map(of).collect()
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
