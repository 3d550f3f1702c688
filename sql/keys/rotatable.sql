-- What decides whether and how a key can be rotated.
-- $1 key_id uuid | $2 store_id uuid, null for a key of any store or of an admin
-- returns scopes text[], has_ended boolean, has_successor boolean
-- reads api_keys
select k.scopes, k.revoked_at is not null or coalesce(k.expires_at <= now(), false) as has_ended,
       exists (select from api_keys s where s.replaces = k.key_id) as has_successor
from api_keys k
where k.key_id = $1::uuid and ($2::uuid is null or k.store_id = $2::uuid)
