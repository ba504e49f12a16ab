-- Version 11. Versions of objects that a later one took the place of.

CREATE TABLE object_versions (
    version BIGINT NOT NULL, bucket TEXT COLLATE "C" NOT NULL, object_key TEXT COLLATE "C" NOT NULL, version_id TEXT COLLATE "C" NOT NULL,
    artifact TEXT COLLATE "C" NOT NULL, modified BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (bucket, object_key, version_id)
);
CREATE INDEX object_versions_of_content ON object_versions (artifact);
CREATE INDEX object_versions_by_age ON object_versions (bucket, object_key, modified);
