-- Version 6. CodePipeline's webhooks; and hooks by how far they have come, for those that are looked at instead.

CREATE TABLE webhooks (
    version BIGINT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, hook TEXT NOT NULL,
    pipeline TEXT NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (account, name)
);
CREATE INDEX webhooks_of_pipeline ON webhooks (account, pipeline, name);
CREATE INDEX webhooks_by_hook ON webhooks (hook, name);

CREATE INDEX hooks_of_state ON hooks (state, id);
