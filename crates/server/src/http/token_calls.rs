//! Calls that a token stands for the signature of: who shows a good one is let in as whom it says.

use std::sync::Mutex;
use std::sync::PoisonError;

use domain::Timestamp;
use operations::arrival::Arrival;
use operations::caller::{Sealer, request_id};
use operations::federation::{self, Assume, Bearer, Keeps, NotOpened, Proof, Showing, Shown};
use serde_json::Value;
use wire::{AwsError, Call};

use super::api::failed;
use crate::askers::To;
use crate::issuer_keys::wait;
use crate::limits::REFUSED_TOKENS_PER_SECOND_MAX;
use crate::shared::Shared;

/// Counts the tokens that were refused in a second. Whoever tries one after the other is told no more
/// than that; whoever shows a good one is let in meanwhile.
#[derive(Debug, Default)]
pub struct RefusedTokens(Mutex<(i64, u32)>);

impl RefusedTokens {
    fn count(&self, at: Timestamp) -> u32 {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = at.0.div_euclid(1000);
        if counted.0 != second {
            *counted = (second, 0);
        }
        counted.1 += 1;
        counted.1
    }
}

/// Takes a turn that rests on a token: once with what is known of its issuer, and once with what was
/// found meanwhile. `None` where the issuer did not answer in time.
///
/// # Errors
/// The turn came to no answer.
pub async fn show<T: Showing>(
    shared: &Shared,
    turn: &mut T,
    request_id: &str,
) -> Result<Option<T::Outcome>, AwsError> {
    for _ in 0..2 {
        let at = shared.now();
        let presented = turn.presented();
        presented.keys = shared.issuer_keys.known(presented.unverified_issuer(), at);
        let shown = shared.desk.take(turn, at).await;
        match shown.map_err(|failure| failed(&failure, request_id))? {
            Shown::Answered(outcome) => return Ok(Some(outcome)),
            Shown::Unknown(_) => wait(shared, turn.presented().unverified_issuer(), at).await,
        }
    }
    Ok(None)
}

/// Counts a token that was refused, and says whether so many were in this second that nobody is told
/// why.
pub fn is_one_too_many(shared: &Shared) -> bool {
    shared.refused_tokens.count(shared.now()) > REFUSED_TOKENS_PER_SECOND_MAX
}

/// AssumeRoleWithWebIdentity.
///
/// # Errors
/// The token is not taken; or that is all that is said, because too many were not.
pub async fn answer(
    shared: &Shared,
    call: &Call,
    request: &wire::Request<'_>,
    nonce: [u8; 32],
    arrival: Arrival,
) -> Result<Value, AwsError> {
    let answer = assume(shared, call, request, nonce, arrival).await;
    answer.map_err(|error| match is_one_too_many(shared) {
        true => AwsError::throttled("Rate exceeded"),
        false => error,
    })
}

async fn assume(
    shared: &Shared,
    call: &Call,
    request: &wire::Request<'_>,
    nonce: [u8; 32],
    arrival: Arrival,
) -> Result<Value, AwsError> {
    let (public_url, sealer) = (shared.public_url.clone(), Sealer::of(shared.vault.clone()));
    let bearer = Bearer { public_url, nonce, sealer, arrival };
    let mut turn = Assume::read(call, request, bearer)?;
    // Whoever has a token of one issuer is nobody of the account, and one with all others.
    let account = turn.account().clone();
    let issuer = turn.presented().unverified_issuer().to_owned();
    let who = |proof: Proof| match proof {
        Proof::Signed => format!("{account} {issuer}"),
        Proof::Unproven => format!("{account} {issuer} unproven"),
        // All of them are one: whoever makes tokens up makes up their issuers' names.
        Proof::Unregistered => format!("{account} strangers"),
    };
    turn.keeps = Keeps::of(|proof| shared.denials.are_kept(&who(proof), shared.now()));
    let assumed = show(shared, &mut turn, &request_id(&nonce)).await?;
    let output = assumed.ok_or_else(federation::silent)?;
    let count = |it: &NotOpened| shared.denials.count(&who(it.proof), shared.now());
    let output = output.inspect_err(count).map_err(|it| it.refused)?;
    let output = serde_json::to_value(output).map_err(|_| AwsError::internal())?;
    // The token was taken, so it is of the step that it names.
    if let Some(step) = turn.presented().unverified_step() {
        shared.askers.give(To::Step(step), &output);
    }
    Ok(output)
}
