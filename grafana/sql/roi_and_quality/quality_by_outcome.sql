-- Scored conversations that started in the time range, by the outcome they have now.
-- returns "Outcome" text, "Scored" bigint, averages float8 (0 to 1, null if none has that score)
-- reads scored_conversations
select outcome as "Outcome", count(*) as "Scored", avg(overall_score)::float8 as "Overall",
       avg(helpfulness_score)::float8 as "Helpfulness", avg(accuracy_score)::float8 as "Accuracy",
       avg(politeness_score)::float8 as "Politeness"
from scored_conversations
where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
group by outcome
order by array_position(array['resolved', 'escalated', 'abandoned', 'open'], outcome)
