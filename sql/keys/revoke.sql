-- Revokes a key for good; one that is revoked already keeps its time.
-- $1 key_id uuid | $2 store_id uuid, null for a key of any store or of an admin
-- returns key_id uuid
update api_keys
set revoked_at = coalesce(revoked_at, now())
where key_id = $1::uuid and ($2::uuid is null or store_id = $2::uuid)
returning key_id
