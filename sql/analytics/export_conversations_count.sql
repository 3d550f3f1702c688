-- The number of rows that export_conversations returns.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns row_count bigint
-- reads tenant.conversations
select count(*) as row_count
from tenant.conversations c
where c.store_id = $1 and c.started_at >= $2 and c.started_at < $3
