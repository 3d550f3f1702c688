-- Begins a recalculation or goes on with it: passes over what has no raw events any more.
-- $1 recalculation_id uuid
-- returns store_id uuid, done_to timestamptz, rollup_done_to timestamptz, to_at timestamptz, is_finished boolean
update recalculations r
set started_at = coalesce(r.started_at, clock_timestamp()),
    done_to = greatest(r.done_to, least(i.raw_complete_from, r.to_at)),
    unavailable_before = case when i.raw_complete_from > r.done_to then least(i.raw_complete_from, r.to_at)
                              else r.unavailable_before end
from installation i
where r.recalculation_id = $1::uuid
returning r.store_id, r.done_to, r.rollup_done_to, r.to_at, r.finished_at is not null as is_finished
