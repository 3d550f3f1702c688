-- Share of abandoned conversations among those of the store that started in the time range.
-- returns "Abandonment rate" float8 (0 to 1, null without conversations)
-- reads conversation_metrics_15m
select sum(abandoned_conversations)::float8 / nullif(sum(total_conversations), 0) as "Abandonment rate"
from conversation_metrics_15m
where store_id = '$store' and bucket >= $__timeFrom() and bucket < $__timeTo()
