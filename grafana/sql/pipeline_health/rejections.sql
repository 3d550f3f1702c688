-- Rejected events by code, in steps of time that fit the panel.
-- returns time timestamptz, metric text (the code), "Events" bigint
-- reads ingest_rejections
select $__timeGroupAlias(rejected_at, $__interval), code as metric, sum(events)::bigint as "Events"
from ingest_rejections
where $__timeFilter(rejected_at)
group by 1, 2
order by 1, 2
