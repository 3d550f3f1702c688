-- Ends a session.
-- $1 token_sha256 bytea
delete from dashboard_sessions
where token_sha256 = $1::bytea
