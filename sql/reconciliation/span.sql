-- From when to when there are chunks of events or conversations; null without any.
-- returns from_at timestamptz, to_at timestamptz
select min(range_start) as from_at, max(range_end) as to_at
from timescaledb_information.chunks
where hypertable_schema = 'analytics' and hypertable_name in ('conversation_events', 'conversations')
