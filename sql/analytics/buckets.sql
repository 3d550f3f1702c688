-- The hours, days, ISO weeks or months that cover a range of local dates.
-- $1 granularity text, hour, day, week or month | $2 start_date date | $3 end_date date, inclusive
-- $4 zone text, IANA timezone
-- returns from_at timestamptz, to_at timestamptz (of the dates), edges timestamptz[] (start of the part of each bucket
-- that the dates cover), labels text[] (start of the whole bucket, RFC 3339 with offset),
-- dates date[] (local date of that start)
-- reads local_buckets, local_text
select min(b.from_at) as from_at,
       max(b.to_at) as to_at,
       array_agg(b.from_at order by b.from_at) as edges,
       array_agg(local_text(b.bucket_at, $4) order by b.from_at) as labels,
       array_agg((b.bucket_at at time zone $4)::date order by b.from_at) as dates
from local_buckets($1, $2, $3, $4) b
