-- Takes note that a recalculation is done.
-- $1 recalculation_id uuid
update recalculations
set done_to = to_at, rollup_done_to = to_at, failures = 0, last_error = null, finished_at = clock_timestamp()
where recalculation_id = $1::uuid and finished_at is null
