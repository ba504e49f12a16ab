//! The statements of a sweep. A moment is bound before a limit.

use super::Retention;
use crate::statement::{Statement, Value};

/// That an execution is over, in the words of the API.
macro_rules! ended {
    () => {
        "status NOT IN ('InProgress', 'Stopping')"
    };
}

pub(super) const OLD_EXECUTIONS: &str = concat!(
    "SELECT account, pipeline, execution FROM executions e WHERE updated < ? AND ",
    ended!(),
    " AND number <= (SELECT MAX(n.number) FROM executions n WHERE n.account = e.account \
     AND n.pipeline = e.pipeline) - ? ORDER BY updated LIMIT ?"
);
/// Checked again, for it may have been retried since it was selected.
const DELETE_EXECUTION: &str = concat!(
    "DELETE FROM executions WHERE account = ? AND pipeline = ? AND execution = ? AND updated < ? \
     AND ",
    ended!()
);
pub(super) const EXECUTIONS_WITH_LOGS: &str = concat!(
    "UPDATE executions SET logs_kept = 0 WHERE (account, pipeline, execution) IN (SELECT account, \
     pipeline, execution FROM executions WHERE logs_kept = 1 AND updated < ? AND ",
    ended!(),
    " ORDER BY updated LIMIT ?) RETURNING account, pipeline, execution"
);
pub(super) const ATTEMPTS: &str = "SELECT account, pipeline, execution, stage, action, attempt FROM attempts \
     WHERE account = ? AND pipeline = ? AND execution = ?";
/// Their age is known account by account, from the index that lists them.
pub(super) const OLD_DELIVERIES: &str = "DELETE FROM deliveries WHERE (account, id) IN (SELECT d.account, \
     d.id FROM accounts a JOIN deliveries d ON d.account = a.account WHERE d.received < ? AND \
     d.state = 'done' LIMIT ?) RETURNING account, received, id";

/// A delivery that is not decided yet still needs what it said.
pub(super) const OLD_BODIES: &str = "DELETE FROM delivery_bodies WHERE (account, received, delivery) IN \
     (SELECT b.account, b.received, b.delivery FROM accounts a JOIN delivery_bodies b ON \
     b.account = a.account JOIN deliveries d ON d.account = b.account AND d.id = b.delivery \
     WHERE b.received < ? AND d.state = 'done' LIMIT ?) RETURNING received";

/// What hangs on a delivery, given its account, moment and id.
pub(super) fn remove_from_delivery(row: Vec<Value>) -> [Statement; 2] {
    let dispositions = "DELETE FROM dispositions WHERE account = ? AND delivery = ?";
    let body = "DELETE FROM delivery_bodies WHERE account = ? AND received = ? AND delivery = ?";
    [
        Statement { sql: dispositions, binds: vec![row[0].clone(), row[2].clone()] },
        Statement { sql: body, binds: row },
    ]
}

pub(super) const OLD_ARTIFACTS: &str = "DELETE FROM artifacts WHERE (account, pipeline, execution, stage, action, \
             attempt, name) IN (SELECT account, pipeline, execution, stage, action, attempt, name \
             FROM artifacts WHERE created < ? ORDER BY created LIMIT ?) RETURNING artifact";

/// What hangs on an execution, gone only if the execution is.
macro_rules! without_execution {
    ($table:literal, $columns:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE account = ? AND pipeline = ? AND execution = ? AND NOT \
             EXISTS (SELECT 1 FROM executions e WHERE e.account = ",
            $table,
            ".account AND \
             e.pipeline = ",
            $table,
            ".pipeline AND e.execution = ",
            $table,
            ".execution) \
             RETURNING ",
            $columns
        )
    };
}

/// How long rows of a kind are kept, in days.
pub(super) type Days = fn(&Retention) -> i64;

/// Rows that are simply too old: the binds are the moment and the limit.
pub(super) const OLD_ROWS: [(&str, Days); 13] = [
    (
        "DELETE FROM facts WHERE (account, pipeline, seq) IN \
         (SELECT account, pipeline, seq FROM facts WHERE at < ? ORDER BY at LIMIT ?) RETURNING seq",
        |keep| keep.facts_days,
    ),
    (
        "DELETE FROM denials WHERE (account, id) IN \
         (SELECT account, id FROM denials WHERE at < ? ORDER BY at LIMIT ?) RETURNING at",
        |keep| keep.denials_days,
    ),
    (
        "DELETE FROM refused_deliveries WHERE (account, hook) IN (SELECT account, hook \
         FROM refused_deliveries WHERE last < ? ORDER BY last LIMIT ?) RETURNING last",
        |keep| keep.deliveries_days,
    ),
    (
        "DELETE FROM refused_statuses WHERE (account, connection, repository) IN \
         (SELECT account, connection, repository FROM refused_statuses WHERE at < ? \
         ORDER BY at LIMIT ?) RETURNING at",
        |keep| keep.deliveries_days,
    ),
    (
        "DELETE FROM commits WHERE key IN \
         (SELECT key FROM commits WHERE at < ? ORDER BY at LIMIT ?) RETURNING at",
        |keep| keep.commit_keys_days,
    ),
    (
        "DELETE FROM uploads WHERE (bucket, object_key, upload) IN (SELECT bucket, object_key, \
         upload FROM uploads WHERE created < ? ORDER BY created LIMIT ?) RETURNING created",
        |keep| keep.uploads_days,
    ),
    (
        "DELETE FROM parts WHERE (upload, part) IN (SELECT p.upload, p.part FROM parts p WHERE \
         p.modified < ? AND NOT EXISTS (SELECT 1 FROM uploads u WHERE u.upload = p.upload) \
         ORDER BY p.modified LIMIT ?) RETURNING modified",
        |_| 1,
    ),
    (
        "DELETE FROM objects WHERE (bucket, object_key) IN (SELECT o.bucket, o.object_key FROM \
         objects o WHERE o.modified < ? AND NOT EXISTS (SELECT 1 FROM buckets b WHERE \
         b.name = o.bucket) ORDER BY o.modified LIMIT ?) RETURNING modified",
        |_| 0,
    ),
    (
        "DELETE FROM handshakes WHERE state IN \
         (SELECT state FROM handshakes WHERE expires < ? ORDER BY expires LIMIT ?) RETURNING used",
        |_| 0,
    ),
    (
        "DELETE FROM sessions WHERE id_hash IN \
         (SELECT id_hash FROM sessions WHERE expires < ? ORDER BY expires LIMIT ?) \
         RETURNING expires",
        |_| 0,
    ),
    (
        "DELETE FROM links WHERE token_hash IN \
         (SELECT token_hash FROM links WHERE expires < ? ORDER BY expires LIMIT ?) RETURNING used",
        |_| 0,
    ),
    (
        "DELETE FROM secret_values WHERE (account, secret, id) IN \
         (SELECT v.account, v.secret, v.id FROM secret_values v JOIN secrets s \
         ON s.account = v.account AND s.resource = v.secret WHERE s.deletes < ? LIMIT ?) \
         RETURNING created",
        |_| 0,
    ),
    (
        "DELETE FROM secrets WHERE (account, name) IN \
         (SELECT account, name FROM secrets s WHERE deletes < ? AND NOT EXISTS \
         (SELECT 1 FROM secret_values v WHERE v.account = s.account AND v.secret = s.resource) \
         ORDER BY deletes LIMIT ?) RETURNING created",
        |_| 0,
    ),
];

/// Whether anything names a content.
pub(super) const NAMES_OF_CONTENT: [&str; 4] = [
    "SELECT created FROM artifacts WHERE artifact = ? LIMIT 1",
    "SELECT modified FROM objects WHERE artifact = ? LIMIT 1",
    "SELECT modified FROM object_versions WHERE artifact = ? LIMIT 1",
    "SELECT modified FROM parts WHERE artifact = ? LIMIT 1",
];

/// How many statements remove one execution.
pub(super) const STEPS: usize = 4;

/// The execution first: what hangs on it goes only if it went.
pub(super) fn remove_execution(key: Vec<Value>, moment: &Value) -> [Statement; STEPS] {
    let guarded = key.iter().chain([moment]).cloned().collect();
    let hanging = |sql| Statement { sql, binds: key.clone() };
    [
        Statement { sql: DELETE_EXECUTION, binds: guarded },
        hanging(without_execution!(
            "attempts",
            "account, pipeline, execution, stage, action, attempt"
        )),
        hanging(without_execution!("artifacts", "artifact")),
        hanging(without_execution!("facts", "seq")),
    ]
}
