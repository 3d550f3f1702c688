-- Keys by their hashes, each with the store it is used for: its own, or for an admin key the one that the request names.
-- $1 key_sha256s bytea[] | $2 named_store_ids uuid[], an element for each, null where none is named
-- returns ordinal bigint (1-based; none for an unknown key), key_id uuid, key_store_id uuid (null for an admin key),
-- scopes text[], key_sha256 bytea, is_revoked boolean, is_expired boolean, store_id uuid (null if none is named or it is
-- unknown), timezone text, archived_at timestamptz
-- reads api_keys, stores
select w.ordinal, k.key_id, k.store_id as key_store_id, k.scopes, k.key_sha256, k.revoked_at is not null as is_revoked,
       coalesce(k.expires_at <= now(), false) as is_expired, s.store_id, s.timezone, s.archived_at
from unnest($1::bytea[], $2::uuid[]) with ordinality as w (key_sha256, named_store_id, ordinal)
join api_keys k on k.key_sha256 = w.key_sha256
left join stores s on s.store_id = coalesce(k.store_id, w.named_store_id)
order by w.ordinal
