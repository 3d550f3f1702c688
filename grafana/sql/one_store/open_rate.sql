-- Share of open conversations among those of the store that started in the time range.
-- returns "Open rate" float8 (0 to 1, null without conversations)
-- reads conversation_metrics_15m
select sum(open_conversations)::float8 / nullif(sum(total_conversations), 0) as "Open rate"
from conversation_metrics_15m
where store_id = '$store' and bucket >= $__timeFrom() and bucket < $__timeTo()
