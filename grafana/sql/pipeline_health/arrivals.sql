-- Events by the time at which they came in, in steps of time that fit the panel; counted about once a minute and kept
-- for 8 days.
-- returns time timestamptz, "Events" bigint
-- reads ingest_samples
select $__timeGroupAlias(sampled_at, $__interval), sum(events)::bigint as "Events"
from ingest_samples
where code = '' and $__timeFilter(sampled_at)
group by 1
order by 1
