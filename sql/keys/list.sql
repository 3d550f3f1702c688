-- Keys in the order of their creation, never the keys themselves.
-- $1 store_id uuid, null for the keys of all stores and of admins
-- returns key_id uuid, store_id uuid (null for an admin key), name text, scopes text[], created_at timestamptz,
-- expires_at timestamptz (null for never), revoked_at timestamptz (null while good), last_used_at timestamptz (null
-- if never), replaces uuid (key whose place it took, or null), replaced_by uuid (its successor, or null)
-- reads api_keys
select k.key_id, k.store_id, k.name, k.scopes, k.created_at, k.expires_at, k.revoked_at, k.last_used_at, k.replaces,
       s.key_id as replaced_by
from api_keys k
left join api_keys s on s.replaces = k.key_id
where $1::uuid is null or k.store_id = $1::uuid
order by k.created_at, k.key_id
