-- Version 12. Whether a host can be used follows from what is known of it; deliveries that hooks refused;
-- connections that were deleted, until nothing of them is left at their forges.

ALTER TABLE hosts DROP COLUMN status;

CREATE TABLE refused_deliveries (
    version BIGINT NOT NULL, account TEXT NOT NULL, hook TEXT NOT NULL, connection TEXT NOT NULL,
    last BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, hook)
);
CREATE INDEX refused_deliveries_of_connection ON refused_deliveries (account, connection, hook);
CREATE INDEX refused_deliveries_by_age ON refused_deliveries (last);

CREATE TABLE departures (
    version BIGINT NOT NULL, account TEXT NOT NULL, connection TEXT NOT NULL,
    sealed_access BLOB NOT NULL, sealed_refresh BLOB, doc TEXT NOT NULL,
    PRIMARY KEY (account, connection)
);
