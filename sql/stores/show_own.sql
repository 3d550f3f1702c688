-- The store that a transaction is confined to, with the columns of show.sql.
-- $1 store_id uuid
-- returns store_id uuid, name text, timezone text, locale text, currency text, abandon_after_seconds bigint,
-- gap_confidence_threshold numeric (0 to 1, never null), allowed_origins text[], created_at timestamptz, archived_at
-- timestamptz (null while in use)
-- reads tenant.stores
select store_id, name, timezone, locale, currency, extract(epoch from abandon_after)::bigint as abandon_after_seconds,
       gap_confidence_threshold, allowed_origins, created_at, archived_at
from tenant.stores
where store_id = $1::uuid
