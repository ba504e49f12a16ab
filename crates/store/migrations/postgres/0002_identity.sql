-- Who is in an account, what they may do, and what stands above them. Every table ends with `doc`.

CREATE TABLE iam_users (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, folded TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_groups (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, folded TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_roles (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, folded TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_policies (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, folded TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL,
    path TEXT COLLATE "C" NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, folded)
);

CREATE TABLE iam_oidc_providers (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, issuer TEXT COLLATE "C" NOT NULL, url TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, issuer)
);

CREATE TABLE organisation_policies (
    version BIGINT NOT NULL, target TEXT COLLATE "C" NOT NULL, name TEXT COLLATE "C" NOT NULL,
    on_resources BIGINT NOT NULL, created BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (target, name)
);

CREATE TABLE resource_policies (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, resource TEXT COLLATE "C" NOT NULL,
    updated BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, resource)
);

CREATE TABLE denials (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, id TEXT COLLATE "C" NOT NULL, at BIGINT NOT NULL,
    doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX denials_in_order ON denials (account, at, id);
CREATE INDEX denials_by_age ON denials (at);
