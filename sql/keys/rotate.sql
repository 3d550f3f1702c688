-- Makes the successor of a key, with its store, name and scopes, and lets the old one end soon. No row if the key is
-- revoked, expired or another's; a key that has a successor breaks the constraint api_keys_replaces_key.
-- $1 key_id uuid | $2 store_id uuid, null for a key of any store or of an admin | $3 key_sha256 bytea, of the successor
-- $4 expires_at timestamptz, null for that of the old key | $5 overlap_seconds bigint, until the old key ends at the latest
-- returns key_id uuid, store_id uuid (null for an admin key), name text, scopes text[], created_at timestamptz,
-- expires_at timestamptz (null for never), replaces uuid, replaced_expires_at timestamptz
with
-- Locked, so that of two rotations at once the second sees what the first has made of the key.
old as (
    select *
    from api_keys
    where key_id = $1::uuid and ($2::uuid is null or store_id = $2::uuid) and revoked_at is null
      and coalesce(expires_at > now(), true)
    for update
),
successor as (
    insert into api_keys (store_id, name, scopes, key_sha256, expires_at, replaces)
    select store_id, name, scopes, $3::bytea, coalesce($4::timestamptz, expires_at), key_id
    from old
    returning key_id, store_id, name, scopes, created_at, expires_at, replaces
),
ending as (
    update api_keys k
    set expires_at = least(k.expires_at, now() + $5::bigint * interval '1 second')
    from successor s
    where k.key_id = s.replaces
    returning k.expires_at
)
select s.key_id, s.store_id, s.name, s.scopes, s.created_at, s.expires_at, s.replaces,
       e.expires_at as replaced_expires_at
from successor s
cross join ending e
