-- Version 5. The audit log: chains of entries, the seals over their groups, and the signed heads.

CREATE TABLE audit_entries (
    chain BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    account TEXT NOT NULL,
    at BIGINT NOT NULL,
    version BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (chain, sequence)
);
CREATE INDEX audit_entries_of_account ON audit_entries (account, at, chain, sequence);

CREATE TABLE audit_seals (
    chain BIGINT NOT NULL,
    last BIGINT NOT NULL,
    first BIGINT NOT NULL,
    at BIGINT NOT NULL,
    version BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (chain, last)
);
CREATE INDEX audit_seals_by_age ON audit_seals (at);

CREATE TABLE audit_heads (
    at BIGINT NOT NULL,
    holder TEXT NOT NULL,
    version BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (at, holder)
);
