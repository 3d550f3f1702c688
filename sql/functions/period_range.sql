-- The calendar day, ISO week, month, quarter or year of a timezone so far, and the one before it.
-- period text, day, week, month, quarter or year | at timestamptz, the present | zone text, IANA timezone
-- | whole boolean: the previous period whole, instead of up to the same elapsed point
-- returns from_at, to_at, previous_from_at, previous_to_at timestamptz, half-open ranges; today date; start_date date
-- The elapsed point is at the same distance on the wall clock from the start of its period, cut at its end.
create or replace function period_range(period text, at timestamptz, zone text, whole boolean)
returns table (from_at timestamptz, to_at timestamptz, previous_from_at timestamptz, previous_to_at timestamptz,
               start_date date, today date)
language sql stable strict parallel safe
as $$
    select analytics.local_instant(start, zone), at, analytics.local_instant(previous_start, zone),
           case when whole then analytics.local_instant(start, zone)
                else least(analytics.local_instant(previous_start + elapsed, zone), analytics.local_instant(start, zone)) end,
           start::date, local_now::date
    from (select at at time zone zone) as n (local_now),
         lateral (select date_trunc(period, local_now)) as s (start),
         lateral (select start - case period when 'quarter' then interval '3 months'
                                             else ('1 ' || period)::interval end,
                         local_now - start) as p (previous_start, elapsed)
$$;
comment on function period_range(text, timestamptz, text, boolean) is
    'The current calendar period of a timezone so far and the one before it, up to the same elapsed point or whole.';
