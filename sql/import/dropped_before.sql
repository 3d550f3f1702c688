-- Before when raw events are dropped by the next run of retention; null if none are.
-- returns dropped_before timestamptz (null if none are)
-- reads timescaledb_information.chunks, installation
select max(c.range_end) as dropped_before
from timescaledb_information.chunks c, installation i
where c.hypertable_schema = 'analytics' and c.hypertable_name = 'conversation_events'
  and c.range_end <= now() - i.raw_retention and not i.archive_before_drop
