-- Version 15. Hooks and watches of a connection, whosever they are: other accounts may share it.

CREATE INDEX hooks_by_connection ON hooks (connection, id);
CREATE INDEX watches_by_connection ON watches (connection, account, pipeline);
