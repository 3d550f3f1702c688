-- Messages a conversation, sent and received, of those that started in the time range.
-- returns "Messages" float8 (null without conversations)
-- reads conversation_metrics_15m
select sum(messages_sent + messages_received)::float8 / nullif(sum(total_conversations), 0) as "Messages"
from conversation_metrics_15m
where store_id = '$store' and bucket >= $__timeFrom() and bucket < $__timeTo()
