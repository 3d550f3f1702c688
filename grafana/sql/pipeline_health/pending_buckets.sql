-- Changes of conversations that the rollup does not hold yet; their buckets are read live until the job refresh_rollups
-- has folded them in.
-- returns "Pending" float8
-- reads pipeline_health
select max(value) as "Pending"
from pipeline_health
where metric = 'rollup_pending_buckets'
