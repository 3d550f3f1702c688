-- The local day of a timezone that is now.
-- $1 zone text, IANA timezone
-- returns date date, from_at timestamptz, to_at timestamptz (half-open)
-- reads local_buckets
select (b.bucket_at at time zone $1)::date as date, b.from_at, b.to_at
from (select (now() at time zone $1)::date) as t (today)
-- Where midnight comes twice, clocks still show the day before after a day has begun.
cross join lateral local_buckets('day', t.today - 1, t.today + 1, $1) b
where b.from_at <= now() and b.to_at > now()
order by b.from_at
