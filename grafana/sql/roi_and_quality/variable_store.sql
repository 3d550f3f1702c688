-- The stores to choose from, by name. Grafana shows one of several that have the same text, hence the start of the id.
-- returns __text text, __value text
-- reads stores
select name || case when count(*) over (partition by name) > 1 then ' ' || left(store_id::text, 8) else '' end
           as __text,
       store_id::text as __value
from stores
where archived_at is null
order by name, store_id
