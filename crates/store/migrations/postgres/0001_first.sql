-- Version 1. Every table: version first, then key and columns, then `doc`, then long bytes.
-- What the columns mean is said at the records in src/.
-- Texts are ordered by their bytes, as SQLite orders them.

CREATE TABLE accounts (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, generation BIGINT NOT NULL,
    created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account)
);

CREATE TABLE access_keys (
    version BIGINT NOT NULL, access_key TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL,
    sealed_secret BYTEA NOT NULL, active BIGINT NOT NULL, created BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (access_key)
);
CREATE INDEX access_keys_of_account ON access_keys (account, created, access_key);

CREATE TABLE pipelines (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, number BIGINT NOT NULL,
    created BIGINT NOT NULL, updated BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, name)
);

CREATE TABLE pipeline_versions (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, number BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, name, number)
);

CREATE TABLE watches (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL,
    repository TEXT COLLATE "C" NOT NULL, pipeline TEXT COLLATE "C" NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, connection, repository, pipeline)
);
CREATE INDEX watches_of_pipeline ON watches (account, pipeline, connection, repository);

CREATE TABLE lines (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, pipeline TEXT COLLATE "C" NOT NULL, wake_at BIGINT,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, pipeline)
);
CREATE INDEX lines_to_wake ON lines (wake_at) WHERE wake_at IS NOT NULL;

-- logs_kept is the sweep's own: 0 once the logs of its attempts are gone.
CREATE TABLE executions (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, pipeline TEXT COLLATE "C" NOT NULL,
    execution TEXT COLLATE "C" NOT NULL, number BIGINT NOT NULL, status TEXT COLLATE "C" NOT NULL,
    started BIGINT NOT NULL, updated BIGINT NOT NULL, logs_kept BIGINT NOT NULL DEFAULT 1,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, pipeline, execution)
);
CREATE INDEX executions_in_order ON executions (account, pipeline, number);
CREATE INDEX executions_of_status ON executions (account, pipeline, status, number);
CREATE INDEX executions_by_id ON executions (account, execution);
CREATE INDEX executions_by_age ON executions (updated);
CREATE INDEX executions_with_logs ON executions (updated) WHERE logs_kept = 1;

CREATE TABLE attempts (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, pipeline TEXT COLLATE "C" NOT NULL,
    execution TEXT COLLATE "C" NOT NULL, stage TEXT COLLATE "C" NOT NULL, action TEXT COLLATE "C" NOT NULL, attempt BIGINT NOT NULL,
    live BIGINT NOT NULL, holder TEXT COLLATE "C" NOT NULL, epoch BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, pipeline, execution, stage, action, attempt)
);
CREATE INDEX attempts_live ON attempts (holder, account, pipeline) WHERE live = 1;

CREATE TABLE facts (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, pipeline TEXT COLLATE "C" NOT NULL, seq BIGINT NOT NULL,
    execution TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, pipeline, seq)
);
CREATE INDEX facts_of_execution ON facts (account, pipeline, execution, seq);
CREATE INDEX facts_by_age ON facts (at);

CREATE TABLE artifacts (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, pipeline TEXT COLLATE "C" NOT NULL,
    execution TEXT COLLATE "C" NOT NULL, stage TEXT COLLATE "C" NOT NULL, action TEXT COLLATE "C" NOT NULL, attempt BIGINT NOT NULL,
    name TEXT COLLATE "C" NOT NULL, artifact TEXT COLLATE "C" NOT NULL, bucket TEXT COLLATE "C" NOT NULL, object_key TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, pipeline, execution, stage, action, attempt, name)
);
CREATE INDEX artifacts_of_bucket ON artifacts (account, bucket, object_key);
CREATE INDEX artifacts_of_content ON artifacts (artifact);
CREATE INDEX artifacts_by_age ON artifacts (created);

CREATE TABLE buckets (
    version BIGINT NOT NULL, name TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL, region TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (name)
);
CREATE INDEX buckets_of_account ON buckets (account, name);

CREATE TABLE connections (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, arn TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL, provider TEXT COLLATE "C" NOT NULL, host_arn TEXT COLLATE "C", created BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX connections_by_name ON connections (account, name, id);
CREATE INDEX connections_of_host ON connections (account, host_arn, id);

CREATE TABLE tokens (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL,
    sealed_access BYTEA NOT NULL, sealed_refresh BYTEA, expires BIGINT, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, connection)
);
CREATE INDEX tokens_by_end ON tokens (expires) WHERE expires IS NOT NULL;

CREATE TABLE hosts (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, arn TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL, provider TEXT COLLATE "C" NOT NULL, endpoint TEXT COLLATE "C" NOT NULL, status TEXT COLLATE "C" NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX hosts_by_name ON hosts (account, name, id);

CREATE TABLE registrations (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, provider TEXT COLLATE "C" NOT NULL,
    endpoint TEXT COLLATE "C" NOT NULL, client_id TEXT COLLATE "C" NOT NULL, sealed_secret BYTEA NOT NULL,
    created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX registrations_by_endpoint ON registrations (account, provider, endpoint);
CREATE INDEX registrations_by_id ON registrations (id);

CREATE TABLE handshakes (
    version BIGINT NOT NULL, state TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL,
    registration TEXT COLLATE "C" NOT NULL, session TEXT COLLATE "C" NOT NULL, sealed_verifier BYTEA NOT NULL,
    expires BIGINT NOT NULL, used BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (state)
);
CREATE INDEX handshakes_by_end ON handshakes (expires);

CREATE TABLE hooks (
    version BIGINT NOT NULL, id TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL,
    repository TEXT COLLATE "C" NOT NULL, forge_hook_id TEXT COLLATE "C", sealed_secret BYTEA NOT NULL,
    sealed_previous BYTEA, state TEXT COLLATE "C" NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX hooks_of_repository ON hooks (account, connection, repository, id);

CREATE TABLE heads (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL,
    repository TEXT COLLATE "C" NOT NULL, ref_name TEXT COLLATE "C" NOT NULL, sha TEXT COLLATE "C", updated BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, connection, repository, ref_name)
);

CREATE TABLE repository_links (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL,
    connection TEXT COLLATE "C" NOT NULL, repository TEXT COLLATE "C" NOT NULL, created BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX repository_links_of_repository
    ON repository_links (account, connection, repository, id);

CREATE TABLE sync_configurations (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, sync_type TEXT COLLATE "C" NOT NULL,
    resource TEXT COLLATE "C" NOT NULL, link TEXT COLLATE "C" NOT NULL, branch TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, sync_type, resource)
);
CREATE INDEX sync_configurations_of_link
    ON sync_configurations (account, link, sync_type, resource);

CREATE TABLE deliveries (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, hook TEXT COLLATE "C" NOT NULL,
    forge_delivery TEXT COLLATE "C" NOT NULL, received BIGINT NOT NULL, state TEXT COLLATE "C" NOT NULL,
    digest TEXT COLLATE "C" NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX deliveries_by_age ON deliveries (account, received, id);
CREATE INDEX deliveries_by_digest ON deliveries (hook, digest, received, id);
CREATE INDEX deliveries_of_forge ON deliveries (hook, forge_delivery, received, id);
CREATE INDEX deliveries_new ON deliveries (received, id) WHERE state = 'new';

-- In the order of arrival: a new body goes behind the last one, and the sweep begins at the first.
CREATE TABLE delivery_bodies (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, delivery TEXT COLLATE "C" NOT NULL,
    received BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL, body BYTEA NOT NULL,
    PRIMARY KEY (account, received, delivery)
);

CREATE TABLE dispositions (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, delivery TEXT COLLATE "C" NOT NULL,
    change_index BIGINT NOT NULL, kind TEXT COLLATE "C" NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, delivery, change_index)
);

CREATE TABLE effects (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, holder TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL, created BIGINT NOT NULL, due_at BIGINT NOT NULL, tries BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX effects_of_holder ON effects (holder, due_at, id);

CREATE TABLE holders (
    version BIGINT NOT NULL, id TEXT COLLATE "C" NOT NULL, epoch BIGINT NOT NULL, beat BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE meta (
    version BIGINT NOT NULL, key TEXT COLLATE "C" NOT NULL, value TEXT COLLATE "C" NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key)
);

CREATE TABLE sessions (
    version BIGINT NOT NULL, id_hash TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL, last_seen BIGINT NOT NULL, expires BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id_hash)
);
CREATE INDEX sessions_of_account ON sessions (account, created, id_hash);
CREATE INDEX sessions_by_end ON sessions (expires);

CREATE TABLE links (
    version BIGINT NOT NULL, token_hash TEXT COLLATE "C" NOT NULL, account TEXT COLLATE "C" NOT NULL,
    expires BIGINT NOT NULL, used BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (token_hash)
);
CREATE INDEX links_by_end ON links (expires);

-- The names of changes that were committed, so that a repeat writes nothing.
CREATE TABLE commits (
    key TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX commits_by_age ON commits (at);
