-- The latest conversations of the time range that the AI did not finish alone: escalated, abandoned or open.
-- returns "Started" timestamptz, texts, "Messages" integer, "First response" float8 (milliseconds), "Rating" smallint,
-- "Conversation" text (its id)
-- reads conversations
select started_at as "Started", outcome as "Outcome", channel as "Channel", language as "Language",
       array_to_string(array(select t.topic from unnest(topics) t order by t.topic), ', ') as "Topics",
       messages_sent + messages_received as "Messages", first_response_us::float8 / 1000 as "First response",
       rating as "Rating", conversation_id::text as "Conversation"
from conversations
where store_id = '$store' and outcome <> 'resolved' and $__timeFilter(started_at)
order by started_at desc, conversation_id
limit 100
