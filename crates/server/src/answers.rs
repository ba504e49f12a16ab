//! What the world answered to calls whose callers wait for it. Kept in memory: whoever asked is
//! connected to this process.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::EffectId;
use effects::Permissions;
use wire::AwsError;

use crate::limits::ANSWERS_MAX;
use crate::shared::Shared;

/// Answers that nobody has fetched yet.
#[derive(Default)]
pub struct Answers(Mutex<BTreeMap<EffectId, Permissions>>);

impl Answers {
    /// Keeps the answer to an effect; those that nobody came for make room.
    pub fn put(&self, of: EffectId, answer: Permissions) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= ANSWERS_MAX {
            answers.clear();
        }
        answers.insert(of, answer);
    }

    fn take(&self, of: &EffectId) -> Option<Permissions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(of)
    }
}

/// Waits for the answer to an effect; every commit rings, the one that ends the effect too.
///
/// # Errors
/// It did not come in time.
pub async fn wait(
    shared: &Shared,
    effect: &EffectId,
    limit: Duration,
) -> Result<Permissions, AwsError> {
    let mut changed = shared.changed.subscribe();
    let waiting = async {
        loop {
            changed.mark_unchanged();
            if let Some(answer) = shared.answers.take(effect) {
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
