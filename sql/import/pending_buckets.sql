-- How many buckets have changed since they were folded into the rollup.
-- returns pending bigint
-- reads rollup_pending
select count(*) as pending
from (select distinct store_id, bucket from rollup_pending) as changed
