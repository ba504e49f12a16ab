//! A repository's hooks, and what a forge remembers of their deliveries.

use domain::{Secret, Timestamp};
use url::Url;

/// A hook of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The forge's id of it.
    pub id: String,
    /// Where it delivers to.
    pub url: String,
    /// Whether it delivers at all; `false` also while the forge holds it back after failures.
    pub active: bool,
    /// The events it delivers, in the forge's names.
    pub events: Vec<String>,
    /// Whether its deliveries are signed. GitLab may have kept only the plain token: see
    /// [`domain::hook_secret`].
    pub signs: bool,
}

/// Whether a forge does what only some can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It said that it would.
    Taken,
    /// Its API has nothing of the kind.
    NotOffered,
}

/// What a forge remembers of a hook's deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deliveries {
    /// Each of them, the newest first, back to the moment that was asked for where the forge says
    /// when; at most as many as [`crate::limits::PAGES_MAX`] pages hold.
    Listed(Vec<Delivery>),
    /// Only the last one.
    Last(Option<Delivery>),
    /// Nothing that a program could ask for.
    NotOffered,
}

/// One delivery as the forge remembers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The forge's id of this attempt, for [`super::Redelivery::redeliver`].
    pub id: String,
    /// What the delivery itself carries as its id, the same on a redelivery; `None` where the
    /// forge does not tell.
    pub guid: Option<String>,
    /// The forge's name for the event.
    pub event: String,
    /// When it was sent; `None` where the forge does not tell.
    pub at: Option<Timestamp>,
    /// Whether the forge says that this was a further try.
    pub again: bool,
    /// The status that it was answered with; `None` where no answer came.
    pub status: Option<u16>,
}

impl Delivery {
    /// Whether it was taken: answered with a good status.
    pub fn was_taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Where a hook of ours delivers to, and the secret it signs with.
#[derive(Clone, Debug)]
pub struct HookTarget {
    /// Our URL.
    pub url: Url,
    /// Never empty.
    pub secret: Secret,
}
