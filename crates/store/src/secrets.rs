//! Secrets that people keep here: those of Secrets Manager with their versions, the parameters of
//! Parameter Store with theirs, and the variables of pipelines.
//!
//! Every value is sealed, whether its owner calls it a secret or not, in a table that holds nothing
//! else of it: what describes a secret can be read and written without it.

use crate::record::record;
use crate::statement::Value;
use crate::vault::Signature;
use domain::{AccountId, Timestamp};
use identity::policy::UniqueIds;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A version of a secret, but for its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretVersion {
    /// When it was made.
    pub created: Timestamp,
    /// The day on which it was read last.
    pub accessed: Option<Timestamp>,
    /// Its staging labels; one without any is deprecated.
    pub stages: BTreeSet<String>,
}

record! {
    /// A secret.
    SecretRow in "secrets";
    key { account: AccountId, name: String }
    columns {
        /// `NAME-AbCdEf`: what its ARN ends with. Another one for a secret that is made anew.
        resource: String,
        /// When it is gone, where it was deleted.
        deletes: Option<Timestamp>,
        created: Timestamp,
    }
    doc {
        description: Option<String>,
        changed: Timestamp,
        /// The day on which it was read last.
        accessed: Option<Timestamp>,
        /// By id.
        versions: BTreeMap<String, SecretVersion>,
        /// The policy on it.
        policy: Option<String>,
        /// Whom that meant when it was saved; not known of what older releases saved.
        policy_principals: Option<UniqueIds>,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's secrets by name.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY name LIMIT ?" [account, limit];
    }
}

record! {
    /// The value of one version of a secret.
    SecretValueRow in "secret_values";
    key {
        account: AccountId,
        /// The secret, as its ARN ends.
        secret: String,
        id: String,
    }
    columns {
        /// The text, or the bytes in base64.
        sealed_value: Vec<u8>,
        created: Timestamp,
    }
    doc {
        /// Whether it is bytes.
        binary: bool,
        /// Tells whether another value is the same, without opening this one.
        fingerprint: Signature,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_value, 2, 4) <> ? LIMIT ?" [key.clone(), limit];
    }
}

/// What is said about one version of a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterFacts {
    /// When it was written.
    pub modified: Timestamp,
    /// The ARN of who wrote it.
    pub by: String,
    /// What people say of it.
    pub description: Option<String>,
    /// What its value must match.
    pub allowed_pattern: Option<String>,
    /// Whether it may be longer than others.
    pub advanced: bool,
}

record! {
    /// A parameter.
    ParameterRow in "parameters";
    key { account: AccountId, name: String }
    columns {
        created: Timestamp,
    }
    doc {
        /// `String`, `StringList` or `SecureString`.
        kind: String,
        /// The oldest version that is kept.
        oldest: i64,
        /// The version that holds.
        newest: i64,
        /// What is said about that one.
        facts: ParameterFacts,
        /// Which version each label is on.
        labels: BTreeMap<String, i64>,
        tags: BTreeMap<String, String>,
    }
    lists {
        /// An account's parameters whose names lie between the two, by name.
        between(account: &AccountId, after: &str, before: &str, limit: i64)
            "WHERE account = ? AND name > ? AND name < ? ORDER BY name LIMIT ?"
            [account, after, before, limit];
        /// An account's parameters by name, those after `after` (the first page: an empty text).
        of_account(account: &AccountId, after: &str, limit: i64)
            "WHERE account = ? AND name > ? ORDER BY name LIMIT ?" [account, after, limit];
    }
}

record! {
    /// One version of a parameter.
    ParameterValueRow in "parameter_values";
    key { account: AccountId, parameter: String, number: i64 }
    columns {
        sealed_value: Vec<u8>,
        created: Timestamp,
    }
    doc { facts: ParameterFacts }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_value, 2, 4) <> ? LIMIT ?" [key.clone(), limit];
        /// A parameter's versions, oldest first, those after `after`.
        of_parameter(account: &AccountId, parameter: &str, after: i64, limit: i64)
            "WHERE account = ? AND parameter = ? AND number > ? ORDER BY number LIMIT ?"
            [account, parameter, after, limit];
    }
}

record! {
    /// A variable of bitbucket-pipelines.yml: of a workspace, a repository or a deployment.
    VariableRow in "variables";
    key {
        account: AccountId,
        /// `workspace`, `repository OWNER/NAME`, `deployment OWNER/NAME ENVIRONMENT`.
        scope: String,
        name: String,
    }
    columns {
        sealed_value: Vec<u8>,
        created: Timestamp,
    }
    doc {
        /// Whether its value is masked in logs and shown to nobody.
        secured: bool,
    }
    lists {
        /// Rows that another sealing key than this one sealed.
        sealed_before(key: &Value, limit: i64)
            "WHERE substr(sealed_value, 2, 4) <> ? LIMIT ?" [key.clone(), limit];
        /// The variables of a scope, by name.
        of_scope(account: &AccountId, scope: &str, limit: i64)
            "WHERE account = ? AND scope = ? ORDER BY name LIMIT ?" [account, scope, limit];
    }
}

impl SecretRow {
    /// Whether it can be had at this moment: it is not there, or its time has come.
    pub fn is_gone(&self, at: Timestamp) -> bool {
        self.deletes.is_some_and(|moment| moment <= at)
    }

    /// The id of the version that has a staging label.
    pub fn staged(&self, stage: &str) -> Option<&String> {
        let has = |version: &SecretVersion| version.stages.contains(stage);
        self.versions.iter().find(|(_, version)| has(version)).map(|(id, _)| id)
    }
}
