-- Creates the stores of the demo. One that exists stays as it is, but counts as new while it has no conversation.
-- $1 store_ids uuid[] | $2 names text[] | $3 timezones text[] | $4 locales text[] | $5 currencies text[]
insert into stores as s (store_id, name, timezone, locale, currency)
select d.store_id, d.name, d.timezone, d.locale, d.currency
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as d (store_id, name, timezone, locale, currency)
order by d.store_id
on conflict (store_id) do update set created_at = now()
where not exists (select from conversations c where c.store_id = s.store_id)
