-- The last hours of a timezone: the one that it is now, and the 24 before it.
-- $1 zone text, IANA timezone
-- returns now_at timestamptz, from_at timestamptz (start of the first hour, or 24 hours before now where that is earlier),
-- edges timestamptz[] (ascending starts of the hours), labels text[] (the same in local time, RFC 3339 with offset)
-- reads local_buckets, local_text
select now() as now_at,
       least(min(h.from_at), now() - interval '24 hours') as from_at,
       array_agg(h.from_at order by h.from_at) as edges,
       array_agg(local_text(h.from_at, $1) order by h.from_at) as labels
from (
    -- Three days: clocks may have skipped one of them.
    select b.from_at
    from (select (now() at time zone $1)::date) as t (today),
         local_buckets('hour', t.today - 2, t.today + 1, $1) b
    where b.from_at <= now()
    order by b.from_at desc
    limit 25
) h
