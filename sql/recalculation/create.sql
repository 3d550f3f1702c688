-- Takes note of a recalculation that is asked for.
-- $1 recalculation_id uuid | $2 store_id uuid, null for all | $3 from timestamptz, inclusive | $4 to timestamptz, exclusive
-- $5 is_background boolean, true for a server | $6 requested_by uuid, the key, null for the command line
insert into recalculations (recalculation_id, store_id, from_at, to_at, is_background, requested_by,
                            unavailable_before, done_to, rollup_done_to)
select $1::uuid, $2::uuid, $3::timestamptz, $4::timestamptz, $5::boolean, $6::uuid,
       case when i.raw_complete_from > $3::timestamptz then least(i.raw_complete_from, $4::timestamptz) end,
       available_from, available_from
from installation i
cross join lateral greatest($3::timestamptz, least(i.raw_complete_from, $4::timestamptz)) as available_from
