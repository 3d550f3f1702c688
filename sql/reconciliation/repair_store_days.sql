-- Writes the local days of a range as the calendar has them.
-- $1 store_id uuid, null for all | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
insert into store_days as d (store_id, date, from_at, to_at)
select s.store_id, day::date, local_instant(day, s.timezone), local_instant(day + interval '1 day', s.timezone)
from (
    select *
    from stores
    where $1::uuid is null or store_id = $1::uuid
    for share -- a change of the timezone comes before or after, not between
) as s
cross join lateral generate_series(
    date_trunc('day', ($2::timestamptz at time zone s.timezone) - interval '1 day'),
    ($3::timestamptz at time zone s.timezone) + interval '1 day', interval '1 day') as days (day)
on conflict (store_id, date) do update set from_at = excluded.from_at, to_at = excluded.to_at
where (d.from_at, d.to_at) is distinct from (excluded.from_at, excluded.to_at)
