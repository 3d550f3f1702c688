-- Adds the local days of a store that are missing between two dates.
-- store uuid | first_date date | last_date date, inclusive
-- returns the number of days added
create or replace function add_store_days(store uuid, first_date date, last_date date) returns bigint
language sql volatile
as $$
    with added as (
        insert into analytics.store_days (store_id, date, from_at, to_at)
        select s.store_id, d.day::date, analytics.local_instant(d.day, s.timezone),
               analytics.local_instant(d.day + interval '1 day', s.timezone)
        from analytics.stores s
        cross join generate_series(first_date::timestamp, last_date::timestamp, interval '1 day') as d (day)
        where s.store_id = store
        for share of s -- a change of the timezone comes before or after, not between
        on conflict do nothing
        returning 1
    )
    select count(*) from added
$$;
comment on function add_store_days(uuid, date, date) is 'Adds the local days of a store that are missing between two dates; returns how many.';
