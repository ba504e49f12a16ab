//! Pipelines: their declarations, the line that each one is decided on, and the index by which a
//! push finds them.

use crate::record::record;
use domain::{
    AccountId, ConnectionArn, PipelineName, RepositoryName, Timestamp,
    pipeline::PipelineDeclaration,
};
use engine::LineHead;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// As whom a pipeline acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunsAs {
    /// As its service role: that role's policies decide.
    Role,
    /// As the account itself: there was no such role when the account's root declared it.
    Account,
}

record! {
    /// A pipeline as it is declared now.
    PipelineRow in "pipelines";
    key { account: AccountId, name: PipelineName }
    columns {
        /// The declaration's version, from 1, as `GetPipeline` shows it.
        number: i64,
        created: Timestamp,
        updated: Timestamp,
    }
    doc {
        declaration: PipelineDeclaration,
        tags: BTreeMap<String, String>,
        /// As whom it acts since it was last declared; none in rows of older releases, whose
        /// pipelines all acted with their account's own authority.
        runs_as: Option<RunsAs>,
    }
    lists {
        /// An account's pipelines by name, those after `after` (the first page: an empty name).
        of_account(account: &AccountId, after: &PipelineName, limit: i64)
            "WHERE account = ? AND name > ? ORDER BY name LIMIT ?" [account, after, limit];
    }
}

record! {
    /// One version of a pipeline's declaration; never changed.
    PipelineVersionRow in "pipeline_versions";
    key { account: AccountId, name: PipelineName, number: i64 }
    columns {}
    doc { declaration: PipelineDeclaration }
    lists {
        /// A pipeline's versions, newest first.
        of_pipeline(account: &AccountId, name: &PipelineName, limit: i64)
            "WHERE account = ? AND name = ? ORDER BY number DESC LIMIT ?" [account, name, limit];
    }
}

record! {
    /// That a pipeline watches a repository. The key answers a push with one search, however many
    /// other pipelines there are.
    WatchRow in "watches";
    key {
        account: AccountId,
        connection: ConnectionArn,
        repository: RepositoryName,
        pipeline: PipelineName,
    }
    columns {}
    doc {}
    lists {
        /// Who watches this repository, by name.
        of_repository(account: &AccountId, connection: &ConnectionArn, repository: &RepositoryName)
            "WHERE account = ? AND connection = ? AND repository = ? ORDER BY pipeline"
            [account, connection, repository];
        /// What this pipeline watches.
        of_pipeline(account: &AccountId, pipeline: &PipelineName)
            "WHERE account = ? AND pipeline = ? ORDER BY connection, repository"
            [account, pipeline];
        /// Who watches anything over this connection.
        of_connection(account: &AccountId, connection: &ConnectionArn, limit: i64)
            "WHERE account = ? AND connection = ? ORDER BY repository, pipeline LIMIT ?"
            [account, connection, limit];
        /// Who else watches anything over it than an account's pipelines: others may share it.
        of_others(connection: &ConnectionArn, account: &AccountId, limit: i64)
            "WHERE connection = ? AND account <> ? ORDER BY account, pipeline, repository LIMIT ?"
            [connection, account, limit];
    }
}

record! {
    /// A pipeline's line: the state that the engine decides on.
    LineRow in "lines";
    key { account: AccountId, pipeline: PipelineName }
    columns {
        /// When the line wants to be looked at though nothing happened; every commit writes it.
        wake_at: Option<Timestamp>,
    }
    doc { head: LineHead }
    lists {
        /// Lines whose time has come, the longest overdue first.
        due(at: Timestamp, limit: i64)
            "WHERE wake_at <= ? ORDER BY wake_at LIMIT ?" [at, limit];
        /// The lines that wake next.
        soonest(limit: i64) "WHERE wake_at IS NOT NULL ORDER BY wake_at LIMIT ?" [limit];
    }
}
