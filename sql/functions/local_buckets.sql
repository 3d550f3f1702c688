-- The hours, days, ISO weeks or months that cover a range of local dates.
-- granularity text, hour, day, week or month | start_date date, inclusive | end_date date, inclusive | zone text
-- returns bucket_at timestamptz (start of the whole bucket), from_at and to_at timestamptz (the part of it that
-- the dates cover, half-open)
-- Hours are 60 minutes counted from the first instant of their local day; the last one of a day may be shorter.
create or replace function local_buckets(granularity text, start_date date, end_date date, zone text)
returns table (bucket_at timestamptz, from_at timestamptz, to_at timestamptz)
language sql stable strict parallel safe
as $$
    select bucket_at, from_at, to_at
    from (
        select hour_at, hour_at, least(hour_at + interval '1 hour', next_day_at)
        from generate_series(start_date::timestamp, end_date::timestamp, interval '1 day') as d (day)
        cross join lateral (
            select analytics.local_instant(day, zone), analytics.local_instant(day + interval '1 day', zone)
        ) as instants (day_at, next_day_at)
        cross join lateral generate_series(day_at, next_day_at - interval '1 microsecond', interval '1 hour') as h (hour_at)
        where granularity = 'hour'
        union all
        select analytics.local_instant(bucket, zone),
               analytics.local_instant(greatest(bucket, start_date::timestamp), zone),
               analytics.local_instant(least(bucket + ('1 ' || granularity)::interval, end_date + interval '1 day'), zone)
        from generate_series(date_trunc(granularity, start_date::timestamp), end_date::timestamp,
                             ('1 ' || granularity)::interval) as b (bucket)
        where granularity in ('day', 'week', 'month')
    ) as buckets (bucket_at, from_at, to_at)
    where from_at < to_at -- clocks have skipped a whole day now and then
    order by from_at
$$;
comment on function local_buckets(text, date, date, text) is
    'Hours, days, ISO weeks or months of a timezone that cover a range of local dates, as instants.';
