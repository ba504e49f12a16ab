-- Version 4. The issuer of an account and its keys.

CREATE TABLE issuers (
    version BIGINT NOT NULL, account TEXT NOT NULL, due BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account)
);
CREATE INDEX issuers_due ON issuers (due, account);

CREATE TABLE signing_keys (
    version BIGINT NOT NULL, account TEXT NOT NULL, kid TEXT NOT NULL,
    sealed_private BLOB NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, kid)
);
