//! Whether an account may still use a connection of another one: as long as its owner shares it.

use domain::{AccountId, ConnectionArn, RepositoryName};
use identity::policy::{Context, Kind, Policy, Value};
use store::{ResourcePolicyRow, Store};

use crate::access::owner;

const USE: &str = "codeconnections:UseConnection";

/// Whether the policy on a connection lets in anybody of the account for a repository; its owner needs
/// none. Who of it may is judged when somebody asks.
///
/// # Errors
/// The store does not answer.
pub async fn is_shared(
    store: &Store,
    account: &AccountId,
    connection: &ConnectionArn,
    repository: &RepositoryName,
) -> Result<bool, store::Error> {
    let owner = owner(account, connection);
    if owner == *account {
        return Ok(true);
    }
    let key = ResourcePolicyRow::at(&owner, &format!("connection/{}", connection.id()));
    let Some(row) = store.get::<ResourcePolicyRow>(key).await? else { return Ok(false) };
    let mut known = Context::default();
    known.set("codeconnections:FullRepositoryId", [Value::from(repository.as_str())]);
    let policy = Policy::read(&row.text, Kind::Resource);
    Ok(policy.is_ok_and(|policy| policy.admits(account, USE, connection.as_str(), &known)))
}
