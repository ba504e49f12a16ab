//! The simulated forge: refs that pushes move, hooks, and deliveries on their way.

use std::collections::BTreeMap;

use domain::forge_event::GitRef;
use domain::{CommitSha, HookId};
use serde_json::json;

use crate::climate::Climate;
use crate::declarations::{DEV, MAIN, REPOSITORY, TAG};
use crate::random::Random;

/// The forge's own id of the repository.
pub const REPOSITORY_ID: u64 = 7;
const NOWHERE: &str = "0000000000000000000000000000000000000000";

/// A webhook request, as the forge sends it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub hook: HookId,
    pub forge_id: String,
    pub body: String,
    /// Which push it tells of.
    pub push: usize,
}

/// A ref moved.
#[derive(Clone, Debug)]
pub struct Push {
    pub git_ref: GitRef,
    /// Where it points now; `None` where it is gone.
    pub after: Option<CommitSha>,
    /// Whether a hook was there to hear of it.
    pub heard: bool,
    /// Whether all of its deliveries arrived at least once.
    pub arrived: bool,
}

/// The forge.
#[derive(Default)]
pub struct Forge {
    pub refs: BTreeMap<String, CommitSha>,
    pub hooks: Vec<HookId>,
    pub pushes: Vec<Push>,
    pub on_the_way: Vec<Sent>,
    pub delivered: Vec<Sent>,
    before: BTreeMap<String, Vec<CommitSha>>,
    ids: u64,
}

impl Forge {
    /// Somebody pushes, or deletes or makes a tag.
    pub fn push(&mut self, climate: &Climate, random: &mut Random) -> String {
        let name = *random.pick(&[MAIN, MAIN, MAIN, MAIN, TAG, DEV]).expect("there are some");
        let gone = name == TAG && self.refs.contains_key(name) && random.percent(50);
        let after = (!gone).then(|| self.next_commit(name, climate, random));
        self.move_to(name, after, random)
    }

    fn next_commit(&self, name: &str, climate: &Climate, random: &mut Random) -> CommitSha {
        let earlier = self.before.get(name).map(Vec::as_slice).unwrap_or_default();
        let here = self.refs.get(name);
        let elsewhere: Vec<_> = earlier.iter().filter(|sha| Some(*sha) != here).cloned().collect();
        match random.pick(&elsewhere) {
            Some(earlier) if climate.returns && random.percent(50) => earlier.clone(),
            _ => CommitSha::new(random.hex(40)),
        }
    }

    /// Moves a ref; every hook gets a delivery.
    pub fn move_to(&mut self, name: &str, after: Option<CommitSha>, random: &mut Random) -> String {
        let before = self.refs.remove(name);
        if let Some(sha) = &after {
            self.refs.insert(name.to_owned(), sha.clone());
            self.before.entry(name.to_owned()).or_default().push(sha.clone());
        }
        let body = body(name, before.as_ref(), after.as_ref(), random);
        for hook in self.hooks.clone() {
            let (forge_id, push) = (self.fresh_id(), self.pushes.len());
            self.on_the_way.push(Sent { hook, forge_id, body: body.clone(), push });
        }
        let git_ref = GitRef::parse(name).expect("a branch or a tag");
        let heard = !self.hooks.is_empty();
        let told = format!("push {name} {} -> {}", short(before.as_ref()), short(after.as_ref()));
        self.pushes.push(Push { git_ref, after, heard, arrived: heard });
        told
    }

    /// An id for a delivery that no other has.
    pub fn fresh_id(&mut self) -> String {
        self.ids += 1;
        format!("forge-{}", self.ids)
    }

    /// The next delivery to arrive: a first one, one that is sent again, or a replay.
    pub fn arrival(&mut self, climate: &Climate, random: &mut Random) -> Option<Sent> {
        if random.percent(climate.redeliveries / 2) {
            return random.pick(&self.delivered).cloned();
        }
        if random.percent(climate.replays / 2) {
            let replayed = random.pick(&self.delivered).cloned()?;
            return Some(Sent { forge_id: self.fresh_id(), ..replayed });
        }
        let place = random.place(self.on_the_way.len())?;
        let sent = self.on_the_way.remove(if climate.ordered { 0 } else { place });
        if random.percent(climate.drops) {
            self.pushes[sent.push].arrived = false;
            return None;
        }
        self.delivered.push(sent.clone());
        Some(sent)
    }

    /// A hook is there.
    pub fn add_hook(&mut self, hook: &HookId) {
        if !self.hooks.contains(hook) {
            self.hooks.push(hook.clone());
        }
    }

    /// Every ref with its commit.
    pub fn heads(&self) -> Vec<(String, CommitSha)> {
        self.refs.iter().map(|(name, sha)| (name.clone(), sha.clone())).collect()
    }
}

/// The members of a push's payload that we read, and when it was pushed: an honest repeat of a
/// move differs in that.
fn body(
    name: &str,
    before: Option<&CommitSha>,
    after: Option<&CommitSha>,
    random: &mut Random,
) -> String {
    let sha = |sha: Option<&CommitSha>| sha.map_or(NOWHERE, CommitSha::as_str).to_owned();
    let commit = after.map(|sha| json!({"id": sha, "message": "work", "timestamp": null}));
    json!({
        "ref": name, "before": sha(before), "after": sha(after),
        "created": before.is_none(), "deleted": after.is_none(), "forced": false,
        "head_commit": commit,
        "repository": {"id": REPOSITORY_ID, "full_name": REPOSITORY, "pushed_at": random.hex(8)},
        "sender": {"login": "ada"},
    })
    .to_string()
}

/// A commit for the history.
pub fn short(sha: Option<&CommitSha>) -> String {
    sha.map_or_else(|| "nothing".to_owned(), |sha| sha.short().to_owned())
}
