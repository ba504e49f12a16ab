-- Version 13. Tokens that nobody uses any more, until their forges have revoked them.

CREATE TABLE revocations (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL, generation BIGINT NOT NULL,
    sealed_access BYTEA NOT NULL, sealed_refresh BYTEA, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, connection, generation)
);
