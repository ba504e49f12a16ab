-- Version 9. Objects of buckets, and uploads in parts.

CREATE TABLE objects (
    version BIGINT NOT NULL, bucket TEXT NOT NULL, object_key TEXT NOT NULL,
    artifact TEXT NOT NULL, modified BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (bucket, object_key)
);
CREATE INDEX objects_of_content ON objects (artifact);
CREATE INDEX objects_by_age ON objects (modified);

CREATE TABLE uploads (
    version BIGINT NOT NULL, bucket TEXT NOT NULL, object_key TEXT NOT NULL, upload TEXT NOT NULL,
    created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (bucket, object_key, upload)
);
CREATE INDEX uploads_by_age ON uploads (created);

CREATE TABLE parts (
    version BIGINT NOT NULL, upload TEXT NOT NULL, part BIGINT NOT NULL,
    artifact TEXT NOT NULL, modified BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (upload, part)
);
CREATE INDEX parts_of_content ON parts (artifact);
CREATE INDEX parts_by_age ON parts (modified);
