-- Stores the hash of a new key; no row if there is no such store.
-- $1 store_id uuid, null for an admin key | $2 name text | $3 scopes text[] | $4 key_sha256 bytea
-- $5 expires_at timestamptz or null
-- returns key_id uuid, store_id uuid (null for an admin key), name text, scopes text[], created_at timestamptz,
-- expires_at timestamptz (null for never), revoked_at timestamptz (null while good), last_used_at timestamptz (null
-- if never)
insert into api_keys (store_id, name, scopes, key_sha256, expires_at)
select $1::uuid, $2::text, $3::text[], $4::bytea, $5::timestamptz
where $1::uuid is null or exists (select from stores where store_id = $1::uuid)
returning key_id, store_id, name, scopes, created_at, expires_at, revoked_at, last_used_at
