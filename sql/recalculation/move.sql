-- Takes note that the conversations and the rollup of a recalculation are done up to some instants.
-- $1 recalculation_id uuid | $2 done_to timestamptz | $3 rollup_done_to timestamptz
update recalculations
set done_to = greatest(done_to, $2::timestamptz), rollup_done_to = greatest(rollup_done_to, $3::timestamptz)
where recalculation_id = $1::uuid
