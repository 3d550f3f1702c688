-- From when to when there are chunks of events or conversations, and a month beyond, so that weeks and months are whole.
-- returns from_at timestamptz, to_at timestamptz; null without any chunk
select min(range_start) - interval '32 days' as from_at, max(range_end) + interval '32 days' as to_at
from timescaledb_information.chunks
where hypertable_schema = 'analytics' and hypertable_name in ('conversation_events', 'conversations')
