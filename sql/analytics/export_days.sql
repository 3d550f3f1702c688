-- The local days of a range from the first to the last of its conversations, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive; both starts of local days
-- $4 start_date date, that of $2 | $5 end_date date, inclusive, the one before $3 | $6 zone text, IANA timezone
-- returns from_at timestamptz, to_at timestamptz (null without conversations), dates date[], edges timestamptz[] (the
-- first instant of each date)
-- reads tenant.conversations, local_buckets
select min(b.from_at) as from_at,
       max(b.to_at) as to_at,
       coalesce(array_agg((b.bucket_at at time zone $6)::date order by b.from_at), '{}') as dates,
       coalesce(array_agg(b.from_at order by b.from_at), '{}') as edges
from (
    select min(c.started_at) as first_at, max(c.started_at) as last_at
    from tenant.conversations c
    where c.store_id = $1 and c.started_at >= $2 and c.started_at < $3
) as ends
-- A day more at each end: where midnight comes twice, clocks still show the day before after a day has begun.
cross join lateral local_buckets('day', case when first_at is not null
                                             then greatest($4, (first_at at time zone $6)::date - 1) end,
                                 least($5, (last_at at time zone $6)::date + 1), $6) b
