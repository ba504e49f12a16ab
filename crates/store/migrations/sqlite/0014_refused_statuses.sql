-- Version 14. Commit statuses that forges refused.

CREATE TABLE refused_statuses (
    version BIGINT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL, repository TEXT NOT NULL,
    at BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, connection, repository)
);
CREATE INDEX refused_statuses_by_age ON refused_statuses (at);
