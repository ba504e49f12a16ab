-- Version 14. Commit statuses that forges refused.

CREATE TABLE refused_statuses (
    version BIGINT NOT NULL, account TEXT COLLATE "C" NOT NULL, connection TEXT COLLATE "C" NOT NULL, repository TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL, doc TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account, connection, repository)
);
CREATE INDEX refused_statuses_by_age ON refused_statuses (at);
