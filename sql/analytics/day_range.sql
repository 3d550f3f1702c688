-- The last local days of a timezone up to now.
-- $1 days integer, today included | $2 zone text, IANA timezone
-- returns from_at timestamptz, to_at timestamptz (now), dates date[], edges timestamptz[]; one element for each day
-- reads local_buckets
select min(b.from_at) as from_at,
       now() as to_at,
       array_agg((b.bucket_at at time zone $2)::date order by b.bucket_at) as dates,
       array_agg(b.from_at order by b.bucket_at) as edges
from (select (now() at time zone $2)::date) as t (today),
     local_buckets('day', t.today - $1::integer + 1, t.today, $2) b
