-- The calendar period of a timezone so far, the one before it, and the local days of the current one.
-- $1 period text, day, week, month, quarter or year | $2 zone text, IANA timezone
-- $3 whole boolean: the previous period whole, instead of up to the same elapsed point
-- returns from_at timestamptz, to_at timestamptz, previous_from_at timestamptz, previous_to_at timestamptz,
-- dates date[], edges timestamptz[], labels text[] (RFC 3339 with offset); one element for each local day
-- reads period_range, local_buckets, local_text
select r.from_at, r.to_at, r.previous_from_at, r.previous_to_at, d.dates, d.edges, d.labels
from period_range($1, now(), $2, $3) r
cross join lateral (
    select array_agg((b.bucket_at at time zone $2)::date order by b.bucket_at) as dates,
           array_agg(b.from_at order by b.bucket_at) as edges,
           array_agg(local_text(b.bucket_at, $2) order by b.bucket_at) as labels
    from local_buckets('day', r.start_date, r.today, $2) b
) d
