//! Policies above accounts and on resources, and the denials that they led to.

use crate::record::record;
use domain::{AccountId, Timestamp};
use identity::policy::{Explanation, UniqueIds};

record! {
    /// A policy that stands above an account, or above all of them.
    OrganisationPolicyRow in "organisation_policies";
    key {
        /// The account that it stands above; `*`: every one.
        target: String,
        name: String,
    }
    columns {
        /// Whether it bears on resources of the account, not on its callers.
        on_resources: bool,
        created: Timestamp,
    }
    doc { text: String }
    lists {
        /// The policies above an account, those above every account too.
        above(account: &AccountId)
            "WHERE target = '*' OR target = ? ORDER BY target, name" [account];
        /// All of them.
        all(limit: i64) "WHERE target > '' ORDER BY target, name LIMIT ?" [limit];
    }
}

record! {
    /// The policy on a resource: who of other accounts may use it.
    ResourcePolicyRow in "resource_policies";
    key {
        account: AccountId,
        /// The resource's id in its account: `connection/UUID`.
        resource: String,
    }
    columns { updated: Timestamp }
    doc {
        text: String,
        /// Whom it meant when it was saved; not known of what older releases saved.
        principals: Option<UniqueIds>,
    }
    lists {}
}

record! {
    /// Why somebody was refused, kept for whoever may see it.
    DenialRow in "denials";
    key {
        account: AccountId,
        /// The id of the request that was refused.
        id: String,
    }
    columns { at: Timestamp }
    doc {
        explanation: Explanation,
        /// The condition keys that the request had, with their values.
        keys: Vec<(String, Vec<String>)>,
    }
    lists {
        /// An account's denials, newest first.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY at DESC, id LIMIT ?" [account, limit];
    }
}
