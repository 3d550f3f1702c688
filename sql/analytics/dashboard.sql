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
-- reads metric_formulas, tenant.period_sums, tenant.period_exact
with
-- Every row of the answer, those without conversations too.
places as (
    select *
    from (values (1, 1::bigint, 'metrics', null), (2, 1, 'previous_period', null)) as p (position, ordinal, part, label)
    union all
    select 3, d.ordinal, 'daily', d.label
    from unnest($7::text[]) with ordinality as d (label, ordinal)
),
-- Both periods at once, because opening chunks is most of the time this takes: first the one before, then what lies
-- between them, then the days. A day counts in its own row and in that of the whole.
sums as (
    select p.position, p.ordinal,
           sum(total_conversations)::bigint as total_conversations,
           sum(resolved_conversations)::bigint as resolved_conversations,
           sum(escalated_conversations)::bigint as escalated_conversations,
           sum(abandoned_conversations)::bigint as abandoned_conversations,
           sum(open_conversations)::bigint as open_conversations,
           sum(ai_resolved_conversations)::bigint as ai_resolved_conversations,
           sum(reopened_conversations)::bigint as reopened_conversations,
           sum(total_messages)::bigint as total_messages,
           sum(response_us)::bigint as response_us,
           sum(response_count)::bigint as response_count,
           sum(first_response_us)::bigint as first_response_us,
           sum(first_response_count)::bigint as first_response_count,
           sum(resolution_us)::bigint as resolution_us,
           sum(csat_responses)::bigint as csat_responses,
           sum(satisfied_responses)::bigint as satisfied_responses,
           sum(knowledge_retrievals)::bigint as knowledge_retrievals,
           sum(citations_clicked)::bigint as citations_clicked,
           sum(conversations_with_retrieval)::bigint as conversations_with_retrieval,
           sum(conversations_with_retrieval_and_click)::bigint as conversations_with_retrieval_and_click
    from tenant.period_sums($1::uuid, $4::timestamptz, $3::timestamptz, array[$4, $5]::timestamptz[] || $6::timestamptz[]) s
    join lateral (values (1, 1, s.bucket > 2), (2, 1, s.bucket = 1), (3, s.bucket - 2, s.bucket > 2))
        as p (position, ordinal, has_it) on has_it
    group by p.position, p.ordinal
),
-- Distinct counts and percentiles cannot be summed.
exact as (
    select 1 as position, e.* from tenant.period_exact($1::uuid, $2::timestamptz, $3::timestamptz, array[$2]::timestamptz[]) e
    union all
    select 2, e.* from tenant.period_exact($1::uuid, $4::timestamptz, $5::timestamptz, array[$4]::timestamptz[]) e
    union all
    select 3, e.* from tenant.period_exact($1::uuid, $2::timestamptz, $3::timestamptz, $6::timestamptz[]) e
)
select p.part, p.label as bucket,
       m.total_conversations, m.resolved_conversations, m.escalated_conversations, m.abandoned_conversations,
       m.open_conversations, m.ai_resolved_conversations, m.reopened_conversations, m.resolution_rate,
       m.escalation_rate, m.abandonment_rate, m.ai_resolution_rate, m.open_rate, m.avg_response_time_ms,
       m.avg_first_response_time_ms, m.p50_first_response_time_ms, m.p95_first_response_time_ms,
       m.avg_resolution_time_ms, m.total_messages, m.avg_conversation_length, m.unique_customers, m.csat,
       m.csat_responses, m.knowledge_retrievals, m.citations_clicked, m.citation_click_rate, m.responses,
       m.answered_conversations, m.conversations_with_retrieval
from places p
left join sums s on s.position = p.position and s.ordinal = p.ordinal
left join exact e on e.position = p.position and e.bucket = p.ordinal
cross join lateral metric_formulas(
    s.total_conversations, s.resolved_conversations, s.escalated_conversations, s.abandoned_conversations,
    s.open_conversations, s.ai_resolved_conversations, s.reopened_conversations, s.total_messages, s.response_us,
    s.response_count, s.first_response_us, s.first_response_count, s.resolution_us, s.csat_responses,
    s.satisfied_responses, s.knowledge_retrievals, s.citations_clicked, s.conversations_with_retrieval,
    s.conversations_with_retrieval_and_click, e.unique_customers, e.first_response_us) m
order by p.position, p.ordinal
