-- Stores with the local days around today.
-- $1 store_ids uuid[] | $2 timezones text[], one for each | $3 today date
with made as (
    insert into stores (store_id, name, timezone)
    select s.store_id, 'Beside ' || s.place, s.timezone
    from unnest($1::uuid[], $2::text[]) with ordinality as s (store_id, timezone, place)
    order by s.store_id
    returning store_id, timezone
)
insert into store_days (store_id, date, from_at, to_at)
select m.store_id, d.day::date, local_instant(d.day, m.timezone), local_instant(d.day + interval '1 day', m.timezone)
from made m
cross join generate_series($3::date - interval '2 days', $3::date + interval '2 days', interval '1 day') as d (day)
