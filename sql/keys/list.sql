-- Keys in the order of their creation, never the keys themselves.
-- $1 store_id uuid, null for the keys of all stores and of admins
-- returns key_id uuid, store_id uuid (null for an admin key), name text, scopes text[], created_at timestamptz,
-- expires_at timestamptz (null for never), revoked_at timestamptz (null while good), last_used_at timestamptz (null
-- if never)
-- reads api_keys
select key_id, store_id, name, scopes, created_at, expires_at, revoked_at, last_used_at
from api_keys
where $1::uuid is null or store_id = $1::uuid
order by created_at, key_id
