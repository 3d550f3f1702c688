-- How the status of a content gap of a store changed, oldest first.
-- $1 store_id uuid | $2 gap_id uuid
-- returns changed_at timestamptz, from_status text ('identified', 'in_progress' or 'resolved'), to_status text
-- ('identified', 'in_progress' or 'resolved'), changed_by uuid (key, null for the job)
-- reads tenant.content_gap_changes
select changed_at, from_status, to_status, changed_by
from tenant.content_gap_changes
where store_id = $1::uuid and gap_id = $2::uuid
order by change_id
