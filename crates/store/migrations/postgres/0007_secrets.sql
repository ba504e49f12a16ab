-- Version 7. Secrets, parameters and variables, each with its values in a table of their own.

CREATE TABLE secrets (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, resource TEXT COLLATE "C" NOT NULL,
    deletes BIGINT, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE INDEX secrets_deletes ON secrets (deletes);

CREATE TABLE secret_values (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, secret TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL,
    sealed_value BYTEA NOT NULL, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, secret, id)
);

CREATE TABLE parameters (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL, created BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, name)
);

CREATE TABLE parameter_values (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, parameter TEXT COLLATE "C" NOT NULL, number BIGINT NOT NULL,
    sealed_value BYTEA NOT NULL, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, parameter, number)
);

CREATE TABLE variables (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, scope TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL,
    sealed_value BYTEA NOT NULL, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, scope, name)
);
