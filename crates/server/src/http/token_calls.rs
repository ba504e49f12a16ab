//! Calls that a token stands for the signature of: who shows a good one is let in as whom it says.

use std::sync::Mutex;
use std::sync::PoisonError;

use domain::Timestamp;
use operations::caller::{Sealer, request_id};
use operations::federation::{self, Assume, Assumed, Bearer};
use serde_json::Value;
use wire::{AwsError, Call};

use super::api::failed;
use crate::issuer_keys::wait;
use crate::limits::REFUSED_TOKENS_PER_SECOND_MAX;
use crate::shared::Shared;

/// Counts the tokens that were refused in a second. Whoever tries one after the other is slowed
/// down; whoever shows good ones is not.
#[derive(Debug, Default)]
pub struct RefusedTokens(Mutex<(i64, u32)>);

impl RefusedTokens {
    fn count(&self, at: Timestamp, more: u32) -> u32 {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = at.0.div_euclid(1000);
        if counted.0 != second {
            *counted = (second, 0);
        }
        counted.1 += more;
        counted.1
    }
}

/// AssumeRoleWithWebIdentity.
///
/// # Errors
/// The token is not taken, or too many were not.
pub async fn answer(
    shared: &Shared,
    call: &Call,
    request: &wire::Request<'_>,
    nonce: [u8; 32],
) -> Result<Value, AwsError> {
    if shared.refused_tokens.count(shared.now(), 0) >= REFUSED_TOKENS_PER_SECOND_MAX {
        return Err(AwsError::throttled("Rate exceeded"));
    }
    let answer = assume(shared, call, request, nonce).await;
    if answer.is_err() {
        shared.refused_tokens.count(shared.now(), 1);
    }
    answer
}

async fn assume(
    shared: &Shared,
    call: &Call,
    request: &wire::Request<'_>,
    nonce: [u8; 32],
) -> Result<Value, AwsError> {
    let (public_url, sealer) = (shared.public_url.clone(), Sealer::of(shared.vault.clone()));
    let mut turn =
        Assume::read(call, request, Bearer { public_url, nonce, at: shared.now(), sealer })?;
    // Once with what is known of the issuer, and once with what was found meanwhile.
    for _ in 0..2 {
        let at = shared.now();
        turn.keys = shared.issuer_keys.known(turn.unverified_issuer(), at);
        match shared
            .desk
            .take(&turn, at)
            .await
            .map_err(|failure| failed(&failure, &request_id(&nonce)))?
        {
            Assumed::Granted(output) => {
                return serde_json::to_value(output).map_err(|_| AwsError::internal());
            }
            Assumed::Refused(refused) => return Err(refused),
            Assumed::Unknown(_) => wait(shared, turn.unverified_issuer(), at).await,
        }
    }
    Err(federation::silent())
}
