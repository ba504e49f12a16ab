-- Version 10. The password with which a host's proxy knows this server, sealed.

ALTER TABLE hosts ADD COLUMN sealed_proxy_password BLOB;
