-- Events of producers that were stored in a second, over the last five minutes that were counted.
-- returns "Events" float8 (events a second, null if nothing is counted)
-- reads pipeline_health
select max(value) as "Events"
from pipeline_health
where metric = 'ingest_events_per_second' and label = '5 minutes'
