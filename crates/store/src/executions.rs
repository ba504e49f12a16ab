//! Executions, the attempts at their actions, the facts that made them so, and what they left.

use crate::record::record;
use domain::{
    AccountId, ActionName, ArtifactName, ArtifactRef, BucketName, ExecutionId, HolderId,
    PipelineName, StageName, Timestamp,
};
use engine::{Attempt, Execution, Fact};

record! {
    /// One execution of a pipeline.
    ExecutionRow in "executions";
    key { account: AccountId, pipeline: PipelineName, execution: ExecutionId }
    columns {
        /// Its place in the pipeline's order, from 1.
        number: i64,
        /// As `ListPipelineExecutions` shows it.
        status: String,
        started: Timestamp,
        updated: Timestamp,
    }
    doc { doc: Execution }
    lists {
        /// A pipeline's executions, newest first, those numbered below `before`.
        of_pipeline(
            account: &AccountId, pipeline: &PipelineName, before: Option<i64>, limit: i64,
        )
            "WHERE account = ? AND pipeline = ? AND number < ? ORDER BY number DESC LIMIT ?"
            [account, pipeline, before.unwrap_or(i64::MAX), limit];
        /// A pipeline's executions of one status, newest first.
        of_status(account: &AccountId, pipeline: &PipelineName, status: &str, limit: i64)
            "WHERE account = ? AND pipeline = ? AND status = ? ORDER BY number DESC LIMIT ?"
            [account, pipeline, status, limit];
        /// The execution of this id, whatever its pipeline.
        by_id(account: &AccountId, execution: &ExecutionId)
            "WHERE account = ? AND execution = ?" [account, execution];
        /// An account's executions whose id begins with `prefix`, at most `limit`.
        by_prefix(account: &AccountId, prefix: &str, limit: i64)
            "WHERE account = ? AND execution >= ? AND execution < ? ORDER BY execution LIMIT ?"
            [account, prefix, format!("{prefix}~"), limit];
    }
}

record! {
    /// One try at an action.
    AttemptRow in "attempts";
    key {
        account: AccountId,
        pipeline: PipelineName,
        execution: ExecutionId,
        stage: StageName,
        action: ActionName,
        attempt: u32,
    }
    columns {
        /// Whether it has not ended.
        live: bool,
        /// The process that performs it.
        holder: HolderId,
        /// The holder's epoch when it took it: the fence that every result carries.
        epoch: i64,
    }
    doc { doc: Attempt }
    lists {
        /// An execution's attempts.
        of_execution(account: &AccountId, pipeline: &PipelineName, execution: &ExecutionId)
            "WHERE account = ? AND pipeline = ? AND execution = ? ORDER BY stage, action, attempt"
            [account, pipeline, execution];
        /// The live attempts of one holder.
        live_of(holder: &HolderId, limit: i64)
            "WHERE live = 1 AND holder = ? ORDER BY account, pipeline LIMIT ?" [holder, limit];
        /// The live attempts of everyone else.
        live_not_of(holder: &HolderId, limit: i64)
            "WHERE live = 1 AND holder <> ? ORDER BY account, pipeline LIMIT ?" [holder, limit];
    }
}

record! {
    /// What a decision made true; written once, never changed.
    FactRow in "facts";
    key { account: AccountId, pipeline: PipelineName, seq: i64 }
    columns { execution: ExecutionId, at: Timestamp }
    doc { fact: Fact }
    lists {
        /// An execution's facts in their order, those after `after` (0: from the first).
        of_execution(
            account: &AccountId, pipeline: &PipelineName, execution: &ExecutionId,
            after: i64, limit: i64,
        )
            "WHERE account = ? AND pipeline = ? AND execution = ? AND seq > ? ORDER BY seq LIMIT ?"
            [account, pipeline, execution, after, limit];
        /// A pipeline's facts, newest first, those before `before`.
        of_pipeline(
            account: &AccountId, pipeline: &PipelineName, before: Option<i64>, limit: i64,
        )
            "WHERE account = ? AND pipeline = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
            [account, pipeline, before.unwrap_or(i64::MAX), limit];
    }
}

record! {
    /// An artifact that an attempt left, and the object that shows it.
    ArtifactRow in "artifacts";
    key {
        account: AccountId,
        pipeline: PipelineName,
        execution: ExecutionId,
        stage: StageName,
        action: ActionName,
        attempt: u32,
        name: ArtifactName,
    }
    columns {
        artifact: ArtifactRef,
        bucket: BucketName,
        /// The object's key in its bucket.
        object_key: String,
        created: Timestamp,
    }
    doc {}
    lists {
        /// What an execution left.
        of_execution(account: &AccountId, pipeline: &PipelineName, execution: &ExecutionId)
            "WHERE account = ? AND pipeline = ? AND execution = ? \
             ORDER BY stage, action, attempt, name"
            [account, pipeline, execution];
        /// The object of a bucket.
        of_object(account: &AccountId, bucket: &BucketName, object_key: &str)
            "WHERE account = ? AND bucket = ? AND object_key = ? ORDER BY created DESC"
            [account, bucket, object_key];
        /// A bucket's objects whose keys are `from` or more and less than `end`, by key.
        between(account: &AccountId, bucket: &BucketName, from: &str, end: &str, limit: i64)
            "WHERE account = ? AND bucket = ? AND object_key >= ? AND object_key < ? \
             ORDER BY object_key LIMIT ?"
            [account, bucket, from, end, limit];
        /// A bucket's objects by key, those after `after`.
        of_bucket(account: &AccountId, bucket: &BucketName, after: &str, limit: i64)
            "WHERE account = ? AND bucket = ? AND object_key > ? ORDER BY object_key LIMIT ?"
            [account, bucket, after, limit];
    }
}

record! {
    /// A bucket. Its name is unique over all accounts.
    BucketRow in "buckets";
    key { name: BucketName }
    columns { account: AccountId, region: domain::Region, created: Timestamp }
    doc {
        /// None where it never kept versions.
        versioning: Option<crate::Versioning>,
        /// Since when it is about to be deleted. Whoever writes into it takes this away, so that a
        /// deletion and a writer always see one another.
        leaving: Option<Timestamp>,
        /// The rules for pages of other origins, as JSON.
        cors: Option<String>,
    }
    lists {
        /// An account's buckets by name.
        of_account(account: &AccountId, limit: i64)
            "WHERE account = ? ORDER BY name LIMIT ?" [account, limit];
    }
}
