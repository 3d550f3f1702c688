-- A range as instants: dates are local days of the store, or of UTC without one, and the last is included, as far as
-- RFC 3339 has a year for it.
-- $1 from_date date, $2 from_instant timestamptz: one of them | $3 to_date date, $4 to_instant timestamptz: one of them
-- $5 store_id uuid, null for all
-- returns from_at timestamptz, to_at timestamptz, is_store boolean (false if there is no such store)
-- reads stores, local_instant
select coalesce($2::timestamptz, local_instant($1::date::timestamp, zone)) as from_at,
       least(coalesce($4::timestamptz, local_instant($3::date + interval '1 day', zone)),
             timestamptz '9999-12-31 23:59:59.999999+00') as to_at,
       is_store
from (
    select coalesce(max(timezone), 'UTC') as zone, $5::uuid is null or count(*) > 0 as is_store
    from stores
    where store_id = $5::uuid
) as of_store
