-- Conversations that started in the time range, by language.
-- returns "Language" text, counts bigint, rates float8 (0 to 1), "First response" float8 (milliseconds)
-- reads conversation_measures
select coalesce(language, 'not named') as "Language", count(*) as "Conversations",
       sum(resolved_conversations)::float8 / count(*) as "Resolution rate",
       sum(escalated_conversations)::float8 / count(*) as "Escalation rate",
       sum(satisfied_responses)::float8 / nullif(sum(csat_responses), 0) as "CSAT",
       sum(first_response_us)::float8 / 1000 / nullif(sum(first_response_count), 0) as "First response"
from conversation_measures
where store_id = '$store' and started_at >= $__timeFrom() and started_at < $__timeTo()
group by 1
order by 2 desc, 1
limit 20
