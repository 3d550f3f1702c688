-- The unfinished recalculation of the command line with the same store and range.
-- $1 store_id uuid, null for all | $2 from timestamptz | $3 to timestamptz
-- returns recalculation_id uuid, done_to timestamptz
-- reads recalculations
select recalculation_id, done_to
from recalculations
where finished_at is null and not is_background and store_id is not distinct from $1::uuid
  and from_at = $2::timestamptz and to_at = $3::timestamptz
order by requested_at, recalculation_id
limit 1
