-- Adds the local days of a store that are missing between two dates.
-- $1 store_id uuid | $2 first_date date | $3 last_date date, inclusive
-- returns added bigint
-- reads add_store_days
select add_store_days($1::uuid, $2::date, $3::date) as added
