-- The stores to choose from, by name.
-- returns __text text, __value text
-- reads stores
select name as __text, store_id::text as __value
from stores
where archived_at is null
order by name, store_id
