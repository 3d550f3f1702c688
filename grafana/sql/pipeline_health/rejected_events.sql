-- How many events were rejected in the time range; rejections are kept for a week.
-- returns "Rejected" bigint
-- reads ingest_rejections
select coalesce(sum(events), 0)::bigint as "Rejected"
from ingest_rejections
where $__timeFilter(rejected_at)
