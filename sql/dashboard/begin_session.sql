-- Opens a session for a key, and clears away those that are over.
-- $1 token_sha256 bytea | $2 key_id uuid | $3 lasts_seconds bigint
with
-- So that the table needs no job of its own.
cleared as (
    delete from dashboard_sessions where expires_at <= now()
)
insert into dashboard_sessions (token_sha256, key_id, expires_at)
values ($1::bytea, $2::uuid, now() + make_interval(secs => $3::bigint))
