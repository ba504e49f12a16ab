//! Users, groups, roles, managed policies and identity providers of an account.
//!
//! Every commit that writes one of these rows raises its account's generation. IAM tells names
//! apart without regard to case, so rows are found by the name in small letters and keep it as it
//! was given. Policies are kept as the text that was given; what one says is left to `identity`.

use crate::record::record;
use domain::{AccountId, Timestamp};
use identity::policy::UniqueIds;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The policies of a user, a group or a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Policies of its own: texts by name.
    pub inline: BTreeMap<String, String>,
    /// Managed policies that are attached, by ARN.
    pub attached: BTreeSet<String>,
}

/// One version of a managed policy; never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The document.
    pub text: String,
    /// When it was made.
    pub created: Timestamp,
}

/// How a name is told apart from others.
pub fn folded(name: &str) -> String {
    name.to_ascii_lowercase()
}

record! {
    /// A user.
    UserRow in "iam_users";
    key {
        account: AccountId,
        /// The name in small letters.
        folded: String,
    }
    columns { name: String, path: String, created: Timestamp }
    doc {
        /// `AIDA…`: another one for a user who is made anew.
        id: String,
        /// The ARN of the managed policy that bounds it.
        boundary: Option<String>,
        grants: Grants,
        /// Groups that it is in, by their names in small letters.
        groups: BTreeSet<String>,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's users by name, those after `after` (the first page: an empty text).
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND folded > ? ORDER BY folded LIMIT ?" [account, after, limit];
    }
}

record! {
    /// A group of users.
    GroupRow in "iam_groups";
    key {
        account: AccountId,
        /// The name in small letters.
        folded: String,
    }
    columns { name: String, path: String, created: Timestamp }
    doc {
        /// `AGPA…`.
        id: String,
        grants: Grants,
    }
    lists {
        /// An account's groups by name, those after `after` (the first page: an empty text).
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND folded > ? ORDER BY folded LIMIT ?" [account, after, limit];
    }
}

record! {
    /// A role.
    RoleRow in "iam_roles";
    key {
        account: AccountId,
        /// The name in small letters.
        folded: String,
    }
    columns { name: String, path: String, created: Timestamp }
    doc {
        /// `AROA…`: another one for a role that is made anew, so that sessions end with theirs.
        id: String,
        /// The trust policy: who may assume it.
        trust: String,
        /// Whom it meant when it was saved; not known of what older releases saved.
        trust_principals: Option<UniqueIds>,
        description: Option<String>,
        /// The longest life of a session.
        max_session_seconds: u32,
        /// The ARN of the managed policy that bounds it.
        boundary: Option<String>,
        grants: Grants,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's roles by name, those after `after` (the first page: an empty text).
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND folded > ? ORDER BY folded LIMIT ?" [account, after, limit];
    }
}

record! {
    /// A managed policy of the account's own, with its versions.
    PolicyRow in "iam_policies";
    key {
        account: AccountId,
        /// The name in small letters.
        folded: String,
    }
    columns { name: String, path: String, created: Timestamp, updated: Timestamp }
    doc {
        /// `ANPA…`.
        id: String,
        description: Option<String>,
        /// By number, from 1.
        versions: BTreeMap<u32, PolicyVersion>,
        /// The version that holds.
        default_version: u32,
        /// The number of the newest version that there ever was.
        newest_version: u32,
        /// Users, groups and roles that it is attached to.
        attachments: u32,
        /// Users and roles that it bounds.
        boundaries: u32,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's policies by name, those after `after` (the first page: an empty text).
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND folded > ? ORDER BY folded LIMIT ?" [account, after, limit];
    }
}

record! {
    /// An OIDC provider whose tokens the account's roles may trust.
    ProviderRow in "iam_oidc_providers";
    key {
        account: AccountId,
        /// The issuer's URL without its scheme, as the provider's ARN ends.
        issuer: String,
    }
    columns {
        /// The issuer's URL as it was given, scheme included.
        url: String,
        created: Timestamp,
    }
    doc {
        /// The audiences that it is registered for, in the order given.
        client_ids: Vec<String>,
        /// Hex digests of certificates, in the order given.
        thumbprints: Vec<String>,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's providers by issuer.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY issuer LIMIT ?" [account, limit];
    }
}

impl UserRow {
    /// `arn:aws:iam::…:user/PATH/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:user{}{}", self.account, self.path, self.name)
    }
}

impl GroupRow {
    /// `arn:aws:iam::…:group/PATH/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:group{}{}", self.account, self.path, self.name)
    }
}

impl RoleRow {
    /// `arn:aws:iam::…:role/PATH/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.account, self.path, self.name)
    }
}

impl PolicyRow {
    /// `arn:aws:iam::…:policy/PATH/NAME`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:policy{}{}", self.account, self.path, self.name)
    }

    /// The text that holds.
    pub fn text(&self) -> &str {
        self.versions.get(&self.default_version).map_or("", |version| &version.text)
    }
}

impl ProviderRow {
    /// `arn:aws:iam::…:oidc-provider/HOST/PATH`.
    pub fn arn(&self) -> String {
        format!("arn:aws:iam::{}:oidc-provider/{}", self.account, self.issuer)
    }
}
