-- The key of a session of the dashboard, and the store it is used for, with the columns of find.sql.
-- $1 token_sha256 bytea | $2 named_store_id uuid or null
-- returns key_id uuid, key_store_id uuid (null for an admin key), scopes text[], key_sha256 bytea (here the hash of
-- the token), is_revoked boolean, is_expired boolean, store_id uuid (null if none is named or it is unknown),
-- timezone text, archived_at timestamptz
-- reads dashboard_sessions, api_keys, stores
select k.key_id, k.store_id as key_store_id, k.scopes, d.token_sha256 as key_sha256,
       k.revoked_at is not null as is_revoked, coalesce(k.expires_at <= now(), false) as is_expired, s.store_id,
       s.timezone, s.archived_at
from dashboard_sessions d
join api_keys k on k.key_id = d.key_id
left join stores s on s.store_id = coalesce(k.store_id, $2::uuid)
where d.token_sha256 = $1::bytea and d.expires_at > now()
