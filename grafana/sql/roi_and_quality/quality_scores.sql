-- Average quality scores of the conversations that started in the time range.
-- returns averages float8 (0 to 1, null if nothing was scored)
-- reads scored_conversations
select avg(overall_score)::float8 as "Overall", avg(helpfulness_score)::float8 as "Helpfulness",
       avg(accuracy_score)::float8 as "Accuracy", avg(politeness_score)::float8 as "Politeness"
from scored_conversations
where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
