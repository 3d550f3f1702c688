-- Average time from start to outcome of the resolved conversations that started in the time range.
-- returns "Resolution time" float8 (milliseconds, null if none is resolved)
-- reads conversation_metrics_15m
select sum(resolution_us)::float8 / 1000 / nullif(sum(resolved_conversations), 0) as "Resolution time"
from conversation_metrics_15m
where store_id = '$store' and bucket >= $__timeFrom() and bucket < $__timeTo()
