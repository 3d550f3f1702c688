-- Stores in the order of their creation, from the one after the cursor on.
-- $1 cursor uuid or null, store_id of the last store that was seen | $2 limit bigint, rows at most
-- returns store_id uuid, name text, timezone text, locale text, currency text, abandon_after_seconds bigint,
-- gap_confidence_threshold numeric (0 to 1, never null), allowed_origins text[], created_at timestamptz, archived_at
-- timestamptz (null while in use)
-- reads stores
select store_id, name, timezone, locale, currency, extract(epoch from abandon_after)::bigint as abandon_after_seconds,
       gap_confidence_threshold, allowed_origins, created_at, archived_at
from stores
where $1::uuid is null
   or (created_at, store_id) > (select last_seen.created_at, last_seen.store_id from stores last_seen
                                where last_seen.store_id = $1::uuid)
order by created_at, store_id
limit $2::bigint
