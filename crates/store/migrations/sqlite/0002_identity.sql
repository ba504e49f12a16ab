-- Who is in an account, what they may do, and what stands above them. Every table ends with `doc`.

CREATE TABLE iam_users (
    version BIGINT NOT NULL, account TEXT NOT NULL, folded TEXT NOT NULL, name TEXT NOT NULL,
    path TEXT NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_groups (
    version BIGINT NOT NULL, account TEXT NOT NULL, folded TEXT NOT NULL, name TEXT NOT NULL,
    path TEXT NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_roles (
    version BIGINT NOT NULL, account TEXT NOT NULL, folded TEXT NOT NULL, name TEXT NOT NULL,
    path TEXT NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_policies (
    version BIGINT NOT NULL, account TEXT NOT NULL, folded TEXT NOT NULL, name TEXT NOT NULL,
    path TEXT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_oidc_providers (
    version BIGINT NOT NULL, account TEXT NOT NULL, issuer TEXT NOT NULL, url TEXT NOT NULL,
    created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, issuer)
);

CREATE TABLE organisation_policies (
    version BIGINT NOT NULL, target TEXT NOT NULL, name TEXT NOT NULL,
    on_resources BIGINT NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (target, name)
);

CREATE TABLE resource_policies (
    version BIGINT NOT NULL, account TEXT NOT NULL, resource TEXT NOT NULL,
    updated BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, resource)
);

CREATE TABLE denials (
    version BIGINT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, at BIGINT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX denials_in_order ON denials (account, at, id);
CREATE INDEX denials_by_age ON denials (at);
