-- The number of rows that export_daily_metrics returns.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 edges timestamptz[], ascending starts of the days, the first of them $2
-- returns row_count bigint
-- reads tenant.period_metrics
select count(*) as row_count
from tenant.period_metrics($1, $2, $3, $4) m
where m.total_conversations > 0
