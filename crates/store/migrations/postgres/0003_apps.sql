-- Version 3. Apps: their keys and their one hook, and the connections through their installations.

ALTER TABLE registrations ADD COLUMN hook TEXT;
ALTER TABLE registrations ADD COLUMN sealed_key BYTEA;
ALTER TABLE registrations ADD COLUMN sealed_hook_secret BYTEA;
CREATE INDEX registrations_by_hook ON registrations (hook) WHERE hook IS NOT NULL;

ALTER TABLE connections ADD COLUMN installation TEXT;
CREATE INDEX connections_of_installation ON connections (account, installation, id)
    WHERE installation IS NOT NULL;
