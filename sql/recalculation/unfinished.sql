-- Recalculations that servers have to work on, the oldest first.
-- returns recalculation_id uuid
-- reads recalculations
select recalculation_id
from recalculations
where finished_at is null and is_background
order by requested_at, recalculation_id
