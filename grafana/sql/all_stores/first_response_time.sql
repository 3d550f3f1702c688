-- Average first response time of the conversations of the chosen stores that started in the time range.
-- returns "First response" float8 (milliseconds, null if nothing was answered)
-- reads conversation_metrics_15m
select sum(first_response_us)::float8 / 1000 / nullif(sum(first_response_count), 0) as "First response"
from conversation_metrics_15m
where store_id in ($store) and bucket >= $__timeFrom() and bucket < $__timeTo()
