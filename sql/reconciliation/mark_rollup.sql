-- Marks the buckets whose rollup is not what conversations make, so that queries read these from conversations at once.
-- $1 store_id uuid, null for all | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive, both starts of buckets
insert into rollup_pending (store_id, bucket)
select distinct store_id, bucket
from rollup_differences($1::uuid, $2::timestamptz, $3::timestamptz)
order by bucket, store_id
