//! What the world answered to calls whose callers wait for it. Kept in memory: whoever asked is
//! connected to this process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::EffectId;
use wire::AwsError;

use crate::limits::ANSWERS_MAX;
use crate::shared::Shared;

/// Answers that nobody has fetched yet.
pub struct Answers<T>(Mutex<BTreeMap<EffectId, T>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Answers<T> {
    /// Keeps the answer to an effect; those that nobody came for make room.
    pub fn put(&self, of: EffectId, answer: T) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= ANSWERS_MAX {
            answers.clear();
        }
        answers.insert(of, answer);
    }

    fn take(&self, of: &EffectId) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(of)
    }
}

/// Waits for the answer to an effect; every commit rings, the one that ends the effect too.
///
/// # Errors
/// It did not come in time.
pub async fn wait<T>(
    shared: &Shared,
    answers: &Answers<T>,
    effect: &EffectId,
    limit: Duration,
) -> Result<T, AwsError> {
    let mut changed = shared.changed.subscribe();
    let waiting = async {
        loop {
            changed.mark_unchanged();
            if let Some(answer) = answers.take(effect) {
                return Some(answer);
            }
            changed.changed().await.ok()?;
        }
    };
    let answer = tokio::time::timeout(limit, waiting).await.ok().flatten();
    answer.ok_or_else(|| {
        let message = format!(
            "The forge did not answer within {} s; try again, or see the server's log.",
            limit.as_secs()
        );
        AwsError::unavailable(message)
    })
}
