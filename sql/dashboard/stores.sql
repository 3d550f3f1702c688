-- Stores whose name holds a text or whose id begins with it, by name, for whoever has an admin key.
-- $1 search text, in any case; empty for all | $2 limit bigint, rows at most
-- returns store_id uuid, name text, timezone text, archived_at timestamptz (null while in use)
-- reads stores
select store_id, name, timezone, archived_at
from stores
where position(lower($1::text collate pg_c_utf8) in lower(name collate pg_c_utf8)) > 0
   or starts_with(store_id::text, lower($1::text))
order by lower(name), store_id
limit $2::bigint
