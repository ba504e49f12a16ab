-- Version 13. Tokens that nobody uses any more, until their forges have revoked them.

CREATE TABLE revocations (
    version BIGINT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL, generation BIGINT NOT NULL,
    sealed_access BLOB NOT NULL, sealed_refresh BLOB, doc TEXT NOT NULL,
    PRIMARY KEY (account, connection, generation)
);
