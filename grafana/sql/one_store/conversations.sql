-- How many conversations of the store started in the time range.
-- returns "Conversations" bigint
-- reads conversation_metrics_15m
select coalesce(sum(total_conversations), 0)::bigint as "Conversations"
from conversation_metrics_15m
where store_id = '$store' and bucket >= $__timeFrom() and bucket < $__timeTo()
