-- Metrics of the conversations that started on a local day, and whether that day and the store go on, for one store.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- returns timezone text (IANA), is_archived boolean, is_over boolean (the range has passed),
-- total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
-- abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
-- reopened_conversations bigint, resolution_rate float8, escalation_rate float8, abandonment_rate float8,
-- ai_resolution_rate float8, open_rate float8, avg_response_time_ms float8, avg_first_response_time_ms float8,
-- p50_first_response_time_ms float8, p95_first_response_time_ms float8, avg_resolution_time_ms float8,
-- total_messages bigint, avg_conversation_length float8, unique_customers bigint, csat float8, csat_responses
-- bigint, knowledge_retrievals bigint, citations_clicked bigint, citation_click_rate float8, responses bigint,
-- answered_conversations bigint, conversations_with_retrieval bigint;
-- rates are 0 to 1, times in milliseconds, both null without anything to divide by
-- reads tenant.stores, tenant.period_metrics
select s.timezone, s.archived_at is not null as is_archived, now() >= $3 as is_over,
       m.total_conversations, m.resolved_conversations, m.escalated_conversations, m.abandoned_conversations,
       m.open_conversations, m.ai_resolved_conversations, m.reopened_conversations, m.resolution_rate,
       m.escalation_rate, m.abandonment_rate, m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms,
       m.avg_first_response_time_ms, m.p50_first_response_time_ms, m.p95_first_response_time_ms,
       m.avg_resolution_time_ms, m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat,
       m.csat_responses, m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate,
       m.responses, m.answered_conversations, m.conversations_with_retrieval
from tenant.stores s
cross join tenant.period_metrics($1, $2, $3, array[$2::timestamptz]) m
where s.store_id = $1
order by m.bucket
