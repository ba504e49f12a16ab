//! Signs where the audit log stands, with a key that the database does not hold: once a minute where
//! it has grown. A server signs the chains of all servers of its store.

use std::sync::Arc;

use domain::Timestamp;
use identity::audit::Head;
use store::{Changes, SignedHeads};

use crate::limits::AUDIT_SIGN_PERIOD;
use crate::shared::Shared;

/// Signs once, so that there is no log without a signature, and starts the loop.
///
/// # Errors
/// The store or the disk does not answer.
pub async fn start(shared: &Arc<Shared>) -> anyhow::Result<()> {
    let (shared, mut known) = (shared.clone(), shared.desk.store.audit_heads().await?);
    sign(&shared, &known).await?;
    tokio::spawn(async move {
        let mut period = tokio::time::interval(AUDIT_SIGN_PERIOD);
        loop {
            tokio::select! {
                _ = period.tick() => {}
                () = shared.stop.cancelled() => return,
            }
            match grown(&shared, &known).await {
                Ok(heads) => known = heads,
                Err(cause) => {
                    tracing::error!(%cause, "the audit log was not signed; it is tried again")
                }
            }
        }
    });
    Ok(())
}

/// Signs the heads unless they are those that were there the last time.
async fn grown(shared: &Shared, known: &[Head]) -> anyhow::Result<Vec<Head>> {
    let heads = shared.desk.store.audit_heads().await?;
    if heads != known {
        sign(shared, &heads).await?;
    }
    Ok(heads)
}

async fn sign(shared: &Shared, heads: &[Head]) -> anyhow::Result<()> {
    let (store, witness) = (&shared.desk.store, shared.witness.read()?);
    let signed = store.sign_audit(&shared.vault, witness.as_ref(), shared.now()).await?;
    if !signed.heads.iter().all(|head| stands(head, heads)) {
        tracing::error!("the audit log was altered: `towpath audit verify` says where");
    }
    remember(shared, signed).await
}

/// Whether a chain goes on from what is signed of it.
fn stands(signed: &Head, heads: &[Head]) -> bool {
    let of = heads.iter().find(|head| head.chain == signed.chain);
    of.is_some_and(|head| head.hash == signed.hash && head.first <= signed.first)
}

/// Removes what is older than `moment`, once it is signed that it goes.
///
/// # Errors
/// The store or the disk does not answer.
pub async fn sweep(shared: &Shared, moment: Timestamp) -> anyhow::Result<()> {
    let (store, witness, times) =
        (&shared.desk.store, shared.witness.read()?, (moment, shared.now()));
    if let Some(signed) = store.sweep_audit(&shared.vault, witness.as_ref(), times).await? {
        remember(shared, signed.clone()).await?;
        store.remove_audit(&signed, moment).await?;
    }
    Ok(())
}

async fn remember(shared: &Shared, signed: SignedHeads) -> anyhow::Result<()> {
    let mut changes = Changes::of_loop();
    changes.insert(signed.clone().row(shared.desk.holder.clone()));
    shared.desk.store.commit(changes).await?;
    Ok(shared.witness.write(&signed)?)
}
