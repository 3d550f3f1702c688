-- Creates the stores that do not exist yet.
-- $1 store_ids uuid[] | $2 names text[] | $3 timezone text, of all of them
insert into stores (store_id, name, timezone)
select s.store_id, s.name, $3::text
from unnest($1::uuid[], $2::text[]) as s (store_id, name)
order by s.store_id
on conflict do nothing
