-- The request that did something, by which it is found in the log of the server.

alter table admin_actions add column request_id text;
comment on column admin_actions.request_id is 'X-Request-Id of the request that did it, as the lines of the log have it; null for the command line and SQL, and in rows from before version 15 of the schema.';
