-- The currency of the store's costs, for titles.
-- returns __text text, __value text (ISO 4217)
-- reads stores
select currency as __text, currency as __value
from stores
where store_id = '$store'
