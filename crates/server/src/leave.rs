//! Whether a pipeline may do something in the world: asked of its role each time, for the loops and for
//! what an action turns out to need while it is performed.

use std::sync::Arc;

use domain::AccountId;
use effects::{AskLeave, AskedLeave};
use operations::service_role::{Deed, Leave, Perform};

use crate::shared::Shared;

/// Asks; why it may not, where it may not.
pub async fn ask(
    shared: &Shared,
    account: &AccountId,
    deed: Deed<'_>,
) -> anyhow::Result<Result<(), String>> {
    let caller = shared.caller_of(account).await?;
    let leave = shared.desk.take(&Perform { deed, caller }, shared.now()).await;
    Ok(match leave.map_err(|failure| anyhow::anyhow!("{failure}"))? {
        Leave::Given => Ok(()),
        Leave::Refused(why) => Err(why),
    })
}

/// Asks for what an action needs besides what it names.
pub fn of_actions(shared: &Arc<Shared>) -> AskLeave {
    let shared = shared.clone();
    Arc::new(move |asked| {
        let shared = shared.clone();
        Box::pin(async move {
            let AskedLeave { start, connection, repository } = &asked;
            let deed = Deed::Submodule { of: start, connection, repository };
            ask(&shared, &start.attempt.account, deed).await
        })
    })
}
