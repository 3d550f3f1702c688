-- The number of rows that export_events returns.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns row_count bigint
-- reads tenant.conversation_events
select count(*) as row_count
from tenant.conversation_events e
where e.store_id = $1 and e.created_at >= $2 and e.created_at < $3
