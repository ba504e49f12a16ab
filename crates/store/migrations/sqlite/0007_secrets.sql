-- Version 7. Secrets, parameters and variables, each with its values in a table of their own.

CREATE TABLE secrets (
    version BIGINT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, resource TEXT NOT NULL,
    deletes BIGINT, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE INDEX secrets_deletes ON secrets (deletes);

CREATE TABLE secret_values (
    version BIGINT NOT NULL, account TEXT NOT NULL, secret TEXT NOT NULL, id TEXT NOT NULL,
    sealed_value BLOB NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, secret, id)
);

CREATE TABLE parameters (
    version BIGINT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, created BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, name)
);

CREATE TABLE parameter_values (
    version BIGINT NOT NULL, account TEXT NOT NULL, parameter TEXT NOT NULL, number BIGINT NOT NULL,
    sealed_value BLOB NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, parameter, number)
);

CREATE TABLE variables (
    version BIGINT NOT NULL, account TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL,
    sealed_value BLOB NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, scope, name)
);
