-- Time since the last event came in, to the minute.
-- returns "Last event" float8 (seconds, null if none has been counted)
-- reads pipeline_health
select max(value) as "Last event"
from pipeline_health
where metric = 'ingest_last_event_age_seconds'
