//! What a run masks: its secrets, those of its steps, and what a step is given while it runs.

use crate::Identity;
use crate::identity::with_signature;
use domain::Secret;
use masking::{FURTHER_MAX, Further, Masker};
use std::sync::Arc;

pub(crate) struct Masked {
    known: Vec<Secret>,
    masker: Masker,
    /// What the step that runs is given besides.
    further: Arc<Further>,
    /// How many of those were seen.
    seen: u64,
    /// How many of those the masker knows.
    learned: usize,
}

impl Masked {
    pub(crate) fn new(secrets: &[Secret]) -> Self {
        let (known, masker) = (secrets.to_vec(), Masker::new(secrets));
        Self { known, masker, further: Arc::default(), seen: 0, learned: 0 }
    }

    /// A step begins: from now on what it has is masked too, and what it is given later.
    pub(crate) fn learn(&mut self, identity: &Identity) {
        let (_, former) = self.further.beyond(0);
        self.known.extend(former.iter().flat_map(with_signature));
        self.known.extend(identity.secrets());
        (self.further, self.seen, self.learned) = (identity.further.clone(), 0, 0);
        self.masker = Masker::new(&self.known);
    }

    /// The masker of everything that was given until now.
    pub(crate) fn masker(&mut self) -> &Masker {
        let (count, new) = self.further.beyond(self.seen);
        if !new.is_empty() {
            self.seen = count;
            self.follow(&new);
        }
        &self.masker
    }

    /// What is forgotten of a step that is given very many goes now and then, all at once.
    fn follow(&mut self, new: &[Secret]) {
        self.learned += new.len();
        if self.learned <= 2 * FURTHER_MAX {
            let tokens: Vec<Secret> = new.iter().flat_map(with_signature).collect();
            return self.masker.learn(&tokens);
        }
        let (_, newest) = self.further.beyond(0);
        self.learned = newest.len();
        let tokens: Vec<Secret> = newest.iter().flat_map(with_signature).collect();
        self.masker = Masker::new(self.known.iter().chain(&tokens));
    }
}
