-- The days of UTC between two instants for which there are chunks of events or of conversations.
-- $1 from timestamptz, inclusive | $2 to timestamptz, exclusive
-- returns from_at timestamptz, to_at timestamptz (the part of the day between the two instants, half-open)
select greatest(day_at, $1::timestamptz) as from_at, least(day_at + interval '24 hours', $2::timestamptz) as to_at
from (
    select distinct day_at
    from timescaledb_information.chunks c
    cross join lateral generate_series(c.range_start, c.range_end - interval '1 microsecond', interval '24 hours') as d (day_at)
    where c.hypertable_schema = 'analytics' and c.hypertable_name in ('conversation_events', 'conversations')
      and c.range_end > $1::timestamptz and c.range_start < $2::timestamptz
) as days
where day_at < $2::timestamptz and day_at + interval '24 hours' > $1::timestamptz
order by day_at
