-- Share of the conversations that started in the time range that have a quality score.
-- returns "Scored" float8 (0 to 1, null without conversations)
-- reads conversations, scored_conversations
select (
           select count(*)
           from scored_conversations
           where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
       )::float8 / nullif(count(*), 0) as "Scored"
from conversations
where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
