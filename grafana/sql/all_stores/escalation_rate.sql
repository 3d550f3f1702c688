-- Share of escalated conversations among those of the chosen stores that started in the time range.
-- returns "Escalation rate" float8 (0 to 1, null without conversations)
-- reads conversation_metrics_15m
select sum(escalated_conversations)::float8 / nullif(sum(total_conversations), 0) as "Escalation rate"
from conversation_metrics_15m
where store_id in ($store) and bucket >= $__timeFrom() and bucket < $__timeTo()
