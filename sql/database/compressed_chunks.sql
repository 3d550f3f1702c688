-- How many chunks of raw events are in the columnstore.
-- returns chunks bigint
-- reads timescaledb_information.chunks
select count(*) as chunks
from timescaledb_information.chunks
where hypertable_schema = 'analytics' and hypertable_name = 'conversation_events' and is_compressed
