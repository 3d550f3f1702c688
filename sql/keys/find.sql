-- A key by its hash, and the store it is used for: its own, or for an admin key the one that the request names.
-- $1 key_sha256 bytea | $2 named_store_id uuid or null
-- returns key_id uuid, key_store_id uuid (null for an admin key), scopes text[], key_sha256 bytea, is_revoked boolean,
-- is_expired boolean, store_id uuid (null if none is named or it is unknown), timezone text, archived_at timestamptz
-- reads api_keys, stores
select k.key_id, k.store_id as key_store_id, k.scopes, k.key_sha256, k.revoked_at is not null as is_revoked,
       coalesce(k.expires_at <= now(), false) as is_expired, s.store_id, s.timezone, s.archived_at
from api_keys k
left join stores s on s.store_id = coalesce(k.store_id, $2::uuid)
where k.key_sha256 = $1::bytea
