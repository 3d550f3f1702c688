-- Gives a content gap of a store another status, and records who did.
-- $1 store_id uuid | $2 gap_id uuid | $3 status text | $4 changed_by uuid, the key
-- returns moved bigint (0 where there is no such gap, or it has the status)
-- reads content_gaps, move_content_gaps
select move_content_gaps(array_agg(gap_id), $3::text, changed_by => $4::uuid) as moved
from content_gaps
where store_id = $1::uuid and gap_id = $2::uuid
