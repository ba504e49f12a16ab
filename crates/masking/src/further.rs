//! Secrets that come to be while a stream is under way: whoever makes one says so here before anybody
//! else has it, and whoever masks the stream looks here after each piece that was read. So none can be
//! printed before it is known.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Secret;

/// How many are known at once, the newest: each has dozens of forms.
pub const FURTHER_MAX: usize = 200;

/// The further secrets of one stream.
#[derive(Debug, Default)]
pub struct Further(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    newest: VecDeque<Secret>,
    /// How many there ever were.
    count: u64,
}

impl Further {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more. What is read of the stream from now on is masked with it.
    pub fn add(&self, secret: Secret) {
        let mut known = self.known();
        known.newest.push_back(secret);
        known.count += 1;
        if known.newest.len() > FURTHER_MAX {
            known.newest.pop_front();
        }
    }

    /// How many there ever were, and those that came after the first `seen`, as far as they are known.
    pub fn beyond(&self, seen: u64) -> (u64, Vec<Secret>) {
        let known = self.known();
        let new = usize::try_from(known.count - seen).unwrap_or(usize::MAX);
        let before = known.newest.len().saturating_sub(new);
        (known.count, known.newest.iter().skip(before).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_known_and_no_more_than_a_few() {
        let further = Further::default();
        assert!(further.beyond(0).1.is_empty());
        further.add(Secret::new("one"));
        let (count, known) = further.beyond(0);
        assert_eq!((count, known.len()), (1, 1));
        assert!(further.beyond(1).1.is_empty(), "nothing new");
        for number in 0..FURTHER_MAX {
            further.add(Secret::new(format!("{number}")));
        }
        let (count, known) = further.beyond(0);
        assert_eq!((count, known.len()), (FURTHER_MAX as u64 + 1, FURTHER_MAX));
        assert_eq!(known[0].expose(), "0", "the oldest is forgotten");
        assert_eq!(further.beyond(count - 2).1.len(), 2, "those that are new");
    }
}
