-- Version 8. Who takes tokens here as Azure and Google do.

CREATE TABLE relying_parties (
    version BIGINT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    updated BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, kind, name)
);
