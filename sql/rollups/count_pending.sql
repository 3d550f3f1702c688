-- How many buckets of 15 minutes have changed since the rollup took them in.
-- returns buckets bigint
-- reads rollup_pending
select count(distinct (store_id, bucket)) as buckets
from rollup_pending
