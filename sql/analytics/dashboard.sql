-- Metrics of the current period, of the one before it, and of each local day of the current one, from one snapshot.
-- $1 store_id uuid | $2 from timestamptz, inclusive | $3 to timestamptz, exclusive
-- $4 previous_from timestamptz | $5 previous_to timestamptz
-- $6 edges timestamptz[], ascending starts of the days, the first of them $2 | $7 labels text[], one for each edge
-- returns part text ('metrics', 'previous_period' or 'daily'), bucket text (the label, null but for days),
-- total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
-- abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
-- reopened_conversations bigint, resolution_rate float8, escalation_rate float8, abandonment_rate float8,
-- ai_resolution_rate float8, open_rate float8, avg_response_time_ms float8, avg_first_response_time_ms float8,
-- p50_first_response_time_ms float8, p95_first_response_time_ms float8, avg_resolution_time_ms float8,
-- total_messages bigint, avg_conversation_length float8, unique_customers bigint, csat float8, csat_responses
-- bigint, knowledge_retrievals bigint, citations_clicked bigint, citation_click_rate float8, responses bigint,
-- answered_conversations bigint, conversations_with_retrieval bigint;
-- rates are 0 to 1, times in milliseconds, both null without anything to divide by
-- reads metric_formulas, tenant.conversations, tenant.period_metrics
with
days as (
    select * from tenant.period_metrics($1::uuid, $2::timestamptz, $3::timestamptz, $6::timestamptz[])
),
-- The whole period from its days, so that its rollup is planned and read once: that is most of the time this takes.
sums as (
    select sum(total_conversations)::bigint as total_conversations,
           sum(resolved_conversations)::bigint as resolved_conversations,
           sum(escalated_conversations)::bigint as escalated_conversations,
           sum(abandoned_conversations)::bigint as abandoned_conversations,
           sum(open_conversations)::bigint as open_conversations,
           sum(ai_resolved_conversations)::bigint as ai_resolved_conversations,
           sum(reopened_conversations)::bigint as reopened_conversations,
           sum(total_messages)::bigint as total_messages,
           sum(response_us)::bigint as response_us,
           sum(responses)::bigint as responses,
           sum(first_response_us)::bigint as first_response_us,
           sum(answered_conversations)::bigint as answered_conversations,
           sum(resolution_us)::bigint as resolution_us,
           sum(csat_responses)::bigint as csat_responses,
           sum(satisfied_responses)::bigint as satisfied_responses,
           sum(knowledge_retrievals)::bigint as knowledge_retrievals,
           sum(citations_clicked)::bigint as citations_clicked,
           sum(conversations_with_retrieval)::bigint as conversations_with_retrieval,
           sum(conversations_with_retrieval_and_click)::bigint as conversations_with_retrieval_and_click
    from days
),
-- Distinct counts and percentiles cannot be summed.
exact as (
    select count(distinct c.customer_id) as unique_customers,
           percentile_cont(array[0.5, 0.95]) within group (order by c.first_response_us) as first_response_us
    from tenant.conversations c
    where c.store_id = $1 and c.started_at >= $2 and c.started_at < $3
)
select part, bucket,
       d.total_conversations, d.resolved_conversations, d.escalated_conversations, d.abandoned_conversations,
       d.open_conversations, d.ai_resolved_conversations, d.reopened_conversations, d.resolution_rate,
       d.escalation_rate, d.abandonment_rate, d.ai_resolution_rate, d.open_rate, d.avg_response_time_ms,
       d.avg_first_response_time_ms, d.p50_first_response_time_ms, d.p95_first_response_time_ms,
       d.avg_resolution_time_ms, d.total_messages, d.avg_conversation_length, d.unique_customers, d.csat,
       d.csat_responses, d.knowledge_retrievals, d.citations_clicked, d.citation_click_rate, d.responses,
       d.answered_conversations, d.conversations_with_retrieval
from (
    select 1 as position, 'metrics' as part, null as bucket, 1 as ordinal,
           m.total_conversations, m.resolved_conversations, m.escalated_conversations,
           m.abandoned_conversations, m.open_conversations, m.ai_resolved_conversations,
           m.reopened_conversations, m.resolution_rate, m.escalation_rate, m.abandonment_rate,
           m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms, m.avg_first_response_time_ms,
           m.p50_first_response_time_ms, m.p95_first_response_time_ms, m.avg_resolution_time_ms,
           m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat, m.csat_responses,
           m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate,
           m.responses, m.answered_conversations, m.conversations_with_retrieval
    from sums s
    cross join exact e
    cross join lateral metric_formulas(
        s.total_conversations, s.resolved_conversations, s.escalated_conversations, s.abandoned_conversations,
        s.open_conversations, s.ai_resolved_conversations, s.reopened_conversations, s.total_messages, s.response_us,
        s.responses, s.first_response_us, s.answered_conversations, s.resolution_us, s.csat_responses,
        s.satisfied_responses, s.knowledge_retrievals, s.citations_clicked, s.conversations_with_retrieval,
        s.conversations_with_retrieval_and_click, e.unique_customers, e.first_response_us) m
    union all
    select 2, 'previous_period', null, m.bucket,
           m.total_conversations, m.resolved_conversations, m.escalated_conversations,
           m.abandoned_conversations, m.open_conversations, m.ai_resolved_conversations,
           m.reopened_conversations, m.resolution_rate, m.escalation_rate, m.abandonment_rate,
           m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms, m.avg_first_response_time_ms,
           m.p50_first_response_time_ms, m.p95_first_response_time_ms, m.avg_resolution_time_ms,
           m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat, m.csat_responses,
           m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate,
           m.responses, m.answered_conversations, m.conversations_with_retrieval
    from tenant.period_metrics($1, $4, $5, array[$4::timestamptz]) m
    union all
    select 3, 'daily', ($7::text[])[m.bucket], m.bucket,
           m.total_conversations, m.resolved_conversations, m.escalated_conversations,
           m.abandoned_conversations, m.open_conversations, m.ai_resolved_conversations,
           m.reopened_conversations, m.resolution_rate, m.escalation_rate, m.abandonment_rate,
           m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms, m.avg_first_response_time_ms,
           m.p50_first_response_time_ms, m.p95_first_response_time_ms, m.avg_resolution_time_ms,
           m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat, m.csat_responses,
           m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate,
           m.responses, m.answered_conversations, m.conversations_with_retrieval
    from days m
) d
order by position, ordinal
