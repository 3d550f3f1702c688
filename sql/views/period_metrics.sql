-- Every metric of the conversations that started in a range, cut into buckets, for one store, with the sums behind the
-- averages and rates: as analytics.period_metrics for whoever may read all stores, and as tenant.period_metrics, which
-- reads the barriers of schema tenant. One text, so that both have the same numbers.
-- store uuid | from_at timestamptz, inclusive | to_at timestamptz, exclusive
-- | edges timestamptz[]: ascending starts of the buckets, the first of them from_at
-- returns bucket integer (1-based, one row for each edge, empty buckets too), the columns of metric_formulas, and sums
-- bigint (0 where there are no conversations)
-- reads period_sums, period_exact, of the function's own schema
do $do$
declare
    home text;
begin
    foreach home in array array['analytics', 'tenant'] loop
        execute format($function$
create or replace function %1$I.period_metrics(
    store uuid, from_at timestamptz, to_at timestamptz, edges timestamptz[])
returns table (
    bucket integer,
    total_conversations bigint, resolved_conversations bigint, escalated_conversations bigint,
    abandoned_conversations bigint, open_conversations bigint, ai_resolved_conversations bigint,
    reopened_conversations bigint,
    resolution_rate float8, escalation_rate float8, abandonment_rate float8, ai_resolution_rate float8,
    open_rate float8,
    avg_response_time_ms float8, avg_first_response_time_ms float8, p50_first_response_time_ms float8,
    p95_first_response_time_ms float8, avg_resolution_time_ms float8,
    total_messages bigint, avg_conversation_length float8, unique_customers bigint,
    csat float8, csat_responses bigint, knowledge_retrievals bigint, citations_clicked bigint,
    citation_click_rate float8,
    responses bigint, answered_conversations bigint, conversations_with_retrieval bigint,
    response_us bigint, first_response_us bigint, resolution_us bigint, satisfied_responses bigint,
    conversations_with_retrieval_and_click bigint)
language sql stable
as $body$
    select n.bucket, f.*,
           coalesce(s.response_us, 0), coalesce(s.first_response_us, 0), coalesce(s.resolution_us, 0),
           coalesce(s.satisfied_responses, 0), coalesce(s.conversations_with_retrieval_and_click, 0)
    from generate_series(1, cardinality(edges)) as n (bucket)
    left join %1$I.period_sums(store, from_at, to_at, edges) s using (bucket)
    left join %1$I.period_exact(store, from_at, to_at, edges) e using (bucket)
    cross join lateral analytics.metric_formulas(
        s.total_conversations, s.resolved_conversations, s.escalated_conversations, s.abandoned_conversations,
        s.open_conversations, s.ai_resolved_conversations, s.reopened_conversations, s.total_messages, s.response_us,
        s.response_count, s.first_response_us, s.first_response_count, s.resolution_us, s.csat_responses,
        s.satisfied_responses, s.knowledge_retrievals, s.citations_clicked, s.conversations_with_retrieval,
        s.conversations_with_retrieval_and_click, e.unique_customers, e.first_response_us) f
$body$
        $function$, home);
    end loop;
end
$do$;
comment on function analytics.period_metrics(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Every metric of the conversations of a store that started in a range, cut into buckets. The statement behind metrics() and trends().';
comment on function tenant.period_metrics(uuid, timestamptz, timestamptz, timestamptz[]) is
    'Every metric of the conversations that started in a range, cut into buckets, for the store of colloquy.store_id.';
