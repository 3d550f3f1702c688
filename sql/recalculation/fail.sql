-- Takes note that work on a recalculation has failed, and gives it up after ten times without progress.
-- $1 recalculation_id uuid | $2 error text
-- returns is_given_up boolean
update recalculations
set failures = failures + 1, last_error = $2::text, finished_at = case when failures >= 9 then clock_timestamp() end
where recalculation_id = $1::uuid and finished_at is null
returning finished_at is not null as is_given_up
