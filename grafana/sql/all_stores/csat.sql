-- Share of ratings 4 and 5 among the ratings of the conversations of the chosen stores that started in the time range.
-- returns "CSAT" float8 (0 to 1, null without ratings)
-- reads conversation_metrics_15m
select sum(satisfied_responses)::float8 / nullif(sum(csat_responses), 0) as "CSAT"
from conversation_metrics_15m
where store_id in ($store) and bucket >= $__timeFrom() and bucket < $__timeTo()
