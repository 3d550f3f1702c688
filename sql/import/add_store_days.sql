-- Adds the local days of some stores that are missing, of each between two dates.
-- $1 store_ids uuid[] | $2 first_dates date[], $3 last_dates date[], inclusive: one for each store
-- returns added bigint
-- reads add_store_days
select sum(add_store_days(s.store_id, s.first_date, s.last_date))::bigint as added
from (
    select *
    from unnest($1::uuid[], $2::date[], $3::date[]) as s (store_id, first_date, last_date)
    order by s.store_id -- two imports lock stores alike
) as s
