//! Who takes tokens here as Azure and Google do, to test against.

use crate::record::record;
use domain::{AccountId, Timestamp};
use identity::federation::Party;

record! {
    /// An app of Entra, a provider of a workload identity pool, or a service account.
    RelyingPartyRow in "relying_parties";
    key {
        account: AccountId,
        /// Which of the three: `azure-app`, `google-provider`, `google-service-account`.
        kind: String,
        name: String,
    }
    columns { updated: Timestamp }
    doc { party: Party }
    lists {
        /// An account's, by kind and name.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY kind, name LIMIT ?" [account, limit];
    }
}
