//! A dry run of a delivery whose verdict rests on where a ref is, or on which files changed: the forge
//! is asked, and what it says is decided with. What it does not say in time stays a question.

use std::collections::BTreeMap;

use domain::AccountId;
use operations::intake::Answer;
use operations::replay::{Preview, Seen};
use serde_json::Value;
use wire::AwsError;
use wire::towpath::ReplayDeliveryOutput;

use crate::answers;
use crate::limits::{FORGE_WAIT_MAX, PREVIEW_ROUNDS_MAX};
use crate::shared::Shared;

/// Completes the output of a dry run that asks something.
///
/// # Errors
/// The store does not answer.
pub async fn finish(
    shared: &Shared,
    account: &AccountId,
    output: Value,
) -> Result<Value, AwsError> {
    let asks = output["questions"].as_array().is_some_and(|questions| !questions.is_empty());
    let (true, true, Some(delivery)) =
        (output["dryRun"] == true, asks, output["deliveryId"].as_str())
    else {
        return Ok(output);
    };
    let mut preview = Preview {
        account: account.clone(),
        delivery: delivery.into(),
        word: hex::encode(shared.nonce()),
        answers: BTreeMap::new(),
    };
    let mut shown = output;
    for _ in 0..PREVIEW_ROUNDS_MAX {
        let Some(Seen { output, asked }) = seen(shared, &preview).await? else { break };
        shown = written(&output)?;
        if asked.is_empty() {
            break;
        }
        for (index, question) in asked {
            let said = answers::wait(shared, &shared.said, &question, FORGE_WAIT_MAX).await;
            let Ok(said) = said else { return Ok(shown) };
            preview.answers.insert(index, Answer { question, said });
        }
    }
    Ok(shown)
}

async fn seen(shared: &Shared, preview: &Preview) -> Result<Option<Seen>, AwsError> {
    shared.desk.take(preview, shared.now()).await.map_err(|cause| {
        tracing::error!(%cause, "a dry run could not be decided");
        AwsError::internal()
    })
}

fn written(output: &ReplayDeliveryOutput) -> Result<Value, AwsError> {
    serde_json::to_value(output).map_err(|_| AwsError::internal())
}
