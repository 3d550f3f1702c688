-- Buckets of 15 minutes whose conversations have changed since the rollup took them in; they are read live until the
-- job refresh_rollups has folded them in.
-- returns "Pending" bigint
-- reads rollup_pending
select count(*) as "Pending"
from (select distinct store_id, bucket from rollup_pending) p
