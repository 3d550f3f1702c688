-- Every store, and whether it takes events.
-- returns store_id uuid, is_archived boolean
-- reads stores
select store_id, archived_at is not null as is_archived
from stores
order by store_id
