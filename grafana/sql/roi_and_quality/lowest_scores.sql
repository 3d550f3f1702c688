-- The worst-scored conversations that started in the time range.
-- returns "Started" timestamptz, texts, scores float8 (0 to 1), "Rating" smallint, "Conversation" text (its id)
-- reads scored_conversations
select started_at as "Started", outcome as "Outcome", channel as "Channel", overall_score::float8 as "Overall",
       helpfulness_score::float8 as "Helpfulness", accuracy_score::float8 as "Accuracy",
       politeness_score::float8 as "Politeness", rating as "Rating", conversation_id::text as "Conversation"
from scored_conversations
where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
order by overall_score, started_at desc, conversation_id
limit 50
