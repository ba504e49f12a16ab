-- Version 1. Every table: version first, then key and columns, then `doc`, then long bytes.
-- What the columns mean is said at the records in src/.

CREATE TABLE accounts (
    version BIGINT NOT NULL, account TEXT NOT NULL, generation BIGINT NOT NULL,
    created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account)
);

CREATE TABLE access_keys (
    version BIGINT NOT NULL, access_key TEXT NOT NULL, account TEXT NOT NULL,
    sealed_secret BLOB NOT NULL, active BIGINT NOT NULL, created BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (access_key)
);
CREATE INDEX access_keys_of_account ON access_keys (account, created, access_key);

CREATE TABLE pipelines (
    version BIGINT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, number BIGINT NOT NULL,
    created BIGINT NOT NULL, updated BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, name)
);

CREATE TABLE pipeline_versions (
    version BIGINT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, number BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, name, number)
);

CREATE TABLE watches (
    version BIGINT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL,
    repository TEXT NOT NULL, pipeline TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, connection, repository, pipeline)
);
CREATE INDEX watches_of_pipeline ON watches (account, pipeline, connection, repository);

CREATE TABLE lines (
    version BIGINT NOT NULL, account TEXT NOT NULL, pipeline TEXT NOT NULL, wake_at BIGINT,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, pipeline)
);
CREATE INDEX lines_to_wake ON lines (wake_at) WHERE wake_at IS NOT NULL;

-- logs_kept is the sweep's own: 0 once the logs of its attempts are gone.
CREATE TABLE executions (
    version BIGINT NOT NULL, account TEXT NOT NULL, pipeline TEXT NOT NULL,
    execution TEXT NOT NULL, number BIGINT NOT NULL, status TEXT NOT NULL,
    started BIGINT NOT NULL, updated BIGINT NOT NULL, logs_kept BIGINT NOT NULL DEFAULT 1,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, pipeline, execution)
);
CREATE INDEX executions_in_order ON executions (account, pipeline, number);
CREATE INDEX executions_of_status ON executions (account, pipeline, status, number);
CREATE INDEX executions_by_id ON executions (account, execution);
CREATE INDEX executions_by_age ON executions (updated);
CREATE INDEX executions_with_logs ON executions (updated) WHERE logs_kept = 1;

CREATE TABLE attempts (
    version BIGINT NOT NULL, account TEXT NOT NULL, pipeline TEXT NOT NULL,
    execution TEXT NOT NULL, stage TEXT NOT NULL, action TEXT NOT NULL, attempt BIGINT NOT NULL,
    live BIGINT NOT NULL, holder TEXT NOT NULL, epoch BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, pipeline, execution, stage, action, attempt)
);
CREATE INDEX attempts_live ON attempts (holder, account, pipeline) WHERE live = 1;

CREATE TABLE facts (
    version BIGINT NOT NULL, account TEXT NOT NULL, pipeline TEXT NOT NULL, seq BIGINT NOT NULL,
    execution TEXT NOT NULL, at BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, pipeline, seq)
);
CREATE INDEX facts_of_execution ON facts (account, pipeline, execution, seq);
CREATE INDEX facts_by_age ON facts (at);

CREATE TABLE artifacts (
    version BIGINT NOT NULL, account TEXT NOT NULL, pipeline TEXT NOT NULL,
    execution TEXT NOT NULL, stage TEXT NOT NULL, action TEXT NOT NULL, attempt BIGINT NOT NULL,
    name TEXT NOT NULL, artifact TEXT NOT NULL, bucket TEXT NOT NULL, object_key TEXT NOT NULL,
    created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, pipeline, execution, stage, action, attempt, name)
);
CREATE INDEX artifacts_of_bucket ON artifacts (account, bucket, object_key);
CREATE INDEX artifacts_of_content ON artifacts (artifact);
CREATE INDEX artifacts_by_age ON artifacts (created);

CREATE TABLE buckets (
    version BIGINT NOT NULL, name TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,
    created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (name)
);
CREATE INDEX buckets_of_account ON buckets (account, name);

CREATE TABLE connections (
    version BIGINT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, arn TEXT NOT NULL,
    name TEXT NOT NULL, provider TEXT NOT NULL, host_arn TEXT, created BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX connections_by_name ON connections (account, name, id);
CREATE INDEX connections_of_host ON connections (account, host_arn, id);

CREATE TABLE tokens (
    version BIGINT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL,
    sealed_access BLOB NOT NULL, sealed_refresh BLOB, expires BIGINT, doc TEXT NOT NULL,
    PRIMARY KEY (account, connection)
);
CREATE INDEX tokens_by_end ON tokens (expires) WHERE expires IS NOT NULL;

CREATE TABLE hosts (
    version BIGINT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, arn TEXT NOT NULL,
    name TEXT NOT NULL, provider TEXT NOT NULL, endpoint TEXT NOT NULL, status TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX hosts_by_name ON hosts (account, name, id);

CREATE TABLE registrations (
    version BIGINT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, provider TEXT NOT NULL,
    endpoint TEXT NOT NULL, client_id TEXT NOT NULL, sealed_secret BLOB NOT NULL,
    created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX registrations_by_endpoint ON registrations (account, provider, endpoint);
CREATE INDEX registrations_by_id ON registrations (id);

CREATE TABLE handshakes (
    version BIGINT NOT NULL, state TEXT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL,
    registration TEXT NOT NULL, session TEXT NOT NULL, sealed_verifier BLOB NOT NULL,
    expires BIGINT NOT NULL, used BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (state)
);
CREATE INDEX handshakes_by_end ON handshakes (expires);

CREATE TABLE hooks (
    version BIGINT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL,
    repository TEXT NOT NULL, forge_hook_id TEXT, sealed_secret BLOB NOT NULL,
    sealed_previous BLOB, state TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX hooks_of_repository ON hooks (account, connection, repository, id);

CREATE TABLE heads (
    version BIGINT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL,
    repository TEXT NOT NULL, ref_name TEXT NOT NULL, sha TEXT, updated BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, connection, repository, ref_name)
);

CREATE TABLE repository_links (
    version BIGINT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
    connection TEXT NOT NULL, repository TEXT NOT NULL, created BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX repository_links_of_repository
    ON repository_links (account, connection, repository, id);

CREATE TABLE sync_configurations (
    version BIGINT NOT NULL, account TEXT NOT NULL, sync_type TEXT NOT NULL,
    resource TEXT NOT NULL, link TEXT NOT NULL, branch TEXT NOT NULL,
    created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, sync_type, resource)
);
CREATE INDEX sync_configurations_of_link
    ON sync_configurations (account, link, sync_type, resource);

CREATE TABLE deliveries (
    version BIGINT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, hook TEXT NOT NULL,
    forge_delivery TEXT NOT NULL, received BIGINT NOT NULL, state TEXT NOT NULL,
    digest TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX deliveries_by_age ON deliveries (account, received, id);
CREATE INDEX deliveries_by_digest ON deliveries (hook, digest, received, id);
CREATE INDEX deliveries_of_forge ON deliveries (hook, forge_delivery, received, id);
CREATE INDEX deliveries_new ON deliveries (received, id) WHERE state = 'new';

-- In the order of arrival: a new body goes behind the last one, and the sweep begins at the first.
CREATE TABLE delivery_bodies (
    version BIGINT NOT NULL, account TEXT NOT NULL, delivery TEXT NOT NULL,
    received BIGINT NOT NULL, doc TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (account, received, delivery)
);

CREATE TABLE dispositions (
    version BIGINT NOT NULL, account TEXT NOT NULL, delivery TEXT NOT NULL,
    change_index BIGINT NOT NULL, kind TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, delivery, change_index)
) WITHOUT ROWID;

CREATE TABLE effects (
    version BIGINT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, holder TEXT NOT NULL,
    epoch BIGINT NOT NULL, created BIGINT NOT NULL, due_at BIGINT NOT NULL, tries BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX effects_of_holder ON effects (holder, due_at, id);

CREATE TABLE holders (
    version BIGINT NOT NULL, id TEXT NOT NULL, epoch BIGINT NOT NULL, beat BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE meta (
    version BIGINT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE sessions (
    version BIGINT NOT NULL, id_hash TEXT NOT NULL, account TEXT NOT NULL,
    created BIGINT NOT NULL, last_seen BIGINT NOT NULL, expires BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (id_hash)
);
CREATE INDEX sessions_of_account ON sessions (account, created, id_hash);
CREATE INDEX sessions_by_end ON sessions (expires);

CREATE TABLE links (
    version BIGINT NOT NULL, token_hash TEXT NOT NULL, account TEXT NOT NULL,
    expires BIGINT NOT NULL, used BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (token_hash)
);
CREATE INDEX links_by_end ON links (expires);

-- The names of changes that were committed, so that a repeat writes nothing.
CREATE TABLE commits (
    key TEXT NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX commits_by_age ON commits (at);
