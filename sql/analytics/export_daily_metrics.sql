-- Metrics of each local day with conversations, for one store.
-- $1 store_id uuid | $2 start_date date | $3 end_date date, inclusive
-- returns date date, total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
-- abandoned_conversations bigint, avg_response_time_ms float8, total_messages bigint, unique_customers bigint,
-- open_conversations bigint, ai_resolved_conversations bigint, reopened_conversations bigint, resolution_rate
-- float8, escalation_rate float8, abandonment_rate float8, avg_first_response_time_ms float8, csat_responses
-- bigint, csat float8, knowledge_retrievals bigint, citations_clicked bigint;
-- rates are 0 to 1, times in milliseconds, both null without anything to divide by
-- reads tenant.daily_metrics
select date, total_conversations, resolved_conversations, escalated_conversations, abandoned_conversations,
       avg_response_time_ms, total_messages, unique_customers, open_conversations, ai_resolved_conversations,
       reopened_conversations, resolution_rate, escalation_rate, abandonment_rate, avg_first_response_time_ms,
       csat_responses, csat, knowledge_retrievals, citations_clicked
from tenant.daily_metrics
where store_id = $1 and date >= $2 and date <= $3
order by date
