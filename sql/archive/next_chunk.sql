-- The oldest chunk of raw events that starts at an instant or later and ends by another; no row if there is none.
-- $1 from timestamptz, inclusive, null for the oldest of all | $2 to timestamptz, inclusive
-- returns from_at timestamptz, to_at timestamptz
-- reads timescaledb_information.chunks
select range_start as from_at, range_end as to_at
from timescaledb_information.chunks
where hypertable_schema = 'analytics' and hypertable_name = 'conversation_events'
  and range_start >= coalesce($1::timestamptz, '-infinity') and range_end <= $2::timestamptz
order by range_start
limit 1
