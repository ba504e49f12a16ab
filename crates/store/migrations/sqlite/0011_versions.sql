-- Version 11. Versions of objects that a later one took the place of.

CREATE TABLE object_versions (
    version BIGINT NOT NULL, bucket TEXT NOT NULL, object_key TEXT NOT NULL, version_id TEXT NOT NULL,
    artifact TEXT NOT NULL, modified BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (bucket, object_key, version_id)
);
CREATE INDEX object_versions_of_content ON object_versions (artifact);
CREATE INDEX object_versions_by_age ON object_versions (bucket, object_key, modified);
