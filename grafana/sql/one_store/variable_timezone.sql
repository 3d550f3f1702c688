-- The timezone of the store, for titles.
-- returns __text text, __value text
-- reads stores
select timezone as __text, timezone as __value
from stores
where store_id = '$store'
